// The developer's mailbox: mails that went nowhere, with links to click.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';
import { register, somebody } from '../fixtures/user';

test('a mail is listed, opens, and its link leads to the page', async ({ page, mailbox, complaints }) => {
  // axe looks into the frame that shows the mail, which lets no script run, axe's neither.
  complaints.expect(/Blocked script execution .* sandboxed/);
  const person = somebody();
  await register(page, person);
  await expect(page).toHaveURL(/\/register\/sent$/);
  await mailbox.link(person.email, '/verify');
  await page.goto('/dev/mail');
  const row = page.getByRole('row').or(page.getByRole('listitem')).filter({ hasText: person.email });
  await row.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/dev\/mail\/.+/);
  await expectGoodPage(page);
  await page.getByRole('main').getByRole('link', { name: /\/verify\?token=/ }).first().click();
  await expect(page.getByRole('button', { name: 'Verify e-mail' })).toBeVisible();
});
