// Three ways to visit every page: hydrated, with JavaScript off, and on a screen of 320 px.
// Started by `cargo xtask e2e`, by `cargo xtask test` and by `cargo leptos end-to-end`.
import { defineConfig } from '@playwright/test';
import { existsSync } from 'node:fs';

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./fixtures/closing-line.ts']],
  use: {
    browserName: 'chromium',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    locale: 'en-GB',
    // No view transitions: Chromium reports one that a quick test cuts short as an error of the page.
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? browsers.find((path) => existsSync(path)),
      args: [
        '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
      ],
    },
  },
  // A spec named *.hydrated.spec.ts is about islands and needs them; REST has no screen to be small on.
  projects: [
    { name: 'chromium' },
    {
      name: 'chromium-nojs',
      use: { javaScriptEnabled: false },
      testIgnore: ['**/*.hydrated.spec.ts', '**/rest.spec.ts'],
    },
    {
      name: 'mobile',
      use: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true },
      testIgnore: '**/rest.spec.ts',
    },
  ],
});
