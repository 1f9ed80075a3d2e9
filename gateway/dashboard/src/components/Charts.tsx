import { useMemo } from 'preact/hooks';
import { CHARTS, type ChartSpec } from '../charts.js';
import { linesOf, type Lines } from '../points.js';
import * as state from '../state.js';
import { isDark } from '../theme.js';
import { Chart } from './Chart.js';

const NO_LINES: Lines = { times: [], lines: [[], [], [], [], []], gaps: 0 };

/** Upgraded connections are of the cluster and of nodes alone. */
const WITHOUT_UPGRADES = CHARTS.map((spec): ChartSpec => (spec.id === 'in-flight' ? { ...spec, series: spec.series.slice(0, 1) } : spec));

/** The four charts, over one time axis. */
export function Charts() {
  const { scope } = state.view.value;
  const specs = scope && !('node' in scope) ? WITHOUT_UPGRADES : CHARTS;
  const points = state.points.value;
  const span = state.range.value.seconds;
  const to = points?.newest || Math.floor(state.now.peek());
  return (
    <section class="charts" aria-label="Charts">
      {specs.map((spec) => <Drawn key={`${spec.id} ${spec.series.length} ${isDark.value}`} spec={spec} points={points} from={to - span} to={to} />)}
    </section>
  );
}

function Drawn({ spec, points, from, to }: { spec: ChartSpec; points: typeof state.points.value; from: number; to: number }) {
  const lines = useMemo(() => (points ? linesOf(points.list, points.step, spec.series.map((series) => series.read)) : NO_LINES), [points, spec]);
  return <Chart spec={spec} lines={lines} from={from} to={to} />;
}
