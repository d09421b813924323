/** The bytes of audit events: what was written by an earlier release stays what it is. */
import { expect, test } from '@jest/globals';
import { formatAuditEventBody, parseAuditEventBody } from '../../src/model/audit-event-body.ts';

/** As the first release has written it, before user agents were. */
const earlier =
  '{"format":"latchkey-audit-event/1","sequence":7,"previous":"x","id":"event_1","occurred_at":"2026-11-25T12:00:00.000Z",' +
  '"action":"client.created","actor":{"type":"client","id":"client_2","name":"lkc_2"},"credential":null,' +
  '"address":"192.0.2.1","request_id":"request-1","target":{"type":"client","id":"client_1"},' +
  '"organization":"org_1","location":null,"details":{"name":"x"},"affected":[]}';

//
test('an event from before user agents were written down is read, and written again byte for byte', () => {
  const event = parseAuditEventBody(earlier);
  if (event === undefined) throw new Error('it is not read');
  expect(event.userAgent).toBeNull();
  expect(formatAuditEventBody(event)).toBe(earlier);
});

test('a user agent is part of what is signed', () => {
  const event = parseAuditEventBody(earlier);
  if (event === undefined) throw new Error('it is not read');
  const body = formatAuditEventBody({ ...event, userAgent: 'curl/8.0' });
  expect(JSON.parse(body)).toEqual({ ...JSON.parse(earlier), user_agent: 'curl/8.0' });
  expect(parseAuditEventBody(body)).toEqual({ ...event, userAgent: 'curl/8.0' });
});
