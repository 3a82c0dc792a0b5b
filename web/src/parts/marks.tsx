// Small marks: how something ended, and which service it belongs to. Shape and word stand beside the colour.
import { plural, visible } from '../lib/format';
import type { TraceSummary } from '../lib/types';
import { Line } from './text';

export type Outcome = 'ok' | 'refused' | 'error';

const REFUSED = new Set(['INVALID_ARGUMENT', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'UNAUTHENTICATED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'CANCELLED']);

export function outcomeOfStatus(status: string): Outcome {
  if (/^4\d\d$/.test(status) || REFUSED.has(status)) return 'refused';
  if (/^5\d\d$/.test(status)) return 'error';
  return 'ok';
}

export const OUTCOME_WORDS: Record<Outcome, string> = { ok: 'ok', refused: 'refused', error: 'error' };

/** How the trace's first span ended. Steps inside may have failed and been repeated. */
export function outcomeOf(trace: TraceSummary): Outcome {
  return trace.outcome && trace.outcome in OUTCOME_WORDS ? (trace.outcome as Outcome) : outcomeOfStatus(trace.status ?? '');
}

/** What failed inside of a trace that ended well. */
export function ErrorsInside({ trace }: { trace: TraceSummary }) {
  if (!trace.errors || outcomeOf(trace) !== 'ok') return null;
  return (
    <span class="inside" title={visible(trace.error ?? '').slice(0, 300)}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M6 1.5L10.5 6 6 10.5 1.5 6z" /></svg>
      {plural(trace.errors, 'error')} inside
    </span>
  );
}

export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  const shapes: Record<Outcome, string> = { ok: 'M4 8.5l2.8 2.8L12 5.5', refused: 'M8 2.5l6 11H2zM8 6.5v3.5M8 12v.3', error: 'M4.5 4.5l7 7M11.5 4.5l-7 7' };
  return (
    <span class={`mark ${outcome}`} title={OUTCOME_WORDS[outcome]}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d={shapes[outcome]} /></svg>
      <span class="sr">{OUTCOME_WORDS[outcome]}</span>
    </span>
  );
}

const COLOURS = 10;
const assigned = new Map<string, number>([
  ['api-gateway', 0],
  ['order-service', 1],
  ['catalog-service', 2],
  ['user-service', 3],
  ['payment-service', 4],
]);

/** The class that carries a service's colour. A service keeps its colour on all pages. */
export function serviceClass(name: string): string {
  let colour = assigned.get(name);
  if (colour === undefined) {
    const taken = new Set(assigned.values());
    colour = [...name].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7) % COLOURS;
    for (let i = 0; i < COLOURS && taken.has(colour); i += 1) colour = (colour + 1) % COLOURS;
    assigned.set(name, colour);
  }
  return `svc svc-${colour}`;
}

export function Service({ name }: { name: string }) {
  return (
    <span class={`service ${serviceClass(name)}`}>
      <span class="dot" aria-hidden="true" />
      <span class="service-name"><Line text={name || 'unnamed'} max={60} /></span>
    </span>
  );
}

/** All services of a trace as a row of dots; their names are the label. */
export function ServiceDots({ names }: { names: string[] }) {
  return (
    <span class="dots" title={visible(names.join(' → '))}>
      <span class="sr">{visible(names.join(', '))}</span>
      {names.slice(0, 8).map((name) => <span class={`dot ${serviceClass(name)}`} aria-hidden="true" />)}
      {names.length > 8 && <span aria-hidden="true">+{names.length - 8}</span>}
    </span>
  );
}
