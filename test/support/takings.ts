/** Every way to take something away from a client, and to give it back. */
import {
  readScope,
  rightsOf,
  writeScope,
  type RegistryChanges,
  type Subject,
} from './registry-changes.ts';

/** Resolves when the change is acknowledged; what it resolves with gives both rights back, everywhere. */
export type Taking = (changes: RegistryChanges, subject: Subject) => Promise<GiveBack>;
export type GiveBack = () => Promise<Subject>;

export const takings = {
  async deactivation(changes, subject) {
    const path = `/clients/${subject.id}`;
    await changes.take(rightsOf(subject), path, { method: 'PATCH', body: { active: false } });
    return () => changes.give(subject, path, { method: 'PATCH', body: { active: true } });
  },

  async deletion(changes, subject) {
    await changes.take(rightsOf(subject), `/clients/${subject.id}`, { method: 'DELETE' });
    return () => {
      changes.bury(subject);
      return changes.register();
    };
  },

  async scopeRemoval(changes, subject) {
    const path = `/clients/${subject.id}`;
    const patch = (scopes: string[]) => ({
      method: 'PATCH',
      body: { grants: [{ api: subject.read.resource, scopes }] },
    });
    await changes.take([subject.write], path, patch([readScope]));
    return () => changes.give(subject, path, patch([readScope, writeScope]));
  },

  async secretRevocation(changes, subject) {
    const path = `/clients/${subject.id}/secrets`;
    const secretId = await changes.findSecretId(subject);
    const clientSecret = await changes.giveSecret(subject);
    await changes.take(rightsOf(subject), `${path}/${secretId}`, { method: 'DELETE' });
    return () => changes.replaceCredential(subject, { ...subject.credential, clientSecret });
  },

  async retirementAtOnce(changes, subject) {
    const { body } = await changes.take(rightsOf(subject), `/clients/${subject.id}/secrets`, {
      method: 'POST',
      body: { retire_others_in_seconds: 0 },
    });
    const clientSecret = String(body['client_secret']);
    return () => changes.replaceCredential(subject, { ...subject.credential, clientSecret });
  },

  async regeneration(changes, subject) {
    const { body } = await changes.take(rightsOf(subject), `/clients/${subject.id}/regenerate`, {
      method: 'POST',
      body: { client_id: Math.random() < 0.5, overlap_seconds: 0 },
    });
    return () =>
      changes.replaceCredential(subject, {
        clientId: String(body['client_id']),
        clientSecret: String(body['client_secret']),
      });
  },
} satisfies Record<string, Taking>;
