/** The Koa application: everything but the token endpoint, which is answered before it. */
import type Router from '@koa/router';
import Koa from 'koa';
import helmet from 'koa-helmet';
import { closeIfUnread } from './bodies.ts';
import { exchangeOf } from './exchange.ts';
import type { Log } from './log.ts';
import { answerProblems } from './problem.ts';

/** The connection was closed by who had asked. */
const readerLeft = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/** Mounts `routers` in order, with security headers, problem details, and 405 where only the method is wrong. */
export function createApp(routers: readonly Router[], log: Log): Koa {
  const app = new Koa();
  app.on('error', (error: NodeJS.ErrnoException) => {
    const { code = '' } = error;
    if (readerLeft.has(code)) log.info({ code }, 'a reader left before the end of the answer');
    else log.error({ err: error }, 'an answer could not be sent');
  });
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'script-src': ["'self'"],
          'style-src': ["'self'", "'unsafe-inline'"],
          'img-src': ["'self'", 'data:'],
          'connect-src': ["'self'"],
          'font-src': ["'self'"],
          'object-src': ["'none'"],
          'base-uri': ["'none'"],
          'frame-ancestors': ["'none'"],
          'form-action': ["'self'"],
        },
      },
      referrerPolicy: { policy: 'no-referrer' },
      frameguard: { action: 'deny' },
      // Names below the issuer's host are not ours to speak for.
      strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    }),
  );
  app.use(async (ctx, next) => {
    ctx.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
    await next();
    closeIfUnread(ctx.res);
    const name: unknown = ctx['_matchedRouteName'];
    if (typeof name === 'string') exchangeOf(ctx.req).route = name;
  });
  app.use(answerProblems);
  for (const router of routers) {
    app.use(router.routes());
    app.use(router.allowedMethods());
  }
  return app;
}
