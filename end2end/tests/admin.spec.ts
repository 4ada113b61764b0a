// The administrators' house: for those who may, and for nobody else.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { enter, member, setUp } from '../fixtures/user';

test('a member finds no way into the house', async ({ page, mailbox, request, complaints }) => {
  complaints.expect(/status of 403/);
  const person = await member(request, mailbox);
  await enter(page, person);
  await expect(page.getByRole('link', { name: 'Admin' })).toHaveCount(0);
  for (const path of ['/admin', '/admin/audit', '/admin/mail', '/admin/settings', '/admin/system']) {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(403);
    await expect(page.getByRole('navigation', { name: 'Administration' })).toHaveCount(0);
  }
  await expectGoodPage(page);
});

test('a stranger is led to the sign-in page', async ({ page }) => {
  await page.goto('/admin/audit?event=signed_in');
  await expect(page).toHaveURL(/\/login\?next=/);
});

test('an administrator looks after the site', async ({ browser, ownServer }) => {
  const context = await browser.newContext({ baseURL: ownServer.url });
  const page = await context.newPage();
  await setUp(page, ownServer);

  await page.getByRole('link', { name: 'Admin', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Accounts:/ })).toBeVisible();
  await page.getByRole('link', { name: '30 days' }).click();
  await expect(page).toHaveURL(/range=30d/);
  await expectGoodPage(page);

  const visit = async (label: string) => {
    const menu = page.getByRole('navigation', { name: 'Administration' });
    const summary = menu.locator('summary');
    if (await summary.isVisible()) await summary.click();
    await menu.getByRole('link', { name: label, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: label })).toBeVisible();
    await expectGoodPage(page);
  };
  await visit('Audit');
  await page.goto('/admin/audit?event=set_up');
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('rowheader').first().getByRole('link').click();
  await expect(page.getByText('Place in the chain')).toBeVisible();
  await expectGoodPage(page);
  await page.goto('/admin/audit');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
  expect(download.suggestedFilename()).toMatch(/^audit-.*\.csv$/);
  await visit('Mail');
  await page.getByRole('link', { name: 'Templates' }).click();
  await page.getByRole('link', { name: 'verify', exact: true }).click();
  await expect(page.frameLocator('iframe').getByText('Confirm').first()).toBeVisible();
  await expectGoodPage(page);
  await visit('Settings');
  await visit('System');
  await context.close();
});
