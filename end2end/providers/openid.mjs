// An OpenID provider that nobody here wrote: npm's oidc-provider, a certified one, with a sign-in page that asks for the
// name of an account and nothing else. Started by tests on a free loopback port, or by hand:
//   node end2end/providers/openid.mjs http://127.0.0.1:3000/auth/work/callback
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { ask, close, failed, fields, listen } from './page.mjs';

/** What the site is known by at this provider. */
export const client = { id: 'vestibule', secret: 'a client secret of the tests alone' };

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

/**
 * Forgets who signed in before, so that it asks every time, and needs no page that signs the one out to let the other in.
 */
function remembersNobody({ headers }) {
  headers.cookie = headers.cookie?.split('; ').filter((one) => !one.startsWith('_session')).join('; ');
}

function configuration(people, callbacks, keys) {
  return {
    clients: [{
      client_id: client.id,
      client_secret: client.secret,
      client_name: 'Vestibule',
      redirect_uris: callbacks,
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    jwks: { keys },
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_, sub) => people.has(sub)
      ? { accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }
      : undefined,
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  };
}

/** Shows the page, and ends the interaction as its form says. */
async function interact(provider, people, request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const show = (problem) => response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end(ask('OpenID stand-in', request.url, params.client_id, problem));
  if (request.method !== 'POST') return show();
  const form = await fields(request);
  if (form.get('answer') === 'refuse') {
    const refusal = { error: 'access_denied', error_description: '<b>They</b> said no.' };
    return provider.interactionFinished(request, response, refusal);
  }
  const accountId = form.get('account');
  if (!people.has(accountId)) return show('There is no such account.');
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/**
 * Starts one. `people` maps a subject to its claims (email, email_verified, name); `serve` says which callbacks the site
 * has; `rotate` gives it new keys and forgets the old ones; `failing` is how it fails, see page.mjs.
 */
export async function startOpenId() {
  const people = new Map();
  let provider;
  let callbacks = [];
  const op = { people, failing: undefined, client };
  const renew = () => {
    provider = new Provider(op.issuer, configuration(people, callbacks, [signingKey()]));
    op.handler = provider.callback();
  };
  const server = createServer(async (request, response) => {
    if (failed(op.failing, request, response)) return;
    remembersNobody(request);
    try {
      if (request.url.startsWith('/interaction/')) await interact(provider, people, request, response);
      else await op.handler(request, response);
    } catch (cause) {
      if (!response.headersSent) response.writeHead(400).end(String(cause));
    }
  });
  op.issuer = await listen(server);
  op.serve = (...addresses) => {
    callbacks = addresses;
    renew();
  };
  op.rotate = renew;
  op.stop = () => close(server);
  return op;
}

if (process.argv[1] === import.meta.filename) {
  const op = await startOpenId();
  op.people.set('ada', { email: 'ada@example.org', email_verified: true, name: 'Ada Lovelace' });
  op.people.set('eve', { email: 'ada@example.org', email_verified: false, name: 'Eve' });
  op.serve(...process.argv.slice(2));
  console.log(`issuer ${op.issuer}, client_id ${client.id}, client_secret ${client.secret}; accounts: ada, eve`);
}
