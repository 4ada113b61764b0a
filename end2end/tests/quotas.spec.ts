// Quotas in the administrators' house, on a person's page, and one's own usage.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { setUp, somebody } from '../fixtures/user';

test('an administrator makes a quota, tries it out, gives somebody more, and sees usage', async ({ browser, ownServer }) => {
  const context = await browser.newContext({ baseURL: ownServer.url });
  const page = await context.newPage();
  const root = await setUp(page, ownServer);

  await page.goto('/admin/quotas');
  await expect(page.getByRole('cell', { name: '100\u202f000 a day' })).toBeVisible();
  await page.getByText('Make a quota').click();
  await expectGoodPage(page);
  await page.getByLabel('Name', { exact: true }).fill('trial');
  await page.getByLabel('Limit', { exact: true }).fill('many');
  await page.getByRole('button', { name: 'Make the quota' }).click();
  await expect(page.getByLabel('Limit', { exact: true })).toHaveValue('many');
  await expectGoodPage(page);
  await page.getByLabel('Limit', { exact: true }).fill('500');
  await page.getByRole('button', { name: 'Make the quota' }).click();
  await expect(page.getByText('The quota is made')).toBeVisible();
  await expect(page).toHaveURL(/\/admin\/quotas\/trial/);
  await expectGoodPage(page);

  await page.getByLabel('Limit to try').fill('10');
  await page.getByRole('button', { name: 'Replay' }).click();
  await expect(page.getByText('would have been refused.')).toBeVisible();
  await expectGoodPage(page);

  await page.goto('/admin/quotas');
  await page.getByLabel('Person').fill(root.email);
  await page.getByLabel('Address').fill('/api/v1/me');
  await page.getByRole('button', { name: 'Look it up' }).click();
  await expect(page.getByText('A call would be let through now.')).toBeVisible();

  await page.goto('/admin/users');
  await page.getByRole('link', { name: root.name }).first().click();
  await page.getByText('Let them use more, or less').click();
  await page.getByLabel('May spend').fill('unlimited');
  await page.getByLabel('Why', { exact: true }).first().fill('They run the site');
  await page.getByRole('button', { name: 'Set it' }).click();
  await expect(page.getByText('This holds for them from the next request on.')).toBeVisible();
  await expect(page.getByText('They run the site')).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByText('What the quota says holds for them again.')).toBeVisible();

  await page.goto('/account/usage');
  await expect(page.getByText(/used in this day, 0 %/).first()).toBeVisible();
  await expect(page.getByText('The last 30 days')).toBeVisible();
  await expectGoodPage(page);

  await page.goto('/admin/quotas/trial');
  await page.getByRole('button', { name: 'Delete the quota' }).click();
  await expect(page.getByText('The quota is gone')).toBeVisible();
  await context.close();
});
