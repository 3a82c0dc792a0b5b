// A trace as a tree of rows: what is folded is left out, and equal siblings stand in one row.
import type { TraceColumns } from './types';

export interface Span {
  index: number;
  id: string;
  parent: number;
  orphan: boolean;
  start: number;
  duration: number;
  name: string;
  service: string;
  kind: number;
  status: number;
  note: string;
  logs: number;
  children: number[];
}

export interface Row {
  /** The span, or of a group its first one. */
  span: Span;
  /** The members of a group; undefined in rows of one span. */
  group: Span[] | undefined;
  key: string;
  level: number;
  position: number;
  size: number;
  folds: boolean;
  folded: boolean;
}

const EQUAL_SIBLINGS = 5;

export function spansOf(trace: TraceColumns): Span[] {
  const text = (place: number | undefined) => (place === undefined ? '' : trace.texts?.[place] ?? '');
  const spans = (trace.span_ids ?? []).map((id, i): Span => ({
    index: i,
    id,
    parent: trace.parents?.[i] ?? -1,
    orphan: trace.orphans?.[i] ?? false,
    start: trace.start_ns?.[i] ?? 0,
    duration: trace.duration_ns?.[i] ?? 0,
    name: text(trace.names?.[i]),
    service: text(trace.services?.[i]),
    kind: trace.kinds?.[i] ?? 0,
    status: trace.statuses?.[i] ?? 0,
    note: text(trace.notes?.[i]),
    logs: trace.logs?.[i] ?? 0,
    children: [],
  }));
  for (const span of spans) spans[span.parent]?.children.push(span.index);
  return spans;
}

/** The children of a span, equal ones together. */
function groupsOf(spans: Span[], children: number[]): Span[][] {
  const byKind = new Map<string, Span[]>();
  for (const index of children) {
    const span = spans[index]!;
    const key = `${span.service}\n${span.name}\n${span.kind}\n${span.status}`;
    const found = byKind.get(key);
    if (found) found.push(span);
    else byKind.set(key, [span]);
  }
  const groups: Span[][] = [];
  const done = new Set<Span[]>();
  for (const index of children) {
    const span = spans[index]!;
    const equal = byKind.get(`${span.service}\n${span.name}\n${span.kind}\n${span.status}`)!;
    if (equal.length < EQUAL_SIBLINGS) groups.push([span]);
    else if (!done.has(equal)) {
      done.add(equal);
      groups.push(equal);
    }
  }
  return groups;
}

interface Place {
  group: Span[];
  level: number;
  position: number;
  size: number;
}

/**
 * `folded` has the keys of spans that hide their children, `opened` those of groups that show their members. A trace may be as
 * deep as it has spans, so this keeps a stack of its own.
 */
export function rowsOf(spans: Span[], folded: ReadonlySet<string>, opened: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const waiting: Place[] = [];
  const put = (groups: Span[][], level: number) => {
    for (let i = groups.length - 1; i >= 0; i -= 1) waiting.push({ group: groups[i]!, level, position: i + 1, size: groups.length });
  };
  put(groupsOf(spans, spans.filter((s) => !spans[s.parent]).map((s) => s.index)), 1);
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const { group, level, position, size } = place;
    const span = group[0]!;
    if (group.length > 1) {
      const key = `group ${span.id}`;
      const open = opened.has(key);
      rows.push({ span, group, key, level, position, size, folds: true, folded: !open });
      if (open) put(group.map((member) => [member]), level + 1);
    } else {
      const isFolded = folded.has(span.id);
      rows.push({ span, group: undefined, key: span.id, level, position, size, folds: span.children.length > 0, folded: isFolded });
      if (!isFolded) put(groupsOf(spans, span.children), level + 1);
    }
  }
  return rows;
}

/** Opens all that hides a span. */
export function revealed(spans: Span[], target: Span, folded: ReadonlySet<string>, opened: ReadonlySet<string>): [Set<string>, Set<string>] {
  const nextFolded = new Set(folded);
  const nextOpened = new Set(opened);
  for (let span: Span | undefined = target; span; span = spans[span.parent]) {
    const siblings: number[] = spans[span.parent]?.children ?? spans.filter((s) => s.parent < 0).map((s) => s.index);
    const group = groupsOf(spans, siblings).find((g) => g.length > 1 && g.includes(span!));
    if (group) nextOpened.add(`group ${group[0]!.id}`);
    if (span !== target) nextFolded.delete(span.id);
  }
  return [nextFolded, nextOpened];
}
