import { useEffect, useRef } from 'preact/hooks';
import type { Silo } from '../api.js';
import type { Kind } from '../client.js';
import { COLUMNS, endOf, orderOf, rowsOf, stateOf, type Column, type Row } from '../columns.js';
import * as format from '../format.js';
import { addressOf, follow, go } from '../navigation.js';
import { secondsOf } from '../points.js';
import * as state from '../state.js';
import { RANKED_MAX, type Tables } from '../tables.js';
import { keyOf, nameOf, scopeOf } from '../view.js';
import { Trend } from './Trend.js';

const KINDS: readonly { of: Kind; label: string; one: string }[] = [
  { of: 'routes', label: 'Routes', one: 'Route' },
  { of: 'destinations', label: 'Destinations', one: 'Destination' },
  { of: 'nodes', label: 'Nodes', one: 'Node' },
];

/** Routes, destinations and nodes, a table at a time. */
export function TableSection({ tables }: { tables: Tables }) {
  const { table, filter } = state.view.value;
  const known = (state.scopes.value?.[table] ?? []).map((name) => scopeOf(table, name));
  const rows = rowsOf(state.rankings.value[table], known, state.nodes.value?.nodes ?? [], filter);
  return (
    <section class="tables card" aria-label="Routes, destinations and nodes">
      <div class="table-bar">
        <div class="tabs" role="group" aria-label="Table">
          {KINDS.map(({ of, label }) => (
            <button type="button" key={of} aria-pressed={table === of} onClick={() => go({ table: of, filter: '' })}>
              {label} <span class="count number">{state.scopes.value?.[of].length ?? ''}</span>
            </button>
          ))}
        </div>
        <input id="filter" type="search" placeholder="Filter  ( / )" aria-label={`Filter ${table} by name`} value={filter}
          onInput={(event) => go({ filter: event.currentTarget.value }, true)} />
      </div>
      <Table rows={rows} tables={tables} />
      <Rest rows={rows} known={known.length} />
      {table === 'nodes' && <Silos silos={state.nodes.value?.silos ?? []} />}
    </section>
  );
}

function Rest({ rows, known }: { rows: readonly Row[]; known: number }) {
  const { table, filter } = state.view.value;
  const text = rows.length > 0
    ? known > RANKED_MAX ? `Figures of the first ${RANKED_MAX} of ${format.count(known)} ${table} by this column.` : ''
    : filter ? `No ${table} whose name has “${filter}”.` : state.scopes.value ? `No ${table} yet.` : '';
  return text ? <p class="rest">{text}</p> : null;
}

function Table({ rows, tables }: { rows: readonly Row[]; tables: Tables }) {
  const { table, sort, scope } = state.view.value;
  const columns = COLUMNS[table];
  const frame = useRef<HTMLDivElement>(null);
  const ordered = useOrder(rows, columns, table, sort, frame);
  return (
    <div class="table-frame" ref={frame} tabIndex={0} role="region" aria-label={`Table of ${table}`}>
      <table data-table={table}>
        <thead>
          <tr>
            <Heading id="name" label={KINDS.find((kind) => kind.of === table)!.one} title="By name" sort={sort} isText />
            <th class="trend" scope="col" title="Requests per second over the last ten minutes">10 min</th>
            {columns.map((column) => <Heading key={column.id} {...column} sort={sort} />)}
          </tr>
        </thead>
        <tbody>
          {ordered.map((row) => <TableRow key={row.name} row={row} columns={columns} tables={tables} isChosen={scope !== null && keyOf(scope) === keyOf(row.scope)} />)}
        </tbody>
      </table>
    </div>
  );
}

/** Rows in their order, which is made anew with each ranking; but while the pointer or the focus is on a row, rows keep their places. */
function useOrder(rows: readonly Row[], columns: readonly Column[], table: Kind, sort: string, frame: { current: HTMLElement | null }): readonly Row[] {
  const kept = useRef({ asked: '', of: '', names: [] as string[] });
  const asked = `${table} ${sort} ${rows.length} ${rows.some((row) => row.values !== null)}`;
  const of = state.rankings.value[table]?.timestamp ?? '';
  const isHeld = frame.current?.querySelector('tbody tr:hover, tbody :focus') != null;
  if (kept.current.asked !== asked || (kept.current.of !== of && !isHeld)) {
    kept.current = { asked, of, names: orderOf(rows, columns, sort) };
  }

  const byName = new Map(rows.map((row) => [row.name, row]));
  return kept.current.names.flatMap((name) => byName.get(name) ?? []);
}

function Heading({ id, label, title, sort, isWide, isText }: { id: string; label: string; title: string; sort: string; isWide?: boolean; isText?: boolean }) {
  const isSorted = sort === id || sort === `-${id}`;
  const next = sort === `-${id}` || (isText && !isSorted) ? id : `-${id}`;
  return (
    <th scope="col" class={`${isText ? 'text' : ''} ${isWide ? 'wide' : ''}`} aria-sort={isSorted ? (sort.startsWith('-') ? 'descending' : 'ascending') : 'none'}>
      <button type="button" title={title} onClick={() => go({ sort: next }, true)}>
        {label}<span class="arrow" aria-hidden="true">{isSorted ? (sort.startsWith('-') ? '▾' : '▴') : ''}</span>
      </button>
    </th>
  );
}

function TableRow({ row, columns, tables, isChosen }: { row: Row; columns: readonly Column[]; tables: Tables; isChosen: boolean }) {
  const line = useRef<HTMLTableRowElement>(null);
  const key = keyOf(row.scope);
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => entry!.isIntersecting && tables.trends.want(key), { rootMargin: '100px' });
    seen.observe(line.current!);
    return () => seen.disconnect();
  }, [key, tables]);

  const nodeState = stateOf(row);
  const change = { scope: isChosen ? null : row.scope };
  return (
    <tr ref={line} class={`${isChosen ? 'chosen' : ''} ${row.values ? '' : 'idle'} ${nodeState}`} data-row={row.name}>
      <th scope="row" class="text">
        <a href={addressOf(change)} onClick={(event) => follow(event, change)} aria-current={isChosen ? 'true' : undefined} title={nameOf(row.scope)}>{row.name}</a>
      </th>
      <td class="trend"><Trend trends={tables.trends} scope={key} /></td>
      {columns.map((column) => (
        <td key={column.id} class={`${column.isText ? 'text' : 'number'} ${column.isWide ? 'wide' : ''}`} data-column={column.id}>
          {column.id === 'state' && nodeState && <span class={`dot ${nodeState}`} aria-hidden="true" />}{column.shown(row)}
        </td>
      ))}
    </tr>
  );
}

function Silos({ silos }: { silos: readonly Silo[] }) {
  return silos.length === 0 ? null : (
    <table class="silos" data-table="silos">
      <caption>Silos, which hold the metrics</caption>
      <thead><tr><th scope="col" class="text">Address</th><th scope="col" class="text">State</th><th scope="col">Up for</th></tr></thead>
      <tbody>
        {silos.map((silo) => <SiloRow key={`${silo.address} ${silo.started}`} silo={silo} />)}
      </tbody>
    </table>
  );
}

function SiloRow({ silo }: { silo: Silo }) {
  const isDead = silo.state === 'dead';
  const status = isDead ? endOf(silo) : silo.state;
  return (
    <tr class={isDead ? status : ''}>
      <th scope="row" class="text">{silo.address}</th>
      <td class="text"><span class={`dot ${status}`} aria-hidden="true" />{status.replace('_', ' ')}</td>
      <td class="number">{isDead ? '–' : format.duration(state.now.peek() - secondsOf(silo.started))}</td>
    </tr>
  );
}
