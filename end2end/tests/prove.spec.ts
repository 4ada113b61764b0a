// The password again, before something that an open browser must not be enough for.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { awake } from '../fixtures/hydrated';
import { enter, member } from '../fixtures/user';

test('whoever gives the password again goes on where they were', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/prove?next=%2Faccount%2Fsessions');
  await expectGoodPage(page);
  await awake(page);
  await page.getByLabel('Password', { exact: true }).fill('not the password at all');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/prove\?next=/);
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expectGoodPage(page);
  await awake(page);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/account\/sessions$/);
  await expect(page.getByText('This device')).toBeVisible();
});

test('nobody is led to another site by it', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  await enter(page, person);
  await page.goto('/prove?next=%2F%2Fevil.example');
  await awake(page);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/account$/);
});
