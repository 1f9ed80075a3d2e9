import { effect } from '@preact/signals';
import * as state from './state.js';
import { DEFAULT, formatView, parseView, type View } from './view.js';

/** Leads to another view; those who come back by the browser find the former one, unless it is replaced. */
export function go(change: Partial<View>, replaces = false): void {
  const next = { ...state.view.value, ...change };
  const address = formatView(next);
  if (replaces) {
    history.replaceState(null, '', address);
  } else if (address !== formatView(state.view.value)) {
    history.pushState(null, '', address);
  }

  state.view.value = next;
}

/** The address of a view that differs from the present one, for a link. */
export function addressOf(change: Partial<View>): string {
  return formatView({ ...state.view.value, ...change });
}

/** Follows a link within the page, unless the reader wants it in another tab. */
export function follow(event: MouseEvent, change: Partial<View>): void {
  if (event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    go(change);
  }
}

/** The browser's own back and forward, and keys: `/` to the filter, Escape back to the whole cluster. */
export function startNavigation(): void {
  addEventListener('popstate', () => (state.view.value = parseView(location.search)));
  addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const types = target.matches('input, textarea, select');
    if (event.key === '/' && !types) {
      event.preventDefault();
      document.querySelector<HTMLInputElement>('#filter')?.focus();
    } else if (event.key === 'Escape' && types) {
      go({ filter: DEFAULT.filter }, true);
      target.blur();
    } else if (event.key === 'Escape' && state.view.value.scope && !event.defaultPrevented) {
      go({ scope: null });
    }
  });
  effect(() => {
    const { scope } = state.view.value;
    document.title = scope ? `${Object.values(scope)[0]} · Kairos` : 'Kairos';
  });
}
