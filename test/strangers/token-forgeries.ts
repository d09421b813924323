/** What resembles an access token and is none: made from a genuine one that its bearer may see. */
import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import {
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  SignJWT,
  type JWTHeaderParameters,
} from 'jose';
import type { Fault } from './resource-servers.ts';

export interface Forgery {
  name: string;
  fault: Fault;
  /** `signingKey` is the published half of the key that signed the genuine token. */
  forge: (genuine: string, signingKey: JsonWebKey) => Promise<string>;
}

export const forgeries: readonly Forgery[] = [
  {
    name: 'with one more scope and the genuine signature',
    fault: 'signature',
    async forge(genuine) {
      const [header, , signature] = genuine.split('.');
      const claims = decodeJwt(genuine);
      return `${header}.${encode({ ...claims, scope: `${String(claims['scope'])} admin` })}.${signature}`;
    },
  },
  {
    name: 'with a changed signature',
    fault: 'signature',
    async forge(genuine) {
      const [header, claims, signature = ''] = genuine.split('.');
      const bytes = Buffer.from(signature, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
      return `${header}.${claims}.${bytes.toString('base64url')}`;
    },
  },
  {
    name: `with our kid and a stranger's signature`,
    fault: 'signature',
    async forge(genuine) {
      // Our tokens always have alg and kid.
      const header = decodeProtectedHeader(genuine) as JWTHeaderParameters;
      const { privateKey } = await generateKeyPair(header.alg);
      return new SignJWT(decodeJwt(genuine)).setProtectedHeader(header).sign(privateKey);
    },
  },
  {
    name: 'with alg none and no signature',
    fault: 'no signature',
    forge: async (genuine) =>
      `${encode({ ...decodeProtectedHeader(genuine), alg: 'none' })}.${genuine.split('.')[1]}.`,
  },
  {
    name: 'with alg HS256 and our public key as the secret',
    fault: 'shared secret',
    async forge(genuine, signingKey) {
      const secret = createPublicKey({ key: signingKey, format: 'jwk' }).export({
        format: 'pem',
        type: 'spki',
      });
      const header = encode({ ...decodeProtectedHeader(genuine), alg: 'HS256' });
      const input = `${header}.${genuine.split('.')[1]}`;
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    },
  },
];

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
