// Who talked to whom, in the order of time: a column for each service, an arrow for each call between two of them.
import { useState } from 'preact/hooks';
import { count, duration } from '../lib/format';
import type { Span } from '../lib/tree';
import { serviceClass, Service } from './marks';
import { Line } from './text';

const SHOWN = 200;
const CALLS_OUT = [3, 4];

interface Call {
  span: Span;
  from: string;
  to: string;
}

/** A call is a span whose parent belongs to another service; of a client's span and its server's span the server's is shown. */
function callsOf(spans: Span[]): Call[] {
  const calls: Call[] = [];
  for (const span of spans) {
    const parent = spans[span.parent];
    if (!parent) calls.push({ span, from: '', to: span.service });
    else if (parent.service !== span.service) calls.push({ span, from: parent.service, to: span.service });
    else if (CALLS_OUT.includes(span.kind) && span.children.length === 0) calls.push({ span, from: span.service, to: span.service });
  }
  return calls.sort((a, b) => a.span.start - b.span.start || a.span.index - b.span.index);
}

/** The column says which service it is, so the method is enough of package.Service/Method. */
function shortName(name: string): string {
  return /^[\w.]+\/(\w+)$/.exec(name)?.[1] ?? name;
}

export function Sequence({ spans, selected, onSelect }: { spans: Span[]; selected: string; onSelect: (span: Span) => void }) {
  const [own, setOwn] = useState(false);
  const all = callsOf(spans);
  const between = all.filter((c) => c.from !== c.to);
  const calls = own ? all : between;
  const services = [...new Set(spans.map((s) => s.service))];
  const center = (name: string) => ((services.indexOf(name) + 0.5) / services.length) * 100;
  return (
    <div class="sequence">
      <div class="sequence-head">
        <span />
        <div class="sequence-names">{services.map((s) => <span class="sequence-name" title={s}><Service name={s} /></span>)}</div>
        <span class="right">Took</span>
      </div>
      <ol>
        {calls.slice(0, SHOWN).map(({ span, from, to }) => {
          const [a, b] = [from ? center(from) : 0, center(to)];
          const self = from === to;
          const words = from === '' ? `${to} is called` : self ? `${to} by itself` : `${from} calls ${to}`;
          return (
            <li>
              <button type="button" class={`sequence-row ${selected === span.id ? 'selected' : ''} ${span.status === 2 ? 'failing' : ''}`} onClick={() => onSelect(span)}>
                <span class="sequence-at num">+{duration(span.start)}</span>
                <span class="sequence-track">
                  {services.map((s) => <span class={`sequence-life ${serviceClass(s)}`} aria-hidden="true" style={{ left: `${center(s)}%` }} />)}
                  {self ? (
                    <span class={`sequence-self ${serviceClass(to)}`} aria-hidden="true" style={{ left: `${b}%` }} />
                  ) : (
                    <span class={`sequence-arrow ${a > b ? 'back' : ''} ${serviceClass(to)}`} aria-hidden="true" style={{ left: `${Math.min(a, b)}%`, width: `${Math.abs(a - b)}%` }} />
                  )}
                  <span class={`sequence-label ${b > 70 ? 'before' : ''}`} style={b > 70 ? { right: `${100 - Math.max(a, b)}%` } : { left: `${self ? b : Math.min(a, b)}%` }}>
                    <span class="sr">{words}: </span><Line text={shortName(span.name)} max={80} />{span.status === 2 && span.note ? <span class="error-text"> {span.note.slice(0, 60)}</span> : null}
                  </span>
                </span>
                <span class="sequence-took num">{duration(span.duration)}</span>
              </button>
            </li>
          );
        })}
      </ol>
      <div class="list-foot">
        {all.length > between.length && <label class="check-line"><input type="checkbox" checked={own} onChange={(e) => setOwn(e.currentTarget.checked)} /> Show statements and other calls out</label>}
        {calls.length > SHOWN && <span class="note">The first {count(SHOWN)} of {count(calls.length)} calls.</span>}
      </div>
    </div>
  );
}
