/** Of values in ascending order, the one that `share` of them lie below; NaN of none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
