import type { TimeSeries } from './client.js';

/** The answer to a subscription that asked for history. */
export interface Answer<T> {
  /** What was asked. */
  of: T;
  series: TimeSeries[];
  /** The history was not to be had. */
  failed: boolean;
}

/**
 * Tells which subscription an answer is of. A Snapshot does not say so; but TimeSeries come in answers alone, which come in the order of
 * the questions, one for each metric, and before a Snapshot. So whoever goes by this asks for some history always.
 */
export class Answers<T extends { metrics: readonly string[] }> {
  readonly #asked: T[] = [];
  #underWay: Answer<T> | null = null;

  /** A subscription was sent. */
  asked(question: T): void {
    this.#asked.push(question);
  }

  /** What the last TimeSeries of an answer ends: the next Snapshot may be a second away. */
  collect(series: TimeSeries): Answer<T> | null {
    const answer = (this.#underWay ??= this.#begin(false));
    answer?.series.push(series);
    return answer && answer.series.length === answer.of.metrics.length ? this.end() : null;
  }

  /** What a Snapshot ends; null when it is one of many. */
  end(): Answer<T> | null {
    const ended = this.#underWay;
    this.#underWay = null;
    return ended;
  }

  /** What an Error refuses; null when that is nothing, or its history alone, and the Snapshot of the answer is still to come. */
  refuse(message: string): T | null {
    if (message.startsWith('History ')) {
      this.#underWay = this.#begin(true);
      return null;
    }

    return this.#asked.shift() ?? null;
  }

  /** The connection is gone, and all answers with it. */
  forget(): void {
    this.#asked.length = 0;
    this.#underWay = null;
  }

  #begin(failed: boolean): Answer<T> | null {
    const of = this.#asked.shift();
    return of === undefined ? null : { of, series: [], failed };
  }
}
