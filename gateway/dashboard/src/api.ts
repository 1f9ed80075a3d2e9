import { secondsOf } from './points.js';

/** `/kairos/api/health` (docs/protocol.md, "By HTTP"). */
export interface Health {
  as_of: string;
  health: 'healthy' | 'degraded' | 'failing' | 'stalled';
  /** Worst first. */
  reasons: string[];
  /** Null before the node's first snapshot. */
  last_tick: string | null;
  age_seconds: number | null;
  /** Null when nothing of the cluster answers; likewise the others. */
  nodes_live: number | null;
  nodes_known: number | null;
  silos_active: number | null;
  silos_known: number | null;
}

/** A gateway node of `/kairos/api/nodes`. */
export interface Node {
  id: string;
  state: 'live' | 'draining' | 'gone';
  said_goodbye: boolean;
  started: string;
  last_report_age_seconds: number;
  watermark_lag_seconds: number;
  in_flight: number;
  clock_offset_seconds: number;
}

export interface Silo {
  address: string;
  state: string;
  said_goodbye: boolean;
  started: string;
  last_alive: string;
}

export interface Nodes {
  as_of: string;
  incomplete: boolean;
  nodes: Node[];
  silos: Silo[];
}

/** Every scope that there is or was lately. */
export interface Scopes {
  routes: string[];
  destinations: string[];
  nodes: string[];
}

/** A value over time. */
export interface TrendPoint {
  /** Unix seconds. */
  at: number;
  value: number;
}

const TIMEOUT = 5_000;

async function get<T>(path: string): Promise<T> {
  const response = await fetch(new URL(`api/${path}`, document.baseURI), { signal: AbortSignal.timeout(TIMEOUT) });
  if (!response.ok) {
    throw new Error(`${path}: ${response.status}`);
  }

  return response.json() as Promise<T>;
}

export const getHealth = (): Promise<Health> => get('health');
export const getNodes = (): Promise<Nodes> => get('nodes');
export const getScopes = (): Promise<Scopes> => get('scopes');

/** Seconds of a step of a trend: those of the second tier of history. */
export const TREND_STEP = 10;

/** The last minutes of one metric of a scope. */
export async function getTrend(scope: string, metric: string, from: number): Promise<TrendPoint[]> {
  const query = new URLSearchParams({ scope, metric, step: String(TREND_STEP), from: String(Math.floor(from)) });
  const answer = await get<{ series: { data_points: { timestamp: string; value: number }[] }[] }>(`history?${query}`);
  return answer.series[0]?.data_points.map(({ timestamp, value }) => ({ at: secondsOf(timestamp), value })) ?? [];
}
