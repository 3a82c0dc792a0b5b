// Is it well, and who calls whom? Four numbers, the map, the operations, the last errors.
import { get } from '../lib/api';
import { ago, count, duration, percent, rate } from '../lib/format';
import { away } from '../lib/live';
import { useLoad } from '../lib/load';
import { href } from '../lib/location';
import { range } from '../lib/range';
import type { ServiceMap, TraceList } from '../lib/types';
import { useMap } from '../lib/use_map';
import { CallMap } from '../parts/map';
import { Service } from '../parts/marks';
import { Operations } from '../parts/operations';
import { Failed, Loading } from '../parts/states';
import { Line } from '../parts/text';
import { FirstSteps } from './first_steps';
import { TraceTable } from './trace_table';

/** Requests of callers from outside: what services do that nobody calls, without what they do by themselves. */
function atTheEdge(map: ServiceMap): NonNullable<ServiceMap['operations']> {
  const called = new Set((map.edges ?? []).filter((e) => e.from !== e.to).map((e) => e.to));
  const requests = (map.operations ?? []).filter((o) => /^[A-Z]+ \/|^[\w.]+\/\w+$/.test(o.name ?? ''));
  const own = requests.filter((o) => !called.has(o.service));
  return own.length ? own : requests;
}

function Numbers({ map, seconds }: { map: ServiceMap; seconds: number }) {
  const edge = atTheEdge(map);
  const sum = (of: 'calls' | 'errors' | 'refused') => edge.reduce((total, o) => total + (o.counts?.[of] ?? 0), 0);
  const calls = sum('calls');
  const errors = sum('errors');
  const refused = sum('refused');
  const slowest = [...edge].sort((a, b) => (b.counts?.p95_ns ?? 0) - (a.counts?.p95_ns ?? 0))[0];
  const minutes = Math.round(seconds / 60);
  return (
    <dl class={`numbers-row ${away.value ? 'old' : ''}`}>
      <div><dt>Requests</dt><dd class="num">{rate(calls / seconds)}<span class="unit">/s</span></dd><dd class="note">{count(calls)} in {minutes < 1 ? `${Math.round(seconds)} s` : minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`}</dd></div>
      <div><dt>Failed</dt><dd class={`num ${errors ? 'error-text' : ''}`}>{percent(errors / Math.max(1, calls))}</dd><dd class="note">{errors ? <a href={href('traces', { q: 'error' })}>{count(errors)} of them</a> : 'none'}</dd></div>
      <div><dt>Refused</dt><dd class={`num ${refused ? 'warn-text' : ''}`}>{percent(refused / Math.max(1, calls))}</dd><dd class="note">{refused ? `${count(refused)}, the caller was to blame` : 'none'}</dd></div>
      <div><dt>Slowest p95</dt><dd class="num">{slowest ? duration(slowest.counts?.p95_ns ?? 0) : '–'}</dd><dd class="note"><Line text={slowest?.name ?? ''} max={60} /></dd></div>
    </dl>
  );
}

export function OverviewPage() {
  const map = useMap();
  const errors = useLoad(`last errors ${map.data?.to_us ?? 0}`, (signal) => get<TraceList>('q/traces', { q: 'error', page_size: 6, ...range() }, signal));
  const data = map.data;
  const calls = (data ? atTheEdge(data) : []).reduce((sum, o) => sum + (o.counts?.calls ?? 0), 0);
  const services = (data?.nodes ?? []).filter((n) => n.kind === 'service');
  return (
    <div class="page">
      <h1 class="sr">Overview</h1>
      {map.problem && <Failed problem={map.problem} what={data ? 'What is shown is old' : 'The overview could not be loaded'} retry={map.reload} />}
      {!data && map.loading && <Loading what="the overview" />}
      {data && calls === 0 && (
        <>
          <FirstSteps what="request" />
          {services.length > 0 && <p class="services-up">Known services: {services.map((n) => <Service name={n.name ?? ''} />)}</p>}
        </>
      )}
      {data && calls > 0 && (
        <>
          <Numbers map={data} seconds={map.seconds} />
          <CallMap map={data} seconds={map.seconds} />
          <Operations map={data} seconds={map.seconds} />
          {(errors.data?.traces ?? []).length > 0 && (
            <section class="panel">
              <div class="panel-head">
                <h2>Last errors</h2>
                <span class="note">the newest {ago(errors.data!.traces![0]!.start_us ?? 0)} ago</span>
                <a href={href('traces', { q: 'error' })}>All</a>
              </div>
              <TraceTable traces={errors.data!.traces!} label="Last errors" />
            </section>
          )}
        </>
      )}
    </div>
  );
}
