// The front door: what a visitor sees who has never been here.
import { expectGoodPage } from '../fixtures/a11y';
import { expect, test } from '../fixtures/index';

test('the home page says what this is and leads in', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: /create (an )?account|sign up/i }).first().click();
  await expect(page).toHaveURL(/\/register$/);
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign in' }).first().click();
  await expect(page).toHaveURL(/\/login$/);
});

for (const path of ['/', '/register', '/register/sent', '/login', '/forgot', '/forgot/sent', '/verify/resend', '/dev/mail']) {
  test(`${path} is a good page`, async ({ page }) => {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    await expect(page).toHaveTitle(/\S/);
    await expectGoodPage(page);
  });
}

for (const path of ['/verify', '/reset', '/verify?token=nonsense', '/reset?token=nonsense']) {
  test(`${path} without a usable link is a good page that says so`, async ({ page, complaints }) => {
    complaints.expect(/status of 4\d\d/);
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectGoodPage(page);
  });
}

for (const path of ['/nowhere', '/setup', '/setup?token=nonsense']) {
  test(`${path} is a styled page that says 404`, async ({ page, complaints }) => {
    complaints.expect(/status of 404/);
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole('main')).toBeVisible();
    await expectGoodPage(page);
  });
}

test('the login page needs five requests at most', async ({ page }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto('/login', { waitUntil: 'networkidle' });
  expect(requests.length, requests.join('\n')).toBeLessThanOrEqual(5);
});

test('the state of the service is public', async ({ request }) => {
  expect((await request.get('/healthz')).status()).toBe(200);
  expect((await request.get('/readyz')).status()).toBe(200);
});
