/**
 * Sends changes that take rights away from clients, or give them, and asks every instance at once whether
 * it obeys. The load judges the tokens; what is timed is here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminApi, Answer, RequestOptions } from './admin-api.ts';
import type { Instance, Instances } from './instances.ts';
import type { Credential } from './server-process.ts';
import type { Taking } from './takings.ts';
import { Right, type TokenLoad } from './token-load.ts';

/** A client, and what it may ask for; one changer at a time changes it. */
export interface Subject {
  id: string;
  credential: Credential;
  read: Right;
  write: Right;
}

interface Acknowledged {
  body: Record<string, unknown>;
  requestId: string;
  instance: Instance;
  at: number;
  millis: number;
}

export const readScope = 'orders:read';
export const writeScope = 'orders:write';
/** Dead credentials that go on being tried. */
const deadRightsMax = 40;
const adoptionGivenUpMillis = 5_000;
const introspectionsAtOnce = 12;

export class RegistryChanges {
  /** From sending a change that takes something away to its answer. */
  readonly takingMillis: number[] = [];
  /** The same for a change that gives. */
  readonly givingMillis: number[] = [];
  /** From the answer to a change that gives, until another instance knew. */
  readonly adoptionMillis: number[] = [];
  /** Where changes are sent, and where what is given must be seen soon. */
  senders: readonly Instance[];
  /** Who is asked at once for what was taken away. */
  asked: readonly Instance[];
  readonly #load: TokenLoad;
  readonly #admins: ReadonlyMap<Instance, AdminApi>;
  readonly #everyone: readonly Instance[];
  readonly #resource: string;
  /** The API's introspection client. */
  readonly resourceServer: Credential;
  readonly #deadRights: Right[] = [];

  private constructor(
    all: Instances,
    load: TokenLoad,
    resource: string,
    resourceServer: Credential,
  ) {
    this.senders = all.all;
    this.asked = all.all;
    this.#everyone = all.all;
    this.#load = load;
    this.#admins = new Map(all.all.map((instance) => [instance, all.admin(instance)]));
    this.#resource = resource;
    this.resourceServer = resourceServer;
  }

  static async begin(all: Instances, load: TokenLoad): Promise<RegistryChanges> {
    const [first] = all.all;
    if (first === undefined) throw new Error('there are no instances');
    const admin = all.admin(first);
    const resourceServer = await admin.createClient([]);
    const { identifier } = await admin.createApi([readScope, writeScope], {
      introspection_clients: [resourceServer.id],
    });
    return new RegistryChanges(all, load, identifier, resourceServer);
  }

  get count(): number {
    return this.takingMillis.length + this.givingMillis.length;
  }

  /** `atOnce` subjects, each changed in every way in its turn, until there were so many changes in all. */
  async run(ways: readonly Taking[], countMax: number, atOnce: number): Promise<void> {
    await Promise.all(
      Array.from({ length: atOnce }, async (_, changer) => {
        let subject = await this.register();
        for (let round = changer; this.count < countMax; round += 1) {
          const giveBack = await ways[round % ways.length]?.(this, subject);
          subject = (await giveBack?.()) ?? subject;
        }
      }),
    );
  }

  /** A new client, and its tokens are part of the load from now on. */
  async register(isSteady = false): Promise<Subject> {
    const acknowledged = await this.#send('/clients', {
      method: 'POST',
      body: {
        name: 'A client',
        grants: [{ api: this.#resource, scopes: [readScope, writeScope] }],
      },
    });
    this.givingMillis.push(acknowledged.millis);
    const { body } = acknowledged;
    const subject = this.#subject(
      String(body['id']),
      { clientId: String(body['client_id']), clientSecret: String(body['client_secret']) },
      isSteady,
    );
    await this.#expectAdopted(acknowledged, rightsOf(subject));
    this.#load.rights.push(...rightsOf(subject));
    return subject;
  }

  /** Takes `rights` away; resolves when every instance was asked for them after the answer. */
  async take(
    rights: readonly Right[],
    path: string,
    options: RequestOptions,
  ): Promise<Acknowledged> {
    const acknowledged = await this.#send(path, options);
    const { at: since, requestId } = acknowledged;
    for (const right of rights) right.taken = { since, requestId };
    this.takingMillis.push(acknowledged.millis);
    await this.#askEveryone(rights);
    await sleep(Math.random() * 30);
    return acknowledged;
  }

  /** Gives both rights back. */
  async give(subject: Subject, path: string, options: RequestOptions): Promise<Subject> {
    // From the moment it is sent, tokens may be right again.
    for (const right of rightsOf(subject)) right.taken = undefined;
    const acknowledged = await this.#send(path, options);
    this.givingMillis.push(acknowledged.millis);
    await this.#expectAdopted(acknowledged, rightsOf(subject));
    return subject;
  }

  /** Another secret beside the one it has. */
  async giveSecret(subject: Subject): Promise<string> {
    const acknowledged = await this.#send(`/clients/${subject.id}/secrets`, { method: 'POST' });
    this.givingMillis.push(acknowledged.millis);
    const clientSecret = String(acknowledged.body['client_secret']);
    const second = this.#subject(subject.id, { ...subject.credential, clientSecret });
    await this.#expectAdopted(acknowledged, rightsOf(second));
    return clientSecret;
  }

  /** Of the newest secret: what the subject authenticates with. */
  async findSecretId(subject: Subject): Promise<string> {
    const [instance] = this.senders;
    const { body } = await this.#admin(instance).request<{ data: { id: string }[] }>(
      `/clients/${subject.id}/secrets?limit=1`,
    );
    return body.data[0]?.id ?? '';
  }

  /** A new credential; the old one goes on until `endsAt`, by the system's clock. */
  async regenerate(
    subject: Subject,
    overlapSeconds: number,
  ): Promise<{ successor: Subject; endsAt: number }> {
    const acknowledged = await this.#send(`/clients/${subject.id}/regenerate`, {
      method: 'POST',
      body: { overlap_seconds: overlapSeconds },
    });
    const { body, millis } = acknowledged;
    this.givingMillis.push(millis);
    const clientSecret = String(body['client_secret']);
    const successor = this.#subject(subject.id, { ...subject.credential, clientSecret });
    await this.#expectAdopted(acknowledged, rightsOf(successor));
    return { successor, endsAt: Date.parse(String(body['old_credential_ends_at'])) };
  }

  /** As the resource server: how many of the tokens are active, summed over all instances. */
  async countActive(tokens: readonly string[]): Promise<number> {
    let active = 0;
    const countOn = async (instance: Instance, some: readonly string[]) => {
      for (const token of some) {
        if (await this.#load.introspect(instance, this.resourceServer, token)) active += 1;
      }
    };
    // A few at a time: it is a question of truth, not of load.
    const share = Math.ceil(tokens.length / introspectionsAtOnce);
    const shares = Array.from({ length: introspectionsAtOnce }, (_, index) =>
      tokens.slice(index * share, (index + 1) * share),
    );
    await Promise.all(
      this.#everyone.flatMap((instance) => shares.map((some) => countOn(instance, some))),
    );
    return active;
  }

  /** The old credential is dead; the new one has been known everywhere since the old one's end was. */
  async replaceCredential(subject: Subject, credential: Credential): Promise<Subject> {
    this.bury(subject);
    const successor = this.#subject(subject.id, credential);
    for (const instance of this.senders) {
      const { status } = await this.#load.ask(instance, successor.read);
      if (status !== 200) this.#load.unexpected.push(`the new credential is refused: ${status}`);
    }
    this.#load.rights.push(...rightsOf(successor));
    return successor;
  }

  /** It is dead for good, and tried for some time to come. */
  bury(subject: Subject): void {
    this.#deadRights.push(...rightsOf(subject));
    for (const right of this.#deadRights.splice(0, this.#deadRights.length - deadRightsMax)) {
      this.#load.rights.splice(this.#load.rights.indexOf(right), 1);
    }
  }

  /** The registry version that the change of each request made. */
  async readVersions(): Promise<Map<string, bigint>> {
    const events = await this.#admin(this.senders[0]).readAll<{
      sequence: number;
      request_id: string;
    }>('/audit-events');
    return new Map(events.map((event) => [event.request_id, BigInt(event.sequence)]));
  }

  #subject(id: string, credential: Credential, isSteady = false): Subject {
    const right = (scope: string) => new Right(credential, this.#resource, scope, isSteady);
    return { id, credential, read: right(readScope), write: right(writeScope) };
  }

  #admin(instance: Instance | undefined): AdminApi {
    const admin = instance && this.#admins.get(instance);
    if (admin === undefined) throw new Error('not one of these instances');
    return admin;
  }

  /** To any of the instances. Rejects when it is not acknowledged. */
  async #send(path: string, options: RequestOptions): Promise<Acknowledged> {
    const instance = this.senders[Math.floor(Math.random() * this.senders.length)];
    if (instance === undefined) throw new Error('there is no instance to send a change to');
    const startedAt = performance.now();
    const answer: Answer = await this.#admin(instance).request(path, options);
    const at = performance.now();
    if (answer.status >= 300) {
      throw new Error(`${options.method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    const requestId = answer.headers.get('x-request-id') ?? '';
    return { body: answer.body, requestId, instance, at, millis: at - startedAt };
  }

  async #askEveryone(rights: readonly Right[]): Promise<void> {
    await Promise.all(
      this.asked.flatMap((instance) => rights.map((right) => this.#load.ask(instance, right))),
    );
  }

  /** S1b: at once where it was acknowledged, and elsewhere soon; how soon is noted. */
  async #expectAdopted(
    { instance: acknowledger, at }: Acknowledged,
    rights: readonly Right[],
  ): Promise<void> {
    for (const right of rights) {
      const { status, body } = await this.#load.ask(acknowledger, right);
      if (status !== 200) this.#load.unexpected.push(`given, but not here: ${status} ${body}`);
    }
    await Promise.all(
      this.senders.map(async (instance) => {
        for (const right of rights) {
          while ((await this.#load.ask(instance, right)).status !== 200) {
            if (performance.now() - at > adoptionGivenUpMillis) throw new Error('never adopted');
            await sleep(5);
          }
        }
        if (instance !== acknowledger) this.adoptionMillis.push(performance.now() - at);
      }),
    );
  }
}

export function rightsOf({ read, write }: Subject): Right[] {
  return [read, write];
}
