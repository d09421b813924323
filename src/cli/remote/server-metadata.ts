/** What an issuer publishes for validators: metadata (RFC 8414) and its keys (RFC 7517). */
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { callServer } from './http-call.ts';
import { notLatchkey } from './token-fetch.ts';

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url() });
export type ServerMetadata = z.infer<typeof metadataSchema>;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** Throws when the server at this address calls itself something else: validators compare exactly. */
export async function fetchMetadata(issuer: string, address = issuer): Promise<ServerMetadata> {
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    const { status, body } = await callServer(`${address}/.well-known/${name}`);
    if (status === 404) continue;
    const metadata = metadataSchema.safeParse(body);
    if (status !== 200 || !metadata.success) throw notLatchkey(address, status);
    if (metadata.data.issuer !== issuer) {
      throw otherIssuer(address, { issuer, announced: metadata.data.issuer });
    }
    return metadata.data;
  }
  throw notLatchkey(address, 404);
}

export async function fetchKeySet(metadata: ServerMetadata): Promise<JSONWebKeySet> {
  const { status, body } = await callServer(metadata.jwks_uri);
  const keySet = keySetSchema.safeParse(body);
  if (status !== 200 || !keySet.success) throw notLatchkey(metadata.issuer, status);
  return keySet.data;
}

function otherIssuer(
  address: string,
  { issuer, announced }: { issuer: string; announced: string },
): CliError {
  return new CliError(exitCodes.refused, [
    `the server at ${address} calls itself ${announced}`,
    `Issuers are compared exactly: use --issuer ${announced}, or start the server with LATCHKEY_ISSUER=${issuer}.`,
  ]);
}
