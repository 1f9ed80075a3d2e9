/** What goes over the metrics stream (docs/protocol.md). */

/** What metrics are of; left out for the whole cluster. */
export type Scope = { route: string } | { destination: string } | { node: string };

/** The kinds of scope that a ranking may be of. */
export type Kind = 'routes' | 'destinations' | 'nodes';

/** Which Snapshots are sent (docs/protocol.md, "Subscribing"). */
export interface Subscription {
  metrics: readonly string[];
  interval_seconds?: number;
  scope?: Scope;
  include_history?: boolean;
  history_seconds?: number;
  history_step_seconds?: number;
}

/** A ranking beside the Snapshots (docs/protocol.md, "Rankings"). */
export interface Ranking {
  of: Kind;
  by: string;
  n?: number;
  metrics?: readonly string[];
  interval_seconds?: number;
}

export interface Snapshot {
  type: 'Snapshot';
  /** RFC 3339, UTC, whole seconds: the end of the second that it includes. */
  timestamp: string;
  /** The timestamp in Unix seconds, where there is a session. */
  tick?: number;
  /** Numbers by metric; null for a percentile of no request. */
  [metric: string]: number | string | null;
}

export interface TimeSeries {
  type: 'TimeSeries';
  metric_name: string;
  /** Ascending. */
  data_points: { timestamp: string; value: number }[];
}

export interface TopN {
  type: 'TopN';
  timestamp: string;
  of: Kind;
  by: string;
  /** Highest first; further metrics by name. */
  items: { scope: Scope; value: number; [metric: string]: number | null | Scope }[];
}

/** Whether the Snapshots that follow continue those before (docs/protocol.md, "Sessions"). */
export interface SessionEvent {
  type: 'Session';
  session_id: string;
  /** The node knew the session, and `subscription` is that of the session. */
  resumed: boolean;
  /** No Snapshot is missing. */
  recovered: boolean;
  /** What the Snapshots that follow are of. */
  subscription: Subscription;
  /** Of the next Snapshot; only where not recovered. */
  first_tick?: number;
  /** One sentence; only where not recovered. */
  reason?: string;
}

export interface StreamError {
  type: 'Error';
  /** One sentence. */
  message: string;
}

export interface Heartbeat {
  type: 'Heartbeat';
  timestamp: string;
}
