import type { Kind, Scope } from './client.js';

/** What the page shows: the address bar holds all of it, so that a link shows a colleague the same. */
export interface View {
  /** Null for the whole cluster. */
  scope: Scope | null;
  range: RangeName;
  table: Kind;
  /** A column of the table; a minus in front for the highest first. */
  sort: string;
  filter: string;
}

export type RangeName = '10m' | '1h' | '24h' | '30d';

/** The tables, and what scopes are ranked as. */
export const KINDS: readonly Kind[] = ['routes', 'destinations', 'nodes'];

/** A span of time on the charts. All in seconds. */
export interface Range {
  name: RangeName;
  label: string;
  seconds: number;
  /** The width of a point, of a scope in a word (docs/protocol.md, "History"): at most 720 of them, whole multiples of what is kept. */
  step: number;
  /** Points wider than a second are asked for again so often; narrower ones come live. */
  refresh: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const DEFAULT: Readonly<View> = { scope: null, range: '10m', table: 'routes', sort: '-requests_per_second', filter: '' };

const CLUSTER: readonly Range[] = [
  { name: '10m', label: '10 min', seconds: 10 * MINUTE, step: 1, refresh: 0 },
  { name: '1h', label: '1 h', seconds: HOUR, step: 5, refresh: 5 },
  { name: '24h', label: '24 h', seconds: DAY, step: 2 * MINUTE, refresh: 30 },
  { name: '30d', label: '30 d', seconds: 30 * DAY, step: HOUR, refresh: 60 },
];

/** Other scopes are kept for two days, in wider points. */
const OTHERS: readonly Range[] = [
  CLUSTER[0]!,
  { name: '1h', label: '1 h', seconds: HOUR, step: 10, refresh: 10 },
  CLUSTER[2]!,
  { name: '30d', label: '2 d', seconds: 2 * DAY, step: 4 * MINUTE, refresh: 60 },
];

export function rangesOf(scope: Scope | null): readonly Range[] {
  return scope ? OTHERS : CLUSTER;
}

export function rangeOf(view: View): Range {
  return rangesOf(view.scope).find((range) => range.name === view.range)!;
}

export function kindOf(scope: Scope): 'route' | 'destination' | 'node' {
  return 'route' in scope ? 'route' : 'destination' in scope ? 'destination' : 'node';
}

export function nameOf(scope: Scope): string {
  return 'route' in scope ? scope.route : 'destination' in scope ? scope.destination : scope.node;
}

/** As the HTTP API writes it: `route/orders`. */
export function keyOf(scope: Scope | null): string {
  return scope ? `${kindOf(scope)}/${nameOf(scope)}` : 'cluster';
}

export function scopeOf(kind: Kind, name: string): Scope {
  return kind === 'routes' ? { route: name } : kind === 'destinations' ? { destination: name } : { node: name };
}

/** Reads the part of an address after its `?`; what is not there, or not understood, is as by default. */
export function parseView(search: string): View {
  const query = new URLSearchParams(search);
  const [, kind, name] = /^(route|destination|node)\/(.+)$/s.exec(query.get('scope') ?? '') ?? [];
  const range = CLUSTER.find((known) => known.name === query.get('range'))?.name ?? DEFAULT.range;
  const table = KINDS.find((known) => known === query.get('table')) ?? DEFAULT.table;
  const sort = /^-?[a-z0-9_]+$/.exec(query.get('sort') ?? '')?.[0] ?? DEFAULT.sort;
  return { scope: kind ? ({ [kind]: name } as unknown as Scope) : null, range, table, sort, filter: query.get('filter') ?? '' };
}

/** The address of a view, relative to the page's own; only what differs from the default is in it. */
export function formatView(view: View): string {
  const query = new URLSearchParams();
  if (view.scope) {
    query.set('scope', keyOf(view.scope));
  }

  for (const field of ['range', 'table', 'sort', 'filter'] as const) {
    if (view[field] !== DEFAULT[field]) {
      query.set(field, view[field]);
    }
  }

  // A slash needs no escape in a query, and a link is read by people.
  const text = query.toString().replaceAll('%2F', '/');
  return text ? `?${text}` : './';
}
