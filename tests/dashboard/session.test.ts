import assert from 'node:assert/strict';
import test from 'node:test';
import type { Snapshot, Subscription } from '../../gateway/dashboard/src/client.js';
import { Session } from '../../gateway/dashboard/src/session.js';
import { START } from './clock.js';
import { begun, GUIDE, ID, recovered, ticked, welcome } from './gateway.js';

const ADDRESS = 'ws://gateway.test/ws/metrics';
const EVERY_5: Subscription = { metrics: ['requests_per_second'], interval_seconds: 5 };
const OTHER: Subscription = { ...EVERY_5, scope: { route: 'orders' } };

/** A session with a subscription that is answered, by a Snapshot at the start. */
function answered(): Session {
  const session = new Session(null, null);
  session.connect(ADDRESS);
  session.begin(welcome(START - 1));
  session.accepts(ticked(START - 1));
  session.asked(EVERY_5);
  session.begin(begun(START, EVERY_5));
  session.accepts(ticked(START));
  return session;
}

const delivered = (session: Session, ...ticks: number[]): number[] => ticks.filter((tick) => session.accepts(ticked(tick)));

test('No Snapshot is delivered twice', () => {
  const session = answered();
  assert.deepEqual(delivered(session, START, START + 5, START + 5, START, START + 10), [START + 5, START + 10]);
  session.connect(ADDRESS);
  session.begin(recovered(EVERY_5));
  assert.deepEqual(delivered(session, START + 5, START + 10, START + 15), [START + 15]);
});

test('The first Snapshot of a new subscription may have a tick that the former one had', () => {
  const session = answered();
  session.asked(OTHER);
  assert.equal(session.begin(begun(START, OTHER)), null);
  assert.deepEqual(delivered(session, START, START, START + 5), [START, START + 5]);
});

test('The same subscription again changes nothing', () => {
  const session = answered();
  session.asked(EVERY_5);
  assert.equal(session.isSettled, false);
  assert.equal(session.begin(recovered(EVERY_5)), null);
  assert.deepEqual(delivered(session, START, START + 5), [START + 5]);
  assert.equal(session.isSettled, true);
});

test('Snapshots that are missing on arrival are a gap', () => {
  const session = answered();
  session.connect(ADDRESS);
  assert.deepEqual(session.begin(begun(START + 600, EVERY_5, 'Too many Snapshots were missed')),
    { fromTick: START, firstTick: START + 600, reason: 'Too many Snapshots were missed' });
  assert.deepEqual(delivered(session, START + 595, START + 600, START + 605), [START + 600, START + 605]);
});

test('So are those between two Snapshots', () => {
  const session = answered();
  assert.deepEqual(session.begin(begun(START + 20, EVERY_5, 'The series has no such seconds')),
    { fromTick: START, firstTick: START + 20, reason: 'The series has no such seconds' });
  session.accepts(ticked(START + 20));
  assert.equal(session.isSettled, true);
  assert.equal(session.begin(begun(START + 25, EVERY_5, 'The series has no such seconds')), null);
});

test('A clock that was set back is no gap, and its Snapshots are delivered', () => {
  const session = answered();
  session.connect(ADDRESS);
  assert.equal(session.begin(begun(START - 3_600, EVERY_5, 'The series has no such seconds')), null);
  assert.deepEqual(delivered(session, START - 3_600, START - 3_595), [START - 3_600, START - 3_595]);
});

test('A connection that goes before its first Snapshot is gone on with from there, and no gap is told twice', () => {
  const session = answered();
  session.connect(ADDRESS);
  assert.ok(session.begin(begun(START + 600, EVERY_5, 'Too many Snapshots were missed')));
  assert.equal(session.connect(ADDRESS), `${ADDRESS}?session=${ID}&last_tick=${START + 595}`);
  assert.equal(session.begin(recovered(EVERY_5)), null);
  assert.deepEqual(delivered(session, START + 600), [START + 600]);
});

test('What is lost with a forgotten subscription reaches to where that is in force again, over as many connections as it takes', () => {
  const session = answered();
  session.connect(ADDRESS);
  assert.equal(session.begin(begun(START + 600, GUIDE, 'The session is not known', false)), null);
  session.accepts(ticked(START + 600));
  session.asked(EVERY_5);
  session.connect(ADDRESS);
  assert.equal(session.begin(recovered(GUIDE)), null);
  session.asked(EVERY_5);
  assert.deepEqual(session.begin(begun(START + 603, EVERY_5)), { fromTick: START, firstTick: START + 603, reason: 'The session is not known' });
});

test('It also ends where the node had the subscription after all', () => {
  const session = answered();
  session.connect(ADDRESS);
  session.begin(begun(START + 600, GUIDE, 'The session is not known', false));
  session.connect(ADDRESS);
  assert.deepEqual(session.begin(recovered(EVERY_5)), { fromTick: START, firstTick: START + 604, reason: 'The session is not known' });
});

test('Where another subscription follows, what is lost of the former is of no interest', () => {
  const session = answered();
  session.connect(ADDRESS);
  session.begin(begun(START + 600, GUIDE, 'The session is not known', false));
  session.asked(OTHER);
  assert.equal(session.begin(begun(START + 601, OTHER)), null);
  session.asked(EVERY_5);
  assert.equal(session.begin(begun(START + 602, EVERY_5)), null);
});

test('Of a session that the caller kept, what is missing is a gap, whatever it was of', () => {
  const session = new Session(ID, START);
  session.connect(ADDRESS);
  assert.deepEqual(session.begin(begun(START + 900, EVERY_5, 'The series does not go back so far')),
    { fromTick: START, firstTick: START + 900, reason: 'The series does not go back so far' });
  const next = new Session(ID, START);
  next.connect(ADDRESS);
  assert.equal(next.begin(begun(START + 5, EVERY_5, 'The series has no such seconds')), null);
});

test('A Snapshot without a tick is delivered always', () => {
  const { tick: _, ...plain } = ticked(START);
  const session = answered();
  assert.equal(session.accepts(plain as Snapshot), true);
  assert.equal(session.lastTick, START);
});
