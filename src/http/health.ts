/** Liveness, readiness and what the database does meanwhile (DESIGN §4, Operations). */
import Router from '@koa/router';

export interface Health {
  /** Migrated, keys loaded, not draining. A lost database shows in the body, not in the status. */
  isReady(): boolean;
  isDatabaseUp(): boolean;
}

export function healthRouter(health: Health): Router {
  const router = new Router({ sensitive: true, strict: true });
  router.get('health', '/health/live', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'alive' };
  });
  router.get('health', '/health/ready', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.status = health.isReady() ? 200 : 503;
    ctx.body = {
      status: health.isReady() ? 'ready' : 'not ready',
      database: health.isDatabaseUp() ? 'up' : 'down',
    };
  });
  return router;
}
