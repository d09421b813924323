/** A real Chromium from an npm package, headless, that talks to nobody but the pages under test. */
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

// The console draws nothing that needs it, and a software in place of it took the half of what the browser cost.
chromium.setGraphicsMode = false;

export async function startBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      // In a single process the first page that is closed would end the browser.
      ...chromium.args.filter((argument) => argument !== '--single-process'),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
    headless: true,
  });
}
