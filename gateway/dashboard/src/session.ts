import type { SessionEvent, Snapshot, Subscription } from './wire.js';

/** Snapshots that are lost for good: those after one tick and before another. */
export interface Gap {
  /** Of the last Snapshot before it. */
  fromTick: number;
  /** Of the first Snapshot after it. */
  firstTick: number;
  /** One sentence. */
  reason: string;
}

interface Loss {
  fromTick: number;
  /** Whose Snapshots; null where that is not known. */
  subscription: Subscription | null;
  reason: string;
}

/**
 * A session (docs/protocol.md, "Sessions") over all its connections: what to come back with, which Snapshots are new, which ones are lost,
 * and whether the node has the subscription yet.
 */
export class Session {
  #id: string | null;
  /** Every Snapshot up to this tick was delivered, or is told to be lost. */
  #lastTick: number | null;
  /** What Snapshots are of, by the node's word. */
  #subscription: Subscription | null = null;
  #isArriving = true;
  #asksHistory = false;
  /** Subscriptions that went out on this connection and were not answered. */
  #unanswered = 0;
  #isSettled = false;
  #loss: Loss | null = null;

  /** An id of an earlier connection, or of the caller's choice; null for a new session. */
  constructor(id: string | null, lastTick: number | null) {
    this.#id = id;
    this.#lastTick = id === null ? null : lastTick;
  }

  get id(): string | null {
    return this.#id;
  }

  get lastTick(): number | null {
    return this.#lastTick;
  }

  /** The node has what was asked for last, and has told its history. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** A connection is made: the node's address with what it is to know. */
  connect(address: string): string {
    this.#isArriving = true;
    this.#unanswered = 0;
    const url = new URL(address, globalThis.location?.href);
    url.searchParams.set('session', this.#id ?? 'new');
    if (this.#id !== null && this.#lastTick !== null) {
      url.searchParams.set('last_tick', String(this.#lastTick));
    }

    return url.href;
  }

  /** A subscription goes out. */
  asked({ include_history: asksHistory = false }: Partial<Subscription>): void {
    this.#asksHistory = asksHistory;
    this.#isSettled = false;
    this.#unanswered++;
  }

  /** The node's word on what follows; returns the Snapshots that will not. */
  begin(event: SessionEvent): Gap | null {
    const isArrival = this.#isArriving;
    const isSame = this.#subscription !== null && isEqual(this.#subscription, event.subscription);
    if (isArrival) {
      this.#isSettled &&= isSame && (event.recovered || !this.#asksHistory);
    } else if (event.recovered || !isSame) {
      this.#unanswered = Math.max(this.#unanswered - 1, 0);
    }

    if (!event.recovered && this.#lastTick !== null) {
      this.#loss ??= { fromTick: this.#lastTick, subscription: this.#subscription, reason: event.reason ?? '' };
    }

    const { interval_seconds: interval = 1 } = event.subscription;
    const firstTick = event.first_tick ?? (this.#lastTick ?? 0) + interval;
    this.#isArriving = false;
    this.#id = event.session_id;
    this.#subscription = event.subscription;
    if (!event.recovered) {
      // The first one may be earlier than the last: of another subscription, or by a clock that was set back.
      this.#lastTick = firstTick - interval;
    }

    const loss = this.#loss;
    const isOver = loss !== null && (loss.subscription === null || isEqual(loss.subscription, event.subscription));

    // A node that has forgotten the subscription begins with the default one, and the loss ends where the former is in force again. Of no
    // interest is what is lost of a subscription that was given up.
    if (isOver || (!isArrival && !isSame)) {
      this.#loss = null;
    }

    return isOver && firstTick > loss.fromTick + interval ? { fromTick: loss.fromTick, firstTick, reason: loss.reason } : null;
  }

  /** The node knows no sessions: what it sends has no ticks to go on from. */
  leave(): void {
    this.#isArriving = this.#isSettled = false;
    this.#lastTick = this.#subscription = this.#loss = null;
  }

  /** False for a Snapshot that was there before. */
  accepts({ tick }: Snapshot): boolean {
    if (tick === undefined) {
      return true;
    }

    // An answer ends with a Snapshot.
    this.#isSettled ||= this.#unanswered === 0;
    if (this.#lastTick !== null && tick <= this.#lastTick) {
      return false;
    }

    this.#lastTick = tick;
    return true;
  }
}

/** Of two that a node told. */
function isEqual(one: Subscription, other: Subscription): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf({ metrics, interval_seconds = 1, scope }: Subscription): string {
  return JSON.stringify([[...metrics].sort(), interval_seconds, scope]);
}
