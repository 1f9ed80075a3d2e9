import type { Kind, Scope, Snapshot, StreamEvents, TimeSeries, TopN } from '../../gateway/dashboard/src/client.js';
import { MetricsStream, type StreamOptions } from '../../gateway/dashboard/src/client.js';

type Event = Exclude<StreamEvents[keyof StreamEvents], StreamEvents['state']>;

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
export function connect(options: StreamOptions = {}, url = 'ws://gateway.test/ws/metrics') {
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

export const timeSeries = (metric: string, points: [second: number, value: number][]): TimeSeries =>
  ({ type: 'TimeSeries', metric_name: metric, data_points: points.map(([second, value]) => ({ timestamp: stamp(second), value })) });

export const ranking = (second: number, of: Kind, by: string, items: TopN['items']): TopN => ({ type: 'TopN', timestamp: stamp(second), of, by, items });

export const mistake = (message: string) => ({ type: 'Error', message }) as const;

export const heartbeat = (second: number) => ({ type: 'Heartbeat', timestamp: stamp(second) }) as const;
