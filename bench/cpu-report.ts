/**
 * Preloaded into every server of a benchmark (`node --import`): tells the parent, when it asks, how much
 * CPU the process has used, all its threads included; and ends with the parent.
 */
export interface CpuReport {
  /** User and system time since the start, in microseconds. */
  cpuMicros: number;
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system } satisfies CpuReport);
});
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
