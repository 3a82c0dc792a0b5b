// Where did the time go, and what was said meanwhile? Head, waterfall, log records, and the chosen span beside them.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get, Problem } from '../lib/api';
import { dateTime, duration, plural, shortTime } from '../lib/format';
import { status } from '../lib/live';
import { useLoad } from '../lib/load';
import { change, href, param } from '../lib/location';
import { type Row, rowsOf, type Span, spansOf, revealed } from '../lib/tree';
import type { LogList as Logs, TraceColumns } from '../lib/types';
import { Icon } from '../parts/icon';
import { LogList } from '../parts/log_list';
import { ErrorsInside, OutcomeMark, OUTCOME_WORDS, outcomeOf, Service } from '../parts/marks';
import { Sequence } from '../parts/sequence';
import { Empty, Failed, Loading } from '../parts/states';
import { Copy, Foreign } from '../parts/text';
import { Waterfall } from '../parts/waterfall';
import { onKey } from '../shell/keys';
import { PinButton } from './pinned';
import { SpanPanel } from './span_panel';

const ATTEMPTS = 8;
const TABS = ['spans', 'sequence', 'logs'] as const;

/** A trace that was just made may still be on its way: it is asked for a few times. */
async function getTrace(id: string, signal: AbortSignal, attempts = ATTEMPTS): Promise<TraceColumns> {
  try {
    return await get<TraceColumns>(`q/traces/${id}`, {}, signal);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404 || attempts <= 1) throw error;
    await new Promise((done) => window.setTimeout(done, 250));
    return getTrace(id, signal, attempts - 1);
  }
}

function NotHere({ id, retry }: { id: string; retry: () => void }) {
  const since = status.value?.kept_from_us;
  const valid = /^[0-9a-f]{32}$/.test(id);
  return (
    <Empty title={valid ? 'This trace is not here' : 'This is no trace id'}>
      <p><code><Foreign text={id.slice(0, 100)} /></code></p>
      {valid ? (
        <ul>
          <li>Spans appear within a second after they end.</li>
          <li>{since ? `Traces are kept since ${shortTime(since, false)}. An older one is gone.` : 'Nothing has been kept yet.'}</li>
          <li>Its sender may have sampled it out, or sends to another address.</li>
        </ul>
      ) : <p>A trace id has 32 hexadecimal digits.</p>}
      <p class="acts"><button type="button" onClick={retry}>Look again</button> <a href={href('traces')}>All traces</a></p>
    </Empty>
  );
}

function Head({ trace, spans, id, reload }: { trace: TraceColumns; spans: Span[]; id: string; reload: () => void }) {
  const summary = trace.summary!;
  const outcome = outcomeOf(summary);
  const services = useMemo(() => [...new Set(spans.map((s) => s.service))], [spans]);
  return (
    <header class="trace-head">
      <p class="crumbs"><a href={href('traces')}>Traces</a> <span aria-hidden="true">/</span> <code>{id.slice(0, 8)}…{id.slice(-4)}</code> <Copy text={id} label="Copy the trace id" /> <PinButton id={id} pinned={trace.pinned ?? false} done={reload} /></p>
      <div class="trace-title">
        <OutcomeMark outcome={outcome} />
        <h1><Foreign text={(summary.name || 'Trace').slice(0, 300)} /></h1>
        <span class={`pill ${outcome}`}>{summary.status || OUTCOME_WORDS[outcome]}</span>
        <ErrorsInside trace={summary} />
      </div>
      <dl class="facts">
        <div><dt>Duration</dt><dd class="num big">{duration(summary.duration_ns ?? 0)}</dd></div>
        <div><dt>Began</dt><dd class="num">{dateTime(summary.start_us ?? 0)}</dd></div>
        <div><dt>Spans</dt><dd class="num">{summary.spans ?? spans.length}</dd></div>
        <div><dt>Errors</dt><dd class={`num ${summary.errors && outcome !== 'ok' ? 'error-text' : ''}`}>{summary.errors ?? 0}</dd></div>
        <div class="facts-services"><dt>Services</dt><dd>{services.slice(0, 12).map((s) => <Service name={s} />)}{services.length > 12 && ` +${services.length - 12}`}</dd></div>
      </dl>
      {summary.error && outcome !== 'ok' && <p class="trace-error"><Foreign text={summary.error.slice(0, 500)} /></p>}
      {summary.error && outcome === 'ok' && <p class="note">It ended well, although a step inside failed: <Foreign text={summary.error.slice(0, 500)} /></p>}
      {summary.root_missing && (
        spans.filter((s) => s.parent < 0).length === 1
          ? <p class="note">Its first span was called by one that is not here, such as a browser's.</p>
          : <p class="warn-text">The first span has not come yet. What is here is shown.</p>
      )}
      {(trace.spans_left_out ?? 0) > 0 && <p class="warn-text">{plural(trace.spans_left_out!, 'span')} left out, because the trace is too large.</p>}
    </header>
  );
}

export function TracePage({ id }: { id: string }) {
  const loaded = useLoad(id, (signal) => getTrace(id, signal));
  const logs = useLoad(`logs ${id} ${loaded.data ? 1 : 0}`, (signal) => get<Logs>('q/logs', { trace_id: id, page_size: 500 }, signal));
  const trace = loaded.data;
  const spans = useMemo(() => (trace ? spansOf(trace) : []), [trace]);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [target, setTarget] = useState(param('sel'));
  const [path, setPath] = useState(true);
  const [find, setFind] = useState('');
  const rows = useMemo(() => rowsOf(spans, folded, opened), [spans, folded, opened]);
  const tab = TABS.find((t) => t === param('tab')) ?? 'spans';
  const selected = spans.find((s) => s.id === param('sel'));
  const total = Math.max(1, trace?.summary?.duration_ns ?? 0, ...spans.slice(0, 1).map((s) => s.start + s.duration));
  const startUs = trace?.summary?.start_us ?? 0;
  const records = useMemo(() => [...(logs.data?.records ?? [])].sort((a, b) => (a.time_us ?? 0) - (b.time_us ?? 0)), [logs.data]);
  const found = useMemo(() => {
    const words = find.trim().toLowerCase();
    return words ? spans.filter((s) => `${s.service} ${s.name} ${s.note}`.toLowerCase().includes(words)) : [];
  }, [spans, find]);
  const foundIds = useMemo(() => new Set(found.map((s) => s.id)), [found]);
  const paths = useMemo(() => {
    const bySpan = new Map<number, { start: number; duration: number }[]>();
    if (!path) return bySpan;
    for (const part of trace?.critical_path ?? []) {
      const list = bySpan.get(part.span ?? 0) ?? [];
      list.push({ start: part.start_ns ?? 0, duration: part.duration_ns ?? 0 });
      bySpan.set(part.span ?? 0, list);
    }
    return bySpan;
  }, [trace, path]);

  // The first span comes last: a trace that is not whole yet is looked at again.
  useEffect(() => {
    if (!trace?.summary?.root_missing || Date.now() - startUs / 1000 > 60_000) return undefined;
    const timer = window.setTimeout(loaded.reload, 1000);
    return () => window.clearTimeout(timer);
  }, [trace]);

  const show = (span: Span | undefined, select: boolean) => {
    if (!span) return;
    const [nextFolded, nextOpened] = revealed(spans, span, folded, opened);
    setFolded(nextFolded);
    setOpened(nextOpened);
    setTarget('');
    window.setTimeout(() => setTarget(span.id));
    if (select) change({ sel: span.id, tab: undefined }, 'replace');
  };
  const next = (among: Span[], step: number) => {
    if (!among.length) return;
    const at = among.findIndex((s) => s.id === param('sel'));
    show(among[(at + step + among.length) % among.length] ?? among[0], true);
  };
  useEffect(() => {
    if (spans.length && param('sel')) show(spans.find((s) => s.id === param('sel')), false);
  }, [spans]);

  const fold = (row: Row, close: boolean) => {
    const set = new Set(row.group ? opened : folded);
    if (row.group ? !close : close) set.add(row.key);
    else set.delete(row.key);
    if (row.group) setOpened(set);
    else setFolded(set);
  };
  const foldAll = (close: boolean) => {
    setFolded(close ? new Set(spans.filter((s) => s.children.length && s.parent >= 0).map((s) => s.id)) : new Set());
    if (close) setOpened(new Set());
  };
  const errors = spans.filter((s) => s.status === 2);
  useEffect(() =>
    onKey((key) => {
      if (key === 'c') setPath(!path);
      else if (key === '[') foldAll(true);
      else if (key === ']') foldAll(false);
      else if (key === 'n') next(errors, 1);
      else if (key === 'N') next(errors, -1);
      else if (key === 'Escape' && param('sel')) change({ sel: undefined });
      else return false;
      return true;
    }), [path, spans, folded, opened]);

  if (!trace) {
    if (loaded.loading) return <Loading what="the trace" />;
    if (loaded.problem && loaded.problem.status !== 404 && loaded.problem.status !== 400) {
      return <Failed problem={loaded.problem} what="The trace could not be loaded" retry={loaded.reload} />;
    }
    return <NotHere id={id} retry={loaded.reload} />;
  }
  const at = found.findIndex((s) => s.id === param('sel')) + 1;
  return (
    <div class="page trace-page">
      <Head trace={trace} spans={spans} id={id} reload={loaded.reload} />
      <div class="tabs-row">
        <div class="tabs" role="tablist" aria-label="Views of the trace">
          <button type="button" role="tab" id="tab-spans" aria-selected={tab === 'spans'} aria-controls="view" onClick={() => change({ tab: undefined })}>Waterfall</button>
          <button type="button" role="tab" id="tab-sequence" aria-selected={tab === 'sequence'} aria-controls="view" onClick={() => change({ tab: 'sequence' })}>Sequence</button>
          <button type="button" role="tab" id="tab-logs" aria-selected={tab === 'logs'} aria-controls="view" onClick={() => change({ tab: 'logs' })}>Logs <span class="num">{records.length}</span></button>
        </div>
        {tab === 'spans' && (
          <div class="trace-tools">
            <form class="find" role="search" onSubmit={(e) => (e.preventDefault(), next(found, 1))}>
              <input type="search" aria-label="Find in this trace" placeholder="Find in this trace" value={find} onInput={(e) => setFind(e.currentTarget.value)} />
              {find && <span class="num" role="status">{at || 0}/{found.length}</span>}
              {find && <button type="button" class="icon-button" aria-label="Previous" onClick={() => next(found, -1)}><Icon name="up" size={13} /></button>}
              {find && <button type="submit" class="icon-button" aria-label="Next"><Icon name="down" size={13} /></button>}
            </form>
            {errors.length > 0 && <button type="button" onClick={() => next(errors, 1)}>Next error</button>}
            <button type="button" aria-pressed={path} onClick={() => setPath(!path)}><span class="path-sample" aria-hidden="true" />Critical path</button>
            <button type="button" onClick={() => foldAll(folded.size === 0)}>{folded.size === 0 ? 'Fold all' : 'Unfold all'}</button>
          </div>
        )}
      </div>
      <div class={`trace-view ${selected ? 'with-side' : ''}`} id="view" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        <div class="panel trace-main">
          {tab === 'spans' ? (
            <Waterfall
              rows={rows}
              total={total}
              startUs={startUs}
              paths={paths}
              logs={records}
              selected={param('sel')}
              found={foundIds}
              target={target}
              onSelect={(span) => change({ sel: span.id }, 'replace')}
              onFold={fold}
            />
          ) : tab === 'sequence' ? (
            <Sequence spans={spans} selected={param('sel')} onSelect={(span) => change({ sel: span.id }, 'replace')} />
          ) : records.length ? (
            <LogList records={records} startUs={startUs} label="Log records of the trace" />
          ) : logs.problem ? (
            <Failed problem={logs.problem} what="The log records could not be loaded" retry={logs.reload} />
          ) : (
            <Empty title="No log record names this trace" />
          )}
        </div>
        {selected && <SpanPanel traceId={id} span={selected} startUs={startUs} total={total} logs={records} close={() => change({ sel: undefined })} />}
      </div>
    </div>
  );
}
