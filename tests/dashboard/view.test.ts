import assert from 'node:assert/strict';
import test from 'node:test';
import type { Scope } from '../../gateway/dashboard/src/client.js';
import { DEFAULT, formatView, keyOf, kindOf, nameOf, parseView, rangeOf, rangesOf, scopeOf, type RangeName, type View } from '../../gateway/dashboard/src/view.js';
import { randomsOf } from './clock.js';

const ODD_NAMES = [
  'orders', 'orders/d1', '/', '//', 'a b', ' a ', '+', 'a+b', '&', 'a&filter=b', '%', '%2F', '%252F', '50%', '"', "'", '<b>', '?', '#', 'a=b', ';', 'route/x', 'cluster',
  'bestellungen/äöü', '注文', 'заказы', '🛒', 'e\u0301', '\t', 'two\nlines', '\\', '(overflow)', '-1', '.', '..', 'null', 'x'.repeat(256),
];
const RANGES: readonly RangeName[] = ['10m', '1h', '24h', '30d'];
const SORTS = ['name', '-name', 'state', 'requests_total', '-requests_total', '-requests_per_second', 'response_time_p99', '-failures'];
const KINDS = ['routes', 'destinations', 'nodes'] as const;

test('Every view comes back from its address', () => {
  const random = randomsOf(7);
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const name = () => (random() < 0.5 ? one(ODD_NAMES) : one(ODD_NAMES) + one(ODD_NAMES));
  for (let i = 0; i < 5_000; i++) {
    const scope = random() < 0.2 ? null : scopeOf(one(KINDS), name());
    const view: View = { scope, range: one(RANGES), table: one(KINDS), sort: one(SORTS), filter: random() < 0.3 ? '' : name() };
    const address = formatView(view);
    assert.deepEqual(parseView(new URL(address, 'http://gateway.test/kairos/').search), view, address);
    assert.equal(new URL(address, 'http://gateway.test/kairos/').pathname, '/kairos/');
  }
});

test('The default has the plain address, and only what differs is in another', () => {
  assert.equal(formatView(DEFAULT), './');
  assert.deepEqual(parseView(''), DEFAULT);
  assert.equal(formatView({ ...DEFAULT, scope: { destination: 'orders/d1' } }), '?scope=destination/orders/d1');
  assert.equal(formatView({ ...DEFAULT, range: '24h', table: 'nodes' }), '?range=24h&table=nodes');
  assert.equal(formatView({ ...DEFAULT, sort: 'name', filter: 'a' }), '?sort=name&filter=a');
});

test('What is not understood is as by default, and the rest holds', () => {
  for (const nonsense of [
    '?', '?scope', '?scope=', '?scope=orders', '?scope=route', '?scope=route/', '?scope=/orders', '?scope=routes/orders', '?scope=Route/orders', '?scope=cluster',
    '?range=', '?range=10M', '?range=2d', '?range=toString', '?table=', '?table=route', '?table=constructor', '?sort=', '?sort=-', '?sort=--name', '?sort=Name',
    '?sort=a%20b', '?sort=name%0A', '?filter=', '?unknown=1', '?%', '?%E0%A4%A',
  ]) {
    assert.deepEqual(parseView(nonsense), DEFAULT, nonsense);
  }

  assert.deepEqual(parseView('?scope=nonsense&range=1h&table=x&filter=a'), { ...DEFAULT, range: '1h', filter: 'a' });
});

/** What is kept of a scope, finest first: docs/protocol.md, "History". */
const KEPT = {
  cluster: [[1, 3_600], [10, 86_400], [60, 30 * 86_400]],
  other: [[1, 900], [10, 4 * 3_600], [60, 2 * 86_400]],
} as const;

for (const [of, scope] of [['cluster', null], ['other', { route: 'orders' }]] as const) {
  for (const { name, seconds, step } of rangesOf(scope)) {
    test(`${name} of ${scope ? 'another scope' : 'the cluster'} has at most 720 points, of a width that is kept for so long`, () => {
      assert.ok(seconds / step <= 720, `${seconds / step} points`);
      const kept = KEPT[of].find(([, back]) => back >= seconds);
      assert.ok(kept, `${seconds} s are not kept`);
      assert.equal(step % kept[0], 0);
      assert.equal(seconds % step, 0);
    });
  }
}

test('A view has one range, by its name and what its scope keeps', () => {
  const scopes: (Scope | null)[] = [null, { route: 'a' }, { destination: 'a/b' }, { node: 'c' }];
  for (const scope of scopes) {
    assert.deepEqual(rangesOf(scope).map(({ name }) => name), RANGES);
    RANGES.forEach((range, i) => assert.equal(rangeOf({ ...DEFAULT, scope, range }), rangesOf(scope)[i]));
  }

  assert.equal(rangeOf({ ...DEFAULT, range: '30d' }).seconds, 30 * 86_400);
  assert.equal(rangeOf({ ...DEFAULT, range: '30d', scope: { route: 'a' } }).seconds, 2 * 86_400);
});

test('A scope has the key that the HTTP API knows', () => {
  const keys = [[null, 'cluster'], [{ route: 'orders' }, 'route/orders'], [{ destination: 'orders/d1' }, 'destination/orders/d1'], [{ node: 'gw-1' }, 'node/gw-1']] as const;
  for (const [scope, key] of keys) {
    assert.equal(keyOf(scope), key);
    if (scope) {
      assert.equal(`${kindOf(scope)}/${nameOf(scope)}`, key);
    }
  }

  assert.deepEqual(KINDS.map((kind) => scopeOf(kind, 'a')), [{ route: 'a' }, { destination: 'a' }, { node: 'a' }]);
});
