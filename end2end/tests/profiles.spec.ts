// A person's profile: the form, the picture, and what others see.
import type { Page } from '@playwright/test';
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { enter, member } from '../fixtures/user';

/** Saves one card of the profile and sees it said so there. */
async function save(page: Page, card: string) {
  await page.getByRole('button', { name: `Save ${card}` }).click();
  await expect(page.locator('form', { has: page.getByRole('button', { name: `Save ${card}` }) }).getByRole('status')).toContainText(
    'Your profile is saved.',
  );
}

/** A PNG of one pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

test('a profile is filled in, shown and hidden again', async ({ page, mailbox, request, browser, server }) => {
  const person = await member(request, mailbox);
  const handle = `ada${person.email.replace(/[^0-9a-f]/g, '').slice(0, 8)}`;
  await enter(page, person);
  await page.getByRole('link', { name: 'Edit your profile' }).click();
  await expect(page).toHaveURL(/\/account\/profile$/);
  await expectGoodPage(page);
  await page.getByLabel('User name (optional)').fill(handle);
  await page.getByLabel('About you (optional)').fill('Writes programs.\n<script>alert(1)</script>');
  await save(page, 'about you');
  await page.getByLabel('Link 1').fill('example.org');
  await save(page, 'links');
  await page.getByLabel('Page as a whole').selectOption('Everyone');
  await save(page, 'who can see it');
  await expect(page.getByLabel('User name (optional)')).toHaveValue(handle);
  await expectGoodPage(page);

  const stranger = await browser.newPage();
  await stranger.goto(`${server.url}/u/${handle}`);
  await expect(stranger.getByRole('heading', { level: 1 })).toHaveText(person.name);
  await expect(stranger.getByText('<script>alert(1)</script>')).toBeVisible();
  await expect(stranger.getByRole('link', { name: 'example.org' })).toHaveAttribute('rel', /nofollow/);
  await expectGoodPage(stranger);

  await page.getByLabel('Page as a whole').selectOption('Only you');
  await save(page, 'who can see it');
  expect((await stranger.goto(`${server.url}/u/${handle}`))?.status()).toBe(404);
  await stranger.close();
});

test('what does not fit comes back as it was typed', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/profile');
  await page.getByLabel('User name (optional)').fill('a--b');
  await page.getByLabel('About you (optional)').fill('One line.\nAnother one.');
  await page.getByRole('button', { name: 'Save about you' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('User name (optional)')).toHaveValue('a--b');
  await expect(page.getByLabel('User name (optional)')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('About you (optional)')).toHaveValue('One line.\nAnother one.');
  await expectGoodPage(page);
});

test('a picture is set and taken away', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/profile');
  await page.getByLabel('New picture').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: PICTURE });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  await expect(page.getByRole('status')).toContainText('This is your picture now.');
  await expect(page.locator('img.avatar')).toHaveJSProperty('naturalWidth', 256);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Remove picture' }).click();
  await expect(page.getByRole('status')).toContainText('Your picture is gone.');
});

test('times are told where a person lives', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/sessions');
  const signedIn = page.locator('time').first();
  await expect(signedIn).toContainText('UTC');
  await page.goto('/account/profile');
  await page.getByLabel('Time zone').first().selectOption('Asia/Kathmandu');
  await save(page, 'language and time');
  await page.goto('/account/sessions');
  await expect(signedIn).not.toContainText('UTC');
  await expect(signedIn).toHaveAttribute('datetime', /Z$/);
  await expect(signedIn).toHaveAttribute('title', /UTC$/);
});

test('a person looks at their page as others do', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  const handle = `eve${person.email.replace(/[^0-9a-f]/g, '').slice(0, 8)}`;
  await enter(page, person);
  await page.goto('/account/profile');
  await page.getByLabel('User name (optional)').fill(handle);
  await save(page, 'about you');
  await page.getByLabel('Link 1').fill('example.org');
  await save(page, 'links');
  await page.getByLabel('Page as a whole').selectOption('Everyone');
  await page.getByLabel('Links', { exact: true }).selectOption('People who are signed in');
  await save(page, 'who can see it');
  await page.getByRole('link', { name: 'See it as others do' }).click();
  await expect(page.getByText('as people who are not signed in see it')).toBeVisible();
  await expect(page.getByRole('link', { name: 'example.org' })).toHaveCount(0);
  await expectGoodPage(page);
  await page.getByRole('link', { name: 'See it as people who are signed in' }).click();
  await expect(page.getByRole('link', { name: 'example.org' })).toBeVisible();
  await expectGoodPage(page);
});
