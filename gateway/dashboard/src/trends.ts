import { getTrend, type TrendPoint } from './api.js';
import * as state from './state.js';

const SPAN_SECONDS = 600;
const KEPT_MAX = 1_000;
const FETCHES_MAX = 2;

/** Requests per second of each scope over the last ten minutes: as they come, and from history for those that are seen. */
export class Trends {
  readonly #byScope = new Map<string, TrendPoint[]>();
  readonly #known = new Set<string>();
  readonly #queue: string[] = [];
  #fetching = 0;

  of(key: string): readonly TrendPoint[] {
    return this.#byScope.get(key) ?? [];
  }

  add(key: string, at: number, value: number): void {
    const points = this.#byScope.get(key) ?? [];
    if (points.length > 0 && points.at(-1)!.at >= at) {
      return;
    }

    points.push({ at, value });
    while (points[0]!.at < at - SPAN_SECONDS) {
      points.shift();
    }

    this.#keep(key, points);
  }

  /** A row is seen: its past is fetched, once. */
  want(key: string): void {
    if (!this.#known.has(key)) {
      this.#known.add(key);
      this.#queue.push(key);
      this.#fetch();
    }
  }

  #keep(key: string, points: TrendPoint[]): void {
    this.#byScope.set(key, points);
    if (this.#byScope.size > KEPT_MAX) {
      const [oldest] = this.#byScope.keys();
      this.#byScope.delete(oldest!);
      this.#known.delete(oldest!);
    }
  }

  #fetch(): void {
    while (this.#fetching < FETCHES_MAX && this.#queue.length > 0) {
      const key = this.#queue.shift()!;
      this.#fetching++;
      getTrend(key, 'requests_per_second', state.now.value - SPAN_SECONDS)
        .then((past) => {
          const since = this.of(key);
          this.#keep(key, [...past.filter(({ at }) => at < (since[0]?.at ?? Infinity)), ...since]);
        })
        // A scope that has no past yet, or silos that are away: what comes live is drawn.
        .catch(() => this.#known.delete(key))
        .finally(() => {
          this.#fetching--;
          this.#fetch();
        });
    }
  }
}
