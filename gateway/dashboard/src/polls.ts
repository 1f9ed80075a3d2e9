import { getHealth, getNodes, getScopes } from './api.js';
import * as state from './state.js';

const HEALTH_PERIOD = 5_000;
const SCOPES_PERIOD = 30_000;

/** The age of the newest second is shown anew when no Snapshot has come for so long; each Snapshot shows it anyway. */
const SILENCE = 1_300;

/** What the stream does not tell: the cluster's health, its nodes, the names of scopes. Asked for while the page is seen. */
export class Polls {
  #timers: ReturnType<typeof setInterval>[] = [];
  #clock: ReturnType<typeof setTimeout> | undefined;
  #quiet = true;

  setQuiet(quiet: boolean): void {
    if (quiet === this.#quiet) {
      return;
    }

    this.#quiet = quiet;
    if (quiet) {
      this.#timers.forEach(clearInterval);
      clearTimeout(this.#clock);
    } else {
      this.#timers = [this.#every(HEALTH_PERIOD, () => this.#readHealth()), this.#every(SCOPES_PERIOD, () => this.readScopes())];
      this.tick();
    }
  }

  /** Moves the page's clock. */
  tick(): void {
    if (!this.#quiet) {
      state.now.value = Date.now() / 1000 + state.clockOffset.value;
      clearTimeout(this.#clock);
      this.#clock = setTimeout(() => this.tick(), SILENCE);
    }
  }

  async readScopes(): Promise<void> {
    state.scopes.value = await getScopes().catch(() => state.scopes.value);
  }

  /** Null while the gateway does not answer; the nodes too, where they are shown. */
  async #readHealth(): Promise<void> {
    const asked = Date.now();
    const [health, nodes] = await Promise.all([
      getHealth().catch(() => null),
      state.view.value.table === 'nodes' ? getNodes().catch(() => state.nodes.value) : state.nodes.value,
    ]);
    if (health) {
      state.clockOffset.value = (Date.parse(health.as_of) - (asked + Date.now()) / 2) / 1000;
    }

    state.health.value = health;
    state.nodes.value = nodes;
  }

  #every(period: number, read: () => Promise<void>): ReturnType<typeof setInterval> {
    void read();
    return setInterval(() => void read(), period);
  }
}
