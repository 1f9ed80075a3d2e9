import * as format from '../format.js';
import * as state from '../state.js';

/** The guide's six figures, since the cluster began and now. */
export function Figures() {
  const snapshot = state.snapshot.value;
  const read = (metric: string) => {
    const value = snapshot?.[metric];
    return typeof value === 'number' ? value : null;
  };
  const sum = (...metrics: string[]) => (metrics.some((metric) => read(metric) === null) ? null : metrics.reduce((total, metric) => total + read(metric)!, 0));
  const success = read('responses_2xx') ?? read('requests_success');
  const errors = sum('responses_4xx', 'responses_5xx') ?? read('requests_error');
  const judged = success === null || errors === null ? null : success + errors;
  return (
    <dl class="figures card">
      <Figure id="requests_total" label="Requests" value={format.count(read('requests_total'))} />
      <Figure id="requests_success" label="Successes" value={format.count(success)} />
      <Figure id="requests_error" label="Errors" value={format.count(errors)} />
      <Figure id="success_rate" label="Success rate" value={judged === 0 ? format.percent(100) : format.percent(format.share(success, judged))} />
      <Figure id="avg_response_time" label="Mean time" value={format.milliseconds(read('avg_response_time'))} />
      <Figure id="active_connections" label="In flight" value={format.count(read('active_connections'))} />
    </dl>
  );
}

function Figure({ id, label, value }: { id: string; label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd class="number" data-figure={id}>{value}</dd>
    </div>
  );
}
