/**
 * Checkpoints: signed words of where the chain was, for the log stream. Whoever keeps them sees when the end
 * of the log was cut, or everything was put back to an older state.
 */
import { formatCheckpoint, type Checkpoint } from '../model/audit-statement.ts';
import { linkOf } from '../model/audit-event-body.ts';
import { everything } from '../model/principal.ts';
import type { Store } from '../store/store.ts';
import { AuditFault } from './audit-fault.ts';
import type { AuditKeyRing } from './audit-key-ring.ts';
import type { AuditLogVerification } from './audit-log-verification.ts';
import { AuditVerifier } from './audit-verifier.ts';

const lookMillis = 1_000;
const eventsBetween = 1_000n;
const millisBetween = 60_000;

interface Dependencies {
  store: Store;
  ring: AuditKeyRing;
  verification: AuditLogVerification;
  /** Everything up to this registry version is known here. */
  version: () => bigint;
  now: () => Date;
  onCheckpoint: (checkpoint: string, sequence: bigint) => void;
  /** What is in the database is not what was written. */
  onFault: (fault: AuditFault) => void;
  onError: (error: unknown) => void;
}

export class AuditCheckpoints {
  readonly #dependencies: Dependencies;
  /** The last that was made here: no database can change it. */
  #last: Checkpoint | undefined;
  #lookedSince: { version: bigint; at: Date };
  #timer: NodeJS.Timeout | undefined;
  /** One at a time: while the database is slow, they must not queue up. */
  #running: Promise<void> | undefined;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#lookedSince = { version: 0n, at: new Date(0) };
  }

  /** What this process knows of the past, whatever the database says. */
  get witnessed(): readonly Checkpoint[] {
    return this.#last ? [this.#last] : [];
  }

  /** From here on it counts: the first is due a minute, or a thousand events, later. */
  start(): void {
    const { version, now } = this.#dependencies;
    this.#lookedSince = { version: version(), at: now() };
    this.#timer = setInterval(() => {
      if (this.#isDue()) void this.take();
    }, lookMillis);
    this.#timer.unref();
  }

  /** The last one of this process, if anything has happened since the one before. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#timer === undefined) return;
    await this.#running;
    if (this.#dependencies.version() > this.#lookedSince.version) await this.take();
  }

  /** Never rejects: what goes wrong is told. */
  take(): Promise<void> {
    this.#running ??= this.#takeOne().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #isDue(): boolean {
    const { version, now } = this.#dependencies;
    const { version: since, at } = this.#lookedSince;
    const events = version() - since;
    return (
      events >= eventsBetween || (events > 0n && now().getTime() - at.getTime() >= millisBetween)
    );
  }

  async #takeOne(): Promise<void> {
    const { ring, onCheckpoint, onFault, onError } = this.#dependencies;
    try {
      const { kid, checkpoint } = await this.#readVerified();
      const payload = formatCheckpoint(checkpoint);
      onCheckpoint(
        await ring.signNow(kid, 'latchkey-audit-checkpoint', payload),
        checkpoint.sequence,
      );
      this.#last = checkpoint;
      this.#lookedSince = { version: checkpoint.sequence, at: checkpoint.at };
    } catch (error) {
      if (error instanceof AuditFault) onFault(error);
      else onError(error);
    }
  }

  /** Nothing is signed that this process knows better. Throws AuditFault. */
  async #readVerified(): Promise<{ kid: string; checkpoint: Checkpoint }> {
    const { store, verification } = this.#dependencies;
    const { version, link, kid, now } = await store.readChainEnd();
    const keys = await verification.verifyKeys();
    const anchor = await verification.verifyAnchor(keys);
    const readOne = async (sequence: bigint) =>
      store.read(({ auditEvents }) =>
        auditEvents.readChain(
          { sight: everything },
          { after: sequence - 1n, through: sequence },
          1,
        ),
      );
    const [last] = await readOne(version);
    if (kid === null || link === null || last === undefined || linkOf(last.body) !== link) {
      throw new AuditFault(
        'wrong_end',
        version,
        `event ${version}, the last one, is not what was written`,
      );
    }
    const start = { sequence: version - 1n, link: null };
    await new AuditVerifier({
      keys,
      start,
      scope: { of: 'part' },
      checkpoints: this.witnessed,
    }).verifyNext(last);
    for (const { sequence, link: witnessedLink } of this.witnessed) {
      if (anchor && sequence <= anchor.through) continue;
      const [event] = await readOne(sequence);
      if (event === undefined || linkOf(event.body) !== witnessedLink) {
        throw new AuditFault(
          'wrong_checkpoint',
          sequence,
          `event ${sequence} is not the one that this server has seen`,
        );
      }
    }
    return { kid, checkpoint: { sequence: version, link, at: now } };
  }
}
