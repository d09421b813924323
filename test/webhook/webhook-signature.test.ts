/** Signatures as Standard Webhooks has them, checked by its library and by hand. */
import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { KeyEncryption } from '../../src/signing-key/key-encryption.ts';
import {
  generateSigningSecret,
  openSigningSecret,
  sealSigningSecret,
  signMessage,
} from '../../src/webhook/webhook-signature.ts';

const message = { id: 'delivery_1', body: '{"type":"client.updated","data":{"name":"Bücher"}}' };

function sign(secrets: readonly string[], at = new Date()) {
  return signMessage(message, secrets, at);
}

// W-69
test('is an HMAC-SHA-256 over id, time and body, under the bytes of the secret', () => {
  const secret = generateSigningSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const at = new Date('2026-11-25T12:00:00.900Z');
  const { headers, body } = sign([secret], at);
  const seconds = String(Math.floor(at.getTime() / 1000));
  const expected = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`delivery_1.${seconds}.${message.body}`)
    .digest('base64');
  expect(body).toBe(message.body);
  expect(headers).toEqual({
    'content-type': 'application/json',
    'user-agent': 'Latchkey-Webhooks',
    'webhook-id': 'delivery_1',
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${expected}`,
  });
});

// W-69
test("the library's own receiver takes it, and nothing that was changed or is old", () => {
  const secret = generateSigningSecret();
  const receiver = new Webhook(secret);
  const { headers, body } = sign([secret]);
  expect(receiver.verify(body, headers)).toEqual(JSON.parse(message.body));
  expect(() => receiver.verify(body.replace('Bücher', 'Bucher'), headers)).toThrow('No matching');
  expect(() => receiver.verify(body, { ...headers, 'webhook-id': 'delivery_2' })).toThrow();
  expect(() => new Webhook(generateSigningSecret()).verify(body, headers)).toThrow('No matching');
  for (const seconds of [-301, 302]) {
    const moved = sign([secret], new Date(Date.now() + seconds * 1000));
    expect(() => receiver.verify(moved.body, moved.headers)).toThrow(/too (old|new)/);
  }
});

test('during the overlap of a rotation a receiver may know either secret', () => {
  const [current, previous] = [generateSigningSecret(), generateSigningSecret()];
  const { headers, body } = sign([current, previous]);
  expect(headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  for (const secret of [current, previous]) {
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(message.body));
  }
});

test('a secret is sealed under the key-encryption key, and opened with it alone', async () => {
  const secret = generateSigningSecret();
  const encryption = new KeyEncryption(randomBytes(32).toString('base64'));
  const sealed = await sealSigningSecret(encryption, secret);
  expect(sealed).not.toContain(secret.slice(6, 20));
  expect(await openSigningSecret(encryption, sealed)).toBe(secret);
  const other = new KeyEncryption(randomBytes(32).toString('base64'));
  await expect(openSigningSecret(other, sealed)).rejects.toThrow('key-encryption key');
});
