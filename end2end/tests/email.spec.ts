// Another address, and the way back; what a person is told by mail.
import { expectGoodPage } from '../fixtures/a11y';
import { awake } from '../fixtures/hydrated';
import { expect, test } from '../fixtures/index';
import { enter, member, signIn, somebody } from '../fixtures/user';

test('a person changes their address, and the old one takes it back', async ({ page, mailbox, request }) => {
  const person = await member(request, mailbox);
  const other = somebody().email;
  await enter(page, person);
  await page.getByRole('link', { name: 'Security settings' }).click();
  await expect(page).toHaveURL(/\/account\/security$/);
  await expectGoodPage(page);
  await page.getByRole('link', { name: 'Change e-mail address' }).click();
  await awake(page);
  await expectGoodPage(page);
  await page.getByLabel('New e-mail address').fill(other);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Send link' }).click();
  await expect(page.getByText('a link to confirm it is on its way')).toBeVisible();

  await page.goto(await mailbox.link(other, '/account/email/confirm'));
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Use this address' }).click();
  await expect(page.getByText('Your new e-mail address holds.')).toBeVisible();
  await expect(page.getByText(other).first()).toBeVisible();

  await page.goto(await mailbox.link(person.email, '/email/undo'));
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Restore my address' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await expect(page.getByText('Your e-mail address is restored')).toBeVisible();
  await page.goto(await mailbox.link(person.email, '/reset'));
  await awake(page);
  await page.getByLabel('New password', { exact: true }).fill(`${person.password} anew`);
  await page.getByRole('button', { name: 'Set new password' }).click();
  await signIn(page, { ...person, password: `${person.password} anew` });
  await expect(page).toHaveURL(/\/account$/);
});

test('a person chooses what they are told, and stops a mail from the mail', async ({
  page,
  mailbox,
  request,
  javaScriptEnabled,
}) => {
  const person = await member(request, mailbox);
  const welcome = await mailbox.next(person.email, /Welcome/);
  const link = /https?:\S+\/unsubscribe\?token=\S+/.exec(welcome.text)?.[0] ?? '';
  await page.goto(link);
  await expectGoodPage(page);
  await page.getByRole('button', { name: 'Stop these mails' }).click();
  await expect(page.getByText('You get no more mails like that one.')).toBeVisible();

  await enter(page, person);
  await page.getByRole('navigation', { name: 'Account' }).getByRole('link', { name: 'Notifications' }).click();
  await expect(page).toHaveURL(/\/account\/notifications$/);
  await expectGoodPage(page);
  const box = page.getByLabel('A welcome, once your address is confirmed.');
  await expect(box).not.toBeChecked();
  if (javaScriptEnabled === false) {
    await box.check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Your choice is saved.')).toBeVisible();
  } else {
    await awake(page);
    await box.check();
    await expect(page.getByRole('status')).toHaveText('Saved.');
    await page.reload();
  }
  await expect(box).toBeChecked();
});
