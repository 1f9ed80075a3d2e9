/**
 * A client of Kairos's metrics stream (docs/protocol.md) for browsers and, with a WebSocket given, for Node: it connects again by itself,
 * with back-off, to the same node or to another, goes on with the Snapshot after the last one, and keeps within the node's limit of messages.
 *
 *     import { MetricsStream } from 'http://localhost:5900/kairos/client.js';
 *     const stream = new MetricsStream();
 *     stream.on('Snapshot', (snapshot) => console.log(snapshot.requests_total));
 *     stream.subscribe({ metrics: ['requests_total'], interval_seconds: 2 });
 */

import { ENDINGS, MISTAKES, NODE_STOPS } from './closes.js';
import { Outbox } from './outbox.js';
import { Session, type Gap } from './session.js';
import type { Heartbeat, Kind, Ranking, SessionEvent, Snapshot, StreamError, Subscription, TimeSeries, TopN } from './wire.js';

export type { Gap };
export type * from './wire.js';

/**
 * `open` once the node has sent something; `waiting` between two attempts, until `retryAt` (milliseconds since 1970); `closed` for good, with
 * a reason where the node did it.
 */
export type StreamState =
  | { phase: 'connecting'; attempt: number }
  | { phase: 'open' }
  | { phase: 'waiting'; attempt: number; retryAt: number; reason: string }
  | { phase: 'closed'; reason?: string };

export interface StreamEvents {
  Session: SessionEvent;
  Snapshot: Snapshot;
  TimeSeries: TimeSeries;
  TopN: TopN;
  Error: StreamError;
  Heartbeat: Heartbeat;
  state: StreamState;
  /** Snapshots of the session are lost. */
  gap: Gap;
}

export interface StreamOptions {
  /** The id of a session to go on with, or to begin; false for none. A new session unless given. */
  session?: string | boolean | null;
  /** Of the session's last Snapshot. */
  lastTick?: number | null;
  /** The class to connect with; the browser's own unless given. */
  WebSocket?: new (url: string) => WebSocket;
  /** Milliseconds before the first new attempt; doubled by each that fails. 500 unless given. */
  retryMin?: number;
  /** Milliseconds before a new attempt at most. 15,000 unless given. */
  retryMax?: number;
  /** A connection on which nothing came for so many milliseconds is given up; a Heartbeat comes every 30 s. 45,000 unless given. */
  silenceMax?: number;
}

/** Milliseconds after which a node that neither takes nor refuses a connection is given up, as one that is cut off. */
const CONNECT_MAX = 10_000;

/** One stream of metrics, over as many connections as it takes. */
export class MetricsStream {
  readonly #addresses: readonly string[];
  readonly #options: Required<Pick<StreamOptions, 'retryMin' | 'retryMax' | 'silenceMax'>>;
  readonly #WebSocket: new (url: string) => WebSocket;
  readonly #session: Session | null;
  readonly #outbox: Outbox;
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  #state: StreamState = { phase: 'closed' };
  #socket: WebSocket | null = null;
  /** So far, over all addresses. */
  #connections = 0;
  #attempt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #online = () => this.retryNow();

  /**
   * Connects at once. Of several addresses each attempt takes the next; without one it connects to the gateway that this module was loaded
   * from.
   */
  constructor(url: string | URL | readonly (string | URL)[] = ownGateway(), options: StreamOptions = {}) {
    const { WebSocket = globalThis.WebSocket, session = true, lastTick = null, retryMin = 500, retryMax = 15_000, silenceMax = 45_000 } = options;
    this.#addresses = [url].flat().map(String);
    if (this.#addresses.length === 0) {
      throw new RangeError('There is no address to connect to.');
    }

    this.#WebSocket = WebSocket;
    this.#options = { retryMin, retryMax, silenceMax };
    this.#session = session === false ? null : new Session(typeof session === 'string' ? session : null, lastTick);
    this.#outbox = new Outbox((slot, message) => {
      if (slot === 'subscription') {
        this.#session?.asked(message);
      }

      this.#socket!.send(JSON.stringify(message));
    });
    globalThis.addEventListener?.('online', this.#online);
    this.#connect();
  }

  get state(): StreamState {
    return this.#state;
  }

  /** The session's id; null while there is none. */
  get session(): string | null {
    return this.#session?.id ?? null;
  }

  /** What to go on from in a later session of the same id: every Snapshot up to here has come, or is lost. */
  get lastTick(): number | null {
    return this.#session?.lastTick ?? null;
  }

  /** Calls back for each event of a type; what it returns ends that. */
  on<T extends keyof StreamEvents>(type: T, listener: (event: StreamEvents[T]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener as (event: never) => void));
    return () => listeners.delete(listener as (event: never) => void);
  }

  /** Replaces the subscription, now and on every further connection. A function is asked each time that it is sent. */
  subscribe(subscription: Subscription | (() => Subscription)): void {
    this.#outbox.want('subscription', typeof subscription === 'function' ? subscription : () => subscription);
  }

  /** Asks for a ranking, which replaces another one of the same kind. */
  rank({ interval_seconds = 1, ...top }: Ranking): void {
    this.#outbox.want(top.of, () => ({ top, interval_seconds }));
  }

  /** Ends the ranking of a kind. */
  unrank(of: Kind): void {
    this.#outbox.end(of, { top: { of, n: 0 } });
  }

  /** Does not wait for the time of the next attempt. */
  retryNow(): void {
    if (this.#state.phase === 'waiting') {
      this.#connect();
    }
  }

  /** Ends the connection for good. */
  close(): void {
    this.#end({ phase: 'closed' });
  }

  #connect(): void {
    this.#drop();
    const address = this.#addresses[this.#connections++ % this.#addresses.length]!;
    const socket = (this.#socket = new this.#WebSocket(this.#session?.connect(address) ?? address));
    this.#watchSilence();
    socket.onmessage = (message) => this.#receive(message.data as string);
    socket.onclose = ({ code }) => this.#lose(code);

    // A close follows and says all there is to say; but in Node an error that nobody hears ends the process, also after this lets go.
    socket.onerror = () => {};

    // Last: whoever hears of it may end it.
    this.#enter({ phase: 'connecting', attempt: this.#attempt });
  }

  /** Forgets the socket: nothing that still comes from it counts. */
  #drop(): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    this.#outbox.close();
    if (this.#socket) {
      this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
  }

  #receive(text: string): void {
    const event = JSON.parse(text) as Exclude<StreamEvents[keyof StreamEvents], StreamState | Gap>;
    const isFirst = this.#state.phase !== 'open';
    const gap = event.type === 'Session' ? this.#session?.begin(event) : null;
    if (isFirst) {
      this.#open(event.type === 'Session');
    }

    // Whoever hears that it is open may end it.
    if (!this.#socket) {
      return;
    }

    this.#watchSilence();
    if (event.type !== 'Snapshot' || !this.#session || this.#session.accepts(event)) {
      this.#tell(event.type, event as never);
    }

    if (gap) {
      this.#tell('gap', gap);
    }

    if (isFirst) {
      this.#outbox.send();
    }
  }

  #open(hasSession: boolean): void {
    if (!hasSession) {
      this.#session?.leave();
    }

    this.#attempt = 0;
    this.#outbox.open(this.#session?.isSettled ?? false);
    this.#enter({ phase: 'open' });
  }

  #lose(code: number): void {
    const ending = ENDINGS[code];
    if (ending) {
      this.#end({ phase: 'closed', reason: ending });
      return;
    }

    const stopping = code === NODE_STOPS;
    const reason = MISTAKES[code]
      ?? (stopping ? 'the node stops' : this.#state.phase === 'open' ? 'the connection was lost' : 'the node cannot be reached');
    const { retryMin, retryMax } = this.#options;
    const longest = code in MISTAKES ? retryMax : Math.min(retryMax, retryMin * 2 ** this.#attempt);
    this.#drop();
    this.#attempt++;

    // Thousands that lose the same node do not come back in the same instant.
    const wait = longest * (0.5 + Math.random() / 2);
    this.#retryTimer = setTimeout(() => this.#connect(), wait);
    this.#enter({ phase: 'waiting', attempt: this.#attempt, retryAt: Date.now() + wait, reason });
  }

  #watchSilence(): void {
    clearTimeout(this.#silenceTimer);
    const { silenceMax } = this.#options;
    this.#silenceTimer = setTimeout(() => this.#lose(0), this.#state.phase === 'open' ? silenceMax : Math.min(silenceMax, CONNECT_MAX));
  }

  #end(state: StreamState): void {
    globalThis.removeEventListener?.('online', this.#online);
    this.#drop();
    this.#enter(state);
  }

  #enter(state: StreamState): void {
    this.#state = state;
    this.#tell('state', state);
  }

  /** A listener that throws disturbs neither the others nor the stream. */
  #tell<T extends keyof StreamEvents>(type: T, event: StreamEvents[T]): void {
    for (const listener of this.#listeners.get(type) ?? []) {
      try {
        listener(event as never);
      } catch (error) {
        console.error(error);
      }
    }
  }
}

function ownGateway(): URL {
  const url = new URL('../ws/metrics', import.meta.url);
  url.protocol = url.protocol.replace('http', 'ws');
  url.search = '';
  return url;
}
