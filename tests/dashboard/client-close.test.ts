import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { START, stopClock } from './clock.js';
import { connect, snapshot, ticked, welcome } from './gateway.js';

const FIRST = snapshot(START);

test('Whoever ends it in the middle of an attempt ends it, too', (t) => {
  const clock = stopClock(t);
  const { stream, sockets, socket } = connect();
  stream.on('state', (state) => state.phase === 'connecting' && state.attempt === 3 && stream.close());
  for (let i = 0; i < 3; i++) {
    socket().end();
    clock.pass(10_000);
  }

  assert.deepEqual(stream.state, { phase: 'closed' });
  assert.deepEqual(sockets.filter(({ isClosed }) => !isClosed), []);
  const { length } = sockets;
  clock.pass(100_000);
  assert.equal(sockets.length, length);
  assert.deepEqual(stream.state, { phase: 'closed' });
});

test('Whoever ends it as it opens ends it, too', (t) => {
  const clock = stopClock(t);
  const { stream, sockets, socket } = connect();
  const heard: unknown[] = [];
  stream.on('state', ({ phase }) => phase === 'open' && stream.close());
  stream.on('Snapshot', (event) => heard.push(event));
  socket().tell(FIRST);
  clock.pass(100_000);
  assert.deepEqual([stream.state, heard, sockets.length], [{ phase: 'closed' }, [], 1]);
});

for (const [code, reason] of [[4001, 'another connection has taken the session over'], [4002, 'an operator has closed the session']] as const) {
  test(`A session that another one ended (${code}) is not taken back`, (t) => {
    const clock = stopClock(t);
    const timers = countTimers(t);
    const { stream, sockets, socket } = connect();
    const states: unknown[] = [];
    stream.on('state', (state) => states.push(state));
    socket().tell(welcome(START), ticked(START));
    socket().end(code);
    assert.deepEqual(states, [{ phase: 'open' }, { phase: 'closed', reason }]);
    assert.equal(timers(), 0);
    stream.retryNow();
    clock.pass(100_000);
    assert.equal(sockets.length, 1);
    assert.equal(stream.lastTick, START);
  });
}

/** How many timers run. */
function countTimers(t: TestContext): () => number {
  const running = new Set<unknown>();
  const { setTimeout, clearTimeout } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (call: () => void, milliseconds: number) => {
    const timer = setTimeout(() => {
      running.delete(timer);
      call();
    }, milliseconds);
    running.add(timer);
    return timer;
  });
  t.mock.method(globalThis, 'clearTimeout', (timer: NodeJS.Timeout) => {
    running.delete(timer);
    clearTimeout(timer);
  });
  return () => running.size;
}

for (const [phase, prepare] of Object.entries({
  connecting: () => {},
  open: ({ stream, socket }: ReturnType<typeof connect>) => {
    socket().tell(FIRST);
    Array.from({ length: 9 }, () => stream.subscribe({ metrics: [] }));
  },
  waiting: ({ socket }: ReturnType<typeof connect>) => socket().end(),
})) {
  test(`Closed while ${phase} it ends for good, and leaves no timer`, (t) => {
    const clock = stopClock(t);
    const timers = countTimers(t);
    const made = connect();
    const { stream, sockets, socket } = made;
    prepare(made);
    assert.equal(stream.state.phase, phase);
    assert.ok(timers() > 0);

    stream.close();
    assert.deepEqual(stream.state, { phase: 'closed' });
    assert.equal(socket().isClosed, true);
    assert.equal(timers(), 0);
    stream.subscribe({ metrics: [] });
    stream.retryNow();
    socket().end();
    assert.equal(timers(), 0);
    clock.pass(100_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual(stream.state, { phase: 'closed' });
  });
}
