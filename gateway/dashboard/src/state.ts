import { computed, signal } from '@preact/signals';
import type { Health, Nodes, Scopes } from './api.js';
import type { Kind, Snapshot, StreamState, TopN } from './client.js';
import type { Point } from './points.js';
import { parseView, rangeOf, type View } from './view.js';

/** What the page knows. Components read it, the feed and the polls write it. */
export const view = signal<View>(parseView(location.search));
export const range = computed(() => rangeOf(view.value));

/** Of the socket. */
export const connection = signal<StreamState>({ phase: 'connecting', attempt: 0 });

/** The newest Snapshot of the view's scope; null before the first. */
export const snapshot = signal<Snapshot | null>(null);

/** The past of the view's scope over the view's range, ascending; null before the first answer. */
export const points = signal<{ list: readonly Point[]; step: number; newest: number } | null>(null);

/** Why the node does not tell of the view's scope. */
export const refusal = signal<string | null>(null);

/** What the node said and nobody asked for. */
export const notice = signal<string | null>(null);

export const rankings = signal<Partial<Record<Kind, TopN>>>({});
export const health = signal<Health | null>(null);
export const nodes = signal<Nodes | null>(null);
export const scopes = signal<Scopes | null>(null);

/** Seconds since 1970 by the gateway's clock: this browser's own may be wrong. Moves once a second while the page is seen. */
export const now = signal(Date.now() / 1000);

/** What is added to this browser's clock, in seconds. */
export const clockOffset = signal(0);

/** Whether what is shown is what was known last, and no more than that. */
export const isStale = computed(() => connection.value.phase !== 'open' && snapshot.value !== null);
