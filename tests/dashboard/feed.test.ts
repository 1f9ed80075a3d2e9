import { drawn, seconds, startFeed, totalAt, totals } from './feed-start.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import * as state from '../../gateway/dashboard/src/state.js';
import { DEFAULT, rangesOf } from '../../gateway/dashboard/src/view.js';
import { START } from './clock.js';
import { snapshot, timeSeries } from './gateway.js';

const CHARTED = [
  'requests_total', 'responses_1xx', 'responses_2xx', 'responses_3xx', 'responses_4xx', 'responses_5xx', 'active_connections',
  'avg_response_time', 'response_time_p50', 'response_time_p95', 'response_time_p99',
];

test('At first it asks for all that the charts show, ten minutes back', (t) => {
  assert.deepEqual(startFeed(t).asked(), {
    metrics: [...CHARTED, 'upgraded_connections'], interval_seconds: 1, include_history: true, history_seconds: 610, history_step_seconds: 1,
  });
});

test('Upgraded connections are asked of the cluster and of nodes alone', (t) => {
  for (const scope of [{ route: 'orders' }, { destination: 'orders/d1' }]) {
    const { metrics, scope: asked } = startFeed(t, { scope }).asked();
    assert.deepEqual(metrics, CHARTED);
    assert.deepEqual(asked, scope);
    t.mock.timers.reset();
  }

  assert.ok(startFeed(t, { scope: { node: 'gw-1' } }).asked().metrics!.includes('upgraded_connections'));
});

for (const scope of [null, { route: 'orders' }, { node: 'gw-1' }]) {
  for (const { name, seconds: span, step, label } of rangesOf(scope)) {
    test(`${label} of ${scope ? Object.keys(scope)[0] : 'the cluster'} is asked for whole, in no more points than a node tells`, (t) => {
      const { history_seconds, history_step_seconds } = startFeed(t, { scope, range: name }).asked();
      assert.equal(history_step_seconds, step);
      assert.ok(history_seconds! >= span && history_seconds! / step <= 720, `${history_seconds} s`);
      assert.ok(history_seconds! <= (scope ? 2 : 30) * 86_400);
    });
  }
}

test('The history is shown, and each Snapshot goes on with it', (t) => {
  const { answer, live } = startFeed(t);
  assert.equal(state.points.value, null);
  answer(seconds(START - 600, START));
  assert.deepEqual(drawn(), totals(seconds(START - 600, START)));
  assert.equal(state.snapshot.value!.requests_total, totalAt(START));
  assert.equal(state.isStale.value, false);

  live(START + 1);
  assert.deepEqual(drawn()!.at(-1), [START + 1, totalAt(START + 1)]);
  assert.equal(state.points.value!.newest, START + 1);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 1));
});

/** What the guide's six have besides the total. */
const GREETING = { requests_success: 7, requests_error: 0 };

test('What comes before an answer is of the whole cluster, and is not shown as the scope', (t) => {
  const { live, answer } = startFeed(t, { scope: { route: 'orders' } });
  live(START, GREETING);
  assert.equal(state.snapshot.value, null);
  answer([START]);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START));
});

test('What a node greets with is shown at once where the whole cluster is', (t) => {
  const { live, answer } = startFeed(t);
  assert.equal(state.snapshot.value, null);
  live(START, GREETING);
  assert.equal(state.snapshot.value!.requests_success, 7);
  assert.equal(state.points.value, null);
  answer([START]);
  assert.equal(state.snapshot.value!.requests_success, undefined);
});

test('After a click on another scope nothing of the former one is shown under the new name', (t) => {
  const { live, answer, asked, pass, socket } = startFeed(t);
  answer([START]);
  asked();
  state.notice.value = 'Scope {"route":"a"} has disappeared';

  state.view.value = { ...DEFAULT, scope: { route: 'orders' } };
  assert.deepEqual([state.snapshot.value, state.points.value, state.notice.value], [null, null, null]);
  assert.deepEqual(asked().scope, { route: 'orders' });
  live(START + 1);
  pass(1);
  assert.deepEqual([state.snapshot.value, state.points.value, socket().take()], [null, null, []]);

  answer([START + 1], { requests_total: 7 });
  assert.equal(state.snapshot.value!.requests_total, 7);
  live(START + 2, { requests_total: 8 });
  assert.equal(state.snapshot.value!.requests_total, 8);
});

test('Nor is it after a click on another range, and on a scope before that is answered', (t) => {
  const { answer, live } = startFeed(t);
  answer([START]);
  state.view.value = { ...DEFAULT, range: '1h' };
  state.view.value = { ...DEFAULT, range: '1h', scope: { route: 'orders' } };
  assert.equal(state.snapshot.value, null);
  answer([START], { requests_total: 6 });
  live(START + 1);
  assert.equal(state.snapshot.value, null);
  answer([START + 1], { requests_total: 7 });
  assert.equal(state.snapshot.value!.requests_total, 7);
});

test('Answers are told apart in the order of the clicks', (t) => {
  const { live, answer } = startFeed(t);
  const shown: unknown[] = [];
  const click = (route: string) => (state.view.value = { ...DEFAULT, scope: { route } });
  const told = (requests_total: number) => {
    answer([START], { requests_total });
    shown.push(state.snapshot.value?.requests_total);
    live(START + 1, { requests_total: requests_total + 1 });
    shown.push(state.snapshot.value?.requests_total);
  };
  click('a');
  click('b');
  click('a');
  told(10);
  told(20);
  told(30);
  told(40);
  assert.deepEqual(shown, [undefined, undefined, 20, 21, 21, 21, 40, 41]);
  assert.equal(state.points.value!.list.length, 2);
});

test('Another range keeps the figures, and draws its own points alone', (t) => {
  const { live, answer, asked } = startFeed(t);
  answer(seconds(START - 600, START));
  asked();
  state.view.value = { ...DEFAULT, range: '1h' };
  assert.equal(state.points.value, null);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START));
  assert.equal(asked().history_step_seconds, 5);
  live(START + 1);
  assert.equal(state.points.value, null);
  answer(seconds(START - 3_600, START, 5));
  assert.deepEqual(drawn(), totals(seconds(START - 3_600, START, 5)));
});

test('Another table, order or filter asks for nothing', (t) => {
  const { socket, answer, asked } = startFeed(t);
  answer([START]);
  asked();
  state.view.value = { ...DEFAULT, table: 'nodes', sort: 'name', filter: 'a' };
  state.now.value++;
  assert.deepEqual(socket().take(), []);
});

test('Wide ranges are refreshed by their tail, and Snapshots are not points of theirs', (t) => {
  for (const { name, step, refresh, seconds: span } of rangesOf(null).slice(1)) {
    const { answer, live, asked, pass, socket } = startFeed(t, { range: name });
    asked();
    const past = seconds(START - span, START, step);
    answer(past);
    const list = drawn();
    live(START + 1);
    assert.deepEqual(drawn(), list);
    assert.equal(state.snapshot.value!.requests_total, totalAt(START + 1));

    pass(refresh - 0.1);
    assert.deepEqual(socket().take(), []);
    pass(0.1);
    const { history_seconds, history_step_seconds } = asked();
    assert.equal(history_step_seconds, step);
    assert.equal(history_seconds, Math.min(refresh + 2 * step + 10, span));

    answer([START, START + refresh]);
    assert.deepEqual(drawn(), totals([...past.filter((second) => second >= START + refresh - span - step), START + refresh]));
    pass(refresh);
    assert.equal(asked().history_step_seconds, step);
    t.mock.timers.reset();
  }
});

test('A tail that begins within a step leaves what is known of that step', (t) => {
  const { answer, asked, pass, socket } = startFeed(t, { range: '24h' });
  asked();
  answer(seconds(START - 86_400, START, 120));
  for (let second = 30; second <= 600; second += 30) {
    pass(30);
    // What a node tells: of the step in which the range begins the part that is in it.
    const [now, from] = [START + second, START + second - asked().history_seconds!];
    const ends = seconds(Math.ceil((from + 1) / 120) * 120, now, 120);
    const partial = (end: number) => end - from < 120;
    const told = [...ends, ...(ends.at(-1) === now ? [] : [now])];
    socket().tell(timeSeries('requests_total', told.map((end) => [end, totalAt(end)])), timeSeries('response_time_p99', told.map((end) => [end, partial(end) ? 1 : 5])), snapshot(now));
  }

  assert.deepEqual(new Set(state.points.value!.list.map(({ values }) => values.response_time_p99)), new Set([5]));
});

test('A narrow range comes live, and is not asked for again', (t) => {
  const { answer, asked, socket, pass, live } = startFeed(t);
  asked();
  answer([START]);
  for (let second = 1; second <= 300; second++) {
    pass(1);
    live(START + second);
  }

  assert.deepEqual(socket().take(), []);
  assert.deepEqual(drawn(), totals(seconds(START, START + 300)));
});
