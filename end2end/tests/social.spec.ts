// Signing in by somebody else's sign-in, from the button to the account and back: at an OpenID provider and at a server that
// speaks OAuth 2 alone.
import { expectGoodPage } from '../fixtures/a11y';
import { awake } from '../fixtures/hydrated';
import { answer, atGithub, atWork, expect, signInBy, signOut, test } from '../fixtures/providers';
import { enter, member, register, setUp, signIn, somebody } from '../fixtures/user';

test('a stranger signs up by an OpenID provider, and is known the next time', async ({ page, providers }) => {
  const grace = atWork(providers);
  await page.goto('/login');
  await expect(page.getByText('Last used')).toHaveCount(0);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Continue with Work' }).click();
  await answer(page, grace);
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByRole('heading', { name: grace.name })).toBeVisible();
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();

  await signOut(page);
  await page.goto('/login');
  await expect(page.getByRole('button', { name: 'Continue with Work' })).toContainText('Last used');
  await expect(page.getByText('Last used')).toHaveCount(1);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Continue with Work' }).click();
  await answer(page, grace);
  await expect(page).toHaveURL(/\/account$/);

  await page.getByRole('navigation', { name: 'Account' }).getByRole('link', { name: 'Connected accounts' }).click();
  await expect(page.getByText(grace.email).first()).toBeVisible();
  await expect(page.getByText('This is your only way to sign in.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Disconnect Work' })).toHaveCount(0);
  await expectGoodPage(page);
});

test('a page leads to the provider, and its address stays with the two of them', async ({ page, providers, server }) => {
  atWork(providers);
  const form = { purpose: 'sign_in', next: '//evil.example' };
  const going = await page.request.post('/auth/work', { form, headers: { origin: server.url } });
  expect(going.status()).toBe(200);
  expect(going.headers()['referrer-policy']).toBe('no-referrer');
  expect(going.headers()['cache-control']).toContain('no-store');
  const html = await going.text();
  const url = new URL(/http-equiv="refresh" content="0;url=([^"]+)"/.exec(html)![1].replaceAll('&amp;', '&'));
  expect(url.origin).toBe(providers.openid.issuer);
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  for (const name of ['state', 'nonce', 'code_challenge']) {
    expect(url.searchParams.get(name)?.length, name).toBeGreaterThanOrEqual(43);
  }
  expect(html).not.toContain('evil.example');
  const stopped = await page.request.post('/auth/work', { form, headers: { origin: 'https://evil.example' } });
  expect(stopped.status()).toBe(403);
});

test('a server that speaks OAuth 2 alone is asked for the address that counts', async ({ page, providers }) => {
  const grace = atGithub(providers);
  await page.goto('/register');
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Sign up with GitHub' }).click();
  await answer(page, grace);
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByText(grace.email).first()).toBeVisible();
  await expect(page.getByText('shown.to.all@example.org')).toHaveCount(0);
});

test('whoever refuses there is back where it began', async ({ page, providers }) => {
  for (const label of ['Work', 'GitHub']) {
    await page.goto('/login?next=%2Faccount%2Fsessions');
    await page.getByRole('button', { name: `Continue with ${label}` }).click();
    await answer(page, { account: '' }, 'Refuse');
    await expect(page).toHaveURL(/\/login/);
    await expect(page.getByText(`${label} did not sign you in.`)).toBeVisible();
    await expect(page.getByText('said no')).toHaveCount(0);
  }
  await expectGoodPage(page);
});

test('the way back can be walked once, in one browser, to the provider it came from', async ({ browser, page, providers, complaints, server }) => {
  complaints.expect(/status of 4\d\d/);
  const returns: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/callback?')) returns.push(request.url());
  });
  await signInBy(page, 'Work', atWork(providers));
  await expect(page).toHaveURL(/\/account$/);
  expect(returns).toHaveLength(1);
  await signOut(page);
  await page.goto(returns[0]);
  await expect(page.getByText(/was used already/)).toBeVisible();
  await page.goto('/account');
  await expect(page).toHaveURL(/\/login/);

  // Somebody is sent another's way back: they must not end in that account.
  const eve = await browser.newContext({ baseURL: server.url });
  const hers = await eve.newPage();
  await hers.goto('/login');
  await hers.getByRole('button', { name: 'Continue with Work' }).click();
  await expect(hers.getByLabel('Account')).toBeVisible();
  const form = { account: atWork(providers).account, answer: 'allow' };
  const allowed = await hers.request.post(hers.url(), { form, maxRedirects: 0 });
  const resumed = await hers.request.get(allowed.headers().location, { maxRedirects: 0 });
  const back = resumed.headers().location;
  expect(back).toContain(`${server.url}/auth/work/callback?`);
  await page.goto(back);
  await expect(page.getByText(/begun in another browser/)).toBeVisible();
  await page.goto('/account');
  await expect(page).toHaveURL(/\/login/);

  // What was begun at one provider is not ended at another (RFC 9700 4.4).
  await hers.goto(back.replace('/auth/work/', '/auth/github/'));
  await expect(hers.getByText(/Begin again/)).toBeVisible();
  await eve.close();
});

test('two tabs at once come back, both', async ({ context, page, providers }) => {
  const grace = atWork(providers);
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await tab.goto('/login');
    await tab.getByRole('button', { name: 'Continue with Work' }).click();
    await expect(tab.getByLabel('Account')).toBeVisible();
  }
  for (const tab of [other, page]) {
    await answer(tab, grace);
    await expect(tab).toHaveURL(/\/account$/);
    await expect(tab.getByRole('heading', { name: grace.name })).toBeVisible();
  }
});

test('an address that the provider does not vouch for is confirmed first', async ({ page, providers, mailbox }) => {
  const grace = atWork(providers, { email_verified: false });
  await signInBy(page, 'Work', grace);
  await expect(page).toHaveURL(/\/auth\/finish$/);
  await expect(page.getByLabel('E-mail')).toHaveValue(grace.email);
  await expectGoodPage(page);
  await page.getByLabel('E-mail').fill('no address');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('E-mail')).toHaveAttribute('aria-invalid', 'true');
  await expectGoodPage(page);
  await page.getByLabel('E-mail').fill(grace.email);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/register\/sent$/);
  await page.goto(await mailbox.link(grace.email, '/verify'));
  await page.getByRole('button', { name: 'Verify e-mail' }).click();
  await signInBy(page, 'Work', grace);
  await expect(page).toHaveURL(/\/account$/);
});

test('somebody who only claims an address learns nothing and opens nothing', async ({ page, providers, mailbox, request }) => {
  const owner = await member(request, mailbox);
  const eve = atWork(providers, { email: owner.email, email_verified: false });
  await signInBy(page, 'Work', eve);
  await expect(page).toHaveURL(/\/auth\/finish$/);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/register\/sent$/);
  const mail = await mailbox.next(owner.email, /already have an account/);
  expect(mail.text).not.toMatch(/\/verify\?token=/);
  await signInBy(page, 'Work', eve);
  await expect(page).toHaveURL(/\/auth\/finish$/);
});

test('an account is never opened by its address: its owner signs in, and connects', async ({ page, providers, mailbox, request }) => {
  const owner = await member(request, mailbox);
  const there = atWork(providers, { email: owner.email });
  await signInBy(page, 'Work', there);
  await expect(page).toHaveURL(/\/auth\/finish$/);
  await expect(page.getByRole('heading', { name: 'There is an account with your address' })).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('link', { name: 'Sign in and connect' }).click();
  await awake(page);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/auth\/finish$/);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Connect Work' }).click();
  await expect(page).toHaveURL(/\/account/);
  await page.goto('/account/identities');
  await expect(page.getByText(there.email).first()).toBeVisible();

  await signOut(page);
  await signInBy(page, 'Work', there);
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByRole('heading', { name: owner.name })).toBeVisible();
});

test('the same address at two providers is one account, once its owner says so', async ({ page, providers }) => {
  const grace = atWork(providers);
  await signInBy(page, 'Work', grace);
  await expect(page).toHaveURL(/\/account$/);
  await signOut(page);
  const there = atGithub(providers, grace.email);
  await signInBy(page, 'GitHub', there);
  await expect(page).toHaveURL(/\/auth\/finish$/);
  await page.getByRole('link', { name: 'Sign in and connect' }).click();
  await page.getByRole('button', { name: 'Continue with Work' }).click();
  await answer(page, grace);
  await expect(page).toHaveURL(/\/auth\/finish$/);
  await page.getByRole('button', { name: 'Connect GitHub' }).click();
  await expect(page).toHaveURL(/\/account/);
  await signOut(page);
  await signInBy(page, 'GitHub', there);
  await expect(page).toHaveURL(/\/account$/);
});

test('c01: who registered with the address beforehand has nothing of the account', async ({ browser, page, providers, complaints, server }) => {
  complaints.expect(/status of 4\d\d/);
  const mallory = { ...somebody(), name: 'Mallory' };
  const context = await browser.newContext({ baseURL: server.url });
  await register(await context.newPage(), mallory);
  await context.close();

  await signInBy(page, 'Work', atWork(providers, { email: mallory.email }));
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByRole('heading', { name: 'Grace Hopper' })).toBeVisible();
  await expect(page.getByText('Mallory')).toHaveCount(0);
  await signOut(page);
  await signIn(page, mallory);
  await expect(page.getByText(/do not match/)).toBeVisible();
});

test('a member connects an account and takes it off again', async ({ page, providers, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/identities');
  await expect(page.getByText('No account is connected.')).toBeVisible();
  await expectGoodPage(page);
  const there = atWork(providers);
  await page.getByRole('button', { name: 'Connect Work' }).click();
  await answer(page, there);
  await expect(page).toHaveURL(/\/account\/identities/);
  await expect(page.getByText('The account is connected.')).toBeVisible();
  await expect(page.getByText(there.email)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Connect Work', exact: true })).toHaveCount(0);
  await expectGoodPage(page);
  await mailbox.next(person.email, /Work/);
  await page.getByRole('button', { name: 'Disconnect Work' }).click();
  await expect(page.getByText('The account is connected no longer.')).toBeVisible();
  await mailbox.next(person.email, /Work/);
});

test('an account elsewhere opens one account here, and its owner is not named', async ({ page, providers, mailbox, request }) => {
  const grace = atWork(providers);
  await signInBy(page, 'Work', grace);
  await expect(page).toHaveURL(/\/account$/);
  await signOut(page);
  await enter(page, await member(request, mailbox));
  await page.goto('/account/identities');
  await page.getByRole('button', { name: 'Connect Work' }).click();
  await answer(page, grace);
  await expect(page.getByText('This account is connected with somebody else here.')).toBeVisible();
  await expect(page.getByText(grace.email)).toHaveCount(0);
});

test('who has no password shows by the provider that it is them', async ({ page, providers }) => {
  const grace = atWork(providers);
  await signInBy(page, 'Work', grace);
  await expect(page).toHaveURL(/\/account$/);
  await page.goto('/prove?next=%2Faccount%2Fsessions');
  await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Sign in with Work' }).click();
  await answer(page, atWork(providers));
  await expect(page.getByText(/whose account is not the one you use here/)).toBeVisible();
  await page.goto('/prove?next=%2Faccount%2Fsessions');
  await page.getByRole('button', { name: 'Sign in with Work' }).click();
  await answer(page, grace);
  await expect(page).toHaveURL(/\/account\/sessions$/);
  await page.goto('/account/password');
  await expect(page.getByRole('button', { name: 'Send me a link' })).toBeVisible();
  await expectGoodPage(page);
});

test('a provider that fails says so, and the other ways stay open', async ({ page, complaints, mailbox, request }) => {
  complaints.expect(/status of 5\d\d/);
  const person = await member(request, mailbox);
  for (const label of ['Away', 'Slow']) {
    await page.goto('/login');
    await page.getByRole('button', { name: `Continue with ${label}` }).click();
    await expect(page.getByText(`${label} cannot be used at the moment.`)).toBeVisible();
    await expectGoodPage(page);
  }
  await enter(page, person);
});

test('an administrator sees how providers are used, and tries them', async ({ browser, page, providers, server }) => {
  const grace = atWork(providers);
  await signInBy(page, 'Work', grace);
  await expect(page).toHaveURL(/\/account$/);
  const context = await browser.newContext({ baseURL: server.url });
  const house = await context.newPage();
  await setUp(house, server);
  await house.goto('/admin/providers');
  await expect(house.getByRole('row', { name: /Work/ }).first()).toBeVisible();
  await expect(house.getByText(`${server.url}/auth/github/callback`)).toBeVisible();
  await expectGoodPage(house);
  await house.getByRole('button', { name: 'Test Work' }).click();
  await expect(house.getByText('As it should be.').first()).toBeVisible();
  await expectGoodPage(house);
  await house.getByRole('button', { name: 'Test Away' }).click();
  await expect(house.getByRole('row', { name: /Discovery/ })).toContainText('It could not be reached.');

  await house.goto(`/admin/users?search=${encodeURIComponent(grace.email)}`);
  await house.getByRole('link', { name: grace.name }).first().click();
  await expect(house.getByRole('heading', { name: 'Connected accounts' })).toBeVisible();
  await expect(house.getByRole('row', { name: new RegExp(grace.account) })).toBeVisible();
  await expectGoodPage(house);
  await house.getByText('Disconnect', { exact: true }).click();
  await house.getByRole('button', { name: 'Disconnect Work' }).click();
  await expect(house.getByText('It is done.')).toBeVisible();
  await expect(house.getByRole('row', { name: new RegExp(grace.account) })).toHaveCount(0);
  await context.close();
});
