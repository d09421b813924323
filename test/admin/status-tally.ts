/** How often each status came, of requests whose order nobody knows. */
export function tallyStatuses(answers: readonly { status: number }[]): Record<number, number> {
  const tally: Record<number, number> = {};
  for (const { status } of answers) tally[status] = (tally[status] ?? 0) + 1;
  return tally;
}
