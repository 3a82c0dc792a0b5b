// A trace's spans over time, as a treegrid. Only the rows on the screen are in the document.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { count, duration, KINDS, tick, visible } from '../lib/format';
import type { Row, Span } from '../lib/tree';
import type { LogRecord } from '../lib/types';
import { Icon } from './icon';
import { serviceClass } from './marks';
import { Line } from './text';
import { useWidth } from './use_width';

const ROW = 28;
const BEFORE = 12;

interface Props {
  rows: Row[];
  total: number;
  startUs: number;
  paths: Map<number, { start: number; duration: number }[]>;
  logs: LogRecord[];
  selected: string;
  found: ReadonlySet<string>;
  target: string;
  onSelect: (span: Span) => void;
  onFold: (row: Row, fold: boolean) => void;
}

/** Round steps for the axis: 1, 2 or 5 times a power of ten. */
function ticksFor(total: number, wanted: number): number[] {
  const raw = total / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(Math.max(raw, 1)));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw;
  const ticks = [];
  // One at the very end would stand over the next column's title.
  for (let at = 0; at < total * 0.93; at += step) ticks.push(at);
  return ticks;
}

function statusWord(span: Span): string {
  if (span.status === 2) return `failed${span.note ? `: ${span.note}` : ''}`;
  return span.note;
}

export function Waterfall(props: Props) {
  const { rows, total, selected } = props;
  const body = useRef<HTMLDivElement>(null);
  const timeline = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(560);
  const [active, setActive] = useState('');
  const width = useWidth(timeline, 500);
  const current = Math.max(0, rows.findIndex((r) => r.key === (active || props.target)));
  const refocus = useRef(false);

  useLayoutEffect(() => {
    const node = body.current!;
    const observer = new ResizeObserver(() => setHeight(node.clientHeight));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);

  const show = (index: number) => {
    const node = body.current;
    if (!node) return;
    const y = index * ROW;
    if (y < node.scrollTop) node.scrollTop = y;
    else if (y + ROW > node.scrollTop + node.clientHeight) node.scrollTop = y + ROW - node.clientHeight;
    setTop(node.scrollTop);
  };

  useEffect(() => {
    const index = rows.findIndex((r) => r.key === props.target);
    if (index >= 0) {
      setActive(props.target);
      show(index);
    }
  }, [props.target]);

  useEffect(() => {
    if (!refocus.current) return;
    refocus.current = false;
    body.current?.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus({ preventScroll: true });
  });

  const move = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    setActive(row.key);
    show(rows.indexOf(row));
    refocus.current = true;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(height / ROW) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    if (event.key in steps) move(current + steps[event.key]!);
    else if (event.key === 'Enter' || event.key === ' ') row.group ? props.onFold(row, !row.folded) : props.onSelect(row.span);
    else if (event.key === 'ArrowRight') row.folds && row.folded ? props.onFold(row, false) : move(current + 1);
    else if (event.key === 'ArrowLeft') {
      if (row.folds && !row.folded) props.onFold(row, true);
      else {
        let parent = current - 1;
        while (parent >= 0 && rows[parent]!.level >= row.level) parent -= 1;
        if (parent >= 0) move(parent);
      }
    } else return;
    refocus.current = true;
    event.preventDefault();
    event.stopPropagation();
  };

  const first = Math.max(0, Math.floor(top / ROW) - BEFORE);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW) + BEFORE);
  const ticks = ticksFor(total, Math.max(2, Math.floor(width / 110)));
  const percent = (ns: number) => `${(Math.max(0, Math.min(ns, total)) / total) * 100}%`;
  const visibleRows = rows.slice(first, last).map((row, i) => [row, first + i] as const);
  // The row with the focus stays in the document, wherever the list is scrolled to.
  if (rows[current] && (current < first || current >= last)) visibleRows.push([rows[current]!, current]);

  return (
    <div class="waterfall" role="treegrid" aria-label="Spans" aria-rowcount={rows.length + 1} onKeyDown={onKeyDown}>
      <div class="wf-head" role="row" aria-rowindex={1}>
        <div role="columnheader" class="wf-name">Span</div>
        <div role="columnheader" class="wf-line" ref={timeline}>
          <span class="sr">Time</span>
          {ticks.map((t) => <span class="wf-tick num" aria-hidden="true" style={{ left: percent(t) }}>{t === 0 ? '0' : tick(t)}</span>)}
        </div>
        <div role="columnheader" class="wf-took">Duration</div>
      </div>
      <div class="wf-body" ref={body} role="rowgroup" onScroll={(e) => setTop(e.currentTarget.scrollTop)}>
        <div class="wf-space" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
          {visibleRows.map(([row, index]) => {
            const { span, group } = row;
            const took = group ? group.reduce((sum, s) => sum + s.duration, 0) : span.duration;
            const note = statusWord(span);
            return (
              <div
                key={row.key}
                role="row"
                class={`wf-row ${serviceClass(span.service)} ${span.status === 2 ? 'error' : ''} ${selected === span.id && !group ? 'selected' : ''} ${props.found.has(span.id) ? 'found' : ''}`}
                aria-rowindex={index + 2}
                aria-level={row.level}
                aria-posinset={row.position}
                aria-setsize={row.size}
                aria-expanded={row.folds ? !row.folded : undefined}
                aria-selected={selected === span.id && !group}
                tabIndex={index === current ? 0 : -1}
                style={{ transform: `translateY(${index * ROW}px)` }}
                onClick={() => {
                  setActive(row.key);
                  if (group) props.onFold(row, !row.folded);
                  else props.onSelect(span);
                }}
              >
                <div role="gridcell" class="wf-name">
                  <span class="wf-indent" style={{ width: `${Math.min(row.level - 1, 24) * 14}px` }} aria-hidden="true" />
                  {row.folds ? (
                    <button
                      type="button"
                      class="wf-fold"
                      tabIndex={-1}
                      aria-label={row.folded ? 'Unfold' : 'Fold'}
                      onClick={(e) => {
                        e.stopPropagation();
                        setActive(row.key);
                        props.onFold(row, !row.folded);
                      }}
                    >
                      <Icon name={row.folded ? 'right' : 'down'} size={11} />
                    </button>
                  ) : <span class="wf-leaf" aria-hidden="true" />}
                  <span class="dot" aria-hidden="true" />
                  <span class="wf-label" title={visible(`${span.service}: ${span.name} (${KINDS[span.kind] ?? span.kind})${note ? `, ${note}` : ''}`)}>
                    <span class="wf-service"><Line text={span.service} max={40} /></span>
                    <Line text={span.name} max={200} />
                    {group && <strong class="wf-times"> ×{count(group.length)}</strong>}
                  </span>
                  {span.orphan && <span class="badge" title="Its parent is in another process, or has not come">no parent here</span>}
                  {span.status === 2 && <span class="badge error" title={visible(note)}>{span.note ? <Line text={span.note} max={40} /> : 'failed'}</span>}
                  {span.logs > 0 && !group && <span class="wf-logs" title={`${span.logs} log records`}><span aria-hidden="true">◆</span>{span.logs}<span class="sr"> log records</span></span>}
                </div>
                <div role="gridcell" class="wf-line">
                  {ticks.map((t) => <span class="wf-grid" aria-hidden="true" style={{ left: percent(t) }} />)}
                  {(group ?? [span]).slice(0, 100).map((s) => (
                    <span class={`wf-bar ${group ? 'of-group' : ''}`} aria-hidden="true" style={{ left: percent(s.start), width: `${Math.max(0.15, (s.duration / total) * 100)}%` }} />
                  ))}
                  {(group ?? [span]).slice(0, 100).flatMap((s) => props.paths.get(s.index) ?? []).map((p) => (
                    <span class="wf-path" aria-hidden="true" style={{ left: percent(p.start), width: `${Math.max(0.2, (p.duration / total) * 100)}%` }} />
                  ))}
                  {!group && span.logs > 0 && props.logs.filter((l) => l.span_id === span.id).slice(0, 20).map((l) => (
                    <span class="wf-mark" aria-hidden="true" title={visible((l.body ?? '').slice(0, 300))} style={{ left: percent(((l.time_us ?? 0) - props.startUs) * 1000) }}>◆</span>
                  ))}
                </div>
                <div role="gridcell" class="wf-took num" title={group ? 'together' : undefined}>{group ? 'Σ ' : ''}{duration(took)}</div>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
