import './browser.js';
import type { TestContext } from 'node:test';
import { Feed } from '../../gateway/dashboard/src/feed.js';
import * as state from '../../gateway/dashboard/src/state.js';
import { DEFAULT, type View } from '../../gateway/dashboard/src/view.js';
import { START, stopClock } from './clock.js';
import { connect, heartbeat, snapshot, timeSeries, type Event } from './gateway.js';

/** What the cluster counted until a second, in these tests. */
export const totalAt = (second: number): number => (second - START) * 10 + 100_000;

/** A feed over a connection that is open, and stopped time. Feeds of former tests hear of the view too, and have nobody to tell. */
export function startFeed(t: TestContext, view: Partial<View> = {}, greeting: Event[] = [snapshot(START, { requests_total: 0 })]) {
  const clock = stopClock(t);
  state.view.value = { ...DEFAULT, ...view };
  state.snapshot.value = state.points.value = state.refusal.value = state.notice.value = null;
  state.now.value = START;
  const made = connect();
  t.after(() => made.stream.close());
  made.stream.on('state', (next) => (state.connection.value = next));
  const feed = new Feed(made.stream);
  const live = (second: number, more = {}) => made.socket().tell(snapshot(second, { requests_total: totalAt(second), ...more }));

  /** The history of some seconds, and the Snapshot of the last. */
  const answer = (seconds: readonly number[], more = {}) => {
    const told = (metric: string, value: (second: number) => number) => timeSeries(metric, seconds.map((second) => [second, value(second)]));
    made.socket().tell(told('requests_total', totalAt), told('response_time_p99', () => 5));
    live(seconds.at(-1)!, { response_time_p99: 5, ...more });
  };
  const pass = (seconds: number) => {
    for (let i = 0; i < seconds * 10; i++) {
      state.now.value = (Date.now() + 100) / 1000;
      clock.pass(100);
      if (i % 300 === 299 && made.stream.state.phase === 'open') {
        made.socket().tell(heartbeat(START));
      }
    }
  };
  made.socket().tell(...greeting);
  return {
    ...made, feed, live, answer,
    /** Lets so many seconds pass, for the page as well. */
    pass,
    /** The one message sent since this was asked last. */
    asked() {
      const sent = made.socket().take();
      if (sent.length !== 1) {
        throw new Error(`${sent.length} messages were sent`);
      }

      return sent[0]!;
    },
    /** The connection breaks, and is back within a second. */
    reconnect() {
      made.socket().end();
      pass(1);
      made.socket().tell(snapshot(START, { requests_total: 0 }));
    },
  };
}

/** The seconds between two, both included. */
export const seconds = (from: number, to: number, step = 1): number[] => Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);

/** What the charts have: the seconds of their points, and the totals in them. */
export const drawn = () => state.points.value?.list.map(({ at, values }) => [at, values.requests_total]);

export const totals = (of: readonly number[]) => of.map((second) => [second, totalAt(second)]);
