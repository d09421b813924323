/** The OpenAPI document at `/api/v1/openapi.json`, readable at `/docs`: public, and from this origin only. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Router from '@koa/router';
import { adminPrefix } from './admin-router.ts';

const assetFolder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const assets = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
} as const;
const assetMaxAgeSeconds = 86_400;

const page = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Latchkey admin API</title>
  <link rel="icon" href="/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="reference"></div>
  <noscript>This page needs JavaScript. The document itself is at <a href="${adminPrefix}/openapi.json">${adminPrefix}/openapi.json</a>.</noscript>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `window.ui = SwaggerUIBundle({
  url: '${adminPrefix}/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});
`;

/** The document is made when the first one asks for it: that is a tenth of the work of a start, and few ever ask. */
export function docsRouter(createDocument: () => object): Router {
  const router = new Router({ sensitive: true, strict: true });
  let json: string | undefined;
  router.get('docs', `${adminPrefix}/openapi.json`, (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.body = json ??= JSON.stringify(createDocument());
    ctx.type = 'application/json';
  });
  router.get('docs', '/docs', (ctx) => {
    ctx.set('Cache-Control', 'no-cache');
    ctx.body = page;
    ctx.type = 'text/html';
  });
  router.get('docs', '/docs/start.js', (ctx) => {
    ctx.set('Cache-Control', 'no-cache');
    ctx.body = start;
    ctx.type = 'text/javascript';
  });
  for (const [name, type] of Object.entries(assets)) {
    router.get('docs', `/docs/${name}`, async (ctx) => {
      ctx.body = await readFile(join(assetFolder, name));
      ctx.set('Cache-Control', `public, max-age=${assetMaxAgeSeconds}`);
      ctx.type = type;
    });
  }
  return router;
}
