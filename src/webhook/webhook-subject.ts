/** What a webhook hears of: events, and whose; nothing that whoever makes it may not see. */
import { maySee, type Principal } from '../model/principal.ts';
import { forbidden, invalidAt } from '../model/registry-error.ts';
import {
  describeNeededToHear,
  formatSelection,
  mayHear,
  selectsSomething,
  type EventSelection,
} from '../model/webhook-event.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/** As they are stored: each once. */
export function resolveEvents(principal: Principal, events: readonly EventSelection[]): string[] {
  for (const [place, selection] of events.entries()) {
    if (selectsSomething(selection)) continue;
    throw invalidAt(
      `/events/${place}`,
      `there are no events ${formatSelection(selection)}: entity and operation are the two parts of an audit event's action, such as client.updated, or "*"`,
    );
  }
  requireMayHear(principal, events);
  return [...new Set(events.map(formatSelection))];
}

/** An event tells what its subject's own route, or the audit trail, tells. */
export function requireMayHear(principal: Principal, events: readonly EventSelection[]): void {
  const refused = events.find(({ entity }) => !mayHear(principal.permissions, entity));
  if (refused === undefined) return;
  throw forbidden(
    `you may not have events sent that you may not see: ${formatSelection(refused)} needs ${describeNeededToHear(refused.entity)}`,
  );
}

/** By record id or client_id; null: any client. */
export async function resolveClient(
  change: RegistryChange,
  principal: Principal,
  organizationId: string,
  reference: string | null,
): Promise<string | null> {
  if (reference === null) return null;
  const [client] = await change.clients.findByReferences([reference]);
  if (client?.organizationId === organizationId && maySee(principal, client)) return client.id;
  throw invalidAt(
    '/client',
    'there is no such client in the organization, or it is not yours to see',
  );
}

/** null: any member. */
export async function resolveMember(
  change: RegistryChange,
  principal: Principal,
  organizationId: string,
  memberId: string | null,
): Promise<string | null> {
  if (memberId === null) return null;
  const member = await change.members.find(memberId);
  if (member?.organizationId === organizationId && maySee(principal, member)) return memberId;
  throw invalidAt(
    '/member',
    'there is no such member in the organization, or they are not yours to see',
  );
}
