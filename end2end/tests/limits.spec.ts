// Rate limits in the administrators' house.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { setUp } from '../fixtures/user';

test('an administrator adds a limit, is told what does not fit, and takes it back', async ({ browser, complaints, ownServer }) => {
  const context = await browser.newContext({ baseURL: ownServer.url });
  const page = await context.newPage();
  await setUp(page, ownServer);

  await page.goto('/admin/limits');
  await expectGoodPage(page);
  await expect(page.getByRole('link', { name: 'sign_in' })).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('faces');
  await page.getByLabel('Tags').fill('profiles');
  await page.getByLabel('For each').fill('everybody');
  await page.getByLabel('Calls', { exact: true }).fill('1');
  await page.getByLabel('In', { exact: true }).fill('1h');
  await page.getByRole('button', { name: 'Add the limit' }).click();
  await expect(page.getByLabel('For each')).toHaveValue('everybody');
  await expectGoodPage(page);
  await page.getByLabel('For each').fill('address');
  await page.getByRole('button', { name: 'Add the limit' }).click();
  await expect(page.getByText('The limit holds from the next request on.')).toBeVisible();
  await expect(page).toHaveURL(/\/admin\/limits\/faces$/);
  await expectGoodPage(page);

  complaints.expect(/status of (404|429)/);
  expect((await page.goto('/u/nobody'))?.status()).toBe(404);
  const refused = await page.goto('/u/nobody');
  expect(refused?.status()).toBe(429);
  expect(Number(refused?.headers()['retry-after'])).toBeGreaterThan(0);
  await expect(page.getByText('Too many requests in a short time.')).toBeVisible();
  await expectGoodPage(page);

  await page.goto('/admin/limits/faces');
  await page.getByRole('button', { name: 'Forget the counts' }).click();
  await expect(page.getByText('What was counted is forgotten.')).toBeVisible();
  expect((await page.goto('/u/nobody'))?.status()).toBe(404);

  await page.goto('/admin/limits/faces');
  await page.getByRole('button', { name: 'Remove the limit' }).click();
  await expect(page.getByText('What was set for the limit is taken back.')).toBeVisible();
  expect((await page.goto('/u/nobody'))?.status()).toBe(404);
  await context.close();
});
