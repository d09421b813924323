/** The loopback listener that serves `GET /metrics` to Prometheus, and nothing else. */
import { createServer, type Server } from 'node:http';
import { Registry } from 'prom-client';

export interface MetricsListener {
  port: number;
  server: Server;
}

const failed = { status: 500, type: 'text/plain', body: 'the metrics could not be read\n' };
const notFound = { status: 404, type: 'text/plain', body: 'metrics are at GET /metrics\n' };

/** `read` resolves with the metrics as Prometheus reads them; the port is any free one when it is 0. */
export async function listenForMetrics(
  port: number,
  read: () => Promise<string>,
): Promise<MetricsListener> {
  const answer = async (found: boolean) =>
    found ? { status: 200, type: Registry.PROMETHEUS_CONTENT_TYPE, body: await read() } : notFound;
  const server = createServer((req, res) => {
    void answer(req.method === 'GET' && req.url === '/metrics')
      .catch(() => failed)
      .then(({ status, type, body }) => {
        res.writeHead(status, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' });
        res.end(body);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : port, server };
}
