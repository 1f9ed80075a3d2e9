import assert from 'node:assert/strict';
import test from 'node:test';
import type { Node } from '../../gateway/dashboard/src/api.js';
import type { Kind } from '../../gateway/dashboard/src/client.js';
import { COLUMNS, orderOf, rowsOf, stateOf, type Column, type Row } from '../../gateway/dashboard/src/columns.js';
import { START } from './clock.js';
import { ranking } from './gateway.js';

const node = (id: string, more: Partial<Node> = {}): Node => ({
  id, state: 'live', said_goodbye: false, started: '', last_report_age_seconds: 0, watermark_lag_seconds: 0, in_flight: 0, clock_offset_seconds: 0, ...more,
});

const row = (name: string, values: Row['values'] = null, of?: Node): Row => ({ name, scope: { node: name }, values, node: of });

const RANKING = ranking(START, 'routes', 'requests_per_second', [
  { scope: { route: 'Orders' }, value: 12.5, requests_total: 100, response_time_p99: 45.2 },
  { scope: { route: 'billing' }, value: 0, requests_total: 7, response_time_p99: null },
]);

test('There is a row for each scope that is ranked or known, once', () => {
  assert.deepEqual(rowsOf(RANKING, [{ route: 'billing' }, { route: 'idle' }], [], ''), [
    { name: 'Orders', scope: { route: 'Orders' }, values: { requests_total: 100, response_time_p99: 45.2, requests_per_second: 12.5 }, node: undefined },
    { name: 'billing', scope: { route: 'billing' }, values: { requests_total: 7, response_time_p99: null, requests_per_second: 0 }, node: undefined },
    { name: 'idle', scope: { route: 'idle' }, values: null, node: undefined },
  ]);
});

test('Before a ranking came what is known is shown', () => {
  assert.deepEqual(rowsOf(undefined, [{ node: 'gw-1' }], [node('gw-1'), node('gw-2')], ''), [row('gw-1', null, node('gw-1'))]);
  assert.deepEqual(rowsOf(undefined, [], [], ''), []);
});

test('A filter leaves the names that have its text, in whatever case', () => {
  const names = (filter: string) => rowsOf(RANKING, [{ route: 'reorder' }, { route: 'Über/a.b' }], [], filter).map(({ name }) => name);
  assert.deepEqual(names('ORDER'), ['Orders', 'reorder']);
  assert.deepEqual(names('über/'), ['Über/a.b']);
  assert.deepEqual(names('a.b'), ['Über/a.b']);
  assert.deepEqual(names('.*'), []);
});

const NUMBERS: readonly Column[] = [
  { id: 'requests_total', label: '', title: '', value: ({ values }) => values?.requests_total ?? null, shown: () => '' },
  { id: 'state', label: '', title: '', value: stateOf, shown: () => '' },
];

const total = (name: string, value: number | null) => row(name, value === null ? null : { requests_total: value });

test('Numbers are ordered as numbers, both ways', () => {
  const rows = [total('a', 9), total('b', 10), total('c', -1), total('d', 0.5)];
  assert.deepEqual(orderOf(rows, NUMBERS, 'requests_total'), ['c', 'd', 'a', 'b']);
  assert.deepEqual(orderOf(rows, NUMBERS, '-requests_total'), ['b', 'a', 'd', 'c']);
});

test('Rows without a value are last, both ways', () => {
  const rows = [total('none', null), total('a', 0), total('also none', null), total('b', 1)];
  assert.deepEqual(orderOf(rows, NUMBERS, 'requests_total'), ['a', 'b', 'also none', 'none']);
  assert.deepEqual(orderOf(rows, NUMBERS, '-requests_total'), ['b', 'a', 'also none', 'none']);
});

test('Equal rows are in the order of their names, both ways', () => {
  const rows = ['gw-10', 'gw-9', 'gw-1'].map((name) => total(name, 5));
  assert.deepEqual(orderOf(rows, NUMBERS, 'requests_total'), ['gw-1', 'gw-9', 'gw-10']);
  assert.deepEqual(orderOf(rows, NUMBERS, '-requests_total'), ['gw-1', 'gw-9', 'gw-10']);
});

test('Texts are ordered as people read them, numbers in them by their value', () => {
  const rows = ['gw-10', 'Beta', 'gw-9', 'alpha', 'Über'].map((name) => row(name));
  assert.deepEqual(orderOf(rows, NUMBERS, 'name'), ['alpha', 'Beta', 'gw-9', 'gw-10', 'Über']);
  assert.deepEqual(orderOf(rows, NUMBERS, '-name'), ['Über', 'gw-10', 'gw-9', 'Beta', 'alpha']);
  const nodes = [row('a', null, node('a')), row('b', null, node('b', { state: 'draining' })), row('c', null, node('c', { state: 'gone' }))];
  assert.deepEqual(orderOf(nodes, NUMBERS, 'state'), ['b', 'a', 'c']);
});

test('By a column that the table does not have, the first one orders', () => {
  const rows = [total('a', 1), total('b', 2)];
  assert.deepEqual(orderOf(rows, NUMBERS, '-failures'), ['b', 'a']);
});

test('A node that went says how', () => {
  const word = (more: Partial<Node>) => stateOf(row('a', null, node('a', more)));
  assert.equal(word({}), 'live');
  assert.equal(word({ state: 'draining' }), 'draining');
  assert.equal(word({ state: 'draining', said_goodbye: true }), 'draining');
  assert.equal(word({ state: 'gone', said_goodbye: true }), 'stopped');
  assert.equal(word({ state: 'gone' }), 'lost');
  assert.equal(stateOf(row('a')), '');
});

/** What each column of a table shows of a row, by its id. */
const shown = (table: Kind, of: Row) => Object.fromEntries(COLUMNS[table].map((column) => [column.id, column.shown(of)]));

test('Figures are read with their units', () => {
  const values = {
    requests_total: 1_547, requests_per_second: 12, errors_per_second: 3, active_connections: 15,
    response_time_p50: 4.21, response_time_p95: 20, response_time_p99: 1_204.6, client_connections: 31,
  };
  const measured = {
    requests_per_second: '12.0', errors_per_second: '25.00 %', response_time_p50: '4.2 ms', response_time_p95: '20.0 ms', response_time_p99: '1,205 ms',
    active_connections: '15', requests_total: '1,547',
  };
  assert.deepEqual(shown('routes', row('a', values)), measured);
  assert.deepEqual(shown('nodes', row('a', values, node('a'))), { state: 'live', ...measured, client_connections: '31' });
  const failed = { destination_errors_connect: 1, destination_errors_timeout: 20, destination_errors_reset: 300 };
  assert.deepEqual(shown('destinations', row('a', { ...values, ...failed })), { ...measured, failures: '321' });
});

test('A scope that has counted nothing lately has dashes, and so has a share of nothing', () => {
  assert.deepEqual(new Set(Object.values(shown('destinations', row('a')))), new Set(['–']));
  assert.equal(shown('routes', row('a', { requests_per_second: 0, errors_per_second: 0 })).errors_per_second, '–');
});
