import type { MetricsStream } from '../client.js';
import * as state from '../state.js';
import type { Tables } from '../tables.js';
import { Banners } from './Banners.js';
import { Charts } from './Charts.js';
import { Figures } from './Figures.js';
import { Header } from './Header.js';
import { ScopeBar } from './ScopeBar.js';
import { TableSection } from './Table.js';

/** The whole page. What is not live any more is greyed. */
export function App({ stream, tables }: { stream: MetricsStream; tables: Tables }) {
  return (
    <>
      <Header />
      <main class={state.isStale.value ? 'stale' : ''}>
        <Banners stream={stream} />
        <ScopeBar />
        <Figures />
        <Charts />
        <TableSection tables={tables} />
      </main>
      <footer>
        <p>
          Times are this browser's. Every figure is of the whole cluster, whichever node serves this page.{' '}
          <a href="api/openapi.json">API</a> · <a href="client.js">Client module</a> · <a href="licenses.txt">Licences</a>
        </p>
      </footer>
    </>
  );
}
