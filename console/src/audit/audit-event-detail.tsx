/** One event, with every field it changed before and after. */
import { Code, Stack, Table, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AuditEvent } from '../api/records.ts';
import { formatExact } from '../elements/time-text.tsx';
import { isolated } from '../text/isolated.ts';
import { text } from '../text/text.ts';

const words = text.audit.detail;

interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

function isPair(value: unknown): value is { before: unknown; after: unknown } {
  return typeof value === 'object' && value !== null && 'before' in value && 'after' in value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{field: {before, after}}`, at the top of the details or below `changes`; the rest stands by itself. */
function readDetails(details: Record<string, unknown>): {
  changes: Change[];
  rest: [string, unknown][];
} {
  const flat = Object.entries(details).flatMap(([field, value]): [string, unknown][] =>
    field === 'changes' && isRecord(value) ? Object.entries(value) : [[field, value]],
  );
  return {
    changes: flat.flatMap(([field, value]) => (isPair(value) ? [{ field, ...value }] : [])),
    rest: flat.filter(([, value]) => !isPair(value)),
  };
}

function show(value: unknown): ReactNode {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'string') return value;
  return (
    <Code block fz="xs">
      {JSON.stringify(value, null, 2)}
    </Code>
  );
}

export function AuditEventDetail({ event }: { event: AuditEvent }) {
  const { changes, rest } = readDetails(event.details);
  const { credential } = event;
  const facts: [string, ReactNode][] = [
    [words.sequence, event.sequence],
    [words.time, formatExact(new Date(event.occurred_at))],
    [words.actor, `${isolated(event.actor.name)} (${event.actor.type} ${event.actor.id})`],
    [
      words.credential,
      credential === null
        ? words.atTheMachine
        : [credential.type, credential.id, credential.token]
            .filter((part) => part !== null)
            .join(' '),
    ],
    [words.target, `${event.target.type} ${event.target.id}`],
    [words.address, event.address ?? words.atTheMachine],
    [words.userAgent, event.user_agent ?? '–'],
    [words.request, event.request_id],
    [words.organization, event.organization ?? '–'],
    [words.location, event.location ?? '–'],
    ...rest.map(([field, value]): [string, ReactNode] => [field, show(value)]),
  ];
  return (
    <Stack>
      <Table variant="vertical" layout="fixed" fz="sm">
        <Table.Tbody>
          {facts.map(([label, value]) => (
            <Table.Tr key={label}>
              <Table.Th w={140}>{label}</Table.Th>
              <Table.Td className="breaks">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {changes.length > 0 && (
        <>
          <Title order={3} size="h5">
            {words.details}
          </Title>
          <Table fz="sm" layout="fixed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={140}>{words.field}</Table.Th>
                <Table.Th>{words.before}</Table.Th>
                <Table.Th>{words.after}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map(({ field, before, after }) => (
                <Table.Tr key={field}>
                  <Table.Td>{field}</Table.Td>
                  <Table.Td className="breaks">{show(before)}</Table.Td>
                  <Table.Td className="breaks">{show(after)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
    </Stack>
  );
}
