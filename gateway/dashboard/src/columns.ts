import type { Node } from './api.js';
import type { Kind, Scope, TopN } from './client.js';
import * as format from './format.js';
import { nameOf } from './view.js';

/** One route, destination or node in a table. */
export interface Row {
  name: string;
  scope: Scope;
  /** Of the ranking's interval; null for one that has counted nothing lately. */
  values: Record<string, number | null> | null;
  /** Of the table of nodes alone. */
  node: Node | undefined;
}

/** A column of a table. */
export interface Column {
  /** In the address bar, and for most the metric that the node ranks by. */
  id: string;
  label: string;
  /** What it means, in full. */
  title: string;
  value: (row: Row) => number | string | null;
  shown: (row: Row) => string;
  /** Left out where there is little room. */
  isWide?: boolean;
  /** Words rather than a number. */
  isText?: boolean;
}

/** What tables ask of each scope. */
export const RANKED = [
  'requests_total', 'requests_per_second', 'errors_per_second', 'active_connections', 'response_time_p50', 'response_time_p95', 'response_time_p99',
] as const;

const FAILURES = ['destination_errors_connect', 'destination_errors_timeout', 'destination_errors_reset'] as const;

export const FURTHER: Record<Kind, readonly string[]> = { routes: [], destinations: FAILURES, nodes: ['client_connections'] };

/** The seconds that a table's figures are about, and the pause between two. */
export const INTERVAL = 5;

const metric = (id: string, label: string, title: string, shown: (value: number | null | undefined) => string, isWide = false): Column => ({
  id, label, title, isWide, value: (row) => row.values?.[id] ?? null, shown: (row) => shown(row.values?.[id]),
});

const errorShare = (row: Row) => format.share(row.values?.errors_per_second, row.values?.requests_per_second);

const failures = (row: Row) => row.values && FAILURES.reduce((sum, name) => sum + (row.values![name] ?? 0), 0);

const MEASURED: readonly Column[] = [
  metric('requests_per_second', 'Req/s', 'Requests per second, of the last 5 seconds', format.amount),
  { id: 'errors_per_second', label: 'Errors', title: 'Share of requests answered 4xx or 5xx, of the last 5 seconds', value: errorShare, shown: (row) => format.percent(errorShare(row)) },
  metric('response_time_p50', 'p50', 'Half of the requests of the last 5 seconds were answered within this time', format.milliseconds, true),
  metric('response_time_p95', 'p95', '95 of 100 requests of the last 5 seconds were answered within this time', format.milliseconds, true),
  metric('response_time_p99', 'p99', '99 of 100 requests of the last 5 seconds were answered within this time', format.milliseconds),
  metric('active_connections', 'In flight', 'Requests in progress now', format.count, true),
];

const TOTAL = metric('requests_total', 'Requests', 'Requests since the cluster began', format.count, true);

export const COLUMNS: Record<Kind, readonly Column[]> = {
  routes: [...MEASURED, TOTAL],
  destinations: [
    ...MEASURED,
    {
      id: 'failures', label: 'Failures', title: 'Requests since the cluster began that the destination did not take, did not answer in time or broke off',
      value: failures, shown: (row) => format.count(failures(row)), isWide: true,
    },
    TOTAL,
  ],
  nodes: [
    { id: 'state', label: 'State', title: 'live, draining (about to stop), stopped, or lost', value: stateOf, shown: stateOf, isText: true },
    ...MEASURED,
    metric('client_connections', 'Clients', 'Connections of clients open now', format.count, true),
    TOTAL,
  ],
};

export function stateOf({ node }: Row): string {
  return !node ? '' : node.state === 'gone' ? endOf(node) : node.state;
}

/** How a node or silo went: it stopped by itself, or was lost. */
export function endOf({ said_goodbye }: { said_goodbye: boolean }): string {
  return said_goodbye ? 'stopped' : 'lost';
}

/** One row for each scope that is ranked or known, and whose name has the text. */
export function rowsOf(ranking: TopN | undefined, known: readonly Scope[], nodes: readonly Node[], filter: string): Row[] {
  const rows = new Map<string, Row>();
  const add = (scope: Scope, values: Row['values']) => {
    const name = nameOf(scope);
    if (!rows.has(name) && name.toLowerCase().includes(filter.toLowerCase())) {
      rows.set(name, { name, scope, values, node: nodes.find((node) => node.id === name) });
    }
  };
  for (const { scope, value, ...values } of ranking?.items ?? []) {
    add(scope, { ...(values as Record<string, number | null>), [ranking!.by]: value });
  }

  known.forEach((scope) => add(scope, null));
  return [...rows.values()];
}

/** Names in an order: by a column, a minus in front for the highest first; those without a value last, equal ones by name. */
export function orderOf(rows: readonly Row[], columns: readonly Column[], sort: string): string[] {
  const descends = sort.startsWith('-');
  const id = descends ? sort.slice(1) : sort;
  const read = id === 'name' ? (row: Row) => row.name : columns.find((column) => column.id === id)?.value ?? columns[0]!.value;
  return rows
    .map((row) => ({ name: row.name, value: read(row) }))
    .sort((one, other) => compare(one.value, other.value, descends) || compare(one.name, other.name, false))
    .map(({ name }) => name);
}

function compare(one: number | string | null, other: number | string | null, descends: boolean): number {
  if (one === null || other === null) {
    return Number(one === null) - Number(other === null);
  }

  const order = typeof one === 'string' ? one.localeCompare(String(other), 'en', { numeric: true }) : one - Number(other);
  return descends ? -order : order;
}
