/**
 * The console: static files below `/console`, public, built beforehand (`console/build.ts`). Any other path below
 * it is a page of the console, whose own router shows it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { send } from '@koa/send';
import Router from '@koa/router';
import { HttpError, type Context } from 'koa';

const builtFolder = fileURLToPath(new URL('../../console/dist', import.meta.url));
const page = 'index.html';
/** Their names change with their content. */
const assetMillis = 365 * 86_400_000;

export function consoleRouter(folder = builtFolder): Router {
  const router = new Router({ sensitive: true, strict: true });
  const isBuilt = existsSync(join(folder, page));

  const sendFile = async (ctx: Context, path: string, maxAge: number) => {
    try {
      await send(ctx, path, {
        root: folder,
        maxAge,
        immutable: maxAge > 0,
        brotli: true,
        gzip: true,
      });
    } catch (error) {
      // A file that is not there is nobody's fault: a page of an older build asks for it.
      if (error instanceof HttpError && error.status === 404) return;
      throw error;
    }
    ctx.vary('Accept-Encoding');
  };

  router.get('console', '/console', (ctx) => ctx.redirect('/console/'));
  router.get('console', '/console/assets/:file', async (ctx) => {
    const file = ctx.params['file'] ?? '';
    if (/^[\w-]+(?:\.[\w-]+)*\.(?:js|css|svg|woff2)$/.test(file)) {
      await sendFile(ctx, `assets/${file}`, assetMillis);
    }
  });
  // Nothing else is there, and the page is no file.
  router.get('console', '/console/assets/{*path}', () => undefined);
  router.get('console', '/console/icon.svg', (ctx) => sendFile(ctx, 'icon.svg', 0));
  router.get('console', '/console/{*path}', async (ctx) => {
    if (!isBuilt) {
      ctx.status = 503;
      ctx.type = 'text/plain';
      ctx.body = 'The console is not built. Run: npm run console\n';
      return;
    }
    ctx.set('Cache-Control', 'no-cache');
    await sendFile(ctx, page, 0);
    ctx.set('Cache-Control', 'no-cache');
  });
  return router;
}
