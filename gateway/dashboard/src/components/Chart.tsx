import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { axisEnd, stack, type ChartSpec } from '../charts.js';
import type { Lines } from '../points.js';

const HEIGHT = 190;

/** The charts point at one instant together. */
const SYNC = 'kairos';

interface Props {
  spec: ChartSpec;
  lines: Lines;
  /** Of the time axis, in Unix seconds. */
  from: number;
  to: number;
}

/** A chart with its figures: those under the pointer, else the newest. The colours are those of the style sheet when it is made. */
export function Chart({ spec, lines, from, to }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const time = useRef({ from, to });
  const [pointed, setPointed] = useState<number | null>(null);
  time.current = { from, to };

  useLayoutEffect(() => {
    const made = new uPlot(optionsOf(spec, frame.current!.clientWidth, time, setPointed), [[], ...spec.series.map(() => [])], frame.current!);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: frame.current!.clientWidth, height: HEIGHT }));
    resized.observe(frame.current!);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [spec]);

  useEffect(() => {
    // Bands are drawn from the highest down, so that each lies on the ones below it.
    const drawn = spec.isStacked ? stack(lines.lines).reverse() : lines.lines;
    plot.current!.setData([lines.times, ...drawn] as uPlot.AlignedData);
  }, [spec, lines, from, to]);

  const at = pointed !== null && pointed < lines.times.length ? pointed : lines.times.length - 1;
  const values = lines.lines.map((line) => line[at]);
  const headline = spec.headline !== undefined ? values[spec.headline] : sumOf(values);
  return (
    <figure class="chart card" aria-labelledby={`${spec.id}-title`} data-chart={spec.id}>
      <figcaption>
        <h2 id={`${spec.id}-title`}>{spec.title}</h2>
        <p class="headline">{spec.headline !== undefined && spec.series.length > 2 && `${spec.series[spec.headline]!.label} `}<span class="number">{spec.shown(headline)}</span> {spec.unit}</p>
        <p class="when">{pointed !== null && lines.times[at] ? clockTime(lines.times[at]) : ''}</p>
      </figcaption>
      <div class="plot" ref={frame} role="img" aria-label={summaryOf(spec, lines)} tabIndex={0} onKeyDown={(event) => movePointer(event, lines.times, at)}
        onBlur={() => pointAt(null)} />
      <dl class="legend">
        {spec.series.map((series, i) => (
          <div key={series.label} title={series.title}>
            <dt><Swatch color={series.color} dash={series.dash} isBand={spec.isStacked} />{series.label}</dt>
            <dd class="number" data-series={series.label}>{spec.shown(values[i])}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}

function sumOf(values: readonly (number | null | undefined)[]): number | null {
  return values.some((value) => value != null) ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0) : null;
}

function Swatch({ color, dash, isBand }: { color: string; dash: number[] | undefined; isBand: boolean }) {
  return (
    <svg class="swatch" width="14" height="10" aria-hidden="true">
      {isBand
        ? <rect width="10" height="10" rx="2" fill={`var(${color})`} />
        : <line x1="0" y1="5" x2="14" y2="5" stroke={`var(${color})`} stroke-width="2.5" stroke-dasharray={dash?.map((part) => part * 0.7).join(' ') ?? 'none'} />}
    </svg>
  );
}

function optionsOf(spec: ChartSpec, width: number, time: { current: { from: number; to: number } }, point: (index: number | null) => void): uPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const color = (name: string) => css.getPropertyValue(name).trim();
  const order = spec.isStacked ? [...spec.series].reverse() : spec.series;
  const axis = { stroke: color('--text-soft'), grid: { stroke: color('--grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: SYNC } },
    scales: {
      x: { range: () => [time.current.from, time.current.to] },
      y: { range: (_, __, max) => [0, axisEnd(max ?? 0, spec)] },
    },
    axes: [
      { ...axis, values: [...TIME_MARKS] as unknown as uPlot.Axis.Values, space: 70 },
      { ...axis, size: 52, space: 34, values: (_, marks) => marks.map((mark) => mark.toLocaleString('en')) },
    ],
    series: [{}, ...order.map((series) => ({
      stroke: color(series.color),
      width: series.width ?? 1,
      points: { show: false },
      ...(series.dash && { dash: series.dash }),
      ...(spec.isStacked && { fill: color(series.color) }),
    }))],
    hooks: { setCursor: [(self) => point(self.cursor.left! < 0 ? null : self.cursor.idx ?? null)] },
  };
}

/** Of a 24 hour clock: the distance of two marks in seconds, its format, and what is added where the day changes. */
const DAY_MARK = '\n{MMM} {D}';
const TIME_MARKS = [
  [86_400, '{MMM} {D}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', DAY_MARK, null, DAY_MARK, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
];

function clockTime(second: number): string {
  return new Date(second * 1000).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** What those hear who do not see the chart. */
function summaryOf(spec: ChartSpec, { lines, times, gaps }: Lines): string {
  if (times.length === 0) {
    return `${spec.title}: nothing yet`;
  }

  const told = spec.series.map((series, i) => {
    const known = lines[i]!.filter((value) => value !== null);
    return known.length === 0
      ? `${series.label}: nothing`
      : `${series.label}: ${spec.shown(known.at(-1))}, between ${spec.shown(Math.min(...known))} and ${spec.shown(Math.max(...known))}`;
  });
  const missing = gaps === 0 ? '' : `, with ${gaps} ${gaps === 1 ? 'gap' : 'gaps'}`;
  return `${spec.title}${spec.unit && ` (${spec.unit})`} since ${clockTime(times[0]!)}${missing}. ${told.join('; ')}`;
}

/** Arrow keys move the pointer from point to point, on all charts. */
function movePointer(event: KeyboardEvent, times: readonly number[], at: number): void {
  const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
  if (event.key === 'Escape') {
    event.preventDefault();
    pointAt(null);
  } else if (event.key in moves && times.length > 0) {
    event.preventDefault();
    pointAt(times[Math.min(Math.max(at + moves[event.key]!, 0), times.length - 1)]!);
  }
}

function pointAt(second: number | null): void {
  for (const plot of uPlot.sync(SYNC).plots) {
    plot.setCursor(second === null ? { left: -10, top: -10 } : { left: plot.valToPos(second, 'x'), top: 10 });
  }
}
