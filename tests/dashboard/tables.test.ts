import './browser.js';
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Kind } from '../../gateway/dashboard/src/client.js';
import * as state from '../../gateway/dashboard/src/state.js';
import { Tables } from '../../gateway/dashboard/src/tables.js';
import { DEFAULT, type View } from '../../gateway/dashboard/src/view.js';
import { START, stopClock } from './clock.js';
import { connect, mistake, ranking, snapshot } from './gateway.js';

const MEASURED = ['requests_per_second', 'errors_per_second', 'active_connections', 'response_time_p50', 'response_time_p95', 'response_time_p99'];
const FAILURES = ['destination_errors_connect', 'destination_errors_timeout', 'destination_errors_reset'];

function start(t: TestContext, view: Partial<View> = {}) {
  const clock = stopClock(t);
  state.view.value = { ...DEFAULT, ...view };
  state.rankings.value = {};
  state.scopes.value = null;
  const made = connect();
  t.after(() => made.stream.close());
  const tables = new Tables(made.stream);
  made.socket().tell(snapshot(START));
  return { ...made, clock, tables };
}

/** So many scopes of one kind. */
function know(kind: Kind, count: number): void {
  state.scopes.value = { routes: [], destinations: [], nodes: [], [kind]: Array.from({ length: count }, (_, i) => `s${i}`) };
}

const ends = (of: Kind) => ({ top: { of, n: 0 } });

test('The table that is shown is ranked by the total, which each scope has', (t) => {
  const { socket } = start(t);
  assert.deepEqual(socket().take(), [{ top: { of: 'routes', by: 'requests_total', n: 200, metrics: MEASURED }, interval_seconds: 5 }]);
});

test('Each table asks for what its columns need', (t) => {
  const { socket } = start(t, { table: 'destinations' });
  assert.deepEqual(socket().take().map(({ top }) => [top!.of, top!.metrics]), [['destinations', [...MEASURED, ...FAILURES]]]);
  state.view.value = { ...DEFAULT, table: 'nodes' };
  assert.deepEqual(socket().take().map(({ top }) => [top!.of, top!.metrics]), [['destinations', undefined], ['nodes', [...MEASURED, 'client_connections']]]);
});

test('Only the table that is shown is ranked', (t) => {
  const { socket, clock } = start(t);
  socket().take();
  state.view.value = { ...DEFAULT, table: 'nodes' };
  const [first, second, ...others] = socket().take();
  assert.deepEqual(first, ends('routes'));
  assert.equal(second!.top!.of, 'nodes');
  assert.deepEqual(others, []);

  socket().end();
  clock.pass(1_000);
  socket().tell(snapshot(START));
  assert.deepEqual(socket().take().map(({ top }) => top!.of), ['nodes']);
});

test('While all fit into a ranking, another order asks for nothing', (t) => {
  const { socket } = start(t);
  know('routes', 200);
  socket().take();
  for (const sort of ['-response_time_p99', 'requests_total', 'name', '-errors_per_second']) {
    state.view.value = { ...DEFAULT, sort, scope: { route: sort }, filter: sort, range: '1h' };
  }

  assert.deepEqual(socket().take(), []);
});

test('Of more than a ranking has, the first by the column are asked for', (t) => {
  const { socket } = start(t, { sort: '-response_time_p99' });
  socket().take();
  know('routes', 201);
  assert.deepEqual(socket().take(), [{
    top: { of: 'routes', by: 'response_time_p99', n: 200, metrics: ['requests_total', ...MEASURED.filter((name) => name !== 'response_time_p99')] }, interval_seconds: 5,
  }]);

  state.view.value = { ...DEFAULT, sort: 'active_connections' };
  assert.deepEqual(socket().take().map(({ top }) => top!.by), ['active_connections']);
  know('routes', 200);
  assert.deepEqual(socket().take().map(({ top }) => top!.by), ['requests_total']);
});

test('A column that no metric ranks by is ranked by the total', (t) => {
  const { socket } = start(t);
  const bys = (table: Kind, sort: string) => {
    know(table, 500);
    state.view.value = { ...DEFAULT, table, sort };
    return socket().sent.at(-1)!.top!.by;
  };
  assert.equal(bys('routes', 'name'), 'requests_total');
  assert.equal(bys('destinations', '-failures'), 'requests_total');
  assert.equal(bys('nodes', '-state'), 'requests_total');
  assert.equal(bys('nodes', '-client_connections'), 'client_connections');
});

test('A page that nobody sees ends the ranking, and asks again when it is seen', (t) => {
  const { socket, tables } = start(t);
  const [asked] = socket().take();
  tables.setQuiet(true);
  tables.setQuiet(true);
  assert.deepEqual(socket().take(), [ends('routes')]);
  state.view.value = { ...DEFAULT, table: 'nodes' };
  state.view.value = DEFAULT;
  know('routes', 500);
  know('routes', 5);
  assert.deepEqual(socket().take(), []);
  tables.setQuiet(false);
  assert.deepEqual(socket().take(), [asked]);
});

test('Each kind keeps its newest ranking', (t) => {
  const { socket } = start(t);
  const routes = ranking(START, 'routes', 'requests_total', [{ scope: { route: 'orders' }, value: 9, requests_per_second: 1 }]);
  const nodes = ranking(START, 'nodes', 'requests_total', []);
  const newer = { ...routes, timestamp: '2024-11-07T10:00:05Z' };
  socket().tell(routes, nodes, newer);
  assert.deepEqual(state.rankings.value, { routes: newer, nodes });
});

test('Rates of a ranking make the trends of its scopes', (t) => {
  const { socket, tables } = start(t);
  const by = (second: number, metric: string, item: { value: number; requests_per_second?: number }) => ranking(second, 'routes', metric, [{ scope: { route: 'orders' }, ...item }]);
  socket().tell(by(START, 'requests_total', { value: 900, requests_per_second: 3 }), by(START + 5, 'requests_per_second', { value: 4 }));
  assert.deepEqual(tables.trends.of('route/orders'), [{ at: START, value: 3 }, { at: START + 10, value: 4 }]);
  assert.deepEqual(tables.trends.of('route/none'), []);
});

test('A ranking that a node could not make now is asked for again until it comes', (t) => {
  const { socket, clock } = start(t);
  const away = () => socket().tell(mistake('The silos do not answer now; the subscription is as it was, try again later'));
  const [asked] = socket().take();
  for (let i = 0; i < 3; i++) {
    away();
    clock.pass(4_900);
    assert.deepEqual(socket().take(), []);
    clock.pass(200);
    assert.deepEqual(socket().take(), [asked]);
  }

  // Once it has come, an Error is about something else; on a new connection it has not come yet.
  socket().tell(ranking(START, 'routes', 'requests_total', []));
  away();
  clock.pass(30_000);
  assert.deepEqual(socket().take(), []);
  socket().end();
  clock.pass(1_000);
  socket().tell(snapshot(START));
  assert.deepEqual(socket().take(), [asked]);
  away();
  clock.pass(5_000);
  assert.deepEqual(socket().take(), [asked]);
});

test('What is not wanted any more is not asked for again', (t) => {
  const { socket, clock, tables } = start(t);
  const away = () => socket().tell(mistake('The silos do not answer now; the subscription is as it was, try again later'));
  away();
  tables.setQuiet(true);
  socket().take();
  clock.pass(20_000);
  assert.deepEqual(socket().take(), []);
  tables.setQuiet(false);
  away();
  state.view.value = { ...DEFAULT, table: 'nodes' };
  socket().tell(ranking(START, 'nodes', 'requests_total', []));
  socket().take();
  clock.pass(20_000);
  assert.deepEqual(socket().take(), []);
});
