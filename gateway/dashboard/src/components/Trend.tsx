import { TREND_STEP } from '../api.js';
import { TREND_SPAN, type Trends } from '../trends.js';

const WIDTH = 84;
const HEIGHT = 20;

/** A line of ten minutes without axes, from 0 to its highest value. */
export function Trend({ trends, scope }: { trends: Trends; scope: string }) {
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={pathOf(trends, scope)} />
    </svg>
  );
}

function pathOf(trends: Trends, scope: string): string {
  const points = trends.of(scope);
  const newest = points.at(-1)?.at ?? 0;
  const highest = Math.max(...points.map(({ value }) => value), 0.001);
  const x = (at: number) => WIDTH - ((newest - at) * WIDTH) / TREND_SPAN;
  const y = (value: number) => HEIGHT - 1 - (value * (HEIGHT - 2)) / highest;
  const goesOn = (i: number) => i > 0 && points[i]!.at - points[i - 1]!.at <= TREND_STEP;
  return points.map(({ at, value }, i) => `${goesOn(i) ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
}
