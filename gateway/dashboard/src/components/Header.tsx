import * as format from '../format.js';
import { secondsOf } from '../points.js';
import * as state from '../state.js';
import { isDark, nextTheme, theme } from '../theme.js';

/** Seconds without a new one after which the page says so. */
const LATE_SECONDS = 4;

/** How the cluster is: one word with the reason, who is there, how old the data is, and the connection. */
export function Header() {
  return (
    <header class="top">
      <a class="brand" href="./"><Logo />Kairos</a>
      <Health />
      <dl class="facts">
        <Nodes />
        <Freshness />
        <Connection />
      </dl>
      <button type="button" class="theme" onClick={nextTheme} title="Light, dark, or as this system has it">
        <span aria-hidden="true">{isDark.value ? '☾' : '☀'}</span> <span class="theme-name">{theme.value}</span><span class="unseen"> theme</span>
      </button>
    </header>
  );
}

const MARKS = { healthy: '✓', degraded: '!', failing: '✕', stalled: '‖', unknown: '?' };

function Health() {
  const { word, reasons } = verdict();
  return (
    <div class={`health ${word}`} role="group" aria-label="Health of the cluster">
      <strong role="status"><span class="mark" aria-hidden="true">{MARKS[word]}</span> <span data-health>{word[0]!.toUpperCase() + word.slice(1)}</span></strong>
      <Reasons reasons={reasons} />
    </div>
  );
}

/** The worst at once, the others when asked for. */
function Reasons({ reasons: [worst, ...others] }: { reasons: readonly string[] }) {
  if (worst === undefined || others.length === 0) {
    return worst === undefined ? null : <span class="reason">{worst}</span>;
  }

  return (
    <details class="reason">
      <summary>{worst}, and {others.length} more</summary>
      <ul data-reasons>{others.map((reason) => <li key={reason}>{reason}</li>)}</ul>
    </details>
  );
}

/** The gateway's own word while it can be heard. */
function verdict(): { word: keyof typeof MARKS; reasons: readonly string[] } {
  const health = state.health.value;
  if (state.connection.value.phase !== 'open' && !health) {
    return { word: 'unknown', reasons: ['This gateway does not answer'] };
  }

  return health ? { word: health.health, reasons: health.reasons } : { word: 'unknown', reasons: [] };
}

function Nodes() {
  const health = state.health.value;
  const known = health?.nodes_known;
  return (
    <>
      <div class={known != null && health!.nodes_live! < known ? 'fact late' : 'fact'}>
        <dt>Nodes</dt>
        <dd class="number" data-fact="nodes">{known == null ? '–' : `${health!.nodes_live} of ${known} live`}</dd>
      </div>
      <div class={health?.silos_known != null && health.silos_active! < health.silos_known ? 'fact late' : 'fact'}>
        <dt>Silos</dt>
        <dd class="number" data-fact="silos">{health?.silos_known == null ? '–' : `${health.silos_active} of ${health.silos_known}`}</dd>
      </div>
    </>
  );
}

function Freshness() {
  const last = state.snapshot.value?.timestamp;
  const age = last === undefined ? null : Math.max(state.now.value - secondsOf(last), 0);
  return (
    <div class={age === null || age < LATE_SECONDS ? 'fact' : 'fact late'} title={last && `The newest second is ${last}`}>
      <dt>Data</dt>
      <dd class="number" data-fact="age">{age === null ? '–' : `${format.duration(age)} old`}</dd>
    </div>
  );
}

function Connection() {
  const { phase } = state.connection.value;
  const word = { open: 'connected', connecting: 'connecting', waiting: 'lost', closed: 'closed' }[phase];
  return (
    <div class={phase === 'open' ? 'fact' : 'fact late'}>
      <dt>Stream</dt>
      <dd><span class={`dot ${phase}`} aria-hidden="true" /><span data-fact="connection">{word}</span></dd>
    </div>
  );
}

function Logo() {
  return (
    <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" stroke-width="2.5" />
      <path d="M12 6v6l4.5 3" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
