// The same story as a program tells it: tokens instead of cookies.
import type { APIRequestContext } from '@playwright/test';
import { expect, test } from '../fixtures/index';
import { member } from '../fixtures/user';

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

async function login(request: APIRequestContext, { email, password }: { email: string; password: string }) {
  const answer = await request.post('/api/v1/auth/login', { data: { email, password } });
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as { access_token: string; refresh_token: string };
}

test('login, me, refresh, logout', async ({ request, mailbox }) => {
  const person = await member(request, mailbox);
  const first = await login(request, person);
  const me = await request.get('/api/v1/me', bearer(first.access_token));
  expect(me.status()).toBe(200);
  expect((await me.json()).email).toBe(person.email);

  const refreshed = await request.post('/api/v1/auth/refresh', { data: { refresh_token: first.refresh_token } });
  expect(refreshed.status()).toBe(200);
  const second = await refreshed.json();
  expect(second.refresh_token).not.toBe(first.refresh_token);

  expect((await request.post('/api/v1/auth/logout', bearer(second.access_token))).status()).toBe(204);
  expect((await request.get('/api/v1/me', bearer(second.access_token))).status()).toBe(401);
  const dead = await request.post('/api/v1/auth/refresh', { data: { refresh_token: second.refresh_token } });
  expect(dead.status()).toBe(401);
});

test('a deleted account answers 401, never 500', async ({ request, mailbox }) => {
  const person = await member(request, mailbox);
  const { access_token } = await login(request, person);
  const removed = await request.delete('/api/v1/me', { data: { password: person.password }, ...bearer(access_token) });
  expect(removed.status(), await removed.text()).toBe(204);
  expect((await request.get('/api/v1/me', bearer(access_token))).status()).toBe(401);
});

test('the description of the API is served with its page', async ({ request }) => {
  const described = await request.get('/api/openapi.json');
  expect(described.status()).toBe(200);
  expect((await described.json()).paths).toHaveProperty('/api/v1/auth/login');
});

test('the documentation page works under our own policy', async ({ page }) => {
  await page.goto('/docs/api');
  await expect(page.getByText('/api/v1/auth/login').first()).toBeVisible();
});
