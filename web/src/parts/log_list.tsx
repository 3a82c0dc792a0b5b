// Log records as rows; a row opens to its attributes.
import { useEffect, useRef, useState } from 'preact/hooks';
import { clock, severityWord } from '../lib/format';
import { change, href, param } from '../lib/location';
import type { LogRecord } from '../lib/types';
import { Attributes } from './attributes';
import { Icon } from './icon';
import { Service } from './marks';
import { Line, Value } from './text';

export function Severity({ record }: { record: LogRecord }) {
  const word = severityWord(record.severity ?? 0);
  return <span class={`severity ${word}`}>{word.toUpperCase()}</span>;
}

function Detail({ record, query }: { record: LogRecord; query: string }) {
  return (
    <div class="log-detail">
      <p class="log-body"><Value text={record.body ?? ''} /></p>
      <p class="log-links">
        {record.trace_id && <a href={href(`traces/${record.trace_id}`, { sel: record.span_id })}>{record.span_id ? 'Its span' : 'Its trace'}</a>}
        {record.trace_id && <a href={href(`traces/${record.trace_id}`, { tab: 'logs' })}>All records of the trace</a>}
        <a href={href('logs', { around: record.id, sel: record.id }, false)}>20 before and after</a>
        {record.time_us ? <a href={href('logs', { from: String(record.time_us - 2_000_000), to: String(record.time_us + 2_000_000) }, false)}>Two seconds around</a> : null}
      </p>
      {(record.attributes ?? []).length > 0 && <Attributes list={record.attributes!} page="logs" query={query} />}
      {(record.resource ?? []).length > 0 && (
        <details>
          <summary>Resource</summary>
          <Attributes list={record.resource!} page="logs" query={query} />
        </details>
      )}
    </div>
  );
}

interface Props {
  records: LogRecord[];
  query?: string;
  startUs?: number;
  label: string;
  /** The record that the page is about. */
  marked?: string;
  /** The record that was opened last is `sel` in the address. */
  linked?: boolean;
}

export function LogList({ records, query = '', startUs = 0, label, marked = '', linked = false }: Props) {
  const chosen = linked ? param('sel') : '';
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(chosen ? [chosen] : []));
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen && !open.has(chosen)) setOpen(new Set([...open, chosen]));
  }, [chosen]);
  useEffect(() => list.current?.querySelector('.log.marked')?.scrollIntoView({ block: 'center' }), [marked, records.length > 0]);
  const toggle = (id: string) => {
    const next = new Set(open);
    const closes = next.delete(id);
    if (!closes) next.add(id);
    setOpen(next);
    if (linked) change({ sel: closes ? undefined : id }, 'replace');
  };
  return (
    <div class="log-list" role="list" aria-label={label} ref={list}>
      {records.map((r) => {
        const isOpen = open.has(r.id);
        return (
          <div key={r.id} role="listitem" class={`log ${severityWord(r.severity ?? 0)} ${isOpen ? 'open' : ''} ${r.id === marked ? 'marked' : ''}`} aria-current={r.id === marked ? 'true' : undefined}>
            <div class="log-row">
              <button type="button" class="log-open" aria-expanded={isOpen} data-row aria-label={isOpen ? 'Close the record' : 'Open the record'} onClick={() => toggle(r.id)}>
                <Icon name={isOpen ? 'down' : 'right'} size={11} />
              </button>
              <span class="log-time num">{startUs ? `+${(((r.time_us ?? 0) - startUs) / 1000).toFixed(2)} ms` : clock(r.time_us ?? 0)}</span>
              <Severity record={r} />
              <Service name={r.service ?? ''} />
              <span class="log-text" onClick={() => !window.getSelection()?.toString() && toggle(r.id)}>
                {r.event_name && <span class="log-event"><Line text={r.event_name} max={80} /></span>}
                <Line text={r.body ?? ''} max={240} />
              </span>
              {!startUs && (r.trace_id ? <a class="log-trace" href={href(`traces/${r.trace_id}`, { sel: r.span_id })}>trace</a> : <span class="log-trace" />)}
            </div>
            {isOpen && <Detail record={r} query={query} />}
          </div>
        );
      })}
    </div>
  );
}
