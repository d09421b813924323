/** Words of the audit log. */
export const auditText = {
  title: 'Audit log',
  description:
    'Every change: who made it, to what, from where. Each event is signed and names the one before it.',
  column: { time: 'When', action: 'Action', actor: 'By', target: 'To', address: 'From' },
  filter: {
    action: 'Action',
    actionHint: 'such as client.created',
    actor: 'By (record id)',
    target: 'To (record id)',
    from: 'Not before',
    until: 'Before',
  },
  empty: 'Nothing has happened yet',
  emptyHint: 'Every change that anybody makes leaves one event here.',
  verify: 'Verify',
  verifying: (events: number) => `${events.toLocaleString()} events looked at …`,
  verified: (events: number) =>
    `${events.toLocaleString()} events verified: nothing was changed, removed or reordered.`,
  verifiedPart: (events: number) =>
    `${events.toLocaleString()} events verified: each is as it was written. Whether any is missing cannot be seen in this part of the log.`,
  checkpoint:
    'Keep this checkpoint somewhere else: whoever cuts the end of the log off later is found out by it.',
  checkpointWhat: 'checkpoint',
  checkpointField: 'Compare with a checkpoint that you have kept',
  faultTitle: 'The audit log is not what was written',
  fault: (detail: string, event: number | null) =>
    event === null ? detail : `Event ${event}: ${detail}`,
  export: 'Export',
  exportHint: 'Verifies offline: npx latchkey audit verify --file latchkey-audit.ndjson',
  show: (action: string) => `Show ${action}`,
  detail: {
    title: (action: string) => action,
    sequence: 'Number',
    time: 'When',
    actor: 'By',
    credential: 'With',
    target: 'To',
    address: 'From',
    userAgent: 'Program',
    request: 'Request',
    organization: 'Organization',
    location: 'Location',
    field: 'Field',
    before: 'Before',
    after: 'After',
    details: 'Details',
    atTheMachine: 'the machine itself',
  },
} as const;
