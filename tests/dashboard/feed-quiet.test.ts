import { drawn, seconds, startFeed, totalAt, totals } from './feed-start.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import * as state from '../../gateway/dashboard/src/state.js';
import { DEFAULT } from '../../gateway/dashboard/src/view.js';
import { START } from './clock.js';

test('While nobody sees the page it asks for one metric each minute, and then for what was missed', (t) => {
  const { feed, asked, answer, live, pass, socket } = startFeed(t);
  asked();
  answer(seconds(START - 600, START));
  feed.setQuiet(true);
  feed.setQuiet(true);
  assert.deepEqual(asked(), { metrics: ['requests_total'], interval_seconds: 60 });
  for (let minute = 0; minute < 3; minute++) {
    live(START + 60 * minute, { response_time_p99: 1 });
    pass(60);
  }

  assert.deepEqual(drawn(), totals(seconds(START - 600, START)));
  assert.deepEqual(socket().take(), []);

  feed.setQuiet(false);
  assert.equal(asked().history_seconds, 180 + 2 + 10);
  answer(seconds(START - 12, START + 180));
  assert.deepEqual(drawn(), totals(seconds(START - 421, START + 180)));
});

test('After an answer that comes when nobody sees the page any more, what is missed is asked for', (t) => {
  const { feed, asked, answer, live, pass } = startFeed(t);
  asked();
  feed.setQuiet(true);
  asked();
  answer([START]);
  for (let minute = 0; minute < 3; minute++) {
    live(START + 60 * minute);
    pass(60);
  }

  assert.deepEqual(drawn(), totals([START]));
  feed.setQuiet(false);
  assert.equal(asked().history_seconds, 180 + 2 + 10);
  live(START + 180);
  assert.equal(state.snapshot.value, null);
  answer([START + 181]);
  assert.equal(state.snapshot.value!.requests_total, totalAt(START + 181));
});

test('A page that nobody sees refreshes nothing, nor on a new connection', (t) => {
  const { feed, asked, answer, pass, socket, reconnect } = startFeed(t, { range: '1h' });
  asked();
  answer(seconds(START - 3_600, START, 5));
  feed.setQuiet(true);
  asked();
  pass(30);
  state.view.value = { ...DEFAULT, range: '24h' };
  assert.deepEqual(socket().take(), []);
  reconnect();
  assert.deepEqual(asked(), { metrics: ['requests_total'], interval_seconds: 60 });
  feed.setQuiet(false);
  assert.deepEqual([asked().history_step_seconds, socket().take()], [120, []]);
});
