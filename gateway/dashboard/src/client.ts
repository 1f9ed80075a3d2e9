/**
 * A client of Kairos's metrics stream (docs/protocol.md) for browsers and, with a WebSocket given, for Node: it connects again by itself,
 * with back-off, asks again for what it was told to ask for, and keeps within the node's limit of messages.
 *
 *     import { MetricsStream } from 'http://localhost:5900/kairos/client.js';
 *     const stream = new MetricsStream();
 *     stream.on('Snapshot', (snapshot) => console.log(snapshot.requests_total));
 *     stream.subscribe({ metrics: ['requests_total'], interval_seconds: 2 });
 */

import type { Heartbeat, Kind, Ranking, Snapshot, StreamError, Subscription, TimeSeries, TopN } from './wire.js';

export type * from './wire.js';

/** `open` once the node has sent something; `waiting` between two attempts, until `retryAt` (milliseconds since 1970). */
export type StreamState =
  | { phase: 'connecting'; attempt: number }
  | { phase: 'open' }
  | { phase: 'waiting'; attempt: number; retryAt: number; reason: string }
  | { phase: 'closed' };

export interface StreamEvents {
  Snapshot: Snapshot;
  TimeSeries: TimeSeries;
  TopN: TopN;
  Error: StreamError;
  Heartbeat: Heartbeat;
  state: StreamState;
}

export interface StreamOptions {
  /** The class to connect with; the browser's own unless given. */
  WebSocket?: new (url: string) => WebSocket;
  /** Milliseconds before the first new attempt; doubled by each that fails. 500 unless given. */
  retryMin?: number;
  /** Milliseconds before a new attempt at most. 15,000 unless given. */
  retryMax?: number;
  /** A connection on which nothing came for so many milliseconds is given up; a Heartbeat comes every 30 s. 45,000 unless given. */
  silenceMax?: number;
}

/** Messages in a window of time: two fewer than a node allows unless it is told otherwise. */
const MESSAGES_MAX = 8;
const MESSAGES_WINDOW = 10_000;

/** Why a socket was closed, for the codes after which another attempt soon would end the same way: the longest wait comes first. */
const MISTAKES: Record<number, string> = {
  1002: 'the node found a frame that breaks the protocol',
  1007: 'the node found a message that is not UTF-8',
  1008: 'the node got too many messages',
  1009: 'the node got too long a message',
};

const NODE_STOPS = 1001;

/** Milliseconds after which a node that neither takes nor refuses a connection is given up, as one that is cut off. */
const CONNECT_MAX = 10_000;

type Slot = 'subscription' | Kind;

/** One stream of metrics, over as many connections as it takes. */
export class MetricsStream {
  readonly #url: string;
  readonly #options: Required<Omit<StreamOptions, 'WebSocket'>>;
  readonly #WebSocket: new (url: string) => WebSocket;
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  /** What is in force, or shall be once there is a connection. */
  readonly #wanted = new Map<Slot, () => object>();
  /** What has not been sent yet: of each slot the newest alone. */
  readonly #unsent = new Map<Slot, () => object>();
  #sentAt: number[] = [];
  #state: StreamState = { phase: 'closed' };
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #sendTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #online = () => this.retryNow();

  /** Connects at once. Without an address it connects to the gateway that this module was loaded from. */
  constructor(url: string | URL = ownGateway(), options: StreamOptions = {}) {
    const { WebSocket = globalThis.WebSocket, retryMin = 500, retryMax = 15_000, silenceMax = 45_000 } = options;
    this.#url = String(url);
    this.#WebSocket = WebSocket;
    this.#options = { retryMin, retryMax, silenceMax };
    globalThis.addEventListener?.('online', this.#online);
    this.#connect();
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Calls back for each event of a type; what it returns ends that. */
  on<T extends keyof StreamEvents>(type: T, listener: (event: StreamEvents[T]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener as (event: never) => void));
    return () => listeners.delete(listener as (event: never) => void);
  }

  /** Replaces the subscription, now and on every further connection. A function is asked each time that it is sent. */
  subscribe(subscription: Subscription | (() => Subscription)): void {
    this.#want('subscription', typeof subscription === 'function' ? subscription : () => subscription);
  }

  /** Asks for a ranking, which replaces another one of the same kind. */
  rank({ interval_seconds = 1, ...top }: Ranking): void {
    this.#want(top.of, () => ({ top, interval_seconds }));
  }

  /** Ends the ranking of a kind. */
  unrank(of: Kind): void {
    if (this.#wanted.delete(of)) {
      this.#unsent.set(of, () => ({ top: { of, n: 0 } }));
      this.#send();
    }
  }

  /** Does not wait for the time of the next attempt. */
  retryNow(): void {
    if (this.#state.phase === 'waiting') {
      this.#connect();
    }
  }

  /** Ends the connection for good. */
  close(): void {
    globalThis.removeEventListener?.('online', this.#online);
    this.#drop();
    this.#enter({ phase: 'closed' });
  }

  #want(slot: Slot, message: () => object): void {
    this.#wanted.set(slot, message);
    this.#unsent.set(slot, message);
    this.#send();
  }

  #connect(): void {
    this.#drop();
    const socket = (this.#socket = new this.#WebSocket(this.#url));
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
    clearTimeout(this.#sendTimer);
    clearTimeout(this.#silenceTimer);
    if (this.#socket) {
      this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
  }

  #receive(text: string): void {
    if (this.#state.phase !== 'open') {
      this.#attempt = 0;
      this.#sentAt = [];
      this.#unsent.clear();
      this.#enter({ phase: 'open' });
      this.#wanted.forEach((message, slot) => this.#unsent.set(slot, message));
      this.#send();
    }

    this.#watchSilence();
    const event = JSON.parse(text) as { type: keyof StreamEvents };
    this.#tell(event.type, event as never);
  }

  #lose(code: number): void {
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

  /** Sends what waits, as much as the node's limit allows, and the rest when there is room. */
  #send(): void {
    clearTimeout(this.#sendTimer);
    if (this.#state.phase !== 'open') {
      return;
    }

    const now = Date.now();
    this.#sentAt = this.#sentAt.filter((at) => now - at < MESSAGES_WINDOW);
    for (const [slot, message] of this.#unsent) {
      const [oldest] = this.#sentAt;
      if (oldest !== undefined && this.#sentAt.length >= MESSAGES_MAX) {
        this.#sendTimer = setTimeout(() => this.#send(), oldest + MESSAGES_WINDOW - now);
        return;
      }

      this.#unsent.delete(slot);
      this.#sentAt.push(now);
      this.#socket!.send(JSON.stringify(message()));
    }
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
