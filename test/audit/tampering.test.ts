/** Tampering by somebody who can write every table, but has neither the keys nor what was held outside: S9, A-62. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { signCompact, thumbprintOf } from '../../src/audit/audit-signature.ts';
import { linkOf, parseAuditEventBody } from '../../src/model/audit-event-body.ts';
import type { AuditPublicJwk } from '../../src/model/audit-key.ts';
import { formatKeyStatement, type Checkpoint } from '../../src/model/audit-statement.ts';
import { KeyEncryption } from '../../src/signing-key/key-encryption.ts';
import { AttackedLog } from './attacked-log.ts';

interface StoredEvent {
  sequence: string;
  body: string;
  signature: string;
}

/** Events 1 to 8 by the first key (the first is its own, the eighth the second key's), 9 to 14 by the second. */
const lastEvent = 14;

describe.each(['postgresql', 'embedded'] as const)('whoever writes the tables (%s)', (kind) => {
  let log: AttackedLog;
  /** As somebody has them in a log stream. */
  let checkpoints: Checkpoint[];

  beforeAll(async () => {
    log = await AttackedLog.begin(kind);
    await log.write(6);
    checkpoints = [await log.checkpoint()];
    await log.rotate();
    await log.write(6);
    checkpoints.push(await log.checkpoint());
    await log.keepCopy();
  });
  afterEach(() => log.restore());
  afterAll(() => log.close());

  test('what nobody has touched verifies', async () => {
    expect(await log.verify({ checkpoints })).toEqual({
      kid: await lastKid(),
      events: lastEvent,
      signedFrom: 1n,
      removed: undefined,
      position: { sequence: BigInt(lastEvent), link: checkpoints[1]?.link },
      isDone: true,
      isComplete: true,
      end: { sequence: BigInt(lastEvent), link: checkpoints[1]?.link },
      fault: undefined,
    });
  });

  test('an edited body shows', async () => {
    await log.sql(
      `UPDATE audit_events SET body = replace(body, '"org_even"', '"org_else"'),
              organization_id = 'org_else' WHERE sequence = 4`,
    );
    await expectFault('wrong_signature', 4);
  });

  test.each([
    ['id', `'event_else'`],
    ['occurred_at', `occurred_at - interval '1 hour'`],
    ['actor_type', `'client'`],
    ['actor_id', `'client_else'`],
    ['action', `'client.deleted'`],
    ['target_type', `'api'`],
    ['target_id', `'client_else'`],
    ['organization_id', `'org_else'`],
    ['organization_id', `NULL`],
    ['location_id', `'location_else'`],
    ['affected', `'{}'`],
    ['affected', `NULL`],
  ])('an edited column shows: %s = %s', async (column, value) => {
    await log.sql(`UPDATE audit_events SET ${column} = ${value} WHERE sequence = 5`);
    const fault = await expectFault('wrong_column', 5);
    expect(fault?.message).toContain(column);
  });

  test('an event deleted in the middle shows', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence = 7');
    await expectFault('wrong_sequence', 7);
  });

  test('the first event deleted shows', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence = 1');
    await expectFault('wrong_sequence', 1);
  });

  test('a deleted tail shows', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence > 12');
    await expectFault('truncated', 12);
  });

  test('a deleted tail shows against a checkpoint when the counter is moved back as well', async () => {
    await log.cutBehind(12);
    expect((await log.verify()).fault).toBeUndefined();
    await expectFault('truncated', 12);
  });

  test('a tail written anew by the server itself shows against a checkpoint', async () => {
    await log.cutBehind(12);
    await log.write(4);
    expect((await log.verify()).fault).toBeUndefined();
    await expectFault('wrong_checkpoint', lastEvent);
  });

  test('two exchanged events show', async () => {
    const [third, fourth] = [await read(3), await read(4)];
    await write(3, fourth);
    await write(4, third);
    await expectFault('wrong_sequence', 3);
  });

  test('two exchanged events show when their numbers are exchanged as well', async () => {
    const [third, fourth] = [await read(3), await read(4)];
    await write(3, { ...fourth, body: renumber(fourth.body, 3) });
    await write(4, { ...third, body: renumber(third.body, 4) });
    await expectFault('wrong_signature', 3);
  });

  test('a removed event shows when all behind it are renumbered', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence = 5');
    await log.sql('UPDATE audit_events SET sequence = -sequence WHERE sequence > 5');
    await log.sql('UPDATE audit_events SET sequence = -sequence - 1 WHERE sequence < 0');
    await log.sql('UPDATE registry_state SET version = version - 1');
    await expectFault('wrong_sequence', 5);
  });

  test('a forged event shows: without a signature', async () => {
    await forgeNext(() => null);
    await expectFault('unsigned', lastEvent + 1);
  });

  test('a forged event shows: with the signature of another', async () => {
    const { signature } = await read(lastEvent);
    await forgeNext(() => signature);
    await expectFault('wrong_signature', lastEvent + 1);
  });

  test('a forged event shows: signed by a key of the forger', async () => {
    const forger = makeForger();
    await forgeNext((body) => forger.signEvent(body));
    await expectFault('wrong_signature', lastEvent + 1);
  });

  test('a forged event shows: by a key of the forger that claims the name of ours', async () => {
    const { signature } = await read(lastEvent);
    const { kid } = JSON.parse(Buffer.from(signature.split('.')[0] ?? '', 'base64url').toString());
    const forger = makeForger();
    await forgeNext((body) => forger.signEvent(body, String(kid)));
    await expectFault('wrong_signature', lastEvent + 1);
  });

  test('a forged event shows: with a row of its own for its key', async () => {
    const forger = makeForger();
    await forgeNext((body) => forger.signEvent(body));
    await log.sql(
      `INSERT INTO audit_keys (kid, first_sequence, predecessor_kid, statement, endorsement, created_at)
       SELECT $1, $2, kid, $3, $4, now() FROM audit_keys WHERE private_jwe IS NOT NULL`,
      [
        forger.kid,
        lastEvent + 1,
        forger.statement(lastEvent + 1, await lastKid()),
        forger.statement(1, null),
      ],
    );
    await expectFault('wrong_key', null);
  });

  test('a forged event shows though the server goes on behind it', async () => {
    await forgeNext(() => null);
    await log.write(2);
    await expectFault('unsigned', lastEvent + 1);
  });

  test('a forged event behind the end shows', async () => {
    await log.sql(
      `INSERT INTO audit_events SELECT 100, 'event_100', occurred_at, actor_type, actor_id, action,
         target_type, target_id, organization_id, body, affected, location_id, signature FROM audit_events WHERE sequence = 3`,
    );
    await expectFault('wrong_end', 100);
  });

  test('a forged event before the beginning shows', async () => {
    await log.sql(
      `INSERT INTO audit_events SELECT 0, 'event_0', occurred_at, actor_type, actor_id, action,
         target_type, target_id, organization_id, body, affected, location_id, signature FROM audit_events WHERE sequence = 3`,
    );
    await expectFault('wrong_sequence', 0);
  });

  test('an exchanged public key shows', async () => {
    const forger = makeForger();
    await log.sql('UPDATE audit_keys SET statement = $1 WHERE first_sequence = 1', [
      forger.statement(1, null),
    ]);
    await expectFault('wrong_key', null);
  });

  test('a first key exchanged with its name, its events signed anew, shows', async () => {
    const forger = makeForger();
    const first = await kidOf(1);
    await log.sql('ALTER TABLE audit_keys DISABLE TRIGGER ALL');
    await log.sql('UPDATE audit_keys SET kid = $1, statement = $2 WHERE kid = $3', [
      forger.kid,
      forger.statement(1, null),
      first,
    ]);
    await log.sql('UPDATE audit_keys SET predecessor_kid = $1 WHERE predecessor_kid = $2', [
      forger.kid,
      first,
    ]);
    await log.sql('ALTER TABLE audit_keys ENABLE TRIGGER ALL');
    await expectFault('wrong_key', null);
  });

  test('every key and every signature made anew shows: no key is sealed as only we can seal', async () => {
    const forger = makeForger();
    await log.sql('UPDATE registry_state SET audit_kid = NULL');
    await log.sql('DELETE FROM audit_keys');
    const privateJwe = await new KeyEncryption(
      Buffer.alloc(32, 'attacker').toString('base64'),
    ).seal({ ...forger.publicJwk, d: forger.d, kid: forger.kid, use: 'latchkey-audit' });
    await log.sql(
      `INSERT INTO audit_keys (kid, first_sequence, statement, private_jwe, created_at)
       VALUES ($1, 1, $2, $3, now())`,
      [forger.kid, forger.statement(1, null), privateJwe],
    );
    const link = await rechain((body) => forger.signEvent(body));
    await log.sql('UPDATE registry_state SET audit_kid = $1, audit_link = $2', [forger.kid, link]);
    const fault = await expectFault('wrong_key', null);
    expect(fault?.message).toContain('is not sealed under the key-encryption key of this server');
  });

  test('a signing key of tokens in the place of an audit key shows, and signs nothing', async () => {
    const forger = makeForger();
    // Sealed by the server itself, for another use.
    const privateJwe = await new KeyEncryption(log.keyEncryptionKey).seal({
      ...forger.publicJwk,
      d: forger.d,
      kid: forger.kid,
      alg: 'EdDSA',
    });
    await log.sql('UPDATE audit_keys SET private_jwe = NULL');
    await log.sql(
      `INSERT INTO audit_keys (kid, first_sequence, predecessor_kid, statement, endorsement, private_jwe, created_at)
       SELECT $1, 15, kid, $2, $2, $3, now() FROM audit_keys WHERE first_sequence > 1`,
      [forger.kid, forger.statement(15, await lastKid()), privateJwe],
    );
    await log.sql('UPDATE registry_state SET audit_kid = $1', [forger.kid]);
    await expect(log.write(1)).rejects.toThrow('another key was put in its place');
    await expectFault('wrong_key', null);
  });

  test('everything chained anew without a key shows', async () => {
    await log.sql(
      `UPDATE audit_events SET body = replace(body, '"org_even"', '"org_else"'),
              organization_id = replace(organization_id, 'org_even', 'org_else') WHERE sequence = 4`,
    );
    const link = await rechain((_body, { signature }) => signature);
    await log.sql('UPDATE registry_state SET audit_link = $1', [link]);
    await expectFault('wrong_signature', 4);
  });

  test('an older event in the place of a newer one shows', async () => {
    await write(6, await read(4));
    await expectFault('wrong_sequence', 6);
  });

  test('a signature taken away shows', async () => {
    await log.sql('UPDATE audit_events SET signature = NULL WHERE sequence = 9');
    await expectFault('malformed', 9);
  });

  test('an older state of everything shows against a checkpoint', async () => {
    await log.write(3);
    const later = await log.checkpoint();
    await log.restore();
    expect((await log.verify()).fault).toBeUndefined();
    const { fault } = await log.verify({ checkpoints: [...checkpoints, later] });
    expect({ code: fault?.code, sequence: fault?.sequence }).toEqual({
      code: 'truncated',
      sequence: BigInt(lastEvent),
    });
  });

  test('another predecessor in the counter row shows, before and after the next event', async () => {
    await log.sql(`UPDATE registry_state SET audit_link = $1`, [linkOf('nothing')]);
    await expectFault('wrong_end', lastEvent);
    await log.write(1);
    await expectFault('wrong_link', lastEvent + 1);
  });

  async function expectFault(code: string, sequence: number | null) {
    const { fault } = await log.verify({ checkpoints });
    expect({ code: fault?.code, sequence: fault?.sequence }).toEqual({
      code,
      sequence: sequence === null ? null : BigInt(sequence),
    });
    return fault;
  }

  async function read(sequence: number): Promise<StoredEvent> {
    const [row] = await log.sql<StoredEvent>(
      'SELECT sequence, body, signature FROM audit_events WHERE sequence = $1',
      [sequence],
    );
    if (!row) throw new Error(`there is no event ${sequence}`);
    return row;
  }

  /** With the columns that belong to it. */
  async function write(sequence: number, { body, signature }: StoredEvent): Promise<void> {
    const event = parseAuditEventBody(body);
    await log.sql(
      'UPDATE audit_events SET body = $2, signature = $3, target_id = $4, organization_id = $5, location_id = $6 WHERE sequence = $1',
      [sequence, body, signature, event?.targetId, event?.organizationId, event?.locationId],
    );
  }

  function renumber(body: string, sequence: number): string {
    return body.replace(/"sequence":\d+/, `"sequence":${sequence}`);
  }

  /** One more event at the end, with everything that goes with it. */
  async function forgeNext(sign: (body: string) => string | null): Promise<void> {
    const { body: last } = await read(lastEvent);
    const sequence = lastEvent + 1;
    const body = renumber(last, sequence)
      .replace(/"id":"event_[^"]*"/, '"id":"event_forged"')
      .replace(/"previous":"[^"]*"/, `"previous":"${linkOf(last)}"`);
    const signature = sign(body);
    const { organizationPrevious: _none, ...old } = parseAuditEventBody(body) ?? {};
    // What is not signed has the form of the time before there were keys.
    const written =
      signature === null ? JSON.stringify({ ...old, sequence: String(sequence) }) : body;
    await log.sql(
      `INSERT INTO audit_events SELECT $1, 'event_forged', occurred_at, actor_type, actor_id, action,
         target_type, target_id, organization_id, $2, affected, location_id, $3 FROM audit_events WHERE sequence = $4`,
      [sequence, written, signature, lastEvent],
    );
    await log.sql('UPDATE registry_state SET version = $1, audit_link = $2', [
      sequence,
      linkOf(written),
    ]);
  }

  /** Every event behind the one before it, as it is now. */
  async function rechain(sign: (body: string, event: StoredEvent) => string): Promise<string> {
    let link: string | null = null;
    for (let sequence = 1; sequence <= lastEvent; sequence += 1) {
      const event = await read(sequence);
      const previous: string = link === null ? 'null' : `"${link}"`;
      const body = event.body.replace(/"previous":(null|"[^"]*")/, `"previous":${previous}`);
      await log.sql('UPDATE audit_events SET body = $2, signature = $3 WHERE sequence = $1', [
        sequence,
        body,
        sign(body, event),
      ]);
      link = linkOf(body);
    }
    return String(link);
  }

  async function kidOf(firstSequence: number): Promise<string> {
    const [row] = await log.sql<{ kid: string }>(
      'SELECT kid FROM audit_keys WHERE first_sequence = $1',
      [firstSequence],
    );
    return String(row?.kid);
  }

  async function lastKid(): Promise<string> {
    return kidOf(9);
  }
});

/** A key pair of somebody else, and what they can make with it. */
function makeForger() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x, d } = privateKey.export({ format: 'jwk' });
  const publicJwk: AuditPublicJwk = { kty: 'OKP', crv: 'Ed25519', x: String(x) };
  const kid = thumbprintOf(publicJwk);
  return {
    publicJwk,
    d: String(d),
    kid,
    signEvent(body: string, name = kid): string {
      const [header, , signature] = signCompact(
        privateKey,
        name,
        'latchkey-audit-event',
        body,
      ).split('.');
      return `${header}..${signature}`;
    },
    statement(firstSequence: number, predecessorKid: string | null): string {
      const payload = formatKeyStatement({
        publicJwk,
        firstSequence: BigInt(firstSequence),
        predecessorKid,
        createdAt: new Date(),
      });
      return signCompact(privateKey, kid, 'latchkey-audit-key', payload);
    },
  };
}
