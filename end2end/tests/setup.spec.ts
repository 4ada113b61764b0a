// The one-time link that makes the first administrator.
import { expectGoodPage } from '../fixtures/a11y';
import { awake } from '../fixtures/hydrated';
import { expect, test } from '../fixtures/index';
import { signIn, somebody } from '../fixtures/user';

test('the printed link makes the first administrator, once', async ({ browser, complaints, ownServer }) => {
  const context = await browser.newContext({ baseURL: ownServer.url });
  const page = await context.newPage();
  const link = await ownServer.setupLink();
  const person = somebody();

  await page.goto(link);
  await awake(page);
  await expectGoodPage(page);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByLabel('Name', { exact: true }).fill(person.name);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await expect(page).not.toHaveURL(/setup/);

  complaints.expect(/status of 404/);
  expect((await page.goto(link))?.status()).toBe(404);
  expect((await page.goto('/setup'))?.status()).toBe(404);

  await context.clearCookies();
  await signIn(page, person);
  await page.waitForURL((url) => url.pathname !== '/login');
  await page.goto('/account');
  await expect(page.getByText(person.email).first()).toBeVisible();
  await context.close();
});
