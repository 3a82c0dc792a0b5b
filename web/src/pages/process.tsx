// One process: its health, what it is answering now, its log levels and its settings.
import { bytes, count, visible } from '../lib/format';
import { href } from '../lib/location';
import type { Process } from '../lib/types';
import { useProcess } from '../lib/use_processes';
import { LogLevels } from '../parts/log_levels';
import { Service } from '../parts/marks';
import { HealthPill, inFlight, isAway, modulesOf, ProcessFacts, ProcessTroubles, uptime } from '../parts/process_facts';
import { SettingsTable } from '../parts/settings_table';
import { Empty, Failed, Loading } from '../parts/states';
import { Foreign } from '../parts/text';

export function ProcessTable({ processes }: { processes: Process[] }) {
  return (
    <section class="panel">
      <div class="panel-head"><h2>Processes</h2></div>
      <div class="scroll">
        <table class="list numbers" aria-label="Processes">
          <thead>
            <tr><th scope="col">Process</th><th scope="col">Health</th><th scope="col">Runs</th><th scope="col">Version</th><th scope="col" class="right">Up</th><th scope="col" class="right">Memory</th><th scope="col" class="right">In flight</th></tr>
          </thead>
          <tbody>
            {processes.map((p) => (
              <tr>
                <td><a href={href(`processes/${encodeURIComponent(p.name ?? '')}`)}><code>{p.name}</code></a></td>
                <td><HealthPill process={p} /></td>
                <td class="clip" title={visible(modulesOf(p))}>{visible(modulesOf(p)) || <span class="note">–</span>}</td>
                <td>{p.version || <span class="note">–</span>}</td>
                <td class="right num">{isAway(p) ? '–' : uptime(p.uptime_s ?? 0)}</td>
                <td class="right num">{p.memory_bytes ? bytes(p.memory_bytes) : '–'}</td>
                <td class="right num">{isAway(p) ? '–' : count(inFlight(p))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {processes.map((p) => <ProcessTroubles process={p} named />)}
    </section>
  );
}

function InFlight({ process }: { process: Process }) {
  const requests = process.requests ?? [];
  if (!requests.length) return null;
  return (
    <section class="panel">
      <div class="panel-head"><h2>Requests in flight</h2></div>
      <div class="scroll">
        <table class="list numbers" aria-label="Requests in flight">
          <thead><tr><th scope="col">Service</th><th scope="col" class="right">HTTP</th><th scope="col" class="right">Calls</th></tr></thead>
          <tbody>
            {requests.map((r) => (
              <tr>
                <td><a href={href(`services/${encodeURIComponent(r.service ?? '')}`)}><Service name={r.service ?? ''} /></a></td>
                <td class="right num">{count(r.http ?? 0)}</td>
                <td class="right num">{count(r.rpc ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** How a process is now. `service`: the page is about one of its services. */
export function ProcessNow({ process, service = '' }: { process: Process; service?: string }) {
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>{service ? 'Its process' : 'Now'}</h2>
        {service && <a href={href(`processes/${encodeURIComponent(process.name ?? '')}`)}><code>{process.name}</code></a>}
      </div>
      <div class="process-body">
        <ProcessFacts process={process} service={service} />
        <ProcessTroubles process={process} />
      </div>
    </section>
  );
}

/** How a process is set. */
export function ProcessSetup({ process }: { process: Process }) {
  return (
    <>
      {(process.log_levels ?? []).length > 0 && <LogLevels process={process} />}
      {(process.settings ?? []).length > 0 && <SettingsTable settings={process.settings!} />}
    </>
  );
}

export function ProcessPage({ name }: { name: string }) {
  const loaded = useProcess(name);
  const process = loaded.data;
  const unknown = loaded.problem?.code === 'PROCESS_NOT_FOUND';
  return (
    <div class="page">
      <header class="trace-head">
        <p class="crumbs"><a href={href('services')}>Services</a> <span aria-hidden="true">/</span></p>
        <h1>Process <Foreign text={name.slice(0, 200)} /></h1>
      </header>
      {unknown && (
        <Empty title="The console knows no process at this address">
          <p>It knows its own process, and those that the setting <code>console.ops_urls</code> names.</p>
          <p class="acts"><a href={href('services')}>All services</a></p>
        </Empty>
      )}
      {loaded.problem && !unknown && <Failed problem={loaded.problem} what={process ? 'What is shown is old' : 'The process could not be asked'} retry={loaded.reload} />}
      {!process && loaded.loading && <Loading what="the process" />}
      {process && <ProcessNow process={process} />}
      {process && <InFlight process={process} />}
      {process && <ProcessSetup process={process} />}
    </div>
  );
}
