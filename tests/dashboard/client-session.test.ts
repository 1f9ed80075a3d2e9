import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Gap, Subscription, StreamOptions } from '../../gateway/dashboard/src/client.js';
import { START, stopClock } from './clock.js';
import { begun, connect, GUIDE, ID, mistake, recovered, snapshot, ticked, timeSeries, welcome } from './gateway.js';

const TOTAL: Subscription = { metrics: ['requests_total'], interval_seconds: 2 };
const RATE: Subscription = { metrics: ['requests_per_second'], interval_seconds: 1, scope: { route: 'orders' } };
const RANKING = { top: { of: 'routes', by: 'requests_total' }, interval_seconds: 1 };

/** A stream over stopped time, and what it has delivered. */
function start(t: TestContext, options: StreamOptions = {}, url?: string | string[]) {
  const clock = stopClock(t);
  const made = connect(options, url);
  const ticks: unknown[] = [];
  const gaps: Gap[] = [];
  made.stream.on('Snapshot', ({ tick }) => ticks.push(tick));
  made.stream.on('gap', (gap) => gaps.push(gap));
  return {
    ...made, ticks, gaps,
    /** The connection breaks; returns what the next one asks for. */
    reconnect() {
      const { length } = made.sockets;
      made.socket().end();
      clock.until(() => made.sockets.length > length);
      return made.socket().url.split('?')[1];
    },
  };
}

/** A stream whose subscription is answered, by a Snapshot at the start. */
function subscribed(t: TestContext, subscription: Subscription | (() => Subscription) = TOTAL) {
  const made = start(t);
  made.stream.subscribe(subscription);
  made.socket().tell(welcome(START - 1), ticked(START - 1));
  const [sent] = made.socket().take();
  made.socket().tell(begun(START, echoOf(sent as Subscription)), ticked(START));
  return made;
}

/** As a node tells of a subscription. */
const echoOf = ({ metrics, interval_seconds = 1, scope }: Subscription): Subscription => ({ metrics, interval_seconds, ...(scope && { scope }) });

test('At first it begins a session, and comes back with its id and its last tick', (t) => {
  const { stream, socket, ticks, reconnect } = start(t);
  assert.equal(socket().url, 'ws://gateway.test/ws/metrics?session=new');
  assert.deepEqual([stream.session, stream.lastTick], [null, null]);
  socket().tell(welcome(START), ticked(START), ticked(START + 1));
  assert.deepEqual([stream.session, stream.lastTick], [ID, START + 1]);
  assert.equal(reconnect(), `session=${ID}&last_tick=${START + 1}`);

  // An attempt that fails changes nothing.
  assert.equal(reconnect(), `session=${ID}&last_tick=${START + 1}`);
  socket().tell(recovered(GUIDE), ticked(START + 2), ticked(START + 3));
  assert.equal(reconnect(), `session=${ID}&last_tick=${START + 3}`);
  assert.deepEqual(ticks, [START, START + 1, START + 2, START + 3]);
});

test('What the address asks for besides stays', (t) => {
  const { socket, reconnect } = start(t, {}, 'wss://gateway.test/kairos/ws/metrics?snapshot=full');
  assert.equal(socket().url, 'wss://gateway.test/kairos/ws/metrics?snapshot=full&session=new');
  socket().tell(welcome(START), ticked(START));
  assert.equal(reconnect(), `snapshot=full&session=${ID}&last_tick=${START}`);
});

test('An id of the caller is gone on with from the tick that comes with it', (t) => {
  const { stream, socket } = start(t, { session: ID, lastTick: START - 60 });
  assert.equal(socket().url, `ws://gateway.test/ws/metrics?session=${ID}&last_tick=${START - 60}`);
  assert.deepEqual([stream.session, stream.lastTick], [ID, START - 60]);
});

test('An id without a tick is gone on with live', (t) => {
  assert.equal(start(t, { session: ID }).socket().url, `ws://gateway.test/ws/metrics?session=${ID}`);
});

test('Where nothing was kept, a tick is of no session', (t) => {
  const { socket, gaps } = start(t, { session: null, lastTick: Number(null) });
  assert.equal(socket().url, 'ws://gateway.test/ws/metrics?session=new');
  socket().tell(welcome(START), ticked(START));
  assert.deepEqual(gaps, []);
});

test('Without a session it asks for none, and for all on each connection', (t) => {
  const { stream, socket, ticks, reconnect } = start(t, { session: false, lastTick: START });
  assert.equal(socket().url, 'ws://gateway.test/ws/metrics');
  stream.subscribe(TOTAL);
  for (let i = 0; i < 2; i++) {
    socket().tell(snapshot(START), snapshot(START));
    assert.deepEqual(socket().take(), [TOTAL]);
    assert.equal(reconnect(), undefined);
  }

  assert.equal(ticks.length, 4);
  assert.deepEqual([stream.session, stream.lastTick], [null, null]);
});

test('What the node has still is not sent again, but for rankings', (t) => {
  const { stream, socket, reconnect, gaps, ticks } = subscribed(t);
  stream.rank({ of: 'routes', by: 'requests_total' });
  reconnect();
  socket().take();
  socket().tell(recovered(TOTAL), ticked(START + 2), ticked(START + 4));
  assert.deepEqual(socket().take(), [RANKING]);
  assert.deepEqual(ticks, [START - 1, START, START + 2, START + 4]);
  assert.deepEqual(gaps, []);

  // Nor where some is lost: the next one goes on.
  reconnect();
  socket().tell(begun(START + 10, TOTAL, 'Too many Snapshots were missed'), ticked(START + 10));
  assert.deepEqual(socket().take(), [RANKING]);
});

test('The order of metrics is no difference, all else is', (t) => {
  const wanted: Subscription = { metrics: ['requests_total', 'success_rate'], interval_seconds: 1, scope: { node: 'gw-1' } };
  const { socket, reconnect } = subscribed(t, wanted);
  const others: Subscription[] = [
    { ...wanted, metrics: ['success_rate'] }, { ...wanted, interval_seconds: 2 }, { ...wanted, scope: { node: 'gw-2' } }, { ...wanted, scope: { route: 'gw-1' } }, GUIDE,
  ];
  reconnect();
  socket().tell(recovered({ ...wanted, metrics: ['success_rate', 'requests_total'] }));
  assert.deepEqual(socket().take(), []);
  for (const other of others) {
    reconnect();
    socket().tell(recovered(other), ticked(START + 1));
    assert.deepEqual(socket().take(), [wanted]);
    socket().tell(begun(START + 1, wanted), ticked(START + 1));
  }
});

test('A subscription that is not answered before the end is sent again', (t) => {
  const { stream, socket, reconnect } = subscribed(t);
  stream.subscribe(RATE);
  assert.deepEqual(socket().take(), [RATE]);
  reconnect();
  socket().tell(recovered(TOTAL), ticked(START + 2));
  assert.deepEqual(socket().take(), [RATE]);

  // The node took it, but its answer was lost.
  reconnect();
  socket().tell(recovered(RATE), ticked(START + 3));
  assert.deepEqual(socket().take(), [RATE]);
  socket().tell(recovered(RATE), ticked(START + 4));
  reconnect();
  socket().tell(recovered(RATE), ticked(START + 5));
  assert.deepEqual(socket().take(), []);
});

test('The answer to one subscription is not taken for that to the next', (t) => {
  const { stream, socket, reconnect } = subscribed(t, GUIDE);
  stream.subscribe(TOTAL);
  stream.subscribe(RATE);
  socket().take();
  socket().tell(begun(START + 1, TOTAL), ticked(START + 1));
  reconnect();
  socket().tell(recovered(TOTAL), ticked(START + 3));
  assert.deepEqual(socket().take(), [RATE]);
});

test('What is asked for between two connections is sent, and what was refused is asked for again', (t) => {
  const { stream, socket, reconnect } = subscribed(t);
  socket().end();
  stream.subscribe(RATE);
  reconnect();
  socket().tell(recovered(TOTAL));
  assert.deepEqual(socket().take(), [RATE]);
  socket().tell(mistake('The silos do not answer now; the subscription is as it was, try again later'), ticked(START + 2));
  reconnect();
  socket().tell(recovered(TOTAL));
  assert.deepEqual(socket().take(), [RATE]);
});

test('History is asked for again where something is missing, or where it did not come', (t) => {
  let asked = 0;
  const { socket, reconnect } = subscribed(t, () => ({ ...TOTAL, include_history: true, history_seconds: ++asked }));
  reconnect();
  socket().tell(recovered(TOTAL), ticked(START + 2));
  assert.deepEqual(socket().take(), []);
  reconnect();
  socket().tell(begun(START + 8, TOTAL, 'The series does not go back so far'), ticked(START + 8));
  assert.deepEqual(socket().take().map(({ history_seconds }) => history_seconds), [2]);
  socket().tell(recovered(TOTAL), timeSeries('requests_total', [[START + 8, 1]]));
  reconnect();
  socket().tell(recovered(TOTAL), ticked(START + 10));
  assert.deepEqual(socket().take().map(({ history_seconds }) => history_seconds), [3]);
});

test('A session that the node does not know any more is begun anew with all that was asked for', (t) => {
  const { stream, socket, gaps, ticks, reconnect } = subscribed(t);
  reconnect();
  const { length } = ticks;
  socket().tell(begun(START + 700, GUIDE, 'The session is not known', false), ticked(START + 700));
  assert.deepEqual(socket().take(), [TOTAL]);
  socket().tell(begun(START + 700, TOTAL), ticked(START + 700), ticked(START + 702));
  assert.deepEqual(ticks.slice(length), [START + 700, START + 700, START + 702]);
  assert.deepEqual(gaps, [{ fromTick: START, firstTick: START + 700, reason: 'The session is not known' }]);
  assert.equal(stream.session, ID);
});

test('A gap is told after the Session event that it is of, before the first Snapshot', (t) => {
  const { stream, socket, reconnect } = subscribed(t);
  const heard: string[] = [];
  for (const type of ['Session', 'gap', 'Snapshot'] as const) {
    stream.on(type, () => heard.push(type));
  }

  reconnect();
  socket().tell(begun(START + 8, TOTAL, 'Too many Snapshots were missed'), ticked(START + 8));
  assert.deepEqual(heard, ['Session', 'gap', 'Snapshot']);
});

test('A node that knows no sessions is told all, and what it sends counts as none of the session', (t) => {
  const { stream, socket, ticks, gaps, reconnect } = subscribed(t);
  reconnect();
  socket().tell(snapshot(START + 1), snapshot(START + 1));
  assert.deepEqual(socket().take(), [TOTAL]);
  assert.equal(ticks.length, 4);
  assert.deepEqual([stream.session, stream.lastTick], [ID, null]);

  assert.equal(reconnect(), `session=${ID}`);
  socket().tell(begun(START + 20, TOTAL, 'No last_tick was given'), ticked(START + 20));
  assert.deepEqual(socket().take(), [TOTAL]);
  assert.deepEqual(gaps, []);
});

test('Of several addresses each attempt takes the next', (t) => {
  const { sockets, socket, reconnect } = start(t, {}, ['ws://a.test/ws/metrics', 'ws://b.test/ws/metrics?snapshot=full', 'ws://c.test/ws/metrics']);
  socket().tell(welcome(START), ticked(START));
  for (let i = 0; i < 3; i++) {
    reconnect();
  }

  const back = `session=${ID}&last_tick=${START}`;
  assert.deepEqual(sockets.map(({ url }) => url), [
    'ws://a.test/ws/metrics?session=new', `ws://b.test/ws/metrics?snapshot=full&${back}`, `ws://c.test/ws/metrics?${back}`, `ws://a.test/ws/metrics?${back}`,
  ]);
});

test('No address at all is a mistake', () => assert.throws(() => connect({}, []), /no address/));
