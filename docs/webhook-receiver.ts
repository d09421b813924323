/**
 * A receiver of webhooks to begin with: it takes nothing that was forged, changed, is old, or has come before.
 *
 *     npm install standardwebhooks
 *     LATCHKEY_WEBHOOK_SECRET=whsec_… node webhook-receiver.ts
 */
import { createServer, type Server } from 'node:http';
import { Webhook } from 'standardwebhooks';

const bodyBytesMax = 1_000_000;

export interface LatchkeyEvent {
  /** Entity and operation, such as `client.updated`. */
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

export function createReceiver(secret: string, onEvent: (event: LatchkeyEvent) => void): Server {
  const webhook = new Webhook(secret);
  // Of production in a database, together with what the event has changed there.
  const seenIds = new Set<string>();
  return createServer((request, response) => {
    const answer = (status: number) => response.writeHead(status).end();
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bodyBytesMax) chunks.push(chunk);
    });
    request.on('end', () => {
      if (bytes > bodyBytesMax) return answer(413);
      const id = String(request.headers['webhook-id']);
      let event: LatchkeyEvent;
      try {
        // The very bytes that came: parsed and written again they would be others. It also refuses what is
        // more than five minutes old, or signed with another secret.
        const body = Buffer.concat(chunks).toString();
        event = webhook.verify(body, request.headers as Record<string, string>) as LatchkeyEvent;
      } catch {
        return answer(400);
      }
      if (!seenIds.has(id)) {
        seenIds.add(id);
        onEvent(event);
      }
      // Soon: what takes longer than ten seconds is sent again. Also to what was there already.
      return answer(204);
    });
  });
}

if (import.meta.main) {
  const secret = process.env['LATCHKEY_WEBHOOK_SECRET'] ?? '';
  createReceiver(secret, ({ type, data }) => {
    process.stdout.write(`${type} ${JSON.stringify(data)}\n`);
  }).listen(8080);
}
