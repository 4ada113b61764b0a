// Becoming a member: registration, the mail, the page behind its link, and the mail once more.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { enter, member, register, signIn, somebody, verify } from '../fixtures/user';

test('register, verify by mail, sign in', async ({ page, mailbox }) => {
  const person = somebody();
  await register(page, person);
  await expect(page).toHaveURL(/\/register\/sent$/);
  await verify(page, mailbox, person);
  await expectGoodPage(page);
  await enter(page, person);
  await expect(page.getByText(person.email).first()).toBeVisible();
});

test('opening the link consumes nothing, its button does', async ({ page, mailbox, complaints }) => {
  const person = somebody();
  await register(page, person);
  await expect(page).toHaveURL(/\/register\/sent$/);
  const link = await mailbox.link(person.email, '/verify');
  await page.goto(link);
  await expectGoodPage(page);
  await page.goto(link);
  await page.getByRole('button', { name: 'Verify e-mail' }).click();
  await expect(page).not.toHaveURL(/token=/);

  complaints.expect(/status of 4\d\d/);
  await page.goto(link);
  const again = page.getByRole('button', { name: 'Verify e-mail' });
  if (await again.isVisible()) await again.click();
  await expect(page.getByRole('link', { name: /new|again|sign in/i }).first()).toBeVisible();
});

test('the mail can be sent again, and the new link works', async ({ page, mailbox }) => {
  const person = somebody();
  await register(page, person);
  await expect(page).toHaveURL(/\/register\/sent$/);
  await mailbox.link(person.email, '/verify');
  await page.goto('/verify/resend');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByRole('button', { name: 'Send again' }).click();
  await verify(page, mailbox, person);
  await enter(page, person);
});

test('a known address gets the same page and a different mail', async ({ page, mailbox, request }) => {
  const known = await member(request, mailbox);
  await register(page, { ...known, password: 'another lantern harbour 77' });
  await expect(page).toHaveURL(/\/register\/sent$/);
  const mail = await mailbox.next(known.email, /already have an account/);
  expect(mail.text).not.toMatch(/\/verify\?token=/);
});

test('a weak password comes back with its reason, and what was typed', async ({ page }) => {
  const person = { ...somebody(), password: 'password1234567' };
  await page.goto('/register');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByLabel('Name', { exact: true }).fill(person.name);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).toHaveURL(/\/register$/);
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('E-mail')).toHaveValue(person.email);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  await expectGoodPage(page);
});

test('nobody enters before the address is verified', async ({ page }) => {
  const person = somebody();
  await register(page, person);
  await expect(page).toHaveURL(/\/register\/sent$/);
  await signIn(page, person);
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByRole('main').getByRole('link', { name: 'Send the link again' })).toHaveAttribute('href', '/verify/resend');
  await page.goto('/account');
  await expect(page).toHaveURL(/\/login\?next=/);
});

test('hostile names are shown as they were typed', async ({ page, mailbox }) => {
  const person = { ...somebody(), name: `<img src=x onerror=alert(1)> & "Ada" </title>` };
  page.on('dialog', () => expect(false, 'a script ran').toBe(true));
  await register(page, person);
  await expect(page).toHaveURL(/\/register\/sent$/);
  await verify(page, mailbox, person);
  await enter(page, person);
  await expect(page.getByText(person.name).first()).toBeVisible();
});
