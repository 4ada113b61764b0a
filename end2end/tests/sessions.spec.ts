// One's own sessions and password, on the account's pages.
import { expectGoodPage } from '../fixtures/a11y';
import { awake } from '../fixtures/hydrated';
import { expect, test } from '../fixtures/index';
import { enter, member, signIn } from '../fixtures/user';

test('a person sees where they are signed in and ends the others', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  const login = { email: person.email, password: person.password };
  const tokens = await (await request.post('/api/v1/auth/login', { data: login })).json();
  await enter(page, person);
  await page.getByRole('link', { name: 'Devices and sessions' }).click();
  await expect(page).toHaveURL(/\/account\/sessions$/);
  await expect(page.getByText('This device')).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByText('Every other device is signed out.')).toBeVisible();
  const me = await request.get('/api/v1/me', { headers: { authorization: `Bearer ${tokens.access_token}` } });
  expect(me.status()).toBe(401);
  await page.goto('/account');
  await expect(page).toHaveURL(/\/account$/);
});

test('a person changes their password and stays signed in here', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.getByRole('link', { name: 'Change password' }).click();
  await expect(page).toHaveURL(/\/account\/password$/);
  await awake(page);
  await expectGoodPage(page);
  await page.getByLabel('Current password', { exact: true }).fill('not the password at all');
  await page.getByLabel('New password', { exact: true }).fill(`${person.password} anew`);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('That is not your current password.').first()).toBeVisible();
  await awake(page);
  await page.getByLabel('Current password', { exact: true }).fill(person.password);
  await page.getByLabel('New password', { exact: true }).fill(`${person.password} anew`);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your new password is set.')).toBeVisible();
  await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, { ...person, password: `${person.password} anew` });
  await expect(page).toHaveURL(/\/account$/);
});
