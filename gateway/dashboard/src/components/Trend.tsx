import type { TrendPoint } from '../api.js';

const WIDTH = 84;
const HEIGHT = 20;
const SPAN_SECONDS = 600;

/** A line of ten minutes without axes, from 0 to its highest value. */
export function Trend({ points }: { points: readonly TrendPoint[] }) {
  const newest = points.at(-1)?.at ?? 0;
  const highest = Math.max(...points.map(({ value }) => value), 0.001);
  const path = points
    .map(({ at, value }, i) => `${i === 0 ? 'M' : 'L'}${(WIDTH - ((newest - at) * WIDTH) / SPAN_SECONDS).toFixed(1)} ${(HEIGHT - 1 - (value * (HEIGHT - 2)) / highest).toFixed(1)}`)
    .join('');
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
