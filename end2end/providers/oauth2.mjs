// A server that speaks OAuth 2 and nothing more, as GitHub does: no discovery, no ID token, a subject that is a number,
// addresses at an address of their own, errors with status 200. Started by tests on a free loopback port.
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { ask, close, failed, fields, listen } from './page.mjs';

/** What the site is known by at this provider. */
export const client = { id: 'Iv1.vestibule', secret: 'another client secret of the tests' };

const same = (one, other) => {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(String(text)).digest());
  return timingSafeEqual(a, b);
};

function json(response, value, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

/** RFC 6749 4.1.1, RFC 7636 4.3: what must be true of a request before anybody is asked. */
function complaint(asked, callbacks) {
  if (asked.get('client_id') !== client.id) return 'unknown client';
  if (!callbacks.includes(asked.get('redirect_uri'))) return 'the redirect_uri is not registered';
  if (asked.get('response_type') !== 'code') return 'response_type must be code';
  if (!asked.get('state')) return 'state is missing';
  if (asked.get('code_challenge_method') !== 'S256') return 'PKCE with S256 is needed';
  return undefined;
}

/** Ends at the site with a code, or with the refusal. */
async function answered(state, request, response, asked) {
  const form = await fields(request);
  const back = new URL(asked.get('redirect_uri'));
  back.searchParams.set('state', asked.get('state'));
  const id = Number(form.get('account'));
  if (form.get('answer') === 'refuse') {
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', '<b>They</b> said no.');
  } else if (state.people.has(id)) {
    const code = randomUUID();
    state.codes.set(code, { id, challenge: asked.get('code_challenge'), redirect: asked.get('redirect_uri') });
    back.searchParams.set('code', code);
  } else {
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(ask('OAuth 2 stand-in', request.url, client.id, 'There is no such account.'));
  }
  return response.writeHead(303, { location: back.href }).end();
}

async function authorize(state, request, response, asked) {
  const wrong = complaint(asked, state.callbacks);
  if (wrong) return response.writeHead(400).end(wrong);
  if (request.method === 'POST') return answered(state, request, response, asked);
  return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end(ask('OAuth 2 stand-in', request.url, client.id));
}

/** A code is exchanged once, by the client, with the verifier of its challenge (RFC 7636 4.6). */
async function exchange(state, request, response) {
  const form = await fields(request);
  const known = state.codes.get(form.get('code'));
  state.codes.delete(form.get('code'));
  if (form.get('client_id') !== client.id || !same(form.get('client_secret'), state.secret)) {
    return json(response, { error: 'incorrect_client_credentials' });
  }
  const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
  if (!known || known.redirect !== form.get('redirect_uri') || known.challenge !== challenge) {
    return json(response, { error: 'bad_verification_code' });
  }
  const token = randomUUID();
  state.tokens.set(token, known.id);
  return json(response, { access_token: token, token_type: 'bearer', scope: 'read:user,user:email' });
}

function resource(state, request, response, path) {
  const id = state.tokens.get(/^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]);
  if (id === undefined || !request.headers['user-agent']) return json(response, { message: 'Bad credentials' }, 401);
  const { name, email, emails } = state.people.get(id);
  return path === '/user' ? json(response, { id, login: `user${id}`, name, email }) : json(response, emails);
}

/**
 * Starts one. `people` maps a number to { name, email (the public one), emails: [{ email, primary, verified }] }; `serve`
 * says which callbacks the site has; `secret` is the client's secret; `failing` is how it fails, see page.mjs.
 */
export async function startOAuth2() {
  const state = { people: new Map(), codes: new Map(), tokens: new Map(), callbacks: [], secret: client.secret };
  const server = createServer(async (request, response) => {
    if (failed(state.failing, request, response)) return;
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (pathname === '/login/oauth/authorize') await authorize(state, request, response, searchParams);
    else if (pathname === '/login/oauth/access_token') await exchange(state, request, response);
    else if (pathname === '/user' || pathname === '/user/emails') resource(state, request, response, pathname);
    else response.writeHead(404).end();
  });
  state.url = await listen(server);
  state.client = client;
  state.serve = (...addresses) => (state.callbacks = addresses);
  state.stop = () => close(server);
  return state;
}
