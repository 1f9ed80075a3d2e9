import { follow, addressOf, go } from '../navigation.js';
import * as state from '../state.js';
import { kindOf, nameOf, rangesOf } from '../view.js';

/** What the charts are of, and how far back they go. */
export function ScopeBar() {
  const { scope } = state.view.value;
  return (
    <div class="scope-bar">
      <nav aria-label="What is shown">
        <ol>
          <li>{scope ? <a href={addressOf({ scope: null })} onClick={(event) => follow(event, { scope: null })}>Cluster</a> : <h1>Cluster</h1>}</li>
          {scope && <li><span class="kind">{kindOf(scope)}</span> <h1 data-scope>{nameOf(scope)}</h1></li>}
        </ol>
        {scope && <button type="button" class="clear" title="Back to the whole cluster (Escape)" onClick={() => go({ scope: null })}><span aria-hidden="true">✕</span><span class="unseen">Back to the whole cluster</span></button>}
      </nav>
      <div class="ranges" role="group" aria-label="Range of the charts">
        {rangesOf(scope).map((range) => (
          <button type="button" key={range.name} aria-pressed={state.view.value.range === range.name} onClick={() => go({ range: range.name })}>{range.label}</button>
        ))}
      </div>
    </div>
  );
}
