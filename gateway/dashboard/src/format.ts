/** Numbers as they are read: of a fixed number of decimals for each magnitude, so that columns do not jump about. */

const WHOLE = new Intl.NumberFormat('en');
const NONE = '–';

type Maybe = number | null | undefined;

/** A count, with every digit. */
export function count(value: Maybe): string {
  return value == null ? NONE : WHOLE.format(Math.round(value));
}

/** Per second, or another amount that is mostly small: one decimal below a thousand. */
export function amount(value: Maybe): string {
  return value == null ? NONE : value < 999.95 ? value.toFixed(1) : WHOLE.format(Math.round(value));
}

/** Milliseconds. */
export function milliseconds(value: Maybe): string {
  return value == null ? NONE : `${amount(value)} ms`;
}

/** Of a hundred. */
export function percent(value: Maybe): string {
  return value == null ? NONE : `${value.toFixed(value < 99.995 ? 2 : 0)} %`;
}

/** Seconds as the largest two units that are not 0: `4 min 12 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(Math.floor(seconds), 0);
  const units = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = units.findIndex(([value]) => value > 0);
  return first < 0 ? '0 s' : units.slice(first, first + 2).filter(([value]) => value > 0).map(([value, unit]) => `${value} ${unit}`).join(' ');
}

/** What something is of a whole, in percent; null when there is no whole. */
export function share(part: Maybe, whole: Maybe): number | null {
  return part == null || !whole ? null : (100 * part) / whole;
}
