import * as format from './format.js';
import { perSecond, valueOf, type Point, type Read } from './points.js';

/** A line or a band of a chart. */
export interface Series {
  label: string;
  title: string;
  /** A custom property of the style sheet. */
  color: string;
  read: Read;
  /** In pixels, a dash and a gap: lines differ in more than their colour. */
  dash?: number[];
  width?: number;
}

/** One of the page's charts. */
export interface ChartSpec {
  id: string;
  title: string;
  unit: string;
  series: readonly Series[];
  /** Bands on one another, the first at the bottom; else lines. */
  isStacked: boolean;
  shown: (value: number | null | undefined) => string;
  /** The series whose figure stands beside the title; of stacked bands it is their sum. */
  headline?: number;
  /** The highest value of the axis at least, so that a flat line is not blown up. */
  least: number;
  /** And at most, where there is a most. */
  most?: number;
}

const rate = (metric: string, label: string, title: string, color: string): Series => ({ label, title, color, read: perSecond(metric) });

const shareOf = (metric: string): Read => {
  const [part, whole] = [perSecond(metric), perSecond('requests_total')];
  return (point: Point, former: Point | undefined) => {
    const all = whole(point, former);
    return all === null ? null : format.share(part(point, former), all) ?? 0;
  };
};

export const CHARTS: readonly ChartSpec[] = [
  {
    id: 'requests', title: 'Requests', unit: '/s', isStacked: true, shown: format.amount, least: 1,
    series: [
      rate('responses_5xx', '5xx', 'Errors of the gateway or a destination, per second', '--status-5xx'),
      rate('responses_4xx', '4xx', 'Errors of the client, per second', '--status-4xx'),
      rate('responses_3xx', '3xx', 'Redirections, per second', '--status-3xx'),
      rate('responses_1xx', '1xx', 'Upgraded connections that ended, per second', '--status-1xx'),
      rate('responses_2xx', '2xx', 'Successes, per second', '--status-2xx'),
    ],
  },
  {
    id: 'latency', title: 'Latency', unit: 'ms', isStacked: false, shown: format.amount, least: 1, headline: 2,
    series: [
      { label: 'p50', title: 'Half of the requests were answered within this time', color: '--line-low', read: valueOf('response_time_p50'), width: 1.5 },
      { label: 'p95', title: '95 of 100 requests were answered within this time', color: '--line-middle', read: valueOf('response_time_p95'), dash: [6, 3], width: 1.5 },
      { label: 'p99', title: '99 of 100 requests were answered within this time', color: '--line-high', read: valueOf('response_time_p99'), width: 2 },
    ],
  },
  {
    id: 'errors', title: 'Error rate', unit: '%', isStacked: true, shown: (value) => (value == null ? format.amount(value) : value.toFixed(2)), least: 1, most: 100,
    series: [
      { label: '5xx', title: 'Share of requests that failed at the gateway or a destination', color: '--status-5xx', read: shareOf('responses_5xx') },
      { label: '4xx', title: 'Share of requests with an error of the client', color: '--status-4xx', read: shareOf('responses_4xx') },
    ],
  },
  {
    id: 'in-flight', title: 'In flight', unit: '', isStacked: false, shown: format.count, least: 4, headline: 0,
    series: [
      { label: 'requests', title: 'Requests in progress, upgraded connections included', color: '--line-middle', read: valueOf('active_connections'), width: 1.5 },
      { label: 'upgraded', title: 'Upgraded connections (WebSockets and the like)', color: '--line-high', read: valueOf('upgraded_connections'), dash: [3, 3], width: 1.5 },
    ],
  },
];

/** The end of an axis: a round number above the highest value, so that it seldom moves. */
export function axisEnd(highest: number, { least, most = Infinity }: Pick<ChartSpec, 'least' | 'most'>): number {
  const wanted = Math.max(highest, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return Math.min(power * ([1, 1.5, 2, 3, 4, 5, 6, 8].find((factor) => factor * power >= wanted * 1.02) ?? 10), most);
}

/** Each line on the ones before it; where one is null, all are. */
export function stack(lines: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const stacked: (number | null)[][] = [];
  for (const line of lines) {
    const below = stacked.at(-1);
    stacked.push(line.map((value, i) => {
      const base = below ? below[i] : 0;
      return value === null || base == null ? null : base + value;
    }));
  }

  return stacked;
}
