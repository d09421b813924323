/** Time as the code of this process sees it stands still until the test lets it pass: no speed decides. */
import { jest } from '@jest/globals';

/** Timers among them, so nothing happens by itself; I/O goes on. `jest.useRealTimers()` ends it. */
export function stopTime(): void {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask'],
  });
}

/** Both clocks go, and the timers that become due fire. */
export function pass(millis: number): void {
  jest.advanceTimersByTime(millis);
}

/** The wall clock is set to another time, or went on alone while the machine was suspended. */
export function moveWallClock(millis: number): void {
  jest.setSystemTime(Date.now() + millis);
}
