// Traces that stay when the oldest telemetry is removed: the button that pins one, and the list of all.
import { useState } from 'preact/hooks';
import { get, type Problem, put, remove } from '../lib/api';
import { bytes, plural } from '../lib/format';
import { asProblem, useLoad } from '../lib/load';
import { href } from '../lib/location';
import type { PinnedList } from '../lib/types';
import { Icon } from '../parts/icon';
import { Empty, Failed, Loading } from '../parts/states';
import { TraceTable } from './trace_table';

export function PinButton({ id, pinned, done }: { id: string; pinned: boolean; done: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>();
  const toggle = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (pinned) await remove(`q/pinned/${id}`);
      else await put(`q/pinned/${id}`, {});
      done();
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="pin" aria-pressed={pinned} disabled={busy} onClick={() => void toggle()} title="A pinned trace stays when the oldest telemetry is removed">
        <Icon name="pin" size={13} /> {pinned ? 'Pinned' : 'Pin'}
      </button>
      {problem && <span class="error-text" role="alert">{problem.detail || problem.title}</span>}
    </>
  );
}

export function PinnedPage() {
  const loaded = useLoad('pinned', (signal) => get<PinnedList>('q/pinned', {}, signal));
  const traces = (loaded.data?.traces ?? []).flatMap((t) => t.summary ?? []);
  return (
    <div class="page">
      <p class="crumbs"><a href={href('traces')}>Traces</a> <span aria-hidden="true">/</span> Pinned</p>
      <h1 class="sr">Pinned traces</h1>
      {loaded.problem && <Failed problem={loaded.problem} what="The pinned traces could not be loaded" retry={loaded.reload} />}
      {!loaded.data && loaded.loading && <Loading what="pinned traces" />}
      {loaded.data && traces.length === 0 && (
        <Empty title="No trace is pinned">
          <p>Open a trace and choose <em>Pin</em>. It stays when the oldest telemetry is removed.</p>
          <p class="acts"><a href={href('traces')}>All traces</a></p>
        </Empty>
      )}
      {traces.length > 0 && (
        <section class="panel">
          <div class="panel-head">
            <h2>{plural(traces.length, 'pinned trace')}</h2>
            <span class="note">{bytes(loaded.data!.bytes ?? 0)} of {bytes(loaded.data!.bytes_max ?? 0)}. They stay when the oldest telemetry is removed.</span>
          </div>
          <TraceTable traces={traces} label="Pinned traces" />
        </section>
      )}
    </div>
  );
}
