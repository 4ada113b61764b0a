// The island of a form that is written for long: what is left of the text, and a question before the page is left.
import { expectGoodPage } from '../fixtures/a11y';
import { awake } from '../fixtures/hydrated';
import { expect, test } from '../fixtures/index';
import { enter, member } from '../fixtures/user';

test('the characters left are counted, and what is not saved is not left unasked', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/profile');
  await awake(page);
  const asked: string[] = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.accept();
  });
  const bio = page.getByLabel('About you (optional)');
  await expect(page.getByText('500 characters left.')).toBeVisible();
  await page.goto('/account');
  expect(asked).toEqual([]);
  await page.goto('/account/profile');
  await awake(page);
  await bio.pressSequentially('Good day');
  await expect(page.getByText('492 characters left.')).toBeVisible();
  await bio.fill('x'.repeat(503));
  await expect(page.getByText('3 characters too many.')).toBeVisible();
  await expectGoodPage(page);
  await page.goto('/account');
  expect(asked).toEqual(['beforeunload']);
  await page.goto('/account/profile');
  await awake(page);
  await bio.pressSequentially('Good day');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByRole('status')).toContainText('Your profile is saved.');
  expect(asked).toEqual(['beforeunload']);
});
