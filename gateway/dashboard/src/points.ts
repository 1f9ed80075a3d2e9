import type { Snapshot, TimeSeries } from './client.js';

/** One step of the past: values by metric, those of counters at its end. A metric without a value is missing. */
export interface Point {
  /** Unix seconds of the last second in it. */
  at: number;
  values: Record<string, number>;
}

/** Seconds since 1970 of a timestamp of the stream. */
export function secondsOf(timestamp: string): number {
  return Date.parse(timestamp) / 1000;
}

/**
 * The points of one scope over a range, from history and from live Snapshots: both may tell of the same step, and the later word holds.
 * A step in which no gateway ran has no point.
 */
export class Points {
  readonly #byStep = new Map<number, Point>();
  #newest = 0;

  /** In seconds: the width of a step, and how far back points are kept. */
  constructor(readonly step: number, readonly span: number) {}

  /** The last second there is; 0 for none. */
  get newest(): number {
    return this.#newest;
  }

  /** History after a second: of a step that began before it only the end is told, so that what is known of that step stands. */
  merge(series: TimeSeries, from = 0): void {
    for (const { timestamp, value } of series.data_points) {
      const second = secondsOf(timestamp);
      const step = Math.ceil(second / this.step);
      const isWhole = (step - 1) * this.step >= from;
      if (isWhole || this.#byStep.get(step)?.values[series.metric_name] === undefined) {
        this.#at(second).values[series.metric_name] = value;
      }
    }
  }

  add({ timestamp, tick: _, ...metrics }: Snapshot): void {
    const { values } = this.#at(secondsOf(timestamp));
    for (const [metric, value] of Object.entries(metrics)) {
      if (typeof value === 'number') {
        values[metric] = value;
      }
    }
  }

  /** Ascending, those in the range and the one before them, which rates need. */
  list(): Point[] {
    const oldest = this.#newest - this.span - this.step;
    for (const [step, point] of this.#byStep) {
      if (point.at < oldest) {
        this.#byStep.delete(step);
      }
    }

    return [...this.#byStep.values()].sort((one, other) => one.at - other.at);
  }

  /** Steps end at whole multiples of their width in Unix seconds. */
  #at(second: number): Point {
    this.#newest = Math.max(this.#newest, second);
    const step = Math.ceil(second / this.step);
    let point = this.#byStep.get(step);
    if (!point) {
      this.#byStep.set(step, (point = { at: second, values: {} }));
    }

    // The step under way grows.
    point.at = Math.max(point.at, second);
    return point;
  }
}

/** Lines over common times, for a chart: where there is no value, null. */
export interface Lines {
  /** Unix seconds. */
  times: number[];
  lines: (number | null)[][];
  /** How often steps are missing. */
  gaps: number;
}

/** One value of a point; the point before it is there for what is a difference of two. */
export type Read = (point: Point, former: Point | undefined) => number | null;

/** Reads lines from points; steps that are missing break them. */
export function linesOf(points: readonly Point[], step: number, reads: readonly Read[]): Lines {
  const times: number[] = [];
  const lines: (number | null)[][] = reads.map(() => []);
  let gaps = 0;
  points.forEach((point, i) => {
    const former = points[i - 1];
    if (former && Math.ceil(point.at / step) - Math.ceil(former.at / step) > 1) {
      gaps++;
      times.push(former.at + step);
      lines.forEach((line) => line.push(null));
    }

    times.push(point.at);
    lines.forEach((line, k) => line.push(reads[k]!(point, former)));
  });
  return { times, lines, gaps };
}

/** How much a counter grew in each second of a step; null where the counter or the step before is not known. */
export function perSecond(metric: string): Read {
  return (point, former) => {
    const [now, before] = [point.values[metric], former?.values[metric]];
    return now === undefined || before === undefined || point.at === former!.at ? null : Math.max(now - before, 0) / (point.at - former!.at);
  };
}

/** A metric as it is. */
export function valueOf(metric: string): Read {
  return (point) => point.values[metric] ?? null;
}
