// Each service: its health, how much it is called, whom it calls, its operations, its last traces and log records, its settings.
import { get } from '../lib/api';
import { count, percent, rate, visible } from '../lib/format';
import { useLoad } from '../lib/load';
import { href } from '../lib/location';
import { range } from '../lib/range';
import type { LogList as Logs, Process, TraceList } from '../lib/types';
import { useMap } from '../lib/use_map';
import { useProcess, useProcesses } from '../lib/use_processes';
import { LogList } from '../parts/log_list';
import { EdgeTable } from '../parts/map';
import { Service } from '../parts/marks';
import { Operations } from '../parts/operations';
import { HealthPill } from '../parts/process_facts';
import { term } from '../parts/query_box';
import { Empty, Failed, Loading } from '../parts/states';
import { Foreign } from '../parts/text';
import { FirstSteps } from './first_steps';
import { ProcessNow, ProcessSetup, ProcessTable } from './process';
import { TraceTable } from './trace_table';

/** A module has its own health in its process; other services that send telemetry have none that the console could ask for. */
function serviceHealth(process: Process | undefined, service: string) {
  if (!process) return <span class="note" title="Only its telemetry is known: no operations port of it is given">telemetry only</span>;
  const module = (process.modules ?? []).find((m) => m.name && (service === `${m.name}-service` || service === `api-${m.name}`));
  return <HealthPill process={module ? { ...process, ready: module.ready ?? false } : process} />;
}

export function ServicesPage() {
  const map = useMap();
  const services = (map.data?.nodes ?? []).filter((n) => n.kind === 'service' || !n.kind);
  const known = useProcesses();
  const processes = known.data?.processes ?? [];
  const processOf = (service: string) => processes.find((p) => (p.services ?? []).includes(service));
  return (
    <div class="page">
      <h1 class="sr">Services</h1>
      {map.problem && <Failed problem={map.problem} what={map.data ? 'What is shown is old' : 'The services could not be loaded'} retry={map.reload} />}
      {!map.data && map.loading && <Loading what="services" />}
      {map.data && services.length === 0 && <FirstSteps what="service" />}
      {known.problem && !map.problem && <Failed problem={known.problem} what={known.data ? 'The health that is shown is old' : 'The processes could not be asked'} retry={known.reload} />}
      {processes.length > 0 && <ProcessTable processes={processes} />}
      {services.length > 0 && (
        <section class="panel">
          <div class="panel-head"><h2>Services</h2></div>
          <div class="scroll">
            <table class="list numbers" aria-label="Services">
              <thead>
                <tr><th scope="col">Service</th><th scope="col">Health</th><th scope="col" class="right">Calls</th><th scope="col" class="right">Per second</th><th scope="col" class="right">Failed</th><th scope="col">Calls others</th></tr>
              </thead>
              <tbody>
                {services.map((n) => (
                  <tr>
                    <td class="clip"><a href={href(`services/${encodeURIComponent(n.name ?? '')}`)}><Service name={n.name ?? ''} /></a></td>
                    <td>{serviceHealth(processOf(n.name ?? ''), n.name ?? '')}</td>
                    <td class="right num">{count(n.calls ?? 0)}</td>
                    <td class="right num">{rate((n.calls ?? 0) / map.seconds)}</td>
                    <td class={`right num ${n.errors ? 'error-text' : 'note'}`}>{n.errors ? percent(n.errors / Math.max(1, n.calls ?? 0)) : '0'}</td>
                    <td class="clip">{visible((map.data!.edges ?? []).filter((e) => e.from === n.name).map((e) => e.to).join(', ')) || <span class="note">nobody</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </div>
  );
}

export function ServicePage({ name }: { name: string }) {
  const map = useMap();
  const q = term('service', name);
  const traces = useLoad(`traces of ${name} ${map.data?.to_us ?? 0}`, (signal) => get<TraceList>('q/traces', { q, page_size: 8, ...range() }, signal));
  const logs = useLoad(`logs of ${name} ${map.data?.to_us ?? 0}`, (signal) => get<Logs>('q/logs', { q, page_size: 8, ...range() }, signal));
  const known = (map.data?.nodes ?? []).some((n) => n.name === name);
  const processes = useProcesses();
  const process = (processes.data?.processes ?? []).find((p) => (p.services ?? []).includes(name));
  const whole = useProcess(process?.name ?? '');
  return (
    <div class="page">
      <header class="trace-head">
        <p class="crumbs"><a href={href('services')}>Services</a> <span aria-hidden="true">/</span></p>
        <h1><Foreign text={name.slice(0, 200)} /></h1>
      </header>
      {map.problem && <Failed problem={map.problem} what="The service could not be loaded" retry={map.reload} />}
      {!map.data && map.loading && <Loading what="the service" />}
      {map.data && !known && !process && !processes.loading && <Empty title="Nothing has come from a service of this name"><a href={href('services')}>All services</a></Empty>}
      {(whole.data ?? process) && <ProcessNow process={whole.data ?? process!} service={name} />}
      {map.data && known && (
        <>
          <Operations map={map.data} seconds={map.seconds} only={name} />
          <section class="panel">
            <div class="panel-head"><h2>Calls in and out</h2></div>
            <EdgeTable map={map.data} seconds={map.seconds} only={name} />
          </section>
          {(traces.data?.traces ?? []).length > 0 && (
            <section class="panel">
              <div class="panel-head"><h2>Last traces</h2><a href={href('traces', { q })}>All</a></div>
              <TraceTable traces={traces.data!.traces!} label="Last traces" />
            </section>
          )}
          {(logs.data?.records ?? []).length > 0 && (
            <section class="panel">
              <div class="panel-head"><h2>Last log records</h2><a href={href('logs', { q })}>All</a></div>
              <LogList records={logs.data!.records!} label="Last log records" />
            </section>
          )}
        </>
      )}
      {whole.data && <ProcessSetup process={whole.data} />}
      {known && processes.data && !process && (
        <p class="note">Its settings and log levels are not known here: set <code>console.ops_urls</code> to the address of its operations port.</p>
      )}
    </div>
  );
}
