/** Before any load: the contestant answers 200 with a token of the agreed claims that a stranger can verify. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { ContestantPlan } from './groups.ts';
import {
  accessTokenLifetimeSeconds,
  apiIdentifier,
  jwksPath,
  requestBody,
  requestContentType,
  scope,
  tokenPath,
} from './load-profile.ts';
import { sampleAuthorization, sampleCredential } from './sample-credential.ts';

/** The token's length in characters. Throws when anything is not as agreed. */
export async function checkToken(contestant: {
  plan: ContestantPlan;
  issuer: string;
}): Promise<number> {
  const { plan, issuer } = contestant;
  const { name, clients, algorithm } = plan;
  const index = randomInt(clients);
  const { clientId } = sampleCredential(index);
  const response = await fetch(issuer + tokenPath, {
    method: 'POST',
    headers: { authorization: sampleAuthorization(index), 'content-type': requestContentType },
    body: requestBody,
  });
  const answer = await response.text();
  assert.equal(response.status, 200, `${name} answered ${response.status}: ${answer}`);
  const { access_token: token, ...rest } = JSON.parse(answer) as { access_token: string };
  assert.deepEqual(rest, { expires_in: accessTokenLifetimeSeconds, token_type: 'Bearer', scope });
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(issuer + jwksPath)), {
    issuer,
    audience: apiIdentifier,
    subject: clientId,
    algorithms: [algorithm],
    typ: 'at+jwt',
    requiredClaims: ['iat', 'exp', 'jti'],
  }).catch((error: unknown) => {
    throw new Error(`${name} issued a token that does not verify: ${String(error)}`);
  });
  assert.equal(payload['client_id'], clientId);
  assert.equal(payload['scope'], scope);
  return token.length;
}
