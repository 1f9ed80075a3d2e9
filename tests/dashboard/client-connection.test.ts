import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { StreamState } from '../../gateway/dashboard/src/client.js';
import { START, stopClock } from './clock.js';
import { connect, heartbeat, snapshot } from './gateway.js';

const FIRST = snapshot(START);
const RETRY_MAX = 15_000;

/** A stream over stopped time, and random numbers that are none. */
function start(t: TestContext, random = 1) {
  const clock = stopClock(t);
  t.mock.method(Math, 'random', () => random);
  const made = connect();
  return {
    ...made,
    clock,
    /** Milliseconds until the next connection. */
    wait() {
      const { length } = made.sockets;
      return clock.until(() => made.sockets.length > length);
    },
  };
}

for (const [random, share] of [[0, 0.5], [0.5, 0.75], [1, 1]] as const) {
  test(`Each attempt that fails doubles the pause, to 15 s at most; of it ${share} passes when chance says ${random}`, (t) => {
    const { socket, wait } = start(t, random);
    const waits = Array.from({ length: 8 }, () => {
      socket().end();
      return wait();
    });
    assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, RETRY_MAX, RETRY_MAX, RETRY_MAX].map((whole) => whole * share));
  });
}

test('The state tells of each attempt, and when the next one is', (t) => {
  const { stream, socket, clock } = start(t);
  const states: StreamState[] = [];
  stream.on('state', (state) => states.push(state));
  socket().end();
  clock.pass(500);
  socket().end();
  clock.pass(1_000);
  socket().tell(FIRST);
  socket().end();
  const reason = 'the node cannot be reached';
  assert.deepEqual(states, [
    { phase: 'waiting', attempt: 1, retryAt: START * 1000 + 500, reason },
    { phase: 'connecting', attempt: 1 },
    { phase: 'waiting', attempt: 2, retryAt: START * 1000 + 1_500, reason },
    { phase: 'connecting', attempt: 2 },
    { phase: 'open' },
    { phase: 'waiting', attempt: 1, retryAt: START * 1000 + 2_000, reason: 'the connection was lost' },
  ]);
});

test('After a frame the pauses begin anew', (t) => {
  const { socket, wait } = start(t);
  for (let i = 0; i < 5; i++) {
    socket().end();
    wait();
  }

  socket().tell(FIRST);
  socket().end();
  assert.equal(wait(), 500);
});

test('A node that stops is left soon', (t) => {
  const { stream, socket, wait } = start(t);
  socket().tell(FIRST);
  socket().end(1001);
  assert.equal(stream.state.phase === 'waiting' && stream.state.reason, 'the node stops');
  assert.ok(wait() <= 500);
});

for (const code of [1002, 1007, 1008, 1009]) {
  test(`After a mistake of this side (${code}) the longest pause comes first`, (t) => {
    const { stream, socket, wait } = start(t);
    socket().tell(FIRST);
    socket().end(code);
    assert.match(stream.state.phase === 'waiting' ? stream.state.reason : '', /^the node (got|found) /);
    assert.equal(wait(), RETRY_MAX);
  });
}

test('A connection on which nothing comes for 45 s is given up, an attempt after 10 s', (t) => {
  const { stream, sockets, clock } = start(t);
  const phase = () => stream.state.phase;
  clock.pass(9_900);
  sockets[0]!.tell(FIRST);
  for (let i = 0; i < 10; i++) {
    clock.pass(30_000);
    sockets[0]!.tell(heartbeat(START));
  }

  clock.pass(44_900);
  assert.equal(phase(), 'open');
  assert.equal(sockets[0]!.isClosed, false);
  clock.pass(200);
  assert.equal(phase(), 'waiting');
  assert.equal(sockets[0]!.isClosed, true);

  clock.pass(500);
  assert.equal(sockets.length, 2);
  clock.pass(9_000);
  assert.equal(sockets[1]!.isClosed, false);
  clock.pass(1_000);
  assert.equal(sockets[1]!.isClosed, true);
  assert.equal(phase(), 'waiting');
});

test('What a connection that was given up still says does not count', (t) => {
  const { stream, socket, clock } = start(t);
  const old = socket();
  old.tell(FIRST);
  clock.pass(45_500);
  let heard = 0;
  stream.on('Snapshot', () => heard++);
  old.tell(FIRST);
  old.end();
  assert.equal(heard, 0);
  assert.equal(stream.state.phase, 'connecting');
});

test('An error of a socket is one more reason to try again, and nothing after its end', (t) => {
  const { stream, socket, clock } = start(t);
  socket().fail();
  assert.equal(stream.state.phase, 'waiting');
  clock.pass(500);
  stream.close();
  socket().fail();
  assert.deepEqual(stream.state, { phase: 'closed' });
});

test('Whoever does not want to wait connects now', (t) => {
  const { stream, sockets, socket, clock } = start(t);
  stream.retryNow();
  assert.equal(sockets.length, 1);
  for (let i = 0; i < 6; i++) {
    socket().end();
    stream.retryNow();
  }

  assert.equal(sockets.length, 7);
  assert.deepEqual(stream.state, { phase: 'connecting', attempt: 6 });
  clock.pass(9_000);
  assert.equal(sockets.length, 7);
  socket().tell(FIRST);
  stream.retryNow();
  assert.equal(sockets.length, 7);
});

test('A browser that is on line again connects now', (t) => {
  const listeners = new Set<() => void>();
  Object.assign(globalThis, {
    addEventListener: (_: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => listeners.delete(listener),
  });
  t.after(() => Object.assign(globalThis, { addEventListener: undefined, removeEventListener: undefined }));
  const { stream, sockets, socket } = start(t);
  socket().end();
  listeners.forEach((online) => online());
  assert.equal(sockets.length, 2);
  stream.close();
  assert.equal(listeners.size, 0);
});
