// People, for administrators: inviting, the list, a person's page, a ban, and the same done to many.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { setUp, somebody } from '../fixtures/user';

test('an administrator invites, finds, notes, bans and signs out somebody', async ({ browser, ownServer }) => {
  const context = await browser.newContext({ baseURL: ownServer.url });
  const page = await context.newPage();
  await setUp(page, ownServer);

  await page.goto('/admin/users');
  await expectGoodPage(page);
  await page.getByRole('link', { name: 'Invite somebody' }).click();
  await page.getByLabel('E-mail').fill('nobody');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText('Enter an e-mail address like').first()).toBeVisible();
  await expectGoodPage(page);
  const grace = somebody();
  await page.getByLabel('E-mail').fill(grace.email);
  await page.getByLabel('Name', { exact: true }).fill('Grace <b>Hopper</b>');
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByText('an invitation is on its way')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Grace <b>Hopper</b>');
  await expectGoodPage(page);

  await page.goto('/admin/users');
  await page.getByLabel('Search', { exact: true }).fill('hopper is:unconfirmed');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/search=hopper/);
  await expectGoodPage(page);
  await page.getByRole('link', { name: 'Grace <b>Hopper</b>' }).click();
  await expect(page).toHaveURL(/\/admin\/users\/[0-9a-f-]{36}$/);

  await page.getByLabel('Another note').fill('Asked by phone for <b>another</b> address.');
  await page.getByRole('button', { name: 'Keep the note' }).click();
  await expect(page.getByText('Asked by phone for <b>another</b> address.')).toBeVisible();
  await page.getByRole('link', { name: 'Ban', exact: true }).click();
  await expectGoodPage(page);
  await page.getByLabel('Reason').fill('Spam in profiles');
  await page.getByLabel('How long').selectOption({ index: 4 });
  await page.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(page.getByText('The person is banned')).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Lift the ban' }).click();
  await expect(page.getByText('It is done.')).toBeVisible();

  await page.goto('/admin/users?search=hopper');
  await page.getByText('Columns', { exact: true }).first().click();
  await page.getByLabel('Groups', { exact: true }).uncheck();
  await page.getByLabel('Id', { exact: true }).check();
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/search=hopper.*column=email.*column=id/);
  await expect(page.getByRole('columnheader', { name: 'Id' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Groups' })).toHaveCount(0);
  await page.getByRole('checkbox', { name: /^Select/ }).first().check();
  await page.getByLabel('With everybody who is ticked').selectOption('sign_out');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('heading', { name: '1 person' })).toBeVisible();
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page.getByText('Done for 1.')).toBeVisible();
  await expectGoodPage(page);
  await context.close();
});
