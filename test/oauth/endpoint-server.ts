/** OAuth endpoints alone in this process, over HTTP, on whatever registry a test gives them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beginExchange } from '../../src/http/exchange.ts';
import type { OAuthEndpoint } from '../../src/oauth/oauth-endpoint.ts';

export interface EndpointServer {
  /** The server's own address. */
  issuer: string;
  /** By their paths. */
  serve: (endpoints: Readonly<Record<string, OAuthEndpoint>>) => void;
  close: () => Promise<void>;
}

export async function startEndpointServer(): Promise<EndpointServer> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    issuer: `http://localhost:${port}`,
    serve(endpoints) {
      server.on('request', (req, res) => {
        const [path = ''] = req.url?.split('?', 1) ?? [];
        endpoints[path]?.handle(req, res, beginExchange(req, 0));
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
