import type { Kind } from './wire.js';

/** Messages in a window of time: two fewer than a node allows unless it is told otherwise. */
const MESSAGES_MAX = 8;
const MESSAGES_WINDOW = 10_000;

/** Of each a connection has one at a time. */
export type Slot = 'subscription' | Kind;

/** What a node is asked for, on every connection anew; within the node's limit of messages. */
export class Outbox {
  readonly #deliver: (slot: Slot, message: object) => void;
  /** What is in force, or shall be once there is a connection. */
  readonly #wanted = new Map<Slot, () => object>();
  /** What has not been sent yet: of each slot the newest alone. */
  readonly #unsent = new Map<Slot, () => object>();
  #isOpen = false;
  #sentAt: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deliver: (slot: Slot, message: object) => void) {
    this.#deliver = deliver;
  }

  /** The message is asked for when it goes out. */
  want(slot: Slot, message: () => object): void {
    this.#wanted.set(slot, message);
    this.#unsent.set(slot, message);
    this.send();
  }

  /** The message ends what was wanted, if it was. */
  end(slot: Slot, message: object): void {
    if (this.#wanted.delete(slot)) {
      this.#unsent.set(slot, () => message);
      this.send();
    }
  }

  /** A node listens, and has nothing yet; or the subscription, as it was sent last. */
  open(hasSubscription: boolean): void {
    const keeps = hasSubscription && !this.#unsent.has('subscription');
    this.#isOpen = true;
    this.#sentAt = [];
    this.#unsent.clear();
    this.#wanted.forEach((message, slot) => slot === 'subscription' && keeps || this.#unsent.set(slot, message));
  }

  close(): void {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  /** Sends what waits, as much as the node's limit allows, and the rest when there is room. */
  send(): void {
    clearTimeout(this.#timer);
    if (!this.#isOpen) {
      return;
    }

    const now = Date.now();
    this.#sentAt = this.#sentAt.filter((at) => now - at < MESSAGES_WINDOW);
    for (const [slot, message] of this.#unsent) {
      const [oldest] = this.#sentAt;
      if (oldest !== undefined && this.#sentAt.length >= MESSAGES_MAX) {
        this.#timer = setTimeout(() => this.send(), oldest + MESSAGES_WINDOW - now);
        return;
      }

      this.#unsent.delete(slot);
      this.#sentAt.push(now);
      this.#deliver(slot, message());
    }
  }
}
