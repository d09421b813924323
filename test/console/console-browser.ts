/** A real browser that looks at the console: one for a suite, and a page of its own for each member. */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { declaredRoutes } from '../admin/declared-routes.ts';
import { startBrowser } from '../support/browser.ts';
import type { ServerAddress } from '../support/server-process.ts';

export const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };
/** Even a busy machine has drawn a page anew by then. */
const drawnMillisMax = 20_000;

/** Where pictures of pages go: a folder that git ignores. */
const pictureFolder = fileURLToPath(new URL('../../coverage/console/', import.meta.url));

export interface ConsolePage {
  page: Page;
  context: BrowserContext;
  /** What the browser's console and the page complained of: it has to stay empty. */
  complaints: string[];
  /** Requests to anybody but the server, and for data that the admin API does not declare. */
  foreignRequests: string[];
}

export class ConsoleBrowser {
  readonly #server: ServerAddress;
  readonly #browser: Browser;

  private constructor(server: ServerAddress, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  static async start(server: ServerAddress): Promise<ConsoleBrowser> {
    return new ConsoleBrowser(server, await startBrowser());
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  urlOf(path: string): string {
    return `${this.#server.issuer}/console${path}`;
  }

  /** A window in which nobody is signed in yet. */
  async open(
    options: { viewport?: typeof wide; colorScheme?: 'light' | 'dark' } = {},
  ): Promise<ConsolePage> {
    const context = await this.#browser.newContext({
      viewport: options.viewport ?? wide,
      colorScheme: options.colorScheme ?? 'light',
      acceptDownloads: true,
    });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    const foreignRequests: string[] = [];
    page.on('console', (message) => {
      // A refusal of the admin API is the page's to show, and the browser's to write down.
      const isRefusal = /Failed to load resource/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !isRefusal)
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const url = new URL(request.url());
      const isForeign = url.protocol.startsWith('http') && url.origin !== this.#server.issuer;
      const isData = ['fetch', 'xhr'].includes(request.resourceType());
      if (isForeign || (isData && !isDeclared(request.method(), url.pathname)))
        foreignRequests.push(`${request.method()} ${url.href}`);
    });
    return { page, context, complaints, foreignRequests };
  }

  /** By the door, as a person does it; ends on the page at `path`. */
  async signIn(
    { email, password }: { email: string; password: string },
    path = '/clients',
    options: Parameters<ConsoleBrowser['open']>[0] = {},
  ): Promise<ConsolePage> {
    const opened = await this.open(options);
    const { page } = opened;
    await page.goto(this.urlOf(path));
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(this.urlOf(path));
    return opened;
  }
}

/** Of whoever comes in with the link of the first start; the button is left to be pressed. */
export async function fillAccount(
  page: Page,
  { email, name, password }: { email: string; name: string; password: string },
): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
  await page.getByRole('textbox', { name: 'Password again' }).fill(password);
}

/** */
function isDeclared(method: string, pathname: string): boolean {
  return declaredRoutes.some(
    (route) =>
      route.method.toUpperCase() === method &&
      new RegExp(`^/api/v1${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
}

/** Of the page as it is, for whoever wants to look at it (LATCHKEY_TEST_PICTURES): `name` becomes the file's. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env['LATCHKEY_TEST_PICTURES'] === undefined) return;
  mkdirSync(pictureFolder, { recursive: true });
  await page.screenshot({ path: `${pictureFolder}${name}.png`, fullPage: true });
}

/**
 * Whether the page scrolls sideways, which none does: lines to copy and tables do so by themselves.
 * What hangs on the width of the window is drawn anew in its own time: that is waited for.
 */
export async function scrollsSideways(page: Page): Promise<boolean> {
  const deadline = performance.now() + drawnMillisMax;
  // Asked from here: what asks again within the page would need the `eval` that the page forbids.
  while (!(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'))) {
    if (performance.now() > deadline) return true;
    await sleep(20);
  }
  return false;
}
