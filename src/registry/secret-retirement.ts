/**
 * Secrets that another one replaced go by themselves once they have been quiet for the time that was chosen.
 * One that is still used when it should be gone stays, and its owner is told (ADR 15).
 */
import type { Actor } from '../model/principal.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { DueRetirement } from '../store/records/secret-retirement-store.ts';
import type { Store } from '../store/store.ts';

const duePerPage = 100;

export class SecretRetirement {
  readonly #store: Store;
  readonly #actor: Actor;

  constructor(dependencies: { store: Store; actor: Actor }) {
    this.#store = dependencies.store;
    this.#actor = dependencies.actor;
  }

  /** What is due: quiet secrets go, and of others their owners are told. Others may do it meanwhile. */
  async look(): Promise<void> {
    const { now } = await this.#store.readState();
    await this.#store.forgetSilenceOfTheLost(now);
    let after = '';
    for (;;) {
      const due = await this.#store.read(({ secretRetirements }) =>
        secretRetirements.listDue(now, after, duePerPage),
      );
      for (const { secretId, clientRecordId } of due) await this.#settle(clientRecordId, secretId);
      const last = due.at(-1);
      if (last === undefined || due.length < duePerPage) return;
      after = last.secretId;
    }
  }

  async #settle(clientRecordId: string, secretId: string): Promise<void> {
    await this.#store.change(this.#actor, async (change) => {
      const client = await change.clients.lock(clientRecordId);
      // It may have been used, kept, or looked after by another instance meanwhile.
      const due = client && (await change.secretRetirements.findDue(change.now, secretId));
      if (!due) return change.unchanged();
      if (due.isQuiet) return retire(change, client, due);
      return tellOverdue(change, client, due);
    });
  }
}

type Owner = NonNullable<Awaited<ReturnType<RegistryChange['clients']['lock']>>>;

async function retire(change: RegistryChange, client: Owner, due: DueRetirement): Promise<void> {
  await change.secretRetirements.retire(due.secretId, change.now);
  change.touch('clients', client.id);
  change.audit({
    action: 'client_secret.retired',
    targetType: 'client_secret',
    targetId: due.secretId,
    organizationId: client.organizationId,
    locationId: client.locationId,
    details: {
      client: client.id,
      hint: due.hint,
      quiet_since: due.heardAt.toISOString(),
      quiet_for_seconds: due.quietSeconds,
    },
  });
}

async function tellOverdue(
  change: RegistryChange,
  client: Owner,
  due: DueRetirement,
): Promise<void> {
  const { secretId, hint, dueAt, quietSeconds, lastUsedAddress } = due;
  await change.secretRetirements.noteOverdue(secretId, change.now);
  const [notice] = await change.notices.raise([
    {
      organizationId: client.organizationId,
      locationId: client.locationId,
      kind: 'secret_still_used',
      occasion: `${secretId} ${dueAt.toISOString()}`,
      parameters: {
        client: client.id,
        client_id: client.clientId,
        name: client.name,
        secret: secretId,
        secret_hint: hint,
        due_at: dueAt.toISOString(),
        quiet_for_seconds: quietSeconds,
        last_used_at: due.heardAt.toISOString(),
        last_used_address: lastUsedAddress,
      },
      count: 1,
      firstOccurredAt: change.now,
      lastOccurredAt: change.now,
    },
  ]);
  change.affectsNothing();
  change.onlyAdds();
  change.audit({
    action: 'client_secret.retirement_overdue',
    targetType: 'client_secret',
    targetId: secretId,
    organizationId: client.organizationId,
    locationId: client.locationId,
    details: {
      notice,
      client: client.id,
      hint,
      due_at: dueAt.toISOString(),
      last_used_at: due.heardAt.toISOString(),
      last_used_address: lastUsedAddress,
    },
  });
}
