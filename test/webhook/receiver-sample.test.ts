/** The receiver in `docs/`, for people to begin with: what it takes, and what it does not. */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createReceiver, type LatchkeyEvent } from '../../docs/webhook-receiver.ts';
import { generateSigningSecret, signMessage } from '../../src/webhook/webhook-signature.ts';

const secret = generateSigningSecret();
const events: LatchkeyEvent[] = [];
const receiver = createReceiver(secret, (event) => void events.push(event));
let url: string;
let ids = 0;

beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  receiver.listen(0, '127.0.0.1', resolve);
  await promise;
  // It listens on a port, not on a pipe.
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

const body =
  '{"type":"client.updated","timestamp":"2026-11-25T12:00:00.000Z","data":{"sequence":7}}';

function signed(at = new Date(), by = secret) {
  return signMessage({ id: `delivery_${(ids += 1)}`, body }, [by], at).headers;
}

async function send(headers: Record<string, string>, sent = body): Promise<number> {
  return (await fetch(url, { method: 'POST', headers, body: sent })).status;
}

// W-69
test('takes what is signed and new, once however often it comes', async () => {
  const headers = signed();
  expect([await send(headers), await send(headers)]).toEqual([204, 204]);
  expect(events).toEqual([JSON.parse(body)]);
});

// W-69
test('takes nothing that was changed, is old, from the future, forged or not signed', async () => {
  const before = events.length;
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  const { 'webhook-signature': _signature, ...unsigned } = signed();
  const statuses = [
    await send(signed(), body.replace('updated', 'deleted')),
    await send({ ...signed(), 'webhook-id': 'delivery_other' }),
    await send(signed(minutes(-6))),
    await send(signed(minutes(6))),
    await send(signed(new Date(), generateSigningSecret())),
    await send(unsigned),
    await send({}),
    await send(signed(), `${body} `),
  ];
  expect(statuses).toEqual(statuses.map(() => 400));
  expect(events).toHaveLength(before);
  expect(await send(signed(), 'x'.repeat(1_000_001))).toBe(413);
});
