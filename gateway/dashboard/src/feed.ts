import { effect, untracked } from '@preact/signals';
import { Answers, type Answer } from './answers.js';
import type { MetricsStream, SessionEvent, Snapshot, Subscription } from './client.js';
import { inFrame } from './frames.js';
import { Points, secondsOf } from './points.js';
import * as state from './state.js';
import { keyOf, type Range, type View } from './view.js';

/** What the charts are made of; upgraded connections are of the cluster and of nodes alone. */
const CHARTED = [
  'requests_total', 'responses_1xx', 'responses_2xx', 'responses_3xx', 'responses_4xx', 'responses_5xx', 'active_connections',
  'avg_response_time', 'response_time_p50', 'response_time_p95', 'response_time_p99',
];

/** After an answer that did not tell what was asked. */
const RETRY_SECONDS = 5;

/** Asked for beyond what is missing: the clocks of browser and node differ. */
const MARGIN_SECONDS = 10;

/** What was asked for. */
interface Question {
  key: string;
  range: Range;
  metrics: readonly string[];
  /** The last second that was known. */
  since: number;
  /** How much history, in seconds before its newest. */
  span: number;
}

/** What is on the charts. */
interface Shown {
  key: string;
  points: Points;
  /** The last second before those that are missing; null when none are. */
  owed: number | null;
}

/**
 * Keeps the view's scope and range in the state: subscribes when they change, fills what is missing from history, and asks for next to
 * nothing while nobody sees the page.
 */
export class Feed {
  readonly #stream: MetricsStream;
  readonly #answers = new Answers<Question>();
  /** What Snapshots are of now; empty when it is nothing that is shown. */
  #key = '';
  /** What they were of on the connection before; empty once it is known what they are of on this one. */
  #formerKey = '';
  /** What shall be shown, whether or not it is yet. */
  #wanted = '';
  #shown: Shown | null = null;
  #newest: Snapshot | null = null;

  // What was missed comes in hundreds.
  readonly #drawFigures = inFrame(() => (state.snapshot.value = this.#newest));
  readonly #drawPoints = inFrame(() => this.#publish());
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #quiet = false;

  constructor(stream: MetricsStream) {
    this.#stream = stream;
    stream.on('state', (next) => this.#enter(next.phase));
    stream.on('Session', (event) => this.#goOn(event));
    stream.on('TimeSeries', (series) => this.#finish(this.#answers.collect(series)));
    stream.on('Snapshot', (snapshot) => this.#take(snapshot));
    stream.on('Error', ({ message }) => this.#heed(message));
    effect(() => {
      const key = shownKey(state.view.value);
      untracked(() => this.#show(key));
    });
  }

  /** Asks for next to nothing; or for all again, and for what was missed. */
  setQuiet(quiet: boolean): void {
    if (quiet === this.#quiet) {
      return;
    }

    this.#quiet = quiet;
    this.#refreshIn(0);
    if (quiet) {
      this.#stream.subscribe(() => {
        this.#key = '';
        return { metrics: ['requests_total'], interval_seconds: 60 };
      });
    } else {
      this.#subscribe();
    }
  }

  #show(key: string): void {
    if (this.#shown?.key === key) {
      return;
    }

    if (scopePart(this.#wanted) !== scopePart(key)) {
      state.snapshot.value = state.notice.value = this.#newest = null;
    }

    this.#wanted = key;
    this.#shown = null;
    state.points.value = state.refusal.value = null;
    this.#subscribe();
  }

  #subscribe(): void {
    if (!this.#quiet) {
      this.#stream.subscribe(() => this.#ask());
    }
  }

  /** The subscription of the view, with as much history as is missing. */
  #ask(): Subscription {
    const view = state.view.value;
    const range = state.range.value;
    const key = shownKey(view);
    const since = this.#shown?.owed ?? this.#shown?.points.newest ?? 0;
    const missing = Math.max(Math.ceil(state.now.value - since), 0) + 2 * range.step + MARGIN_SECONDS;
    const span = Math.min(missing, range.seconds + (range.name === '10m' ? MARGIN_SECONDS : 0));
    const upgrades = view.scope === null || 'node' in view.scope ? ['upgraded_connections'] : [];
    const metrics = [...CHARTED, ...upgrades];
    this.#answers.asked({ key, range, metrics, since, span });
    return {
      metrics,
      interval_seconds: 1,
      ...(view.scope && { scope: view.scope }),
      include_history: true,
      history_seconds: span,
      history_step_seconds: range.step,
    };
  }

  #enter(phase: string): void {
    if (phase !== 'open') {
      this.#answers.forget();
      this.#formerKey ||= this.#key;
      this.#key = '';
      this.#refreshIn(0);
    }
  }

  /** What was missed comes by itself, or not at all: then the stream asks again, and history has it. */
  #goOn({ recovered, subscription: { scope } }: SessionEvent): void {
    const shown = this.#shown;
    if (recovered && shown?.key === this.#formerKey && scopePart(shown.key) === keyOf(scope ?? null)) {
      this.#key = shown.key;
      this.#refreshIn(shown.owed === null ? state.range.value.refresh : RETRY_SECONDS);
    }

    this.#formerKey = '';
  }

  #take(snapshot: Snapshot): void {
    this.#finish(this.#answers.end());

    // A node greets with the guide's figures of the cluster: those need not wait for the history.
    const isGreeting = this.#key === '' && state.view.value.scope === null && 'requests_success' in snapshot;
    const isShown = this.#key === this.#shown?.key && this.#key === shownKey(state.view.value);
    if (!isGreeting && !isShown) {
      return;
    }

    this.#newest = snapshot;
    this.#drawFigures();
    if (isShown && this.#shown!.points.step === 1) {
      this.#add(snapshot, this.#shown!);
    }
  }

  /** Seconds that no Snapshot told of, as while a silo dies, are in history a little later. */
  #add(snapshot: Snapshot, shown: Shown): void {
    const { points } = shown;
    if (points.newest > 0 && secondsOf(snapshot.timestamp) > points.newest + 1) {
      shown.owed ??= points.newest;
      if (!this.#refreshTimer) {
        this.#refreshIn(RETRY_SECONDS);
      }
    }

    points.add(snapshot);
    this.#drawPoints();
  }

  #finish(answer: Answer<Question> | null): void {
    if (!answer) {
      return;
    }

    // While nobody sees the page, what follows has one metric: see setQuiet.
    const { of, series, failed } = answer;
    this.#key = this.#quiet ? '' : of.key;
    if (of.key !== shownKey(state.view.value)) {
      return;
    }

    if (this.#shown?.key !== of.key) {
      this.#shown = { key: of.key, points: new Points(of.range.step, of.range.seconds), owed: null };
    }

    const { points } = this.#shown;
    const newest = Math.max(0, ...series.flatMap(({ data_points }) => data_points.slice(-1)).map(({ timestamp }) => secondsOf(timestamp)));
    series.forEach((one) => points.merge(one, newest - of.span));
    this.#shown.owed = failed ? of.since : null;
    state.refusal.value = null;
    this.#drawPoints();
    this.#refreshIn(failed ? RETRY_SECONDS : of.range.refresh);
  }

  #refreshIn(seconds: number): void {
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = seconds === 0 ? undefined : setTimeout(() => {
      this.#refreshTimer = undefined;
      this.#subscribe();
    }, seconds * 1000);
  }

  #publish(): void {
    if (this.#shown) {
      const { points } = this.#shown;
      state.points.value = { list: points.list(), step: points.step, newest: points.newest };
    }
  }

  #heed(message: string): void {
    if (message.startsWith('Scope ')) {
      state.notice.value = message;
      return;
    }

    const refused = this.#answers.refuse(message);
    if (!refused) {
      return;
    }

    // What is shown stands, unless there is no such scope any more.
    if (refused.key === shownKey(state.view.value) && (!this.#shown || message.startsWith('Invalid '))) {
      state.refusal.value = message;
    }

    this.#refreshIn(RETRY_SECONDS);
  }
}

/** What a view shows on its charts. */
function shownKey(view: View): string {
  return `${view.range} ${keyOf(view.scope)}`;
}

function scopePart(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}
