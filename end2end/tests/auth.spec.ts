// Signing in and out, and getting back in after forgetting the password.
import { expectGoodPage } from '../fixtures/a11y';
import { awake } from '../fixtures/hydrated';
import { expect, test } from '../fixtures/index';
import { enter, member, signIn, somebody } from '../fixtures/user';

test('sign in, see the account, sign out', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await expect(page.getByText(person.email).first()).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
  await expect(page).not.toHaveURL(/\/account/);
  await page.goto('/account');
  await expect(page).toHaveURL(/\/login\?next=/);
});

test('a page that needs a member leads back to itself', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await page.goto('/account');
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/account$/);
});

test('a foreign address after sign-in is not followed', async ({ page, mailbox, request, server }) => {
  const person = await member(request, mailbox);
  await page.goto('/login?next=//example.org/');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/login');
  expect(new URL(page.url()).origin).toBe(server.url);
});

test('a wrong password and an unknown address get the same answer', async ({ page, mailbox, request }) => {
  const known = await member(request, mailbox);
  const answers: string[] = [];
  for (const person of [{ ...known, password: 'not the password at all' }, somebody()]) {
    await signIn(page, person);
    await expect(page).toHaveURL(/\/login/);
    const notice = page.getByRole('alert');
    await expect(notice).toBeVisible();
    await expect(page.getByLabel('E-mail')).toHaveValue(person.email);
    await expectGoodPage(page);
    answers.push(await notice.innerText());
  }
  expect(answers[0]).toBe(answers[1]);
});

test('forgot, mail, new password: other sessions end and a mail says so', async ({ page, browser, mailbox, request, server }) => {
  const person = await member(request, mailbox);
  const elsewhere = await browser.newContext({ baseURL: server.url });
  const other = await elsewhere.newPage();
  await enter(other, person);

  await page.goto('/login');
  await page.getByRole('main').getByRole('link', { name: /forgot/i }).click();
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByRole('button', { name: 'Send reset link' }).click();
  await expect(page).toHaveURL(/\/forgot\/sent$/);
  const link = await mailbox.link(person.email, '/reset');
  await page.goto(link);
  await expectGoodPage(page);
  const renewed = { ...person, password: 'a wholly new lantern 4711' };
  await page.getByLabel(/password/i).first().fill(renewed.password);
  await page.getByRole('button', { name: 'Set new password' }).click();
  await expect(page).not.toHaveURL(/token=/);

  const mail = await mailbox.next(person.email, /password/i);
  expect(mail.text).not.toMatch(/token=/);
  await other.goto('/account');
  await expect(other).toHaveURL(/\/login\?next=/);
  await elsewhere.close();

  await page.context().clearCookies();
  await signIn(page, person);
  await expect(page).toHaveURL(/\/login/);
  await enter(page, renewed);
});

test('a reset link works once', async ({ page, mailbox, request, complaints }) => {
  complaints.expect(/status of 4\d\d/);
  const person = await member(request, mailbox);
  await request.post('/api/v1/auth/password/forgot', { data: { email: person.email } });
  const link = await mailbox.link(person.email, '/reset');
  for (const password of ['first lantern harbour 1234', 'second lantern harbour 5678']) {
    await page.context().clearCookies();
    await page.goto(link);
    const field = page.getByLabel(/password/i).first();
    if (!(await field.isVisible())) continue;
    await field.fill(password);
    await page.getByRole('button', { name: 'Set new password' }).click();
    await page.waitForLoadState();
  }
  await page.context().clearCookies();
  await enter(page, { ...person, password: 'first lantern harbour 1234' });
});

test('an unknown address gets the same page and no mail', async ({ page, mailbox }) => {
  const stranger = somebody();
  await page.goto('/forgot');
  await page.getByLabel('E-mail').fill(stranger.email);
  await page.getByRole('button', { name: 'Send reset link' }).click();
  await expect(page).toHaveURL(/\/forgot\/sent$/);
  expect((await mailbox.all(stranger.email)).filter(({ text }) => /token=/.test(text))).toEqual([]);
});
