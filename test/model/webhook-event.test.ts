/** What webhooks can hear of: every audit action, without anything being written for it. */
import { describe, expect, test } from '@jest/globals';
import { auditActions, type AuditEvent } from '../../src/model/audit-event.ts';
import { noticeKinds, visibleNoticeKinds } from '../../src/model/notice.ts';
import { permissions, type Permission } from '../../src/model/permission.ts';
import { rolePermissions, roles } from '../../src/model/role.ts';
import {
  hearersOf,
  isToldToAll,
  mayHear,
  parseSelection,
  selectionsOf,
  selectsSomething,
  toWebhookEvent,
  webhookEventTypes,
} from '../../src/model/webhook-event.ts';

const event: AuditEvent = {
  id: 'event_1',
  action: 'client.updated',
  targetType: 'client',
  targetId: 'client_1',
  organizationId: 'org_1',
  locationId: 'location_1',
  details: { name: { before: 'a', after: 'b' } },
  sequence: 7n,
  occurredAt: new Date('2026-11-25T12:00:00Z'),
  actorType: 'client',
  actorId: 'client_2',
  actorName: 'lkc_2',
  credential: null,
  requestId: 'request-1',
  address: '192.0.2.1',
  userAgent: null,
};

test.each(auditActions)('%s is an event of one entity and one operation', (action) => {
  expect(webhookEventTypes).toContain(action);
  const { entity, operation } = parseSelection(action);
  expect(`${entity}.${operation}`).toBe(action);
  // As the database and the admin API want them.
  expect(action).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/);
  for (const selection of [
    { entity, operation },
    { entity, operation: '*' },
    { entity: '*', operation },
    { entity: '*', operation: '*' },
  ]) {
    expect(selectsSomething(selection)).toBe(true);
    expect(selectionsOf(action)).toContain(`${selection.entity}.${selection.operation}`);
  }
  expect(selectionsOf(action)).toHaveLength(4);
  expect(toWebhookEvent({ ...event, action }).type).toBe(action);
  expect(mayHear(new Set(permissions), entity)).toBe(true);
  expect(mayHear(new Set(['audit:read']), entity)).toBe(true);
  expect(mayHear(new Set(['webhooks:write']), entity)).toBe(false);
});

test.each(noticeKinds)('a notice %s is heard by those who see it on the board', (kind) => {
  const { roles: hearers, permissions: any } = hearersOf({
    type: 'notice.created',
    noticeKind: kind,
  });
  const sees = (held: readonly Permission[]) => visibleNoticeKinds(new Set(held)).includes(kind);
  expect(any).toEqual(permissions.filter((permission) => sees([permission])));
  expect(hearers).toEqual(roles.filter((role) => sees(rolePermissions[role])));
  // Whoever has all of them sent sees each.
  expect(mayHear(new Set(['clients:read', 'webhooks:read']), 'notice')).toBe(true);
  expect(mayHear(new Set(['clients:read']), 'notice')).toBe(false);
});

test('nothing selects what never happens', () => {
  for (const selection of ['client.exploded', 'clients.updated', '*.exploded', 'nothing.*']) {
    expect(selectsSomething(parseSelection(selection))).toBe(false);
  }
});

describe('a payload', () => {
  test('says what the audit event says, but for the address and the request it came from', () => {
    const { data } = toWebhookEvent(event);
    expect(data).toEqual({
      event: 'event_1',
      sequence: 7,
      organization: 'org_1',
      location: 'location_1',
      target: { type: 'client', id: 'client_1' },
      actor: { type: 'client', id: 'client_2', name: 'lkc_2' },
      details: event.details,
    });
  });

  test('is about the client that the event is about, or that it names', () => {
    expect(toWebhookEvent(event)).toMatchObject({
      clientRecordId: 'client_1',
      subject: 'client_1',
    });
    const ofSecret: AuditEvent = {
      ...event,
      action: 'client_secret.created',
      targetType: 'client_secret',
      targetId: 'secret_1',
      details: { client: 'client_3' },
    };
    expect(toWebhookEvent(ofSecret)).toMatchObject({
      clientRecordId: 'client_3',
      subject: 'client_3',
    });
    expect(toWebhookEvent({ ...ofSecret, details: {} })).toMatchObject({
      clientRecordId: null,
      subject: 'secret_1',
    });
  });

  test("of the instance's own names nobody, and goes to those that may know of it", () => {
    const ofInstance: AuditEvent = { ...event, organizationId: null, locationId: null };
    expect(toWebhookEvent(ofInstance).data['actor']).toBeNull();
    const details = { name: 'Orders', clients_that_lost_scopes: {}, introspection_clients: [] };
    expect(toWebhookEvent({ ...ofInstance, details }).data['details']).toEqual({ name: 'Orders' });
    expect(toWebhookEvent({ ...event, details }).data['details']).toEqual(details);
    const told = auditActions.filter((action) =>
      isToldToAll(toWebhookEvent({ ...ofInstance, action })),
    );
    expect([...new Set(told.map((action) => parseSelection(action).entity))]).toEqual([
      'api',
      'instance',
      'signing_key',
    ]);
    expect(told.filter((action) => action.startsWith('instance.'))).toEqual([
      'instance.tokens_revoked',
    ]);
    expect(isToldToAll(toWebhookEvent({ ...event, action: 'signing_key.rotated' }))).toBe(false);
  });
});
