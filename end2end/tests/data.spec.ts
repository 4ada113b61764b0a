// What the site keeps about a person: a copy of it, and the way out.
import { readFile } from 'node:fs/promises';
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { awake } from '../fixtures/hydrated';
import { enter, member, signIn } from '../fixtures/user';

test('a person takes a copy of everything about them', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.getByRole('navigation', { name: 'Account' }).getByRole('link', { name: 'Your data' }).click();
  await expect(page).toHaveURL(/\/account\/data$/);
  await expectGoodPage(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download my data' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^my-data-\d{4}-\d{2}-\d{2}\.json$/);
  const text = await readFile(await download.path(), 'utf8');
  expect(JSON.parse(text).account.email).toBe(person.email);
  expect(text).not.toContain(person.password);
});

test('a person leaves, and comes back in time', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/data');
  const ask = async (password: string, typed = person.email) => {
    await awake(page);
    await page.getByLabel(`Type ${person.email} to confirm`).fill(typed);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Delete account' }).click();
  };
  await ask(person.password, 'somebody else');
  await expect(page.getByLabel(`Type ${person.email} to confirm`)).toHaveAttribute('aria-invalid', 'true');
  await expectGoodPage(page);
  await ask('not the password at all');
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expectGoodPage(page);
  await ask(person.password);
  await expect(page.getByText('Your account will be deleted')).toBeVisible();
  await expect(page).not.toHaveURL(/\/account/);
  await page.goto('/account');
  await expect(page).toHaveURL(/\/login/);
  await signIn(page, person);
  await expect(page.getByText('Your account will not be deleted')).toBeVisible();
  await expect(page).toHaveURL(/\/account$/);
});

test('a person has a copy prepared and takes it', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/data');
  await page.getByRole('button', { name: 'Prepare my data' }).click();
  await expect(page.getByText('We are preparing your copy.')).toBeVisible();
  await expectGoodPage(page);
  await expect(async () => {
    await page.goto('/account/data');
    await expect(page.getByRole('button', { name: 'Download this copy' })).toBeVisible({ timeout: 500 });
  }).toPass();
  await expectGoodPage(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download this copy' }).click(),
  ]);
  expect(JSON.parse(await readFile(await download.path(), 'utf8')).account.email).toBe(person.email);
});

test('a person pauses, and is welcomed back', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/data');
  await awake(page);
  await page.getByLabel('Password to deactivate', { exact: true }).fill('not the password at all');
  await page.getByRole('button', { name: 'Deactivate account' }).click();
  await expect(page.getByText('That is not your current password.').first()).toBeVisible();
  await expectGoodPage(page);
  await awake(page);
  await page.getByLabel('Password to deactivate', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Deactivate account' }).click();
  await expect(page.getByText('Your account is deactivated')).toBeVisible();
  await signIn(page, person);
  await expect(page.getByText('Welcome back. Your account is active again')).toBeVisible();
});

test('a reminder is put away', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account');
  await page.getByRole('button', { name: 'Not now: Add a picture' }).click();
  await expect(page.getByText('You will not be reminded of that any more.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Add a picture' })).toHaveCount(0);
  await expectGoodPage(page);
});
