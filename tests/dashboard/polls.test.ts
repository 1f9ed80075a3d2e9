import './browser.js';
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { Polls } from '../../gateway/dashboard/src/polls.js';
import * as state from '../../gateway/dashboard/src/state.js';
import { DEFAULT, type View } from '../../gateway/dashboard/src/view.js';
import { settle, START, stopClock } from './clock.js';

const HEALTH = { as_of: '2024-11-07T10:00:00Z', health: 'healthy', reasons: [] };
const NODES = { as_of: '2024-11-07T10:00:00Z', incomplete: false, nodes: [], silos: [] };
const SCOPES = { routes: ['orders'], destinations: [], nodes: ['gw-1'] };

const health = () => state.health.value?.health ?? null;

function start(t: TestContext, view: Partial<View> = {}) {
  const clock = stopClock(t);
  const answers: Record<string, unknown> = { health: HEALTH, nodes: NODES, scopes: SCOPES };
  const asked: string[] = [];
  t.mock.method(globalThis, 'fetch', async ({ href }: URL) => {
    const [, name] = /^http:\/\/gateway\.test\/kairos\/api\/(\w+)$/.exec(href)!;
    asked.push(name!);
    return answers[name!] ? Response.json(answers[name!]) : new Response('', { status: 503 });
  });
  state.view.value = { ...DEFAULT, ...view };
  state.health.value = state.nodes.value = state.scopes.value = null;
  state.clockOffset.value = 0;
  const polls = new Polls();
  t.after(() => polls.setQuiet(true));
  return {
    polls, answers,
    /** What is asked while so many seconds pass, each name with how often. */
    async during(seconds: number) {
      for (let i = 0; i < seconds * 10; i++) {
        clock.pass(100);
        await settle();
      }

      const counted: Record<string, number> = {};
      asked.splice(0).forEach((name) => (counted[name] = (counted[name] ?? 0) + 1));
      return counted;
    },
  };
}

test('While the page is seen, health is asked for each 5 s and the scopes each 30 s', async (t) => {
  const { polls, during } = start(t);
  assert.deepEqual(await during(60), {});
  polls.setQuiet(false);
  polls.setQuiet(false);
  assert.deepEqual(await during(1), { health: 1, scopes: 1 });
  assert.equal(health(), 'healthy');
  assert.deepEqual(state.scopes.value, SCOPES);
  assert.deepEqual(await during(60), { health: 12, scopes: 2 });
});

test('Until the scopes are known they are asked for at each turn', async (t) => {
  const { polls, answers, during } = start(t);
  answers.scopes = undefined;
  polls.setQuiet(false);
  assert.deepEqual(await during(11), { health: 3, scopes: 3 });
  assert.equal(state.scopes.value, null);
  answers.scopes = SCOPES;
  assert.deepEqual(await during(19), { health: 4, scopes: 2 });
  assert.deepEqual(state.scopes.value, SCOPES);
});

test('Nodes are asked for while their table is shown', async (t) => {
  const { polls, during } = start(t, { table: 'nodes' });
  polls.setQuiet(false);
  assert.deepEqual(await during(11), { health: 3, nodes: 3, scopes: 1 });
  assert.deepEqual(state.nodes.value, NODES);
  state.view.value = DEFAULT;
  assert.deepEqual(await during(10), { health: 2 });
  assert.deepEqual(state.nodes.value, NODES);
});

test('A page that nobody sees asks for nothing, and its clock stands', async (t) => {
  const { polls, during } = start(t);
  polls.setQuiet(false);
  await during(1);
  polls.setQuiet(true);
  const now = state.now.value;
  polls.tick();
  assert.deepEqual(await during(120), {});
  assert.equal(state.now.value, now);
  polls.setQuiet(false);
  assert.deepEqual(await during(1), { health: 1, scopes: 1 });
});

test('While the gateway does not answer its health is not known; nodes and scopes are as they were', async (t) => {
  const { polls, during, answers } = start(t, { table: 'nodes' });
  polls.setQuiet(false);
  await during(1);
  Object.assign(answers, { health: null, nodes: null, scopes: null });
  await during(35);
  assert.equal(health(), null);
  assert.deepEqual([state.nodes.value, state.scopes.value], [NODES, SCOPES]);
  Object.assign(answers, { health: HEALTH });
  await during(5);
  assert.equal(health(), 'healthy');
});

test('The clock of the page is the gateway\'s, and moves when no Snapshot comes', async (t) => {
  const { polls, during, answers } = start(t);
  const ahead = 3_600;
  Object.assign(answers, { health: { ...HEALTH, as_of: new Date((START + ahead) * 1000).toISOString() } });
  polls.setQuiet(false);
  await during(3);
  assert.ok(Math.abs(state.clockOffset.value - ahead) < 0.2, `${state.clockOffset.value}`);
  assert.ok(Math.abs(state.now.value - (START + ahead + 3)) < 2, `${state.now.value - START}`);
  const before = state.now.value;
  await during(2);
  assert.ok(state.now.value > before);
});
