import assert from 'node:assert/strict';
import test from 'node:test';
import { linesOf, perSecond, Points, secondsOf, valueOf, type Point } from '../../gateway/dashboard/src/points.js';
import { randomsOf, START } from './clock.js';
import { snapshot, ticked, timeSeries } from './gateway.js';

const point = (at: number, values: Record<string, number> = {}): Point => ({ at, values });

test('Live and history tell the same past, in whichever order they come', () => {
  const random = randomsOf(11);
  const valuesAt = (second: number) => ({ requests_total: second * 3, active_connections: second % 5, response_time_p99: second % 3 ? second / 7 : null });
  const seconds = Array.from({ length: 60 }, (_, i) => START + i).filter((second) => (second - START) % 17 !== 5);
  const known = (metric: 'requests_total' | 'active_connections' | 'response_time_p99', of: readonly number[]) =>
    timeSeries(metric, of.flatMap((second): [number, number][] => (valuesAt(second)[metric] === null ? [] : [[second, valuesAt(second)[metric]!]])));
  const expected = seconds.map((second) =>
    point(second, Object.fromEntries(Object.entries(valuesAt(second)).filter((entry): entry is [string, number] => entry[1] !== null))));

  for (let round = 0; round < 50; round++) {
    const points = new Points(1, 600);
    const [early, late] = [seconds.slice(0, 40), seconds.slice(25, 50)];
    const words = [
      ...[early, late].flatMap((part) => (['requests_total', 'active_connections', 'response_time_p99'] as const).map((metric) => () => points.merge(known(metric, part)))),
      ...seconds.slice(30).map((second) => () => points.add(ticked(second, valuesAt(second)))),
    ];
    while (words.length > 0) {
      words.splice(Math.floor(random() * words.length), 1)[0]!();
      points.list();
    }

    assert.deepEqual(points.list(), expected);
    assert.equal(points.newest, START + 59);
  }
});

test('Of two words on a step the later holds', () => {
  const points = new Points(1, 600);
  points.add(snapshot(START, { active_connections: 1, requests_total: 5 }));
  points.merge(timeSeries('active_connections', [[START, 2]]));
  assert.deepEqual(points.list(), [point(START, { active_connections: 2, requests_total: 5 })]);
});

test('A metric without a value is missing, not 0', () => {
  const points = new Points(1, 600);
  points.add(snapshot(START, { response_time_p99: null, requests_total: 0 }));
  assert.deepEqual(points.list(), [point(START, { requests_total: 0 })]);
});

test('The step under way grows, and the next begins after a whole multiple of the width', () => {
  const points = new Points(10, 3_600);
  for (const [second, value] of [[1, 1], [4, 4], [10, 10], [11, 11]] as const) {
    points.merge(timeSeries('requests_total', [[START + second, value]]));
  }

  assert.deepEqual(points.list(), [point(START + 10, { requests_total: 10 }), point(START + 11, { requests_total: 11 })]);
});

test('Of a step that history tells only the end of, what is known stands', () => {
  const points = new Points(10, 3_600);
  const told = (values: Record<string, [number, number][]>, from?: number) =>
    Object.entries(values).forEach(([metric, of]) => points.merge(timeSeries(metric, of.map(([second, value]) => [START + second, value])), from && START + from));
  told({ requests_total: [[10, 100], [20, 200], [27, 270]], response_time_p99: [[10, 1], [20, 2]] });
  told({ requests_total: [[20, 200], [30, 300], [34, 340]], response_time_p99: [[20, 99], [30, 3], [34, 4]] }, 14);
  assert.deepEqual(points.list(), [
    point(START + 10, { requests_total: 100, response_time_p99: 1 }),
    point(START + 20, { requests_total: 200, response_time_p99: 2 }),
    point(START + 30, { requests_total: 300, response_time_p99: 3 }),
    point(START + 34, { requests_total: 340, response_time_p99: 4 }),
  ]);

  // From the end of a step on, the next is whole; and an end is better than nothing.
  told({ response_time_p99: [[30, 33]] }, 20);
  assert.equal(points.list().at(-2)!.values.response_time_p99, 33);
  told({ requests_total: [[7_000, 1]], response_time_p99: [[7_000, 5]] }, 6_995);
  assert.deepEqual(points.list().map(({ values }) => values.response_time_p99), [5]);
  told({ response_time_p99: [[6_990, 6]] }, 6_980);
  assert.deepEqual(points.list().map(({ values }) => values.response_time_p99), [6, 5]);
});

test('Points are kept over the range, and the one before it for the first rate', () => {
  for (const [step, span] of [[1, 600], [10, 3_600]] as const) {
    const points = new Points(step, span);
    for (let second = START; second <= START + 2 * span; second += step) {
      points.merge(timeSeries('requests_total', [[second, 0]]));
      assert.ok(points.list().length <= span / step + 2);
    }

    const list = points.list();
    assert.equal(list.at(-1)!.at, START + 2 * span);
    assert.equal(list[0]!.at, START + span - step);
    assert.equal(list.length, span / step + 2);
  }
});

test('Nothing has come yet: no points, and no newest second', () => {
  const points = new Points(1, 600);
  assert.deepEqual(points.list(), []);
  assert.equal(points.newest, 0);
  assert.deepEqual(linesOf([], 1, [perSecond('requests_total')]), { times: [], lines: [[]], gaps: 0 });
});

test('A line has the points as they are; what a point does not have is null', () => {
  const list = [point(START, { a: 1 }), point(START + 1), point(START + 2, { a: 0 })];
  assert.deepEqual(linesOf(list, 1, [valueOf('a'), valueOf('b')]), { times: [START, START + 1, START + 2], lines: [[1, null, 0], [null, null, null]], gaps: 0 });
});

test('Steps that are missing break every line once, and times still ascend', () => {
  const list = [point(START, { a: 1 }), point(START + 1, { a: 2 }), point(START + 300, { a: 3 }), point(START + 301, { a: 4 })];
  assert.deepEqual(linesOf(list, 1, [valueOf('a'), valueOf('b')]), {
    times: [START, START + 1, START + 2, START + 300, START + 301],
    lines: [[1, 2, null, 3, 4], [null, null, null, null, null]],
    gaps: 1,
  });
});

test('One step that is missing is a gap', () => {
  assert.deepEqual(linesOf([point(START, { a: 1 }), point(START + 2, { a: 2 })], 1, [valueOf('a')]), { times: [START, START + 1, START + 2], lines: [[1, null, 2]], gaps: 1 });
});

test('A step that ended early is no gap', () => {
  // Its last seconds had no node: docs/protocol.md, "History".
  const list = [point(START + 10, { a: 1 }), point(START + 13, { a: 2 }), point(START + 30, { a: 3 }), point(START + 55, { a: 4 })];
  assert.deepEqual(linesOf(list, 10, [valueOf('a')]), { times: [START + 10, START + 13, START + 30, START + 40, START + 55], lines: [[1, 2, 3, null, 4]], gaps: 1 });
});

test('A rate is the growth of a counter by the seconds of the step', () => {
  const read = perSecond('requests_total');
  const total = (at: number, value: number) => point(at, { requests_total: value });
  assert.equal(read(total(START + 1, 130), total(START, 100)), 30);
  assert.equal(read(total(START + 10, 130), total(START, 100)), 3);
  assert.equal(read(total(START + 300, 400), total(START, 100)), 1);
  assert.equal(read(total(START + 1, 100), total(START, 100)), 0);
});

test('A rate is never negative, and null where it cannot be told', () => {
  const read = perSecond('requests_total');
  const total = (at: number, value: number) => point(at, { requests_total: value });
  assert.equal(read(total(START + 1, 5), total(START, 100)), 0);
  assert.equal(read(total(START, 100), undefined), null);
  assert.equal(read(total(START + 1, 100), point(START)), null);
  assert.equal(read(point(START + 1), total(START, 100)), null);
  assert.equal(read(total(START, 101), total(START, 100)), null);
});

test('Timestamps of the wire are Unix seconds', () => {
  assert.equal(secondsOf('2024-11-07T10:00:00Z'), START);
});
