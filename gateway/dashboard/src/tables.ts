import { effect } from '@preact/signals';
import type { Kind, MetricsStream, TopN } from './client.js';
import { COLUMNS, FURTHER, INTERVAL, RANKED } from './columns.js';
import { secondsOf } from './points.js';
import * as state from './state.js';
import { Trends } from './trends.js';
import { KINDS, keyOf } from './view.js';

/** The most that a node ranks. */
export const RANKED_MAX = 200;

/** After an Error in place of a ranking, in milliseconds. */
const RETRY_AFTER = 5_000;

/** Keeps the ranking of the table that is shown in the state, and none else. */
export class Tables {
  readonly trends = new Trends();
  readonly #stream: MetricsStream;
  #asked = '';
  /** It has not come on this connection. */
  #isOwed = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #quiet = false;

  constructor(stream: MetricsStream) {
    this.#stream = stream;
    stream.on('TopN', (ranking) => this.#take(ranking));
    stream.on('Error', () => this.#retry());
    stream.on('state', ({ phase }) => (this.#isOwed ||= phase !== 'open'));
    effect(() => this.#ask(state.view.value.table, rankedBy()));
  }

  setQuiet(quiet: boolean): void {
    if (quiet === this.#quiet) {
      return;
    }

    this.#quiet = quiet;
    this.#asked = '';
    if (quiet) {
      KINDS.forEach((kind) => this.#stream.unrank(kind));
    } else {
      this.#ask(state.view.value.table, rankedBy());
    }
  }

  #ask(of: Kind, by: string): void {
    if (this.#quiet || this.#asked === `${of} ${by}`) {
      return;
    }

    this.#asked = `${of} ${by}`;
    this.#isOwed = true;
    KINDS.filter((kind) => kind !== of).forEach((kind) => this.#stream.unrank(kind));
    const metrics = [...RANKED, ...FURTHER[of]].filter((metric) => metric !== by);
    this.#stream.rank({ of, by, n: RANKED_MAX, metrics, interval_seconds: INTERVAL });
  }

  /** An Error does not say what it is about: while the ranking is owed it may be that. */
  #retry(): void {
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = undefined;
      if (this.#isOwed) {
        this.#asked = '';
        this.#ask(state.view.value.table, rankedBy());
      }
    }, RETRY_AFTER);
  }

  #take(ranking: TopN): void {
    if (this.#asked === `${ranking.of} ${ranking.by}`) {
      this.#isOwed = false;
    }

    for (const item of ranking.items) {
      const rate = ranking.by === 'requests_per_second' ? item.value : (item.requests_per_second as number);
      this.trends.add(keyOf(item.scope), secondsOf(ranking.timestamp), rate);
    }

    state.rankings.value = { ...state.rankings.value, [ranking.of]: ranking };
  }
}

/**
 * All scopes that there are fit into one ranking, by a metric that each of them has: the page sorts. Where there are more, the node ranks
 * by the column, so that the page has the first of all and not of some.
 */
function rankedBy(): string {
  const { table, sort } = state.view.value;
  const id = sort.replace('-', '');
  const known = state.scopes.value?.[table].length ?? 0;
  const isMetric = COLUMNS[table].some((column) => column.id === id) && [...RANKED, ...FURTHER[table]].some((metric) => metric === id);
  return known > RANKED_MAX && isMetric ? id : 'requests_total';
}
