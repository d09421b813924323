/** One attempt at one delivery: what is judged is what is connected to, and of the answer the status alone counts. */
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AddressPolicy } from '../../src/webhook/address-policy.ts';
import {
  WebhookSender,
  type ResolvedAddress,
  type SendResult,
} from '../../src/webhook/webhook-sender.ts';
import { receiverCertificate } from './receiver-certificate.ts';
import { WebhookReceiver } from './webhook-receiver.ts';

/** Stands for a public one: nothing here can be sent beyond this machine. */
const goodAddress: ResolvedAddress = { address: '127.0.0.1', family: 4 };
const badAddress: ResolvedAddress = { address: '127.0.0.2', family: 4 };

/** Takes any name with any port, so that a test can listen; its addresses are judged as ever. */
class AnyName extends AddressPolicy {
  constructor() {
    super({ allowedHosts: [goodAddress.address], ownHosts: ['auth.example.com'] });
  }

  override isAllowedHost(): boolean {
    return true;
  }
}

const message = { headers: { 'webhook-id': 'delivery_1' }, body: '{"type":"client.updated"}' };
const never = new AbortController().signal;
let open: { close(): unknown }[] = [];
let trap: ReturnType<typeof createTcpServer>;
let trapped = 0;

beforeAll(async () => {
  trap = createTcpServer((socket) => {
    trapped += 1;
    socket.destroy();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  trap.listen(0, badAddress.address, resolve);
  await promise;
});
afterAll(() => void trap.close());
afterEach(async () => {
  await Promise.all(open.map((server) => server.close()));
  open = [];
});

// It listens on a port, not on a pipe.
const trapPort = () => (trap.address() as AddressInfo).port;

async function startReceiver(
  ...listener: Parameters<typeof WebhookReceiver.start>
): Promise<WebhookReceiver> {
  const receiver = await WebhookReceiver.start(...listener);
  open.push(receiver);
  return receiver;
}

function senderTo(
  resolve: (host: string, signal: AbortSignal) => Promise<ResolvedAddress[]>,
  limits: { connectMillisMax?: number; wholeMillisMax?: number } = {},
): WebhookSender {
  return new WebhookSender({ policy: new AnyName(), resolve, ...limits });
}

async function faultOf(result: Promise<SendResult>): Promise<string> {
  const settled = await result;
  if (settled.status !== undefined) throw new Error(`it was answered with ${settled.status}`);
  return settled.fault;
}

test('posts the message to the address of the name, and says which name', async () => {
  const receiver = await startReceiver();
  const sender = senderTo(async () => [goodAddress]);
  const url = `http://hooks.example.com:${receiver.port}/in?a=b`;
  expect(await sender.send(url, message, never)).toEqual({ status: 204 });
  expect(receiver.received).toEqual([
    {
      path: '/in?a=b',
      headers: expect.objectContaining({
        host: `hooks.example.com:${receiver.port}`,
        'content-length': String(message.body.length),
        'webhook-id': 'delivery_1',
        connection: 'close',
      }),
      body: message.body,
    },
  ]);
});

// W-56, W-61
test('a name that leads elsewhere at the next attempt is not followed there', async () => {
  const receiver = await startReceiver();
  const answers = [goodAddress, badAddress];
  let asked = 0;
  const sender = senderTo(async () => {
    const address = answers[asked];
    asked += 1;
    return address ? [address] : [];
  });
  const before = trapped;
  const url = (port: number) => `http://hooks.example.com:${port}/`;
  expect(await sender.send(url(receiver.port), message, never)).toEqual({ status: 204 });
  // One question for one connection: there is no second answer between the judgement and the connection.
  expect(asked).toBe(1);
  expect(await faultOf(sender.send(url(trapPort()), message, never))).toContain(
    'leads to 127.0.0.2, which is not allowed',
  );
  expect(trapped).toBe(before);
});

// W-55
test.each([
  ['a good one and a bad one', [goodAddress, badAddress]],
  ['a bad one and a good one', [badAddress, goodAddress]],
  ['an IPv6 one alone, of this machine', [{ address: '::1', family: 6 } as const]],
  ['an IPv4 one in IPv6 clothes', [{ address: '::ffff:127.0.0.2', family: 6 } as const]],
  ['metadata', [{ address: '169.254.169.254', family: 4 } as const]],
  ['what is no address', [{ address: 'localhost', family: 4 } as const]],
])('connects to nobody when the name leads to %s', async (_what, addresses) => {
  const before = trapped;
  const sender = senderTo(async () => addresses);
  const fault = await faultOf(
    sender.send(`http://hooks.example.com:${trapPort()}/`, message, never),
  );
  expect(fault).toContain('which is not allowed');
  expect(trapped).toBe(before);
});

// W-66, F-15
test('a name that cannot be looked up, or has no address, is connected to by nobody', async () => {
  const url = `http://hooks.example.com:${trapPort()}/`;
  const failing = senderTo(async () => {
    throw Object.assign(new Error('queryA ESERVFAIL'), { code: 'ESERVFAIL' });
  });
  expect(await faultOf(failing.send(url, message, never))).toContain('ESERVFAIL');
  expect(await faultOf(senderTo(async () => []).send(url, message, never))).toContain('no address');
  const strict = new AddressPolicy({ allowedHosts: [], ownHosts: ['auth.example.com'] });
  const bySystem = new WebhookSender({ policy: strict, connectMillisMax: 500 });
  expect(await faultOf(bySystem.send('https://nothing.invalid/', message, never))).not.toBe('');
});

test('what was refused when it was saved is refused when it is sent', async () => {
  const strict = new AddressPolicy({ allowedHosts: [], ownHosts: ['auth.example.com'] });
  const sender = new WebhookSender({ policy: strict });
  const url = `https://127.0.0.2:${trapPort()}/`;
  expect(await faultOf(sender.send(url, message, never))).toContain(
    'must lead to a public address',
  );
});

test('does not go where an answer points', async () => {
  const before = trapped;
  const receiver = await startReceiver((_request, response) =>
    response.writeHead(302, { location: `http://${badAddress.address}:${trapPort()}/` }).end(),
  );
  const sender = senderTo(async () => [goodAddress]);
  expect(await sender.send(receiver.url(), message, never)).toEqual({ status: 302 });
  expect(receiver.received).toHaveLength(1);
  expect(trapped).toBe(before);
});

// W-64
test('reads no more of an answer than it is polite to', async () => {
  const chunk = Buffer.alloc(65_536);
  let written = 0;
  const receiver = await startReceiver((_request, response) => {
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && response.write(chunk)) written += chunk.length;
    };
    response.on('drain', write);
    write();
  });
  const sender = senderTo(async () => [goodAddress]);
  expect(await sender.send(receiver.url(), message, never)).toEqual({ status: 200 });
  // What the two kernels hold between them.
  expect(written).toBeLessThan(50_000_000);
});

test('gives up what is not answered in time, and takes a status that came in time', async () => {
  const sender = senderTo(async () => [goodAddress], { wholeMillisMax: 300 });
  const silent = await startReceiver(() => undefined);
  expect(await faultOf(sender.send(silent.url(), message, never))).toContain('timeout');
  const dripping = await startReceiver((_request, response) => {
    response.writeHead(201);
    response.write('.');
  });
  expect(await sender.send(dripping.url(), message, never)).toEqual({ status: 201 });
});

test('gives up what is not connected in time, and at once when it is told to', async () => {
  const hanging = (_host: string, signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      // Whoever aborts gives an Error as the reason.
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  const url = `http://hooks.example.com:${trapPort()}/`;
  const slow = senderTo(hanging, { connectMillisMax: 50 });
  expect(await faultOf(slow.send(url, message, never))).toContain('not connected in time');
  const stopping = new AbortController();
  const sent = senderTo(hanging).send(url, message, stopping.signal);
  stopping.abort(new Error('stopping'));
  expect(await faultOf(sent)).toContain('stopping');
});

// W-65
test('TLS must be good for the name of the URL, whatever the address', async () => {
  const names: unknown[] = [];
  const server = createTlsServer(receiverCertificate, (_request, response) => response.end('ok'));
  server.on('secureConnection', ({ servername }) => names.push(servername));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, goodAddress.address, resolve);
  await promise;
  open.push(server);
  // It listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  const sender = senderTo(async () => [goodAddress]);
  const send = (host: string) => sender.send(`https://${host}:${port}/`, message, never);

  expect(await faultOf(send('hooks.example.com'))).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  const trusted = getCACertificates();
  setDefaultCACertificates([...trusted, receiverCertificate.cert]);
  try {
    expect(await send('hooks.example.com')).toEqual({ status: 200 });
    expect(names.at(-1)).toBe('hooks.example.com');
    expect(await faultOf(send('other.example.com'))).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  } finally {
    setDefaultCACertificates(trusted);
  }
});
