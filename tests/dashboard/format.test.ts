import assert from 'node:assert/strict';
import test from 'node:test';
import { amount, count, duration, milliseconds, percent, share } from '../../gateway/dashboard/src/format.js';

const TABLE: [name: string, shown: (value: number) => string, cases: [number, string][]][] = [
  ['count', count, [[0, '0'], [7, '7'], [999, '999'], [1_000, '1,000'], [1_547, '1,547'], [12_345_678_901, '12,345,678,901'], [2.6, '3']]],
  ['amount', amount, [[0, '0.0'], [0.04, '0.0'], [0.05, '0.1'], [1, '1.0'], [12.34, '12.3'], [999.9, '999.9'], [999.94, '999.9'], [999.95, '1,000'], [1_000, '1,000'], [45_678.9, '45,679']]],
  ['milliseconds', milliseconds, [[0, '0.0 ms'], [45.2, '45.2 ms'], [999.99, '1,000 ms'], [12_345, '12,345 ms']]],
  ['percent', percent, [[0, '0.00 %'], [0.004, '0.00 %'], [98.25, '98.25 %'], [99.99, '99.99 %'], [99.994, '99.99 %'], [99.995, '100 %'], [100, '100 %']]],
  ['duration', duration, [
    [-5, '0 s'], [0, '0 s'], [0.9, '0 s'], [1, '1 s'], [59.9, '59 s'], [60, '1 min'], [252, '4 min 12 s'], [3_600, '1 h'], [3_660, '1 h 1 min'], [86_399, '23 h 59 min'],
    [86_400, '1 d'], [90_000, '1 d 1 h'], [30 * 86_400 + 12 * 3_600 + 59, '30 d 12 h'],
  ]],
];

for (const [name, shown, cases] of TABLE) {
  test(`${name} reads ${cases.map(([, text]) => text).join(', ')}`, () => {
    assert.deepEqual(cases.map(([value]) => shown(value)), cases.map(([, text]) => text));
  });
}

test('What is not known is a dash', () => {
  for (const shown of [count, amount, milliseconds, percent]) {
    assert.equal(shown(null), '–');
    assert.equal(shown(undefined), '–');
  }
});

test('Figures of one magnitude are of one width', () => {
  const magnitudes: [shown: (value: number) => string, from: number, to: number][] = [
    ...[amount, milliseconds].flatMap((shown) => [[0, 9.94], [10, 99.94], [100, 999.94], [1_000, 9_999.4], [10_000, 99_999.4]].map(([from, to]) => [shown, from!, to!] as never)),
    [count, 1_000, 9_999], [percent, 0, 9.994], [percent, 10, 99.994],
  ];
  for (const [shown, from, to] of magnitudes) {
    const widths = Array.from({ length: 1_001 }, (_, i) => shown(from + ((to - from) * i) / 1_000).length);
    assert.equal(new Set(widths).size, 1, `${shown.name} from ${from} to ${to}`);
  }
});

test('A share is of a hundred, and of nothing there is none', () => {
  assert.equal(share(1, 4), 25);
  assert.equal(share(0, 4), 0);
  assert.equal(share(4, 4), 100);
  for (const [part, whole] of [[1, 0], [1, null], [1, undefined], [null, 4], [undefined, 4]] as const) {
    assert.equal(share(part, whole), null);
  }
});
