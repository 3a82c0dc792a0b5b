// What is kept, how full the space is, and what was lost: one line that tells whether the page can be trusted.
import { useEffect, useState } from 'preact/hooks';
import { ago, bytes, clock, count, percent, plural } from '../lib/format';
import { away, status } from '../lib/live';
import { href } from '../lib/location';

function useMinute(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 10_000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}

// Whether all traces are stored; numbers of calls count those that are not, too.
function sampling(share: number, leftOut: number) {
  if (share < 1) return <span class="warn-text">{percent(share)} of what comes is stored, and calls are counted exactly</span>;
  return leftOut > 0 ? <span>{plural(leftOut, 'record')} left out, since too many came at once</span> : null;
}

export function Foot() {
  const now = useMinute();
  const s = status.value;
  if (!s) return <footer class="foot"><span>{away.value ? 'No answer yet' : 'Asking what is kept …'}</span></footer>;
  const losses = (s.losses ?? []).filter((l) => (l.records ?? 0) > 0);
  const lost = losses.reduce((sum, l) => sum + (l.records ?? 0), 0);
  const silent = (s.receivers ?? []).filter((r) => r.problem);
  return (
    <footer class="foot">
      <span>{s.kept_from_us ? `kept ${ago(s.kept_from_us, now)}` : 'nothing kept yet'}</span>
      <span>{plural(s.traces ?? 0, 'trace')}</span>
      <span>{plural(s.spans ?? 0, 'span')}</span>
      <span>{plural(s.log_records ?? 0, 'log record')}</span>
      {(s.pinned_traces ?? 0) > 0 && <a href={href('traces', { show: 'pinned' })}>{count(s.pinned_traces!)} pinned</a>}
      {s.bytes_max ? <span>{percent((s.bytes ?? 0) / s.bytes_max)} of {bytes(s.bytes_max)}</span> : null}
      {lost > 0 ? (
        <details class="lost">
          <summary>{count(lost)} lost</summary>
          <ul>
            {losses.map((l) => (
              <li>{plural(l.records ?? 0, 'record')}: {l.reason}{l.last_us ? `, last at ${clock(l.last_us, false)}` : ''}</li>
            ))}
          </ul>
        </details>
      ) : (
        <span>0 lost</span>
      )}
      {sampling(s.share_stored ?? 1, s.left_out ?? 0)}
      {silent.map((r) => <span class="warn-text">{r.name} {r.address}: {r.problem}</span>)}
      <span class="foot-version">{s.version ? `Tradewind ${s.version}` : ''}</span>
    </footer>
  );
}
