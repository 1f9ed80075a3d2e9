import assert from 'node:assert/strict';
import test from 'node:test';
import { axisEnd, CHARTS, stack } from '../../gateway/dashboard/src/charts.js';
import { linesOf, type Point } from '../../gateway/dashboard/src/points.js';
import { randomsOf, START } from './clock.js';

test('Bands lie on the ones before them', () => {
  assert.deepEqual(stack([[1, 2], [10, 20], [100, 200]]), [[1, 2], [11, 22], [111, 222]]);
  assert.deepEqual(stack([]), []);
  assert.deepEqual(stack([[0, 0], [0, 5]]), [[0, 0], [0, 5]]);
});

test('Where one band has a gap, those on it have one too', () => {
  assert.deepEqual(stack([[1, null, 3], [10, 20, null], [100, 200, 300]]), [[1, null, 3], [11, null, null], [111, null, null]]);
});

test('An axis ends at a round number, above the highest value and not far from it', () => {
  const random = randomsOf(5);
  for (let i = 0; i < 5_000; i++) {
    const highest = 10 ** (random() * 12 - 3);
    const end = axisEnd(highest, { least: 0.001 });
    assert.ok(end > highest && end <= highest * 1.7, `${highest}: ${end}`);
    const digits = Number((end / 10 ** Math.floor(Math.log10(end) + 1e-9)).toFixed(6));
    assert.ok([1, 1.5, 2, 3, 4, 5, 6, 8].includes(digits), `${highest}: ${end}`);
  }
});

test('An axis ends at the least that is asked for, and never falls while values rise', () => {
  assert.deepEqual([0, 1, 3.9, 4, 9.9, 100, 149].map((highest) => axisEnd(highest, { least: 4 })), [5, 5, 5, 5, 10, 150, 200]);
  let former = 0;
  for (let highest = 0; highest < 10_000; highest += 3.7) {
    const end = axisEnd(highest, { least: 1 });
    assert.ok(end >= former && end >= highest);
    former = end;
  }
});

test('An axis of a share ends at the whole', () => {
  assert.deepEqual([10, 61, 97, 100].map((highest) => axisEnd(highest, { least: 1, most: 100 })), [15, 80, 100, 100]);
});

/** What the named chart draws of two points. */
function drawn(id: string, former: Point['values'], values: Point['values'], seconds = 10): (number | null)[] {
  const { series } = CHARTS.find((spec) => spec.id === id)!;
  const { lines } = linesOf([{ at: START, values: former }, { at: START + seconds, values }], seconds, series.map(({ read }) => read));
  return lines.map((line) => line[1]!);
}

const QUIET = { requests_total: 100, responses_1xx: 0, responses_2xx: 90, responses_3xx: 0, responses_4xx: 10, responses_5xx: 0 };

test('Requests are drawn per second by the class of their status, errors at the bottom', () => {
  const busy = { requests_total: 300, responses_1xx: 10, responses_2xx: 240, responses_3xx: 20, responses_4xx: 20, responses_5xx: 10 };
  assert.deepEqual(CHARTS.find(({ id }) => id === 'requests')!.series.map(({ label }) => label), ['5xx', '4xx', '3xx', '1xx', '2xx']);
  assert.deepEqual(drawn('requests', QUIET, busy), [1, 1, 2, 1, 15]);
});

test('The error rate is the share of the requests of the step', () => {
  assert.deepEqual(drawn('errors', QUIET, { ...QUIET, requests_total: 300, responses_4xx: 60, responses_5xx: 20 }), [10, 25]);
  assert.deepEqual(drawn('errors', QUIET, { ...QUIET, requests_total: 300 }), [0, 0]);
});

test('Without a request all rates are 0', () => {
  assert.deepEqual(drawn('errors', QUIET, QUIET), [0, 0]);
  assert.deepEqual(drawn('requests', QUIET, QUIET), [0, 0, 0, 0, 0]);
});

test('Latency and requests in flight are drawn as they are', () => {
  assert.deepEqual(drawn('latency', {}, { response_time_p50: 1, response_time_p95: 5, response_time_p99: 9 }), [1, 5, 9]);
  assert.deepEqual(drawn('latency', {}, { response_time_p50: 1 }), [1, null, null]);
  assert.deepEqual(drawn('in-flight', {}, { active_connections: 15, upgraded_connections: 3 }), [15, 3]);
});

test('Figures beside a chart are told with their decimals, or a dash', () => {
  const shown = (id: string) => [1, 12.345, null].map((value) => CHARTS.find((spec) => spec.id === id)!.shown(value));
  assert.deepEqual(shown('requests'), ['1.0', '12.3', '–']);
  assert.deepEqual(shown('errors'), ['1.00', '12.35', '–']);
  assert.deepEqual(shown('in-flight'), ['1', '12', '–']);
});
