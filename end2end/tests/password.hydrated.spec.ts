// The islands of a password field: what it is worth while it is typed, and a look at it.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';

test.beforeEach(async ({ page }) => {
  await page.goto('/register');
});

test('the meter rises with the password', async ({ page }) => {
  const field = page.getByLabel('Password', { exact: true });
  const meter = page.getByRole('meter');
  await field.pressSequentially('password');
  await expect(meter).toBeVisible();
  const weak = await meter.evaluate((each: HTMLMeterElement) => each.value);
  await field.fill('');
  await field.pressSequentially('lantern harbour 62 quartz');
  await expect.poll(() => meter.evaluate((each: HTMLMeterElement) => each.value)).toBeGreaterThan(weak);
  await expectGoodPage(page);
});

test('the password can be shown and hidden', async ({ page }) => {
  const field = page.getByLabel('Password', { exact: true });
  await field.fill('lantern harbour 62 quartz');
  await expect(field).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: /show/i }).click();
  await expect(field).toHaveAttribute('type', 'text');
  await page.getByRole('button', { name: /hide|show/i }).click();
  await expect(field).toHaveAttribute('type', 'password');
});
