// Groups, permissions and rules of tags in the administrators' house.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { setUp, somebody } from '../fixtures/user';

test('an administrator makes a group, reviews a change and sets a rule', async ({ browser, ownServer }) => {
  const context = await browser.newContext({ baseURL: ownServer.url });
  const page = await context.newPage();
  const root = await setUp(page, ownServer);

  await page.goto('/admin/groups');
  await expectGoodPage(page);
  await page.getByLabel('Name', { exact: true }).fill('staff');
  await page.getByLabel('What it is for').fill('People who work here');
  await page.getByRole('button', { name: 'Make the group' }).click();
  await expect(page.getByText('The group is made.')).toBeVisible();
  await expectGoodPage(page);

  await page.getByLabel('Put somebody in').fill(root.email);
  await page.getByRole('button', { name: 'Put in', exact: true }).click();
  await expect(page.getByText('They belong to the group now.')).toBeVisible();
  await page.getByRole('checkbox', { name: /accounts:view/ }).check();
  await page.getByRole('button', { name: 'Look at the changes' }).click();
  await expect(page).toHaveURL(/\/admin\/groups\/staff\/review/);
  await expect(page.getByText('They may from now on')).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Make these changes' }).click();
  await expect(page.getByText('The group is changed.')).toBeVisible();

  await page.goto('/admin/permissions');
  await expectGoodPage(page);
  await page.getByLabel('Person').fill(root.email);
  await page.getByLabel('What', { exact: true }).fill('GET /admin/groups');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('may call GET /admin/groups')).toBeVisible();

  await page.goto('/admin/endpoints');
  await expectGoodPage(page);
  const profiles = page.locator('#tag-profiles');
  await profiles.getByText('Set a rule').click();
  await profiles.getByRole('button', { name: 'Set the rule' }).click();
  await expect(page.getByText('The rule holds from the next request on.')).toBeVisible();
  await context.clearCookies();
  await page.goto('/u/nobody');
  await expect(page).toHaveURL(/\/login\?next=/);
  await context.close();
});
