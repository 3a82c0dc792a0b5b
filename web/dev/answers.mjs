// The fake server's answers of `/q`, computed from the spans and records of data.mjs.
import { attributes, resourceOf } from './data.mjs';

const UNITS = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };
const REFUSED = /^(4\d\d|INVALID_ARGUMENT|NOT_FOUND|FAILED_PRECONDITION|ABORTED)$/;

export class BadQuery extends Error {}

/** Reads as much of the query language as the page's tests need. */
export function parse(text) {
  const terms = [];
  const pattern = /\s*(-?)(?:([\w.]+)(>=|<=|!=|=|>|<|:))?("(?:[^"\\]|\\.)*"|[^\s]+)/gy;
  let match;
  while ((match = pattern.exec(text))) {
    let value = match[4].startsWith('"') ? match[4].slice(1, -1).replace(/\\(.)/g, '$1') : match[4];
    const term = { negative: match[1] === '-', key: match[2] ?? '', op: match[3] ?? '', value };
    if (/duration$/.test(term.key)) {
      const number = /^([\d.]+)([a-zµ]*)$/.exec(value);
      if (!number || !(number[2] in UNITS)) {
        throw new BadQuery(`"${number?.[2] ?? value}" is no unit at character ${match.index + match[0].length - (number?.[2] ?? value).length + 1}; the units are ns, us, ms, s, m and h`);
      }
      term.number = Number(number[1]) * UNITS[number[2]];
    } else if (/^[<>]/.test(term.op)) term.number = Number(value);
    terms.push(term);
  }
  return terms;
}

const compare = (a, op, b) => ({ '>': a > b, '>=': a >= b, '<': a < b, '<=': a <= b, '=': a === b, ':': a === b, '!=': a !== b })[op];
const like = (text, value) => (value.includes('*') ? new RegExp(`^${value.split('*').map((p) => p.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`).test(text) : text === value);

function spanHas(span, term) {
  if (!term.key) return term.value === 'error' ? span.status === 2 : `${span.name} ${span.note} ${span.attributes.map((a) => a.value).join(' ')}`.includes(term.value);
  if (term.key === 'duration') return compare(span.duration, term.op, term.number);
  const value = { service: span.service, name: span.name, status: span.note }[term.key] ?? span.attributes.find((a) => a.key === term.key)?.value;
  if (value === undefined) return false;
  return term.number !== undefined ? compare(Number(value), term.op, term.number) : like(String(value), term.value);
}

function traceHas(trace, summary, term) {
  if (term.key === 'trace.duration') return compare(summary.duration_ns, term.op, term.number);
  if (term.key === 'trace.spans') return compare(summary.spans, term.op, Number(term.value));
  return trace.spans.some((s) => spanHas(s, term));
}

export const traceMatches = (trace, summary, terms) => terms.every((t) => traceHas(trace, summary, t) !== t.negative);

export function logMatches(log, terms) {
  return terms.every((t) => {
    let has;
    if (!t.key) has = `${log.body} ${log.event_name}`.includes(t.value);
    else if (t.key === 'severity') {
      const rank = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };
      has = compare(log.severity, t.op, rank[t.value] ?? 0);
    } else has = like(String({ service: log.service, event: log.event_name, trace_id: log.trace_id }[t.key] ?? log.attributes.find((a) => a.key === t.key)?.value ?? ''), t.value);
    return has !== t.negative;
  });
}

export function summaryOf(trace) {
  const root = trace.spans[0];
  const end = Math.max(...trace.spans.map((s) => s.start + s.duration));
  const failed = trace.spans.filter((s) => s.status === 2);
  return {
    trace_id: trace.id, start_us: Math.round(trace.startUs), duration_ns: end, service: root.service, name: root.name,
    status: /^(\d{3}|[A-Z_]+)$/.test(root.note) ? root.note : '', spans: trace.spans.length, errors: failed.length,
    error: failed[0]?.message || failed[0]?.note || '', services: [...new Set(trace.spans.map((s) => s.service))], root_missing: root.orphan !== '', outcome: root.status === 2 ? 'error' : REFUSED.test(root.note) ? 'refused' : 'ok',
  };
}

/** Backwards from the end: the child that ended last is what the parent waited for. */
function criticalPath(trace) {
  const children = trace.spans.map(() => []);
  trace.spans.forEach((s, i) => s.parent >= 0 && children[s.parent].push(i));
  const parts = [];
  const walk = (i, until) => {
    const span = trace.spans[i];
    let at = Math.min(span.start + span.duration, until);
    for (const c of [...children[i]].sort((a, b) => trace.spans[b].start + trace.spans[b].duration - trace.spans[a].start - trace.spans[a].duration)) {
      const child = trace.spans[c];
      const end = Math.min(child.start + child.duration, at);
      if (child.start >= at || end <= child.start) continue;
      if (at > end) parts.push({ span: i, start_ns: end, duration_ns: at - end });
      walk(c, end);
      at = child.start;
    }
    if (at > span.start) parts.push({ span: i, start_ns: span.start, duration_ns: at - span.start });
  };
  walk(0, Infinity);
  return parts.reverse();
}

export function columnsOf(trace, logs) {
  const texts = [];
  const places = new Map();
  const place = (text) => {
    if (!places.has(text)) {
      places.set(text, texts.length);
      texts.push(text);
    }
    return places.get(text);
  };
  const counts = new Map();
  for (const log of logs) if (log.trace_id === trace.id) counts.set(log.span_id, (counts.get(log.span_id) ?? 0) + 1);
  const all = trace.spans;
  return {
    summary: summaryOf(trace), texts, span_ids: all.map((s) => s.id), parents: all.map((s) => s.parent), orphans: all.map((s) => s.orphan !== ''),
    start_ns: all.map((s) => s.start), duration_ns: all.map((s) => s.duration), names: all.map((s) => place(s.name)), services: all.map((s) => place(s.service)),
    kinds: all.map((s) => s.kind), statuses: all.map((s) => s.status), notes: all.map((s) => place(s.note)), logs: all.map((s) => counts.get(s.id) ?? 0),
    critical_path: criticalPath(trace), spans_left_out: 0,
  };
}

export function spanOf(trace, span) {
  return {
    trace_id: trace.id, span_id: span.id, parent_span_id: span.orphan || trace.spans[span.parent]?.id || '', name: span.name, service: span.service, kind: span.kind,
    start_us: Math.round(trace.startUs + span.start / 1000), duration_ns: span.duration, status: span.status, status_message: span.message, attributes: span.attributes,
    events: span.events.map((e) => ({ time_us: Math.round(trace.startUs + (e.at ?? 0) * 1000), name: e.name, attributes: attributes(e.attributes ?? {}) })),
    links: span.links, resource: resourceOf(span.service), scope_name: 'tradewind', scope_version: '0.1.0', dropped_attributes: span.name === 'charge' ? 2 : 0,
  };
}

function tally(values) {
  const counts = new Map();
  for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20).map(([value, count]) => ({ value, count }));
}

export function facetsOf(signal, found) {
  const keys = signal === 'logs'
    ? { service: (l) => [l.service], severity: (l) => [l.severity_text.toLowerCase()], event: (l) => (l.event_name ? [l.event_name] : []) }
    : {
      service: (t) => new Set(t.spans.map((s) => s.service)), name: (t) => [t.spans[0].name],
      'http.response.status_code': (t) => (/^\d{3}$/.test(t.spans[0].note) ? [t.spans[0].note] : []),
      'error.type': (t) => new Set(t.spans.flatMap((s) => s.attributes.filter((a) => a.key === 'error.type').map((a) => a.value))),
    };
  return {
    facets: Object.entries(keys).map(([key, of]) => ({ key, values: tally(found.flatMap((f) => [...of(f)])) })),
    counted: found.length,
    more: false,
  };
}

function quantile(sorted, q) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] : 0;
}

function countsOf(spans) {
  const sorted = spans.map((s) => s.duration).sort((a, b) => a - b);
  return {
    calls: spans.length, refused: spans.filter((s) => REFUSED.test(s.note)).length, errors: spans.filter((s) => s.status === 2).length,
    p50_ns: quantile(sorted, 0.5), p95_ns: quantile(sorted, 0.95), p99_ns: quantile(sorted, 0.99),
  };
}

export function mapOf(traces, services) {
  const nodes = new Map(services.map((name) => [name, { name, kind: 'service', calls: 0, errors: 0 }]));
  const node = (name, kind) => nodes.get(name) ?? nodes.set(name, { name, kind, calls: 0, errors: 0 }).get(name);
  const edges = new Map();
  const operations = new Map();
  const put = (map, key, span) => (map.get(key) ?? map.set(key, []).get(key)).push(span);
  for (const trace of traces) {
    for (const span of trace.spans) {
      const own = node(span.service, 'service');
      if (span.kind === 2 || (span.kind === 1 && span.parent < 0)) {
        own.calls += 1;
        if (span.status === 2) own.errors += 1;
        put(operations, `${span.service}\n${span.name}`, span);
      }
      const parent = trace.spans[span.parent];
      if (parent && parent.service !== span.service) put(edges, `${parent.service}\n${span.service}`, span);
      const db = span.attributes.find((a) => a.key === 'db.namespace')?.value;
      const queue = span.attributes.find((a) => a.key === 'messaging.destination.name')?.value;
      const target = db ? `${db} (sqlite)` : queue ? `${queue} (events)` : span.name === 'charge' ? 'provider' : '';
      if (target) {
        const other = node(target, db ? 'database' : queue ? 'queue' : 'remote');
        other.calls += 1;
        if (span.status === 2) other.errors += 1;
        put(edges, `${span.service}\n${target}`, span);
      }
    }
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges].map(([key, spans]) => ({ from: key.split('\n')[0], to: key.split('\n')[1], counts: countsOf(spans) })),
    operations: [...operations].map(([key, spans]) => ({ service: key.split('\n')[0], name: key.split('\n')[1], counts: countsOf(spans) })),
  };
}
