import './browser.js';
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import * as state from '../../gateway/dashboard/src/state.js';
import { Trends } from '../../gateway/dashboard/src/trends.js';
import { settle, START } from './clock.js';
import { stamp } from './gateway.js';

/** The HTTP API, whose answers the test gives. */
function stubApi(t: TestContext) {
  const asked: { url: URL; answer: (points: [number, number][]) => Promise<void>; fail: () => Promise<void> }[] = [];
  t.mock.method(globalThis, 'fetch', (url: URL) => new Promise((resolve, reject) => {
    const answer = async (points: [number, number][]) => {
      const data_points = points.map(([second, value]) => ({ timestamp: stamp(second), value }));
      resolve(Response.json({ series: [{ metric_name: 'requests_per_second', data_points }] }));
      await settle();
    };
    const fail = async () => {
      reject(new Error('503'));
      await settle();
    };
    asked.push({ url, answer, fail });
  }));
  state.now.value = START;
  return asked;
}

const points = (...of: [number, number][]) => of.map(([at, value]) => ({ at, value }));

test('A trend has ten minutes of what came, a mean for each ten seconds', () => {
  const trends = new Trends();
  assert.deepEqual(trends.of('route/orders'), []);
  for (let second = START + 5; second <= START + 1_000; second += 5) {
    trends.add('route/orders', second, second - START);
  }

  const kept = trends.of('route/orders');
  assert.deepEqual([kept[0], kept.at(-1), kept.length], [{ at: START + 410, value: 407.5 }, { at: START + 1_000, value: 997.5 }, 60]);
});

test('The same second, or an older one, counts once', () => {
  const trends = new Trends();
  trends.add('route/orders', START, 1);
  trends.add('route/orders', START, 2);
  trends.add('route/orders', START - 5, 3);
  assert.deepEqual(trends.of('route/orders'), points([START, 1]));
});

test('A step without a value has no point, and what is long ago is forgotten', () => {
  const trends = new Trends();
  trends.add('route/orders', START, 1);
  trends.add('route/orders', START + 30, 2);
  assert.deepEqual(trends.of('route/orders'), points([START, 1], [START + 30, 2]));
  trends.add('route/orders', START + 595, 3);
  assert.deepEqual(trends.of('route/orders'), points([START + 30, 2], [START + 600, 3]));
  trends.add('route/orders', START + 90_000, 4);
  assert.deepEqual(trends.of('route/orders'), points([START + 90_000, 4]));
});

test('A row that is seen gets the last ten minutes from history, once', async (t) => {
  const asked = stubApi(t);
  const trends = new Trends();
  trends.want('destination/orders/d1');
  trends.want('destination/orders/d1');
  assert.equal(asked.length, 1);
  const { pathname, searchParams } = asked[0]!.url;
  assert.equal(pathname, '/kairos/api/history');
  assert.deepEqual(Object.fromEntries(searchParams), { scope: 'destination/orders/d1', metric: 'requests_per_second', step: '10', from: `${START - 600}` });

  await asked[0]!.answer([[START - 10, 1], [START, 2]]);
  assert.deepEqual(trends.of('destination/orders/d1'), points([START - 10, 1], [START, 2]));
  trends.want('destination/orders/d1');
  assert.equal(asked.length, 1);
});

test('History fills what did not come live', async (t) => {
  const asked = stubApi(t);
  const trends = new Trends();
  trends.add('route/orders', START - 10, 7);
  trends.want('route/orders');
  trends.add('route/orders', START, 8);
  await asked[0]!.answer([[START - 700, 5], [START - 30, 1], [START - 20, 2], [START - 10, 3], [START, 4]]);
  trends.add('route/orders', START + 5, 9);
  assert.deepEqual(trends.of('route/orders'), points([START - 30, 1], [START - 20, 2], [START - 10, 7], [START, 8], [START + 10, 9]));
});

test('At most two are asked for at a time, in the order in which they were seen', async (t) => {
  const asked = stubApi(t);
  const trends = new Trends();
  const names = ['route/a', 'route/b', 'route/c', 'route/d'];
  names.forEach((name) => trends.want(name));
  const scopes = () => asked.map(({ url }) => url.searchParams.get('scope'));
  assert.deepEqual(scopes(), names.slice(0, 2));
  await asked[1]!.answer([]);
  assert.deepEqual(scopes(), names.slice(0, 3));
  await asked[0]!.fail();
  assert.deepEqual(scopes(), names);
  await asked[2]!.answer([]);
  await asked[3]!.answer([]);
  assert.deepEqual(scopes(), names);
});

test('What could not be had is asked for when the row is seen again', async (t) => {
  const asked = stubApi(t);
  const trends = new Trends();
  trends.add('route/orders', START, 1);
  trends.want('route/orders');
  await asked[0]!.fail();
  assert.deepEqual(trends.of('route/orders'), points([START, 1]));
  trends.want('route/orders');
  assert.equal(asked.length, 2);
});

test('An answer without a series is an empty past', async (t) => {
  t.mock.method(globalThis, 'fetch', () => Promise.resolve(Response.json({ series: [] })));
  const trends = new Trends();
  trends.want('route/orders');
  await settle();
  await settle();
  assert.deepEqual(trends.of('route/orders'), []);
});

test('No more than a thousand scopes are kept, the newest', () => {
  const trends = new Trends();
  for (let i = 0; i < 1_500; i++) {
    trends.add(`route/${i}`, START, i);
  }

  const kept = Array.from({ length: 1_500 }, (_, i) => i).filter((i) => trends.of(`route/${i}`).length > 0);
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [1_000, 500, 1_499]);
});

test('Nor are more kept of what came from history', async (t) => {
  t.mock.method(globalThis, 'fetch', () => Promise.resolve(Response.json({ series: [{ data_points: [{ timestamp: stamp(START), value: 1 }] }] })));
  const trends = new Trends();
  const names = Array.from({ length: 1_100 }, (_, i) => `route/${i}`);
  names.forEach((name) => trends.want(name));
  for (let i = 0; i < 5_000 && trends.of(names.at(-1)!).length === 0; i++) {
    await settle();
  }

  assert.deepEqual(names.filter((name) => trends.of(name).length > 0), names.slice(100));
});
