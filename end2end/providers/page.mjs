// The one page that both stand-ins show: who are you, and may that site know?

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Asks for an account by name; its form is sent to `action` with `account` and `answer` (allow or refuse). */
export function ask(provider, action, client, problem = '') {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(provider)}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head>
<body><main><h1>${escaped(provider)}</h1>
<p>${escaped(client)} wants to know who you are.</p>${problem && `<p role="alert">${escaped(problem)}</p>`}
<form method="post" action="${escaped(action)}">
<p><label>Account <input name="account" autocomplete="off"></label></p>
<p><button name="answer" value="allow">Allow</button> <button name="answer" value="refuse">Refuse</button></p>
</form></main></body></html>`;
}

/** The fields of a form that was sent. */
export async function fields(request) {
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += piece;
  return new URLSearchParams(body);
}

/** Listens on a free port of loopback, and says under which address. */
export function listen(server) {
  return new Promise((done, fail) => {
    server.once('error', fail).listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`));
  });
}

/** Stops a server, whoever still holds a connection. */
export function close(server) {
  return new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });
}

/**
 * How a stand-in fails while `how` says so: `down` drops the connection, `broken` answers 500, `slow` never answers.
 * True where the request was dealt with. What people see in their browser goes on working: the site must notice.
 */
export function failed(how, request, response) {
  if (!how || /authori[sz]e|^\/auth|interaction/.test(request.url)) return false;
  if (how === 'down') request.socket.destroy();
  if (how === 'broken') response.writeHead(500).end('something went wrong');
  return true;
}
