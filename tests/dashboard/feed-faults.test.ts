import { drawn, seconds, startFeed, totalAt, totals } from './feed-start.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import * as state from '../../gateway/dashboard/src/state.js';
import { DEFAULT } from '../../gateway/dashboard/src/view.js';
import { START } from './clock.js';
import { mistake } from './gateway.js';

const NO_HISTORY = mistake('History is not available now; the subscription goes on without it, ask again later');
const NO_ROUTE = mistake('Invalid subscription: field `scope` is {"route":"order"}, and there is no such route; the nearest are orders, billing');
const ORDER = { ...DEFAULT, scope: { route: 'order' } };

test('Where the history is not to be had, the Snapshots are shown and it is asked for again', (t) => {
  const { socket, live, asked, pass, answer } = startFeed(t);
  asked();
  socket().tell(NO_HISTORY);
  live(START);
  live(START + 1);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 1));
  assert.equal(state.refusal.value, null);
  assert.deepEqual(drawn(), totals([START, START + 1]));

  pass(4.9);
  assert.deepEqual(socket().take(), []);
  pass(0.2);
  assert.equal(asked().history_seconds, 610);
  answer(seconds(START - 600, START + 5));
  assert.deepEqual(drawn(), totals(seconds(START - 596, START + 5)));
  pass(30);
  assert.deepEqual(socket().take(), []);
});

test('Seconds that no Snapshot told of are fetched when they are in history', (t) => {
  const { live, asked, pass, answer, socket } = startFeed(t);
  asked();
  answer(seconds(START - 600, START));
  live(START + 1);
  pass(3);
  // A silo died: three seconds of silence, then all at once.
  live(START + 4);
  assert.deepEqual(drawn()!.slice(-2), totals([START + 1, START + 4]));
  live(START + 5);
  live(START + 7);
  pass(4.9);
  assert.deepEqual(socket().take(), []);
  pass(0.2);
  const { history_seconds } = asked();
  assert.ok(history_seconds! >= 7 && history_seconds! < 60, `${history_seconds} s`);
  answer(seconds(START - 5, START + 8));
  assert.deepEqual(drawn(), totals(seconds(START - 593, START + 8)));
  live(START + 9);
  pass(20);
  assert.deepEqual(socket().take(), []);
});

test('A scope that is refused shows why, until it is there', (t) => {
  const { socket, live, asked, pass, answer } = startFeed(t, ORDER);
  asked();
  socket().tell(NO_ROUTE);
  live(START + 1);
  assert.equal(state.refusal.value, NO_ROUTE.message);
  assert.equal(state.snapshot.value, null);

  pass(5);
  assert.deepEqual(asked().scope, { route: 'order' });
  assert.equal(state.refusal.value, NO_ROUTE.message);
  answer([START + 5]);
  assert.equal(state.refusal.value, null);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 5));
});

test('A refusal goes with the scope that it is of', (t) => {
  const { socket, answer } = startFeed(t, ORDER);
  socket().tell(NO_ROUTE);
  state.view.value = DEFAULT;
  assert.equal(state.refusal.value, null);
  answer([START]);

  state.view.value = ORDER;
  state.view.value = { ...DEFAULT, scope: { route: 'orders' } };
  socket().tell(NO_ROUTE);
  assert.equal(state.refusal.value, null);
  answer([START], { requests_total: 3 });
  assert.equal(state.snapshot.value!.requests_total, 3);
});

test('A mistake in a refresh does not take away what is shown, and is mended by the next', (t) => {
  const { socket, answer, asked, pass } = startFeed(t, { range: '1h' });
  asked();
  answer(seconds(START - 3_600, START, 5));
  pass(5);
  asked();
  socket().tell(mistake('The silos do not answer now; the subscription is as it was, try again later'));
  assert.equal(state.refusal.value, null);
  assert.equal(state.points.value!.list.length, 721);
  pass(5);
  assert.equal(asked().history_seconds, 10 + 2 * 5 + 10);
});

test('An Error that is about nothing asked here changes nothing', (t) => {
  const { socket, answer, live, asked, pass } = startFeed(t);
  asked();
  answer([START]);
  socket().tell(mistake('This node sends 200 different rankings, as many as it may: this one is not sent; try again later, or on another node'));
  live(START + 1);
  assert.deepEqual([state.refusal.value, state.notice.value], [null, null]);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 1));
  pass(30);
  assert.deepEqual(socket().take(), []);
});

test('A scope that disappears is told of, and its Snapshots go on', (t) => {
  const { socket, asked, answer, live, reconnect } = startFeed(t, ORDER);
  const gone = mistake('Scope {"route":"order"} has disappeared: the configuration of this node has no such route any more; snapshots go on');
  answer([START]);
  socket().tell(gone);
  live(START + 1);
  assert.equal(state.notice.value, gone.message);
  assert.equal(state.refusal.value, null);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 1));

  // Nor is it in place of an answer.
  asked();
  reconnect();
  asked();
  socket().tell(gone);
  answer([START + 2]);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 2));
});

test('After a reconnect only what is missing is asked for', (t) => {
  const { asked, answer, live, pass, reconnect } = startFeed(t);
  asked();
  answer(seconds(START - 600, START));
  live(START + 1);
  pass(20);
  reconnect();
  assert.equal(asked().history_seconds, 20 + 2 + 10);
  assert.deepEqual(drawn()!.at(-1), [START + 1, totalAt(START + 1)]);

  // What was known last is shown until the answer.
  live(START + 21, { requests_total: 1 });
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 1));
  answer(seconds(START - 10, START + 21));
  assert.deepEqual(drawn(), totals(seconds(START - 580, START + 21)));
  pass(1);
  live(START + 22);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 22));
});

test('What is missing after a reconnect stays owed until the history is to be had', (t) => {
  const { socket, asked, answer, live, pass, reconnect } = startFeed(t);
  asked();
  answer(seconds(START - 600, START));
  pass(39);
  reconnect();
  for (const missing of [40, 45, 50]) {
    assert.equal(asked().history_seconds, missing + 2 + 10);
    socket().tell(NO_HISTORY);
    live(START + missing);
    pass(5);
  }

  asked();
  answer(seconds(START - 10, START + 55));
  assert.deepEqual(drawn(), totals(seconds(START - 546, START + 55)));
  pass(19);
  reconnect();
  assert.equal(asked().history_seconds, 20 + 2 + 10);
});

test('An answer that a lost connection owed is not waited for', (t) => {
  const { answer, reconnect, asked, socket } = startFeed(t);
  asked();
  state.view.value = { ...DEFAULT, scope: { route: 'orders' } };
  asked();
  reconnect();
  assert.deepEqual(asked().scope, { route: 'orders' });
  answer([START]);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START));
  assert.deepEqual(socket().take(), []);
});

test('A browser whose clock is slow asks for no negative time', (t) => {
  const { asked, answer, reconnect } = startFeed(t);
  asked();
  answer([START + 300]);
  reconnect();
  assert.equal(asked().history_seconds, 2 + 10);
});
