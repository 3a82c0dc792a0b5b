// Is a process well? What its operations port says at a glance.
import { bytes, count, duration } from '../lib/format';
import type { Process } from '../lib/types';
import { Foreign } from './text';

export function inFlight(process: Process, service?: string): number {
  return (process.requests ?? []).filter((r) => !service || r.service === service).reduce((sum, r) => sum + (r.http ?? 0) + (r.rpc ?? 0), 0);
}

/** Nothing answered at all. */
export function isAway(process: Process): boolean {
  return !process.version && (process.problems ?? []).length > 0;
}

export function uptime(seconds: number): string {
  const [d, h, m] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${m} min`;
  return m ? `${m} min` : `${seconds} s`;
}

export function modulesOf(process: Process): string {
  return (process.modules ?? []).map((m) => m.name ?? '').join(', ');
}

export function HealthPill({ process }: { process: Process }) {
  if (isAway(process)) return <span class="pill error">no answer</span>;
  return process.ready ? <span class="pill ok">ready</span> : <span class="pill error">not ready</span>;
}

export function ProcessFacts({ process, service }: { process: Process; service?: string }) {
  const lags = process.loop_lag_us ?? [];
  return (
    <dl class="facts process-facts">
      <div><dt>Health</dt><dd><HealthPill process={process} /></dd></div>
      <div><dt>Version</dt><dd>{process.version || '–'}</dd></div>
      <div><dt>Up</dt><dd class="num">{process.uptime_s !== undefined && !isAway(process) ? uptime(process.uptime_s) : '–'}</dd></div>
      <div><dt>Memory</dt><dd class="num">{process.memory_bytes ? bytes(process.memory_bytes) : '–'}</dd></div>
      <div><dt>Loops</dt><dd class="num">{lags.length || '–'}{lags.length > 0 && <span class="note"> {duration(Math.max(...lags) * 1000)} late</span>}</dd></div>
      <div><dt>In flight</dt><dd class="num">{isAway(process) ? '–' : count(inFlight(process, service))}</dd></div>
      <div><dt>HTTP connections</dt><dd class="num">{isAway(process) ? '–' : count(process.http_connections ?? 0)}</dd></div>
      <div><dt>Waiting tasks</dt><dd class="num">{isAway(process) ? '–' : count(process.waiting_tasks ?? 0)}</dd></div>
    </dl>
  );
}

/** Why it is not ready or impaired, and which of its pages did not answer. */
export function ProcessTroubles({ process, named = false }: { process: Process; named?: boolean }) {
  const modules = (process.modules ?? []).filter((m) => (m.reasons ?? []).length > 0 || !m.ready);
  const reasons = modules.length ? [] : process.reasons ?? [];
  const problems = process.problems ?? [];
  if (!modules.length && !reasons.length && !problems.length) return null;
  return (
    <ul class="troubles">
      {modules.map((m) => (
        <li class={m.ready ? 'warn-text' : 'error-text'}>
          {named && <code>{process.name} </code>}<strong>{m.name}</strong> {m.ready ? 'is impaired' : 'is not ready'}{(m.reasons ?? []).length > 0 && ': '}
          <Foreign text={(m.reasons ?? []).join('; ').slice(0, 500)} />
        </li>
      ))}
      {reasons.map((r) => <li class={process.ready ? 'warn-text' : 'error-text'}><Foreign text={r.slice(0, 500)} /></li>)}
      {problems.map((p) => <li class="error-text">{named && <code>{process.name} </code>}<code>{p.page}</code> did not answer: <Foreign text={(p.problem ?? '').slice(0, 500)} /></li>)}
    </ul>
  );
}
