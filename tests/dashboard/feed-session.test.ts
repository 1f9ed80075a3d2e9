import { drawn, seconds, startFeed, totalAt, totals } from './feed-start.js';
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { SessionEvent, Subscription } from '../../gateway/dashboard/src/client.js';
import * as state from '../../gateway/dashboard/src/state.js';
import { DEFAULT, type View } from '../../gateway/dashboard/src/view.js';
import { START } from './clock.js';
import { begun, recovered, snapshot, ticked, timeSeries, welcome, type Message } from './gateway.js';

const ORDERS = { ...DEFAULT, scope: { route: 'orders' } };
const LOST = 'Too many Snapshots were missed';

/** As a node tells of what it was asked for. */
const echoOf = ({ metrics = [], interval_seconds = 1, scope }: Message): Subscription => ({ metrics, interval_seconds, ...(scope && { scope }) });

/** A feed in a session, with the last ten minutes on its charts unless the view is another. */
function start(t: TestContext, view: Partial<View> = {}, past = seconds(START - 600, START)) {
  const made = startFeed(t, view, [welcome(START), ticked(START, { requests_total: 0 })]);
  const subscription = echoOf(made.asked());
  const tell = (from: number, to: number, more = {}) =>
    seconds(from, to).forEach((second) => made.socket().tell(ticked(second, { requests_total: totalAt(second), ...more })));
  const histories = (metrics: readonly string[], known: readonly number[]) =>
    made.socket().tell(...metrics.map((metric) => timeSeries(metric, known.map((second) => [second, totalAt(second)]))));

  made.socket().tell(begun(START, subscription));
  histories(subscription.metrics, past);
  tell(START, START);
  return {
    ...made, subscription, tell, histories,
    /** The connection breaks, and is back after so many seconds. */
    comeBack(after: number, event: SessionEvent) {
      made.socket().end();
      made.pass(after);
      made.stream.retryNow();
      made.socket().tell(event);
    },
  };
}

test('What was missed comes by itself, each at its own time, and no history is asked for', (t) => {
  const { subscription, comeBack, tell, socket, pass } = start(t);
  comeBack(20, recovered(subscription));
  tell(START + 1, START + 20, { response_time_p99: 7 });
  assert.deepEqual(drawn(), totals(seconds(START - 581, START + 20)));
  assert.equal(state.points.value!.list.at(-2)!.values.response_time_p99, 7);
  assert.equal(state.points.value!.newest, START + 20);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 20));
  pass(30);
  assert.deepEqual(socket().take(), []);
});

test('Ten minutes in one go are drawn with one frame, and the figures never go back', (t) => {
  const { subscription, comeBack, tell } = start(t);
  const frames: (() => void)[] = [];
  t.mock.method(globalThis, 'requestAnimationFrame', (draw: () => void) => frames.push(draw));
  const shown: unknown[] = [];
  let drawings = 0;
  t.after(state.snapshot.subscribe((newest) => void shown.push(newest?.requests_total)));
  t.after(state.points.subscribe(() => void drawings++));

  comeBack(600, recovered(subscription));
  tell(START + 1, START + 300);
  frames.splice(0).forEach((draw) => draw());
  tell(START + 301, START + 600);
  frames.splice(0).forEach((draw) => draw());
  assert.equal(drawings, 3);
  assert.deepEqual(shown, [START, START + 300, START + 600].map(totalAt));
  assert.deepEqual(drawn(), totals(seconds(START - 1, START + 600)));
});

test('A frame that comes after a click on another scope draws nothing of the former one', (t) => {
  const { tell } = start(t);
  const frames: (() => void)[] = [];
  t.mock.method(globalThis, 'requestAnimationFrame', (draw: () => void) => frames.push(draw));
  tell(START + 1, START + 1);
  state.view.value = ORDERS;
  frames.splice(0).forEach((draw) => draw());
  assert.deepEqual([state.snapshot.value, state.points.value], [null, null]);
});

test('What is lost is fetched from history, and nothing is shown before', (t) => {
  const { subscription, comeBack, tell, histories, asked, socket, pass } = start(t);
  comeBack(40, begun(START + 30, subscription, LOST));
  assert.equal(asked().history_seconds, 40 + 2 + 10);
  tell(START + 30, START + 35);
  assert.deepEqual(drawn()!.at(-1), [START, totalAt(START)]);

  // The answer comes in the midst of what was missed.
  socket().tell(recovered(subscription));
  histories(subscription.metrics, seconds(START - 11, START + 40));
  assert.deepEqual(drawn(), totals(seconds(START - 561, START + 40)));
  tell(START + 36, START + 41);
  assert.deepEqual(drawn(), totals(seconds(START - 560, START + 41)));
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 41));
  pass(30);
  assert.deepEqual(socket().take(), []);
});

test('A session that is not known any more begins anew with what is missing', (t) => {
  const { subscription, comeBack, tell, histories, asked, socket } = start(t, { scope: ORDERS.scope });
  comeBack(40, welcome(START + 40));
  assert.deepEqual(asked().scope, ORDERS.scope);
  tell(START + 40, START + 40, { requests_success: 1 });
  assert.equal(state.snapshot.value!.requests_total, totalAt(START));
  socket().tell(begun(START + 40, subscription));
  histories(subscription.metrics, seconds(START - 11, START + 40));
  tell(START + 40, START + 41);
  assert.deepEqual(drawn(), totals(seconds(START - 560, START + 41)));
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 41));
});

test('A wide range is refreshed again after a reconnect, by its tail', (t) => {
  const { subscription, comeBack, tell, asked, pass, socket } = start(t, { range: '1h' }, seconds(START - 3_600, START, 5));
  pass(2);
  comeBack(20, recovered(subscription));
  tell(START + 1, START + 22);
  assert.equal(drawn()!.length, 721);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 22));
  pass(4.9);
  assert.deepEqual(socket().take(), []);
  pass(0.2);
  assert.equal(asked().history_seconds, 27 + 2 * 5 + 10);
});

test('A range is drawn as soon as its history is there: where the subscription is the same, the next Snapshot is yet to come', (t) => {
  const { subscription, histories, asked, socket, tell } = start(t);
  state.view.value = { ...DEFAULT, range: '1h' };
  assert.equal(asked().history_step_seconds, 5);
  socket().tell(recovered(subscription));
  histories(subscription.metrics.slice(1), seconds(START - 3_600, START, 5));
  assert.equal(state.points.value, null);
  histories(subscription.metrics.slice(0, 1), seconds(START - 3_600, START, 5));
  assert.deepEqual(drawn(), totals(seconds(START - 3_600, START, 5)));
  tell(START + 1, START + 1);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 1));
});

test('What was owed before a reconnect is owed after it', (t) => {
  const { subscription, comeBack, tell, asked, pass } = start(t);
  tell(START + 1, START + 1);
  tell(START + 5, START + 5);
  comeBack(2, recovered(subscription));
  tell(START + 6, START + 7);
  pass(5);
  assert.equal(asked().history_seconds, 6 + 2 + 10);
});

test('Missed Snapshots of a scope that was left meanwhile are not shown as the new one', (t) => {
  const { subscription, socket, pass, tell, asked } = start(t);
  socket().end();
  state.view.value = ORDERS;
  pass(20);
  socket().tell(recovered(subscription));
  tell(START + 1, START + 20);
  assert.deepEqual(asked().scope, ORDERS.scope);
  assert.deepEqual([state.snapshot.value, state.points.value], [null, null]);
});

test('Nor are those of a scope that the node took and the page left again', (t) => {
  const { comeBack, tell, asked, socket, subscription } = start(t);
  state.view.value = ORDERS;
  const orders = echoOf(asked());
  state.view.value = DEFAULT;
  asked();
  comeBack(5, recovered(orders));
  tell(START + 1, START + 5, { requests_total: 3 });
  assert.deepEqual([state.snapshot.value, state.points.value], [null, null]);
  assert.equal(asked().scope, undefined);
  socket().tell(begun(START + 5, subscription));
});

test('Nor are those of a scope that was shown before, when the node has forgotten the newest', (t) => {
  const { comeBack, tell, asked, socket, histories, subscription } = start(t);
  state.view.value = ORDERS;
  const orders = echoOf(asked());
  socket().tell(begun(START, orders));
  histories(orders.metrics, seconds(START - 600, START));
  socket().tell(ticked(START, { requests_total: 3 }));
  comeBack(5, recovered(subscription));
  tell(START + 1, START + 5);
  assert.deepEqual(asked().scope, ORDERS.scope);
  assert.equal(state.snapshot.value!.requests_total, 3);
  assert.equal(state.points.value!.newest, START);
});

test('While nobody sees the page a reconnect asks for nothing; what it missed is asked for when it is seen', (t) => {
  const { feed, comeBack, asked, socket, tell } = start(t);
  feed.setQuiet(true);
  const quiet = echoOf(asked());
  socket().tell(begun(START, quiet), ticked(START));
  comeBack(120, recovered(quiet));
  socket().tell(ticked(START + 60, { requests_total: 1 }), ticked(START + 120, { requests_total: 2 }));
  assert.deepEqual(socket().take(), []);
  assert.deepEqual(drawn(), totals(seconds(START - 600, START)));
  feed.setQuiet(false);
  assert.equal(asked().history_seconds, 120 + 2 + 10);
  tell(START + 121, START + 121);
  assert.deepEqual(drawn(), totals(seconds(START - 600, START)));
});

test('A page that was left while there was no connection takes nothing of what was missed', (t) => {
  const { feed, comeBack, asked, tell, socket, subscription } = start(t);
  socket().end();
  feed.setQuiet(true);
  comeBack(5, recovered(subscription));
  assert.equal(asked().interval_seconds, 60);
  tell(START + 1, START + 5);
  assert.equal(state.points.value!.newest, START);
});

test('A node that knows no sessions is asked for what is missing', (t) => {
  const { socket, pass, asked, answer } = start(t);
  socket().end();
  pass(20);
  socket().tell(snapshot(START + 20, { requests_total: 0 }));
  assert.equal(asked().history_seconds, 20 + 2 + 10);
  answer(seconds(START - 11, START + 20));
  assert.deepEqual(drawn(), totals(seconds(START - 581, START + 20)));
});
