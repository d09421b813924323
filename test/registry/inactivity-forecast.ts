/**
 * What must become of a client, foretold from its uses and the days on which anybody looked: gap by gap, and
 * not day by day as the job goes about it. Knows nothing of the code under test.
 */

export interface Fate {
  notices: number[];
  deletions: number[];
  erasures: number[];
}

/** All times are days. Looks in their order; so are uses, of which those of a deleted client are refused. */
export interface Life {
  createdAt: number;
  uses: readonly number[];
  /** How long after a deletion a person restores it; null: never. */
  restoredAfter: number | null;
}

export function foretell(life: Life, looks: readonly number[]): Fate {
  const fate: Fate = { notices: [], deletions: [], erasures: [] };
  const firstLook = (from: number) => looks.find((look) => look >= from) ?? Infinity;
  let silentSince = life.createdAt;
  while (silentSince !== Infinity) {
    const since = silentSince;
    const used = life.uses.find((use) => use > since) ?? Infinity;
    const first = firstLook(since + 75);
    const second = firstLook(Math.max(since + 83, first + 8));
    const third = firstLook(Math.max(since + 89, second + 6));
    const deleted = firstLook(Math.max(since + 90, third + 1));
    fate.notices.push(...[first, second, third].filter((told) => told < used && told !== Infinity));
    if (deleted > used) {
      silentSince = used;
      continue;
    }
    if (deleted === Infinity) break;
    fate.deletions.push(deleted);
    if (life.restoredAfter === null) {
      // Deleted at some moment of that look, so a look at the same hour may be an instant too early or late.
      fate.erasures.push(...looks.filter((look) => look >= deleted + 30).slice(0, 1));
      break;
    }
    silentSince = deleted + life.restoredAfter;
  }
  return fate;
}
