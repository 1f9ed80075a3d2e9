import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { START, stopClock } from './clock.js';
import { connect, snapshot } from './gateway.js';

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
