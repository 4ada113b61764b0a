// Bans of addresses and networks in the administrators' house: imposed, shown, lifted.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { setUp } from '../fixtures/user';

test('an administrator bans a network, looks at the ban and lifts it', async ({ browser, ownServer }) => {
  const context = await browser.newContext({ baseURL: ownServer.url });
  const page = await context.newPage();
  await setUp(page, ownServer);

  await page.goto('/admin/bans');
  await expect(page.getByText('No ban fits.')).toBeVisible();
  await expectGoodPage(page);
  await page.getByText('Ban an address or network').click();
  await page.getByLabel('Address or network').fill('127.0.0.1');
  await page.getByLabel('Reason').fill('Scans for open doors');
  await page.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(page.getByText('cannot be banned').first()).toBeVisible();
  await expectGoodPage(page);
  await page.getByLabel('Address or network').fill('203.0.113.77/24');
  await page.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(page.getByText('The ban holds from the next request on.')).toBeVisible();
  await page.getByRole('link', { name: '203.0.113.0/24' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ban of 203.0.113.0/24' })).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Lift' }).click();
  await expect(page.getByText('The ban is lifted.')).toBeVisible();
  await page.goto('/admin/bans?address=203.0.113.9&state=standing');
  await expect(page.getByText('No ban fits.')).toBeVisible();
  await page.getByRole('link', { name: 'Who offended, and what the program did about it' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Abuse' })).toBeVisible();
  await expect(page.getByText('Nobody did anything.')).toBeVisible();
  await expectGoodPage(page);
  await context.close();
});
