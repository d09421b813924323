/** How the console becomes static files: below `/console/`, without inline scripts, and one chunk per page. */
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';

export const consoleBuild: InlineConfig = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/console/',
  configFile: false,
  logLevel: 'warn',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inline: the Content-Security-Policy allows scripts of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      onwarn: (warning, warn) => {
        // For servers that render pages, which nobody here does.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
};
