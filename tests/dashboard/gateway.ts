import type { Gap, Kind, Scope, SessionEvent, Snapshot, StreamEvents, StreamState, Subscription, TimeSeries, TopN } from '../../gateway/dashboard/src/client.js';
import { MetricsStream, type StreamOptions } from '../../gateway/dashboard/src/client.js';

export type Event = Exclude<StreamEvents[keyof StreamEvents], StreamState | Gap>;

/** A message as it was sent. */
export interface Message {
  metrics?: string[];
  scope?: Scope;
  interval_seconds?: number;
  include_history?: boolean;
  history_seconds?: number;
  history_step_seconds?: number;
  top?: { of: Kind; by?: string; n?: number; metrics?: string[] };
}

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly sent: Message[] = [];
  isClosed = false;

  constructor(readonly url: string) {}

  send(text: string): void {
    if (this.isClosed) {
      throw new Error('sent on a closed socket');
    }

    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  tell(...events: Event[]): void {
    events.forEach((event) => this.onmessage?.({ data: JSON.stringify(event) }));
  }

  end(code = 1006): void {
    this.onclose?.({ code });
  }

  /** As a socket of Node's: an error that nobody hears ends the process. */
  fail(): void {
    if (!this.onerror) {
      throw new Error('nobody heard the error');
    }

    this.onerror();
    this.end();
  }

  /** What was sent since this was asked last. */
  take(): Message[] {
    return this.sent.splice(0);
  }
}

/** A stream, and every socket that it made. */
export function connect(options: StreamOptions = {}, url: string | string[] = 'ws://gateway.test/ws/metrics') {
  const sockets: FakeSocket[] = [];
  class Socket extends FakeSocket {
    constructor(address: string) {
      super(address);
      sockets.push(this);
    }
  }

  const stream = new MetricsStream(url, { WebSocket: Socket as unknown as new (url: string) => WebSocket, ...options });
  return { stream, sockets, socket: () => sockets.at(-1)! };
}

/** A timestamp of the wire. */
export const stamp = (second: number): string => new Date(second * 1000).toISOString().replace('.000', '');

export const snapshot = (second: number, values: Record<string, number | null> = {}): Snapshot =>
  ({ type: 'Snapshot', timestamp: stamp(second), ...values });

/** A Snapshot of a session. */
export const ticked = (tick: number, values: Record<string, number | null> = {}): Snapshot => ({ ...snapshot(tick, values), tick });

export const ID = '3f1b5c0e9d6a4f2c8b7e';

/** What holds where nobody has subscribed. */
export const GUIDE: Subscription = {
  metrics: ['requests_total', 'requests_success', 'requests_error', 'active_connections', 'avg_response_time', 'success_rate'], interval_seconds: 1,
};

/** Snapshots go on where they were. */
export const recovered = (subscription: Subscription): SessionEvent => ({ type: 'Session', session_id: ID, resumed: true, recovered: true, subscription });

/** Snapshots begin at a tick. */
export const begun = (tick: number, subscription: Subscription, reason = 'The subscription is new', resumed = true): SessionEvent =>
  ({ type: 'Session', session_id: ID, resumed, recovered: false, subscription, first_tick: tick, reason });

/** On the first connection. */
export const welcome = (tick: number): SessionEvent => begun(tick, GUIDE, 'The session is new', false);

export const timeSeries = (metric: string, points: [second: number, value: number][]): TimeSeries =>
  ({ type: 'TimeSeries', metric_name: metric, data_points: points.map(([second, value]) => ({ timestamp: stamp(second), value })) });

export const ranking = (second: number, of: Kind, by: string, items: TopN['items']): TopN => ({ type: 'TopN', timestamp: stamp(second), of, by, items });

export const mistake = (message: string) => ({ type: 'Error', message }) as const;

export const heartbeat = (second: number) => ({ type: 'Heartbeat', timestamp: stamp(second) }) as const;
