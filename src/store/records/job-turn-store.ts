/** Whose turn it is to do what is done once, however many instances there are. */
import type { EntityManager } from 'typeorm';

export class JobTurnStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /**
   * True for one caller until `nextAt`: whoever it is does the job. A turn that ends in a future farther
   * away than any is taken for is one of a clock that went back.
   */
  async take(job: string, now: Date, nextAt: Date): Promise<boolean> {
    const taken = await this.#manager.query<unknown[]>(
      `INSERT INTO job_turns AS turn (job, next_at) VALUES ($1, $3)
       ON CONFLICT (job) DO UPDATE SET next_at = excluded.next_at
        WHERE turn.next_at <= $2 OR turn.next_at > excluded.next_at
       RETURNING job`,
      [job, now, nextAt],
    );
    return taken.length > 0;
  }
}
