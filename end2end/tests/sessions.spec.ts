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

test('a person gives a device a name, and takes it away', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/sessions');
  await page.getByText('Give it a name').click();
  await page.getByLabel('Name of the device').fill('x'.repeat(65));
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Use at most 64 characters.').first()).toBeVisible();
  await expect(page.getByLabel('Name of the device')).toHaveValue('x'.repeat(65));
  await expectGoodPage(page);
  await page.getByLabel('Name of the device').fill('<b>Work laptop</b>');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('The name of that device is saved.')).toBeVisible();
  await expect(page.getByRole('heading', { level: 2 }).first()).toContainText('<b>Work laptop</b>');
  await page.getByText('Change the name').click();
  await expectGoodPage(page);
  await page.getByLabel('Name of the device').fill('');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Give it a name')).toBeVisible();
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

test('a person changes their password and stays signed in elsewhere', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  const login = { email: person.email, password: person.password };
  const tokens = await (await request.post('/api/v1/auth/login', { data: login })).json();
  await enter(page, person);
  await page.goto('/account/password');
  await awake(page);
  await expect(page.getByLabel('Sign out every other device')).toBeChecked();
  await page.getByLabel('Sign out every other device').uncheck();
  await page.getByLabel('Current password', { exact: true }).fill(person.password);
  await page.getByLabel('New password', { exact: true }).fill(`${person.password} anew`);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('stay signed in.')).toBeVisible();
  const me = await request.get('/api/v1/me', { headers: { authorization: `Bearer ${tokens.access_token}` } });
  expect(me.status()).toBe(200);
});

test('a person reads what happened to their account, and goes around in it', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  const nav = page.getByRole('navigation', { name: 'Account' });
  for (const [label, path] of [
    ['Profile', '/account/profile'],
    ['Security', '/account/security'],
    ['Sessions', '/account/sessions'],
    ['Notifications', '/account/notifications'],
    ['Your data', '/account/data'],
    ['Overview', '/account'],
  ] as const) {
    await nav.getByRole('link', { name: label, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`${path}$`));
    await expect(nav.locator('[aria-current=page]')).toHaveText(label);
    await expectGoodPage(page);
  }
  await expect(page.getByText('Signed in.').first()).toBeVisible();
  for (let time = 0; time < 21; time += 1) {
    await request.post('/api/v1/auth/login', { data: { email: person.email, password: person.password } });
  }
  await page.goto('/account/security');
  await expect(page.locator('.history li')).toHaveCount(20);
  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Sign-ins and devices' });
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await expect(page).toHaveURL(/kind=sign_ins/);
  await expect(page.locator('.history li')).toHaveCount(20);
  await expectGoodPage(page);
  const table = await page.request.get('/account/history.csv?kind=sign_ins');
  expect((await table.text()).trim().split('\r\n').length).toBeGreaterThan(21);
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page.getByRole('link', { name: 'Newest' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Older' })).toHaveCount(0);
  await expectGoodPage(page);
});

test('a person chooses what they are told by mail', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/notifications');
  await expectGoodPage(page);
  const box = page.getByRole('checkbox').first();
  await box.uncheck();
  const save = page.getByRole('button', { name: 'Save' });
  // Where scripts run, the box is saved already and there is no button.
  if (await save.isVisible()) await save.click();
  await expect(page.getByRole('status').first()).toContainText(/saved/i);
  await page.goto('/account/notifications');
  await expect(box).not.toBeChecked();
});
