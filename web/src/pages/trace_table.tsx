// A list of traces: how each one ended, when it began, what it was, and how long it took.
import { duration, plural, shortTime } from '../lib/format';
import { go, href } from '../lib/location';
import type { TraceSummary } from '../lib/types';
import { ErrorsInside, OutcomeMark, outcomeOf, Service, ServiceDots } from '../parts/marks';
import { Line } from '../parts/text';

function TraceRow({ trace, longest }: { trace: TraceSummary; longest: number }) {
  const outcome = outcomeOf(trace);
  const to = href(`traces/${trace.trace_id}`);
  const said = outcome === 'ok' ? '' : trace.error || trace.status || '';
  return (
    <tr class={`row ${outcome}`} onClick={(e) => !(e.target as Element).closest('a') && !window.getSelection()?.toString() && go(to)}>
      <td class="cell-mark"><OutcomeMark outcome={outcome} /></td>
      <td class="cell-time num">{shortTime(trace.start_us ?? 0)}</td>
      <td class="cell-name">
        <div>
          <a href={to} data-row><Line text={trace.name || '(no name)'} max={160} /></a>
          {said ? <span class="row-error"><Line text={said} max={160} /></span> : trace.errors ? <ErrorsInside trace={trace} /> : <Service name={trace.service ?? ''} />}
          {trace.root_missing && !trace.status && <span class="badge" title="The first span has not come yet">incomplete</span>}
        </div>
      </td>
      <td class="cell-duration num">
        <div>
          <span class="bar" aria-hidden="true"><span style={{ width: `${Math.min(100, Math.max(1, ((trace.duration_ns ?? 0) / longest) * 100))}%` }} /></span>
          <span>{duration(trace.duration_ns ?? 0)}</span>
        </div>
      </td>
      <td class="cell-spans num">{plural(trace.spans ?? 0, 'span')}</td>
      <td class="cell-services"><ServiceDots names={trace.services ?? []} /></td>
    </tr>
  );
}

export function TraceTable({ traces, label }: { traces: TraceSummary[]; label: string }) {
  // A few very long traces would leave no bar for the others, so they end at the edge.
  const sorted = traces.map((t) => t.duration_ns ?? 0).sort((a, b) => a - b);
  const longest = Math.max(1, sorted[Math.floor(sorted.length * 0.95)] ?? 1);
  return (
    <table class="list traces-table" aria-label={label}>
      <thead>
        <tr><th scope="col"><span class="sr">Outcome</span></th><th scope="col">Time</th><th scope="col">Operation</th><th scope="col" class="right">Duration</th><th scope="col" class="right">Size</th><th scope="col">Services</th></tr>
      </thead>
      <tbody>
        {traces.map((t) => <TraceRow key={t.trace_id} trace={t} longest={longest} />)}
      </tbody>
    </table>
  );
}
