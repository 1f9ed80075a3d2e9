import { computed, effect } from '@preact/signals';
import { getHealth, getNodes, getScopes } from './api.js';
import * as state from './state.js';

const PERIOD = 5_000;
const SCOPES_TURNS = 6;

/** The age of the newest second is shown anew when no Snapshot has come for so long; each Snapshot shows it anyway. */
const SILENCE = 1_300;

const showsNodes = computed(() => state.view.value.table === 'nodes');

/** What the stream does not tell: the cluster's health, its nodes, the names of scopes. Asked for while the page is seen. */
export class Polls {
  #timer: ReturnType<typeof setInterval> | undefined;
  #turn = 0;
  #clock: ReturnType<typeof setTimeout> | undefined;
  #quiet = true;
  #endNodes = () => {};

  setQuiet(quiet: boolean): void {
    if (quiet === this.#quiet) {
      return;
    }

    this.#quiet = quiet;
    if (quiet) {
      clearInterval(this.#timer);
      clearTimeout(this.#clock);
      this.#endNodes();
      return;
    }

    this.#turn = 0;
    this.#timer = this.#every(() => this.#poll());
    this.#endNodes = effect(() => {
      // Their table does not wait for the next turn.
      const timer = showsNodes.value ? this.#every(() => this.#readNodes()) : undefined;
      return () => clearInterval(timer);
    });
    this.tick();
  }

  /** Moves the page's clock. */
  tick(): void {
    if (!this.#quiet) {
      state.now.value = Date.now() / 1000 + state.clockOffset.value;
      clearTimeout(this.#clock);
      this.#clock = setTimeout(() => this.tick(), SILENCE);
    }
  }

  async #readScopes(): Promise<void> {
    state.scopes.value = await getScopes().catch(() => state.scopes.value);
  }

  /** Null while the gateway does not answer. */
  async readHealth(): Promise<void> {
    if (this.#quiet) {
      return;
    }

    const asked = Date.now();
    const health = await getHealth().catch(() => null);
    if (health) {
      state.clockOffset.value = (Date.parse(health.as_of) - (asked + Date.now()) / 2) / 1000;
    }

    state.health.value = health;
  }

  /** Scopes seldom change: they are asked for at some turns, and at each until they are known. */
  async #poll(): Promise<void> {
    const isTurn = this.#turn++ % SCOPES_TURNS === 0;
    await Promise.all([this.readHealth(), isTurn || state.scopes.value === null ? this.#readScopes() : null]);
  }

  async #readNodes(): Promise<void> {
    state.nodes.value = await getNodes().catch(() => state.nodes.peek());
  }

  #every(read: () => Promise<void>): ReturnType<typeof setInterval> {
    void read();
    return setInterval(() => void read(), PERIOD);
  }
}
