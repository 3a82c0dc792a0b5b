// What was said around one log record: up to 20 records before and after it, in the order in which they came.
import { get } from '../lib/api';
import { plural } from '../lib/format';
import { useLoad } from '../lib/load';
import { href, param } from '../lib/location';
import type { LogList as Logs } from '../lib/types';
import { LogList } from '../parts/log_list';
import { Empty, Failed, Loading } from '../parts/states';

export function Gone() {
  return (
    <Empty title="This log record is not kept any more">
      <p>Older records are removed when there is no more room for them.</p>
      <p class="acts"><a href={href('logs')}>All log records</a></p>
    </Empty>
  );
}

export function LogsAround({ id }: { id: string }) {
  const loaded = useLoad(`around ${id}`, (signal) => get<Logs>('q/logs', { around: id }, signal));
  const records = loaded.data?.records ?? [];
  const at = records.findIndex((r) => r.id === id);
  const gone = loaded.problem && (loaded.problem.status === 404 || loaded.problem.status === 400);
  return (
    <div class="page">
      <header class="trace-head">
        <p class="crumbs"><a href={href('logs')}>Logs</a> <span aria-hidden="true">/</span></p>
        <h1>Around a log record</h1>
      </header>
      {loaded.problem && !gone && <Failed problem={loaded.problem} what="The log records could not be loaded" retry={loaded.reload} />}
      {gone && <Gone />}
      {!loaded.data && loaded.loading && <Loading what="log records" />}
      {records.length > 0 && (
        <section class="panel">
          <div class="panel-head">
            <h2>{plural(records.length, 'record')}</h2>
            <span class="note">{at} after it, {records.length - at - 1} before it; of all services</span>
          </div>
          <LogList records={records} label="Log records around one" marked={id} linked query={param('q')} />
        </section>
      )}
    </div>
  );
}

/** A record that the address names and that the list does not have. */
export function LinkedRecord({ id }: { id: string }) {
  const loaded = useLoad(`record ${id}`, (signal) => get<Logs>('q/logs', { around: id }, signal));
  const record = (loaded.data?.records ?? []).find((r) => r.id === id);
  if (!record && !loaded.problem) return null;
  return (
    <section class="panel">
      <div class="panel-head"><h2>The record of the link</h2>{record && <a href={href('logs', { around: id, sel: id }, false)}>Records around it</a>}</div>
      {record ? <LogList records={[record]} label="The record of the link" linked /> : <p class="panel-note note">It is not kept any more.</p>}
    </section>
  );
}
