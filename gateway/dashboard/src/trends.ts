import { getTrend, TREND_STEP, type TrendPoint } from './api.js';
import * as state from './state.js';

const STEPS = 60;

/** What a trend reaches back. */
export const TREND_SPAN = STEPS * TREND_STEP;

const KEPT_MAX = 1_000;
const FETCHES_MAX = 2;

/** One value of a scope over the last ten minutes, in steps; what it takes of memory never grows. */
export class Trend {
  /** Of the steps up to the newest; NaN for none. */
  readonly #values = new Float64Array(STEPS).fill(NaN);
  #newest = 0;
  #last = 0;

  /** What came live; several in one step count with their mean, and what is older than another one not at all. */
  add(at: number, value: number): void {
    if (at > this.#last) {
      this.#last = at;
      const place = this.#placeOf(at);
      const former = this.#values[place]!;
      this.#values[place] = Number.isNaN(former) ? value : (former + value) / 2;
    }
  }

  /** What came from history; it fills the steps that are empty. */
  fill(past: readonly TrendPoint[]): void {
    for (const { at, value } of past) {
      const place = this.#placeOf(at);
      if (place >= 0 && Number.isNaN(this.#values[place]!)) {
        this.#values[place] = value;
      }
    }
  }

  /** Ascending, each at the end of its step. */
  list(): TrendPoint[] {
    const points: TrendPoint[] = [];
    this.#values.forEach((value, place) => {
      if (!Number.isNaN(value)) {
        points.push({ at: (this.#newest - STEPS + 1 + place) * TREND_STEP, value });
      }
    });
    return points;
  }

  /** Moves on to a step that is newer than all. */
  #placeOf(second: number): number {
    const step = Math.ceil(second / TREND_STEP);
    const moved = Math.min(Math.max(step - this.#newest, 0), STEPS);
    if (moved > 0) {
      this.#values.copyWithin(0, moved);
      this.#values.fill(NaN, STEPS - moved);
      this.#newest = step;
    }

    return STEPS - 1 - (this.#newest - step);
  }
}

/** Requests per second of each scope: as they come, and from history for those that are seen. */
export class Trends {
  readonly #byScope = new Map<string, Trend>();
  readonly #known = new Set<string>();
  readonly #queue: string[] = [];
  #fetching = 0;

  of(key: string): readonly TrendPoint[] {
    return this.#byScope.get(key)?.list() ?? [];
  }

  add(key: string, at: number, value: number): void {
    this.#at(key).add(at, value);
  }

  /** A row is seen: its past is fetched, once. */
  want(key: string): void {
    if (!this.#known.has(key)) {
      this.#known.add(key);
      this.#queue.push(key);
      this.#fetch();
    }
  }

  #at(key: string): Trend {
    const trend = this.#byScope.get(key) ?? new Trend();
    this.#byScope.set(key, trend);
    if (this.#byScope.size > KEPT_MAX) {
      const [oldest] = this.#byScope.keys();
      this.#byScope.delete(oldest!);
      this.#known.delete(oldest!);
    }

    return trend;
  }

  #fetch(): void {
    while (this.#fetching < FETCHES_MAX && this.#queue.length > 0) {
      const key = this.#queue.shift()!;
      this.#fetching++;
      getTrend(key, 'requests_per_second', state.now.value - TREND_SPAN)
        .then((past) => this.#at(key).fill(past))
        // A scope that has no past yet, or silos that are away: what comes live is drawn.
        .catch(() => this.#known.delete(key))
        .finally(() => {
          this.#fetching--;
          this.#fetch();
        });
    }
  }
}
