import { render } from 'preact';
import { MetricsStream } from './client.js';
import { App } from './components/App.js';
import { Feed } from './feed.js';
import { inFrame } from './frames.js';
import { startNavigation } from './navigation.js';
import { Polls } from './polls.js';
import * as state from './state.js';
import { Tables } from './tables.js';

/** A page that nobody sees for so long, in milliseconds, asks for next to nothing. */
const QUIET_AFTER = 5_000;

const stream = new MetricsStream();
const polls = new Polls();
stream.on('state', (next) => {
  state.connection.value = next;
  polls.tick();
  if (next.phase === 'waiting') {
    // Whether the gateway is gone, or its stream alone.
    void polls.readHealth();
  }
});
stream.on('Snapshot', inFrame(() => polls.tick()));

const feed = new Feed(stream);
const tables = new Tables(stream);
startNavigation();

let hiding: ReturnType<typeof setTimeout> | undefined;

function watchVisibility(): void {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => setQuiet(true), QUIET_AFTER);
  } else {
    setQuiet(false);
  }
}

function setQuiet(quiet: boolean): void {
  polls.setQuiet(quiet);
  feed.setQuiet(quiet);
  tables.setQuiet(quiet);
}

document.addEventListener('visibilitychange', watchVisibility);
watchVisibility();
render(<App stream={stream} tables={tables} />, document.querySelector('#app')!);
