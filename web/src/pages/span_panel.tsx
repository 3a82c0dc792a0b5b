// All that is known of the chosen span.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { get } from '../lib/api';
import { clock, duration, KINDS, plural } from '../lib/format';
import { useLoad } from '../lib/load';
import { href } from '../lib/location';
import type { Span } from '../lib/tree';
import type { LogRecord, SpanDetail } from '../lib/types';
import { Attributes } from '../parts/attributes';
import { Icon } from '../parts/icon';
import { LogList } from '../parts/log_list';
import { Service } from '../parts/marks';
import { term } from '../parts/query_box';
import { Failed, Loading } from '../parts/states';
import { Copy, Foreign, Value } from '../parts/text';

function Section({ title, children, closed = false }: { title: string; children: ComponentChildren; closed?: boolean }) {
  return (
    <details class="section" open={!closed}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}

interface Props {
  traceId: string;
  span: Span;
  startUs: number;
  total: number;
  logs: LogRecord[];
  close: () => void;
}

function Dropped({ detail }: { detail: SpanDetail }) {
  const parts = [
    [detail.dropped_attributes, 'attribute'],
    [detail.dropped_events, 'event'],
    [detail.dropped_links, 'link'],
  ].filter(([n]) => Number(n ?? 0) > 0);
  if (!parts.length) return null;
  return <p class="warn-text">Its sender has dropped {parts.map(([n, what]) => plural(Number(n), String(what))).join(', ')}.</p>;
}

export function SpanPanel({ traceId, span, startUs, total, logs, close }: Props) {
  const loaded = useLoad(`${traceId}/${span.id}`, (signal) => get<SpanDetail>(`q/traces/${traceId}/spans/${span.id}`, {}, signal));
  const panel = useRef<HTMLElement>(null);
  const detail = loaded.data?.span_id === span.id ? loaded.data : undefined;
  const own = logs.filter((l) => l.span_id === span.id);
  useEffect(() => panel.current?.scrollTo?.(0, 0), [span.id]);
  return (
    <aside class="side" ref={panel} aria-label="The chosen span">
      <div class="side-head">
        <h2><Foreign text={span.name.slice(0, 300)} /></h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}><Icon name="close" /></button>
      </div>
      <p class="side-sub"><Service name={span.service} /> <span>{KINDS[span.kind] ?? `kind ${span.kind}`}</span></p>
      <dl class="facts">
        <div><dt>Duration</dt><dd class="num">{duration(span.duration)}</dd></div>
        <div><dt>Share</dt><dd class="num">{((span.duration / total) * 100).toFixed(1)} %</dd></div>
        <div><dt>Begins</dt><dd class="num">+{duration(span.start)}</dd></div>
        <div><dt>Status</dt><dd class={span.status === 2 ? 'error-text' : ''}>{span.status === 2 ? 'error' : span.status === 1 ? 'OK' : 'unset'}</dd></div>
      </dl>
      {loaded.problem && <Failed problem={loaded.problem} what="The span could not be loaded" retry={loaded.reload} />}
      {!detail && loaded.loading && <Loading what="the span" />}
      {detail && (
        <>
          {detail.status_message && <p class="side-message"><Value text={detail.status_message} /></p>}
          <Section title={`Attributes ${(detail.attributes ?? []).length}`}>
            {(detail.attributes ?? []).length ? <Attributes list={detail.attributes!} page="traces" /> : <p class="note">It has none.</p>}
          </Section>
          <Dropped detail={detail} />
          {own.length > 0 && <Section title={`Log records ${own.length}`}><LogList records={own} startUs={startUs} label="Log records of the span" /></Section>}
          {(detail.events ?? []).length > 0 && (
            <Section title={`Events ${detail.events!.length}`}>
              {detail.events!.map((e) => (
                <div class="event">
                  <p><span class="num">+{duration(((e.time_us ?? 0) - startUs) * 1000)}</span> <strong><Foreign text={e.name ?? ''} /></strong></p>
                  {(e.attributes ?? []).length > 0 && <Attributes list={e.attributes!} />}
                </div>
              ))}
            </Section>
          )}
          {(detail.links ?? []).length > 0 && (
            <Section title={`Links ${detail.links!.length}`}>
              {detail.links!.map((l) => (
                <div class="event">
                  <p><a href={href(`traces/${l.trace_id}`, { sel: l.span_id })}>Span {l.span_id} of trace {l.trace_id?.slice(0, 8)}…</a></p>
                  {(l.attributes ?? []).length > 0 && <Attributes list={l.attributes!} />}
                </div>
              ))}
            </Section>
          )}
          {(detail.resource ?? []).length > 0 && <Section title={`Resource ${detail.resource!.length}`} closed><Attributes list={detail.resource!} page="traces" /></Section>}
          <Section title="Ids" closed>
            <dl class="ids">
              <div><dt>Span</dt><dd><code>{span.id}</code><Copy text={span.id} label="Copy the span id" /></dd></div>
              {detail.parent_span_id && <div><dt>Parent</dt><dd><code>{detail.parent_span_id}</code></dd></div>}
              <div><dt>Began</dt><dd class="num">{clock(detail.start_us ?? 0)}</dd></div>
              {detail.scope_name && <div><dt>Scope</dt><dd><Foreign text={`${detail.scope_name} ${detail.scope_version ?? ''}`} /></dd></div>}
              {detail.trace_state && <div><dt>State</dt><dd><Value text={detail.trace_state} /></dd></div>}
            </dl>
          </Section>
          <p><a href={href('traces', { q: `${term('service', span.service)} ${term('name', span.name)}` })}>Other traces with this operation</a></p>
        </>
      )}
    </aside>
  );
}
