// Traces and log records that name a record of the shop.
import { get } from '../lib/api';
import { useLoad } from '../lib/load';
import { href } from '../lib/location';
import type { LogList as Logs, TraceColumns, TraceList, TraceSummary } from '../lib/types';
import { LogList } from '../parts/log_list';
import { Failed } from '../parts/states';
import { TraceTable } from './trace_table';

/** The traces that name the record, and those that the record itself names. */
async function load(q: string, traceIds: string[], signal: AbortSignal): Promise<TraceSummary[]> {
  const found = (await get<TraceList>('q/traces', { q, page_size: 20 }, signal)).traces ?? [];
  const known = new Set(found.map((t) => t.trace_id));
  const more = await Promise.all(
    traceIds.filter((t) => !known.has(t)).slice(-12).map((t) => get<TraceColumns>(`q/traces/${t}`, {}, signal).then((trace) => trace.summary, () => undefined)),
  );
  return [...found, ...more.filter((t) => t !== undefined)].sort((a, b) => (b.start_us ?? 0) - (a.start_us ?? 0));
}

export function Joined({ name, id, round, traceIds = [] }: { name: string; id: string; round: number; traceIds?: string[] }) {
  const q = `${name}=${id}`;
  const traces = useLoad(`joined ${q} ${round} ${traceIds.join()}`, (signal) => load(q, traceIds, signal));
  const logs = useLoad(`joined logs ${q} ${round}`, (signal) => get<Logs>('q/logs', { q, page_size: 20 }, signal));
  return (
    <>
      <section class="panel">
        <div class="panel-head"><h2>Its traces</h2><a href={href('traces', { q })}>All</a></div>
        {traces.problem && <Failed problem={traces.problem} what="The traces could not be loaded" retry={traces.reload} />}
        {(traces.data ?? []).length > 0 ? <TraceTable traces={traces.data!} label="Its traces" /> : traces.data && <p class="panel-note note">None is kept.</p>}
      </section>
      {(logs.data?.records ?? []).length > 0 && (
        <section class="panel">
          <div class="panel-head"><h2>Log records that name it</h2><a href={href('logs', { q })}>All</a></div>
          <LogList records={logs.data!.records!} label="Log records that name it" />
        </section>
      )}
    </>
  );
}
