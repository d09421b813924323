/** Tells of client secrets that end soon, in time to give their users another one. */
import type { Actor } from '../model/principal.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { EndingSecret } from '../store/records/secret-ending-store.ts';
import type { Store } from '../store/store.ts';
import { systemActor } from './system-actor.ts';

const duePerPage = 100;

export class SecretEnding {
  readonly #store: Store;
  readonly #actor: Actor = systemActor('secret_ending');

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  /** One notice for each secret that is due for one. Others may look meanwhile. */
  async look(): Promise<void> {
    const { now } = await this.#store.readState();
    let after = '';
    for (;;) {
      const due = await this.#store.read(({ secretEndings }) =>
        secretEndings.listDue(now, after, duePerPage),
      );
      for (const { secretId, clientRecordId } of due) await this.#tell(clientRecordId, secretId);
      const last = due.at(-1);
      if (last === undefined || due.length < duePerPage) return;
      after = last.secretId;
    }
  }

  async #tell(clientRecordId: string, secretId: string): Promise<void> {
    await this.#store.change(this.#actor, async (change) => {
      const client = await change.clients.lock(clientRecordId);
      // It may have been revoked, kept, or told of by another instance meanwhile.
      const due = client && (await change.secretEndings.findDue(change.now, secretId));
      if (!due) return change.unchanged();
      return raiseNotice(change, client, due);
    });
  }
}

type Owner = NonNullable<Awaited<ReturnType<RegistryChange['clients']['lock']>>>;

async function raiseNotice(
  change: RegistryChange,
  client: Owner,
  secret: EndingSecret,
): Promise<void> {
  const facts = {
    ends_at: secret.endsAt.toISOString(),
    ends_by: secret.endsBy,
    last_used_at: secret.lastUsedAt?.toISOString() ?? null,
    last_used_address: secret.lastUsedAddress,
    replaced: secret.replaced,
  };
  const [notice] = await change.notices.raise([
    {
      organizationId: client.organizationId,
      locationId: client.locationId,
      kind: 'secret_ending',
      occasion: secret.occasion,
      parameters: {
        client: client.id,
        client_id: client.clientId,
        name: client.name,
        secret: secret.secretId,
        secret_hint: secret.hint,
        ...facts,
      },
      count: 1,
      firstOccurredAt: change.now,
      lastOccurredAt: change.now,
    },
  ]);
  change.affectsNothing();
  change.onlyAdds();
  change.audit({
    action: 'client_secret.ending_noticed',
    targetType: 'client_secret',
    targetId: secret.secretId,
    organizationId: client.organizationId,
    locationId: client.locationId,
    details: { notice, client: client.id, hint: secret.hint, ...facts },
  });
}
