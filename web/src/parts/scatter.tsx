// Traces by time and duration. A point opens its trace; a rectangle that is drawn becomes a filter.
import { useRef, useState } from 'preact/hooks';
import { clock, duration, tick, visible } from '../lib/format';
import { go, href } from '../lib/location';
import type { TraceSummary } from '../lib/types';
import { OUTCOME_WORDS, outcomeOf } from './marks';
import { useWidth } from './use_width';

const HEIGHT = 132;
const LEFT = 52;
const BOTTOM = 18;
const TOP = 8;

interface Props {
  traces: TraceSummary[];
  onSelect: (from_us: number, to_us: number, least_ns: number, most_ns: number) => void;
}

interface Point {
  x: number;
  y: number;
}

export function Scatter({ traces, onSelect }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder, 600);
  const [drag, setDrag] = useState<{ from: Point; to: Point } | undefined>();
  const starts = traces.map((t) => t.start_us ?? 0);
  const first = Math.min(...starts);
  const last = Math.max(...starts);
  const span = Math.max(last - first, 1_000_000);
  const durations = traces.map((t) => Math.max(t.duration_ns ?? 0, 1000));
  const low = Math.log10(Math.min(...durations)) - 0.15;
  const high = Math.max(Math.log10(Math.max(...durations)) + 0.15, low + 1);
  const right = width - 10;
  const x = (us: number) => LEFT + 8 + ((us - first) / span) * (right - LEFT - 16);
  const y = (ns: number) => TOP + (1 - (Math.log10(Math.max(ns, 1000)) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const timeAt = (px: number) => first + ((px - LEFT - 8) / (right - LEFT - 16)) * span;
  const durationAt = (py: number) => 10 ** (low + (1 - (py - TOP) / (HEIGHT - TOP - BOTTOM)) * (high - low));
  const ticks = [];
  for (let power = Math.ceil(low); power <= high; power += 1) ticks.push(10 ** power);
  const times = width > 700 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1];
  const at = (event: PointerEvent): Point => {
    const box = holder.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const finish = () => {
    if (!drag) return;
    const { from, to } = drag;
    setDrag(undefined);
    if (Math.abs(from.x - to.x) < 6 || Math.abs(from.y - to.y) < 6) return;
    onSelect(
      timeAt(Math.min(from.x, to.x)),
      timeAt(Math.max(from.x, to.x)),
      durationAt(Math.max(from.y, to.y)),
      durationAt(Math.min(from.y, to.y)),
    );
  };
  return (
    <div
      class="scatter"
      ref={holder}
      onPointerDown={(event) => {
        if (event.button !== 0 || event.pointerType === 'touch' || (event.target as Element).tagName === 'circle') return;
        holder.current!.setPointerCapture(event.pointerId);
        setDrag({ from: at(event), to: at(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ from: drag.from, to: at(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(undefined)}
    >
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Durations of ${traces.length} traces from ${clock(first, false)} to ${clock(last, false)}; the list below has the same.`}
      >
        {ticks.map((t) => (
          <g>
            <line class="grid" x1={LEFT} x2={right} y1={y(t)} y2={y(t)} />
            <text class="tick" x={LEFT - 6} y={y(t) + 4} text-anchor="end">{tick(t)}</text>
          </g>
        ))}
        {times.map((share, i) => (
          <text
            class="tick"
            x={LEFT + 8 + share * (right - LEFT - 16)}
            y={HEIGHT - 3}
            text-anchor={i === 0 ? 'start' : i === times.length - 1 ? 'end' : 'middle'}
          >
            {clock(first + share * span, false)}
          </text>
        ))}
        {traces.map((t) => {
          const outcome = outcomeOf(t);
          const px = x(t.start_us ?? 0);
          const py = y(t.duration_ns ?? 0);
          const open = () => go(href(`traces/${t.trace_id}`));
          const title = `${visible(t.name ?? '')} ${duration(t.duration_ns ?? 0)} ${OUTCOME_WORDS[outcome]}`;
          return outcome === 'error' ? (
            <path key={t.trace_id} class="point error" d={`M${px - 4} ${py - 4}l8 8M${px + 4} ${py - 4}l-8 8`} onClick={open}><title>{title}</title></path>
          ) : (
            <circle key={t.trace_id} class={`point ${outcome}`} cx={px} cy={py} r={3.5} onClick={open}><title>{title}</title></circle>
          );
        })}
        {drag && (
          <rect
            class="selection"
            x={Math.min(drag.from.x, drag.to.x)}
            y={Math.min(drag.from.y, drag.to.y)}
            width={Math.abs(drag.from.x - drag.to.x)}
            height={Math.abs(drag.from.y - drag.to.y)}
          />
        )}
      </svg>
    </div>
  );
}
