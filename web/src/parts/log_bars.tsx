// How many records came when, by severity. A bar narrows the time to its own.
import { useRef } from 'preact/hooks';
import { clock, plural, severityWord } from '../lib/format';
import type { LogRecord } from '../lib/types';
import { useWidth } from './use_width';

const HEIGHT = 64;
const ORDER = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

export function LogBars({ records, onSelect }: { records: LogRecord[]; onSelect: (from_us: number, to_us: number) => void }) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder, 600);
  const times = records.map((r) => r.time_us ?? 0);
  const first = Math.min(...times);
  const span = Math.max(Math.max(...times) - first, 1_000_000);
  const slots = Math.max(12, Math.floor(width / 14));
  const bars = Array.from({ length: slots }, () => new Map<string, number>());
  for (const r of records) {
    const slot = Math.min(slots - 1, Math.floor((((r.time_us ?? 0) - first) / span) * slots));
    const word = severityWord(r.severity ?? 0);
    bars[slot]!.set(word, (bars[slot]!.get(word) ?? 0) + 1);
  }
  const most = Math.max(...bars.map((b) => [...b.values()].reduce((sum, n) => sum + n, 0)), 1);
  const step = width / slots;
  return (
    <div class="log-bars" ref={holder}>
      <svg width={width} height={HEIGHT + 16} role="img" aria-label={`${plural(records.length, 'record')} from ${clock(first, false)} to ${clock(first + span, false)}, by severity; the list below has them.`}>
        {bars.map((bar, i) => {
          let y = HEIGHT;
          const total = [...bar.values()].reduce((sum, n) => sum + n, 0);
          if (!total) return null;
          return (
            <g class="log-slot" onClick={() => onSelect(first + (i / slots) * span, first + ((i + 1) / slots) * span)}>
              <title>{ORDER.filter((w) => bar.has(w)).map((w) => `${bar.get(w)} ${w}`).join(', ')}</title>
              <rect class="log-hit" x={i * step} y={0} width={step} height={HEIGHT} />
              {ORDER.filter((w) => bar.has(w)).map((w) => {
                const h = Math.max(2, (bar.get(w)! / most) * (HEIGHT - 4));
                y -= h;
                return <rect class={`log-part ${w}`} x={i * step + 1} y={y} width={Math.max(1, step - 2)} height={h} />;
              })}
            </g>
          );
        })}
        <line class="grid" x1={0} x2={width} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} />
        <text class="tick" x={0} y={HEIGHT + 13}>{clock(first, false)}</text>
        <text class="tick" x={width} y={HEIGHT + 13} text-anchor="end">{clock(first + span, false)}</text>
      </svg>
    </div>
  );
}
