import type { TestContext } from 'node:test';

/** When the tests begin, in Unix seconds: 2024-11-07T10:00:00Z. */
export const START = 1_730_973_600;

/** The smallest step of the clock, in milliseconds. */
const TICK = 5;

export interface Clock {
  /** Lets so many milliseconds pass, timers set meanwhile included. */
  pass(milliseconds: number): void;
  /** Lets time pass until something holds; in milliseconds, how long that took. */
  until(holds: () => boolean): number;
}

/** Time that passes only when the test says so. */
export function stopClock(t: TestContext): Clock {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: START * 1000 });
  const pass = (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += TICK) {
      t.mock.timers.tick(Math.min(TICK, milliseconds - passed));
    }
  };
  return {
    pass,
    until(holds) {
      const began = Date.now();
      while (!holds()) {
        if (Date.now() - began > 3_600_000) {
          throw new Error(`not within an hour: ${holds}`);
        }

        pass(TICK);
      }

      return Date.now() - began;
    },
  };
}

/** Lets all promises that can settle do so. */
export const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Numbers between 0 and 1 that are the same in each run. */
export function randomsOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
