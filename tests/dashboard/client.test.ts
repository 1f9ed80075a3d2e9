import assert from 'node:assert/strict';
import test from 'node:test';
import { MetricsStream, type Subscription } from '../../gateway/dashboard/src/client.js';
import { START, stopClock } from './clock.js';
import { connect, FakeSocket, heartbeat, mistake, ranking, recovered, snapshot, timeSeries } from './gateway.js';

const TOTAL: Subscription = { metrics: ['requests_total'], interval_seconds: 2 };
const FIRST = snapshot(START, { requests_total: 1 });

test('It connects at once, and is open with the first frame', (t) => {
  stopClock(t);
  const { stream, sockets, socket } = connect();
  assert.equal(sockets.length, 1);
  assert.equal(socket().url, 'ws://gateway.test/ws/metrics?session=new');
  assert.deepEqual(stream.state, { phase: 'connecting', attempt: 0 });

  const phases: string[] = [];
  stream.on('state', ({ phase }) => phases.push(phase));
  socket().tell(FIRST, snapshot(START + 1));
  assert.deepEqual(stream.state, { phase: 'open' });
  assert.deepEqual(phases, ['open']);
});

test('Each event reaches the listeners of its type, as it was sent', (t) => {
  stopClock(t);
  const { stream, socket } = connect();
  const events = [FIRST, recovered(TOTAL), timeSeries('requests_total', [[START, 1]]), ranking(START, 'routes', 'requests_total', []), mistake('No.'), heartbeat(START)];
  const heard: unknown[] = [];
  for (const { type } of events) {
    stream.on(type, (event) => heard.push(event));
  }

  socket().tell(...events);
  assert.deepEqual(heard, events);
});

test('Nothing is sent before the first frame, then what is wanted, once each and only the newest of its kind', (t) => {
  const clock = stopClock(t);
  const { stream, socket } = connect();
  stream.subscribe({ metrics: ['success_rate'] });
  stream.rank({ of: 'routes', by: 'requests_total' });
  stream.rank({ of: 'nodes', by: 'requests_total', interval_seconds: 5 });
  stream.subscribe(TOTAL);
  stream.rank({ of: 'routes', by: 'response_time_p99', n: 3, metrics: ['requests_total'] });
  assert.deepEqual(socket().sent, []);

  const wanted = [
    TOTAL,
    { top: { of: 'routes', by: 'response_time_p99', n: 3, metrics: ['requests_total'] }, interval_seconds: 1 },
    { top: { of: 'nodes', by: 'requests_total' }, interval_seconds: 5 },
  ];
  socket().tell(FIRST);
  assert.deepEqual(socket().take(), wanted);
  socket().tell(snapshot(START + 1));
  clock.pass(30_000);
  assert.deepEqual(socket().take(), []);

  // On a new connection nothing of it is in force.
  socket().end();
  clock.pass(1_000);
  assert.deepEqual(socket().take(), []);
  socket().tell(FIRST);
  assert.deepEqual(socket().take(), wanted);
});

test('What is asked for while it is open goes out at once', (t) => {
  stopClock(t);
  const { stream, socket } = connect();
  socket().tell(FIRST);
  stream.subscribe(TOTAL);
  assert.deepEqual(socket().take(), [TOTAL]);
  stream.rank({ of: 'routes', by: 'requests_total' });
  assert.deepEqual(socket().take(), [{ top: { of: 'routes', by: 'requests_total' }, interval_seconds: 1 }]);
});

test('A subscription that is a function is asked each time that it is sent', (t) => {
  const clock = stopClock(t);
  const { stream, socket } = connect();
  let asked = 0;
  stream.subscribe(() => ({ metrics: [], history_seconds: ++asked }));
  assert.equal(asked, 0);

  for (const expected of [1, 2, 3]) {
    socket().tell(FIRST);
    assert.deepEqual(socket().take(), [{ metrics: [], history_seconds: expected }]);
    socket().end();
    clock.pass(1_000);
  }
});

test('At most 8 messages go out in 10 s; of the others the newest when there is room', (t) => {
  const clock = stopClock(t);
  const { stream, socket } = connect();
  socket().tell(FIRST);
  for (let i = 1; i <= 20; i++) {
    stream.subscribe({ metrics: [], interval_seconds: i });
    clock.pass(100);
  }

  assert.deepEqual(socket().take().map((message) => message.interval_seconds), [1, 2, 3, 4, 5, 6, 7, 8]);
  clock.pass(7_900);
  assert.deepEqual(socket().take(), []);
  clock.pass(200);
  assert.deepEqual(socket().take(), [{ metrics: [], interval_seconds: 20 }]);
  clock.pass(20_000);
  assert.deepEqual(socket().take(), []);

  // The limit is of a connection.
  for (let i = 1; i <= 9; i++) {
    stream.subscribe({ metrics: [], interval_seconds: i });
  }

  socket().take();
  socket().end();
  clock.pass(1_000);
  socket().tell(FIRST);
  assert.deepEqual(socket().take(), [{ metrics: [], interval_seconds: 9 }]);
});

test('No 10 s have more than 8 messages, however they are spread', (t) => {
  const clock = stopClock(t);
  const { stream, socket } = connect();
  socket().tell(FIRST);
  const sentAt: number[] = [];
  for (let i = 1; i <= 600; i++) {
    stream.subscribe({ metrics: [], interval_seconds: i });
    clock.pass(i % 7 === 0 ? 400 : 50);
    sentAt.push(...socket().take().map(() => Date.now()));
  }

  assert.ok(sentAt.length >= 40, `${sentAt.length}`);
  sentAt.slice(8).forEach((at, i) => assert.ok(at - sentAt[i]! >= 9_500, `${at - sentAt[i]!} ms between nine`));
});

test('Ending a ranking is sent once, and only where there is one', (t) => {
  const clock = stopClock(t);
  const { stream, socket } = connect();
  stream.rank({ of: 'nodes', by: 'requests_total' });
  socket().tell(FIRST);
  socket().take();

  stream.unrank('routes');
  assert.deepEqual(socket().take(), []);
  stream.unrank('nodes');
  stream.unrank('nodes');
  assert.deepEqual(socket().take(), [{ top: { of: 'nodes', n: 0 } }]);

  // A new connection has none to end.
  stream.rank({ of: 'routes', by: 'requests_total' });
  socket().end();
  stream.unrank('routes');
  clock.pass(1_000);
  socket().tell(FIRST);
  assert.deepEqual(socket().take(), []);
});

test('A listener that throws disturbs nobody', (t) => {
  stopClock(t);
  const errors = t.mock.method(console, 'error', () => {});
  const { stream, socket } = connect();
  const heard: unknown[] = [];
  const broken = () => {
    throw new Error('broken');
  };
  stream.on('state', broken);
  stream.on('Snapshot', broken);
  stream.on('Snapshot', ({ requests_total }) => heard.push(requests_total));
  stream.subscribe(TOTAL);

  socket().tell(FIRST, snapshot(START + 1, { requests_total: 2 }));
  assert.deepEqual(heard, [1, 2]);
  assert.deepEqual(socket().take(), [TOTAL]);
  assert.equal(errors.mock.callCount(), 3);
});

test('A listener can be taken away, and only that one', (t) => {
  stopClock(t);
  const { stream, socket } = connect();
  const heard: string[] = [];
  const end = stream.on('Snapshot', () => heard.push('one'));
  stream.on('Snapshot', () => heard.push('other'));
  socket().tell(FIRST);
  end();
  end();
  socket().tell(FIRST);
  assert.deepEqual(heard, ['one', 'other', 'other']);
});

test('Without an address it connects to the gateway that the module came from', (t) => {
  stopClock(t);
  const addresses: string[] = [];
  const Socket = class extends FakeSocket {
    constructor(address: string) {
      super(address);
      addresses.push(address);
    }
  } as unknown as new (url: string) => WebSocket;
  for (const moduleAddress of ['http://gateway.test:5900/kairos/client.js?v=0123', 'https://gateway.test/kairos/client.js', 'https://shop.test/metrics/kairos/client.js']) {
    Object.assign(globalThis, { moduleAddress });
    new MetricsStream(undefined, { WebSocket: Socket, session: false });
  }

  assert.deepEqual(addresses, ['ws://gateway.test:5900/ws/metrics', 'wss://gateway.test/ws/metrics', 'wss://shop.test/metrics/ws/metrics']);
});
