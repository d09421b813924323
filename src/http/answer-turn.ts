/**
 * What came in one turn of the event loop is answered in two stages: answers are made, then they leave.
 * Reading, signing and sending by turns, each would push the code and tables of the others out of the
 * processor's caches, and every answer would wake whoever reads it anew (ADR 27).
 */

/** So many leave together: the first of very many need not wait for the last. */
const togetherMax = 32;
/** Whoever has waited as long for their answer to be begun would be followed by others who wait longer. */
const turnMillisMax = 100;
/** With fewer requests a turn is long for another reason, which will not come again at once. */
const answersMin = 50;

export interface TurnWork {
  /** Makes the answer, and returns what sends it; undefined when that comes later. Never throws. */
  make(): (() => void) | undefined;
  /** In place of it, when there is more to do than there is time for: costs next to nothing. Never throws. */
  shed(): void;
}

export class AnswerTurn {
  #waiting: TurnWork[] = [];
  #startedAt = 0;

  /** Is begun when everything has been read that is there by now, in the order in which it came. */
  add(work: TurnWork): void {
    if (this.#waiting.length === 0) {
      this.#startedAt = performance.now();
      setImmediate(() => this.#answerAll());
    }
    this.#waiting.push(work);
  }

  #answerAll(): void {
    const works = this.#waiting;
    this.#waiting = [];
    for (let done = 0; done < works.length;) {
      const departures: (() => void)[] = [];
      const end = Math.min(done + togetherMax, works.length);
      for (; done < end; done += 1) {
        const work = works[done];
        if (done >= answersMin && this.#isTooLong()) {
          work?.shed();
          continue;
        }
        const depart = work?.make();
        if (depart !== undefined) departures.push(depart);
      }
      for (const depart of departures) depart();
    }
  }

  #isTooLong(): boolean {
    return performance.now() - this.#startedAt > turnMillisMax;
  }
}
