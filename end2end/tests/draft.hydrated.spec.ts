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
  await page.getByRole('button', { name: 'Save about you' }).click();
  await expect(page.getByRole('status')).toContainText('Your profile is saved.');
  expect(asked).toEqual(['beforeunload']);
});

test('each card is a draft of its own: saving one does not drop another unasked', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/profile');
  await awake(page);
  const asked: string[] = [];
  let stay = true;
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await (stay ? dialog.dismiss() : dialog.accept());
  });
  await page.getByLabel('About you (optional)').pressSequentially('Good day');
  await page.getByLabel('Link 1').pressSequentially('example.org');
  await page.getByRole('button', { name: 'Save links' }).click();
  await expect.poll(() => asked).toEqual(['beforeunload']);
  await expect(page.getByLabel('About you (optional)')).toHaveValue('Good day');
  stay = false;
  await page.getByRole('button', { name: 'Save about you' }).click();
  await expect(page.getByRole('status')).toContainText('Your profile is saved.');
  await expect(page.getByLabel('About you (optional)')).toHaveValue('Good day');
});

test('notices are saved as they are ticked, and undone', async ({ page, mailbox, request, complaints }) => {
  complaints.expect(/ERR_FAILED/);
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/account/notifications');
  await awake(page);
  await expect(page.getByRole('button', { name: 'Save' })).toBeHidden();
  const box = page.getByRole('checkbox').first();
  await expect(box).toBeChecked();
  await box.uncheck();
  await expect(page.getByRole('status')).toHaveText('Saved.');
  await expectGoodPage(page);
  await page.reload();
  await awake(page);
  await expect(box).not.toBeChecked();
  await box.check();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('status')).toHaveText('Undone.');
  await expect(box).not.toBeChecked();
  await expect(box).toBeFocused();
  await page.route('**/fn/notices/choose', (route) => route.abort());
  await box.click();
  await expect(page.getByRole('status')).toContainText('could not be saved');
  await expect(box).not.toBeChecked();
  await page.unroute('**/fn/notices/choose');
  await page.reload();
  await expect(box).not.toBeChecked();
});
