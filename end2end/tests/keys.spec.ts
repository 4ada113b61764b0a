// API keys on the account's pages: made, shown once, used, rotated, switched off and revoked.
import { expectGoodPage } from '../fixtures/a11y';
import { awake } from '../fixtures/hydrated';
import { expect, test } from '../fixtures/index';
import { enter, member } from '../fixtures/user';

test('a person makes a key, uses it, gives it a new secret and revokes it', async ({ page, mailbox, request }) => {
  await enter(page, await member(request, mailbox));
  await page.getByRole('navigation', { name: 'Account' }).getByRole('link', { name: 'API keys' }).click();
  await expect(page).toHaveURL(/\/account\/keys$/);
  await expectGoodPage(page);
  await page.getByRole('link', { name: 'Make a key' }).click();
  await awake(page);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Make the key' }).click();
  await expect(page.getByText('Give the key a name.').first()).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('Nightly backup');
  await page.getByLabel('In 30 days').check();
  await page.getByRole('button', { name: 'Make the key' }).click();
  await expect(page).toHaveURL(/\/account\/keys\/secret$/);
  await awake(page);
  await expectGoodPage(page);
  const key = (await page.locator('#key-secret').textContent()) ?? '';
  expect(key).toMatch(/^vst_[0-9A-Za-z]{22}_[0-9A-Za-z]{33}$/);
  const me = (secret: string) => request.get('/api/v1/me', { headers: { 'x-api-key': secret } });
  expect((await me(key)).status()).toBe(200);
  await page.reload();
  await expect(page.getByText('This key was shown already')).toBeVisible();
  await expect(page.locator('body')).not.toContainText(key);

  await page.getByRole('link', { name: 'Your API keys' }).click();
  await page.getByRole('link', { name: 'Nightly backup' }).click();
  await expectGoodPage(page);
  await page.getByRole('link', { name: 'Change, or give it a new secret' }).click();
  await awake(page);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Make a new secret' }).click();
  const other = (await page.locator('#key-secret').textContent()) ?? '';
  expect(other).not.toBe(key);
  expect([(await me(key)).status(), (await me(other)).status()]).toEqual([200, 200]);

  await page.getByRole('link', { name: 'I have stored it' }).click();
  await page.getByRole('button', { name: 'Switch off' }).click();
  await expect(page.getByText('The key is off.')).toBeVisible();
  expect((await me(other)).status()).toBe(401);
  await page.getByText('Revoke this key').click();
  await page.getByRole('button', { name: 'Yes, revoke it for good' }).click();
  await expect(page.getByText('The key is revoked.')).toBeVisible();
  expect([(await me(key)).status(), (await me(other)).status()]).toEqual([401, 401]);
});
