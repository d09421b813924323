/**
 * Sends what is in the queue: taken in small batches by every instance, attempted, and marked. Nothing is
 * looked for while nothing is due, and nothing here runs for a token.
 */
import type { Actor } from '../model/principal.ts';
import type { ClaimedDelivery, DeliveryOutcome } from '../model/webhook.ts';
import type { Store } from '../store/store.ts';
import { pauseMillisAfter } from './delivery-schedule.ts';
import { failingNotice, mustSwitchOff, switchedOffNotice } from './webhook-notices.ts';
import { auditWebhook } from './webhook-registry.ts';
import type { SendResult, WebhookSender } from './webhook-sender.ts';
import { openSigningSecret, signMessage, type SecretEncryption } from './webhook-signature.ts';

const underWayMax = 16;
/** What other instances have put into the queue, and could not send, is found so late at most. */
export const pollMillisDefault = 5_000;
/** What is due and may not be sent yet, because something comes before it, is asked for again after this. */
const blockedMillis = 1_000;
const purgeMillis = 60_000;
/** A stopping server waits so long for what is under way; then it is given back. */
const stopMillisMax = 2_000;

/** Nothing was sent: a message without its signature is nobody's to believe. */
const notSigned: SendResult = { status: undefined, fault: 'its signing secret cannot be opened' };

interface Dependencies {
  store: Store;
  sender: WebhookSender;
  encryption: SecretEncryption;
  /** Who switches a webhook off. */
  actor: Actor;
  pollMillis?: number | undefined;
  onError: (error: unknown) => void;
  /** A signing secret cannot be opened: whatever is the matter with it, it does not mend itself. */
  onUnreadableSecret: (error: unknown, webhook: string) => void;
  /** Told of every attempt; `fault` is for our own log alone. */
  onAttempt: (facts: {
    webhook: string;
    delivery: string;
    attempt: number;
    outcome: DeliveryOutcome;
    fault?: string;
  }) => void;
}

export class DeliveryWorker {
  readonly #dependencies: Dependencies;
  readonly #pollMillis: number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #purging: Promise<void> | undefined;
  #purgeTimer: NodeJS.Timeout | undefined;
  /** Ends the pause; there may be something to do. */
  #wake: () => void = () => undefined;
  #wokenMeanwhile = false;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#pollMillis = dependencies.pollMillis ?? pollMillisDefault;
  }

  start(): void {
    this.#dependencies.store.webhookQueue.onWake(() => this.#wakeUp());
    this.#loop = this.#run();
    this.#purgeTimer = setInterval(() => {
      this.#purging ??= this.#purge().finally(() => {
        this.#purging = undefined;
      });
    }, purgeMillis);
    this.#purgeTimer.unref();
  }

  /** Resolves when nothing is under way any more: done, or given back. */
  async stop(): Promise<void> {
    clearInterval(this.#purgeTimer);
    const { promise: patienceEnds, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, stopMillisMax);
    this.#isStopping = true;
    this.#wakeUp();
    await this.#loop;
    await Promise.race([Promise.all(this.#underWay), patienceEnds]);
    clearTimeout(timer);
    this.#stopping.abort(new Error('the server is stopping'));
    await Promise.all([...this.#underWay, this.#purging]);
  }

  #isStopping = false;

  #wakeUp(): void {
    this.#wokenMeanwhile = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      this.#wokenMeanwhile = false;
      let pauseMillis = this.#pollMillis;
      try {
        pauseMillis = await this.#takeDue();
      } catch (error) {
        this.#dependencies.onError(error);
      }
      await this.#pause(pauseMillis);
    }
  }

  /** Begins what is due and there is room for; returns how long there is nothing more to do. */
  async #takeDue(): Promise<number> {
    const { webhookQueue } = this.#dependencies.store;
    const room = underWayMax - this.#underWay.size;
    // The next that is done wakes us.
    if (room === 0) return this.#pollMillis;
    const dueMillis = await webhookQueue.findNextDueMillis();
    if (dueMillis === undefined) return this.#pollMillis;
    if (dueMillis > 0) return Math.min(dueMillis, this.#pollMillis);
    const { deliveries, now } = await webhookQueue.claim(room);
    const receivedAt = performance.now();
    const clock = () => new Date(now.getTime() + performance.now() - receivedAt);
    for (const delivery of deliveries) this.#begin(delivery, clock);
    return deliveries.length === 0 ? Math.min(blockedMillis, this.#pollMillis) : 0;
  }

  #begin(delivery: ClaimedDelivery, clock: () => Date): void {
    const attempt = this.#attempt(delivery, clock)
      .catch((error: unknown) => this.#dependencies.onError(error))
      .finally(() => {
        this.#underWay.delete(attempt);
        this.#wakeUp();
      });
    this.#underWay.add(attempt);
  }

  async #attempt(delivery: ClaimedDelivery, clock: () => Date): Promise<void> {
    const { store, onAttempt } = this.#dependencies;
    const result = await this.#send(delivery, clock());
    const outcome = result === notSigned ? 'not_signed' : outcomeOf(result);
    if (outcome === 'no_answer' && this.#stopping.signal.aborted) {
      return store.webhookQueue.giveBack(delivery);
    }
    onAttempt({
      webhook: delivery.webhookId,
      delivery: delivery.id,
      attempt: delivery.attempts,
      outcome,
      ...(result.status === undefined ? { fault: result.fault } : {}),
    });
    if (outcome === '2xx') return store.webhookQueue.markDelivered(delivery, clock());
    await this.#fail(delivery, outcome, clock());
  }

  async #send(delivery: ClaimedDelivery, at: Date): Promise<SendResult> {
    const { sender } = this.#dependencies;
    const secret = await this.#openSecret(delivery, delivery.secretJwe);
    if (secret === undefined) return notSigned;
    const previous =
      delivery.previousSecretJwe && (await this.#openSecret(delivery, delivery.previousSecretJwe));
    const secrets = previous ? [secret, previous] : [secret];
    const body = JSON.stringify({
      type: delivery.eventType,
      timestamp: delivery.occurredAt.toISOString(),
      // Written by the store as JSON.
      data: JSON.parse(delivery.data) as unknown,
    });
    const message = signMessage({ id: delivery.id, body }, secrets, at);
    return sender.send(delivery.url, message, this.#stopping.signal);
  }

  /**
   * Undefined when it cannot be opened: sealed under another key-encryption key, or damaged. That is an attempt
   * that failed, since another instance may have the right key; in the end its owners hear of it.
   */
  async #openSecret({ webhookId }: ClaimedDelivery, jwe: string): Promise<string | undefined> {
    const { encryption, onUnreadableSecret } = this.#dependencies;
    try {
      return await openSigningSecret(encryption, jwe);
    } catch (error) {
      onUnreadableSecret(error, webhookId);
      return undefined;
    }
  }

  async #fail(delivery: ClaimedDelivery, outcome: DeliveryOutcome, at: Date): Promise<void> {
    const { store } = this.#dependencies;
    const pauseMillis = pauseMillisAfter(delivery.attempts);
    const nextAt = pauseMillis === undefined ? null : new Date(at.getTime() + pauseMillis);
    const failing = await store.webhookQueue.markFailed(
      delivery,
      { at, outcome, nextAt },
      (webhook) => failingNotice(webhook, at),
    );
    if (failing && mustSwitchOff(failing, at)) await this.#switchOff(failing.webhookId, at);
  }

  /** Looks again under the lock: another instance may have reached it meanwhile, or switched it off. */
  async #switchOff(webhookId: string, at: Date): Promise<void> {
    const { store, actor } = this.#dependencies;
    await store.change(actor, async (change) => {
      const webhook = await change.webhooks.lock(webhookId);
      if (!webhook?.active || webhook.failingSince === null) return change.unchanged();
      const failing = { ...webhook, webhookId, failingSince: webhook.failingSince };
      if (!mustSwitchOff(failing, at)) return change.unchanged();
      await change.webhooks.update(webhookId, { active: false, switchedOffAt: change.now });
      await change.notices.raise([switchedOffNotice(failing, change.now)]);
      auditWebhook(change, 'webhook.switched_off', webhook, {
        failing_since: webhook.failingSince.toISOString(),
        failures: webhook.failures,
      });
    });
  }

  async #purge(): Promise<void> {
    try {
      while (!this.#isStopping && (await this.#dependencies.store.webhookQueue.purge())) {
        // Again, until nothing is left.
      }
    } catch (error) {
      this.#dependencies.onError(error);
    }
  }

  async #pause(millis: number): Promise<void> {
    if (millis <= 0 || this.#wokenMeanwhile || this.#isStopping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, millis);
    timer.unref();
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    this.#wake = () => undefined;
  }
}

function outcomeOf({ status }: SendResult): DeliveryOutcome {
  if (status === undefined) return 'no_answer';
  if (status >= 200 && status < 300) return '2xx';
  if (status >= 300 && status < 400) return '3xx';
  return status >= 400 && status < 500 ? '4xx' : '5xx';
}
