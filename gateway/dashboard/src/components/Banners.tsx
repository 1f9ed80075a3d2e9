import type { MetricsStream } from '../client.js';
import { follow, addressOf } from '../navigation.js';
import * as state from '../state.js';
import { keyOf } from '../view.js';

/** What a reader has to know before reading on. */
export function Banners({ stream }: { stream: MetricsStream }) {
  return (
    <div class="banners">
      <Disconnected stream={stream} />
      <Ended />
      <Refusal />
      <Notice />
      <NoTraffic />
    </div>
  );
}

function Disconnected({ stream }: { stream: MetricsStream }) {
  const connection = state.connection.value;
  const isWaiting = connection.phase === 'waiting';
  const hasData = state.snapshot.value !== null;

  // Between two attempts nothing changes for who reads: no flicker.
  if (!isWaiting && !(connection.phase === 'connecting' && connection.attempt > 0)) {
    return null;
  }

  const seconds = isWaiting ? Math.max(Math.ceil((connection.retryAt - Date.now()) / 1000), 0) : 0;
  return (
    <div class="banner bad">
      <p>
        <strong role="alert">{state.health.value ? 'This gateway answers, but has no stream now.' : 'No connection to this gateway.'}</strong>{' '}
        {hasData ? 'What you see is what was known last. ' : ''}
        <span class="number" data-retry>{state.now.value && isWaiting && seconds > 0 ? `Trying again in ${seconds} s` : 'Trying again'}</span>
      </p>
      <button type="button" disabled={!isWaiting} onClick={() => stream.retryNow()}>Try now</button>
    </div>
  );
}

/** Somebody else has this page's session, or ended it: it begins anew only when its reader says so. */
function Ended() {
  const connection = state.connection.value;
  return connection.phase !== 'closed' ? null : (
    <div class="banner bad">
      <p><strong role="alert">This page is live no more{connection.reason && `: ${connection.reason}`}.</strong></p>
      <button type="button" onClick={() => location.reload()}>Begin anew</button>
    </div>
  );
}

function Refusal() {
  const { value } = state.refusal;
  return value === null ? null : (
    <div class="banner bad">
      <p><strong role="alert">Nothing to show of {keyOf(state.view.value.scope)}.</strong> {value.replace('Invalid subscription: ', 'The gateway says: ')}</p>
      <a class="button" href={addressOf({ scope: null })} onClick={(event) => follow(event, { scope: null })}>Whole cluster</a>
    </div>
  );
}

function Notice() {
  const { value } = state.notice;
  return value === null ? null : (
    <div class="banner">
      <p role="status">{value}</p>
      <button type="button" onClick={() => (state.notice.value = null)}>Dismiss</button>
    </div>
  );
}

/** For the newcomer, whose cluster has counted nothing yet. */
function NoTraffic() {
  const snapshot = state.snapshot.value;
  if (snapshot?.requests_total !== 0) {
    return null;
  }

  const { scope } = state.view.value;
  const routes = state.scopes.value?.routes;
  return (
    <div class="banner" data-banner="no-traffic">
      <p>
        <strong>No traffic yet{scope && ` for ${keyOf(scope)}`}.</strong>{' '}
        Any request through a gateway counts, also one that no route takes: <code>curl -i {location.origin}/</code>{' '}
        {routes?.length === 0 && <>No route is configured: write one into the section <code>ReverseProxy</code> of <code>appsettings.json</code>; it is applied at once.</>}
      </p>
    </div>
  );
}
