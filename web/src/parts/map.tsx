// Who calls whom: boxes and lines, or the same as a table.
import { useRef, useState } from 'preact/hooks';
import { count, duration, percent, rate, visible } from '../lib/format';
import { href } from '../lib/location';
import { placed, type Placed } from '../lib/layers';
import type { ServiceMap } from '../lib/types';
import { serviceClass } from './marks';
import { term } from './query_box';
import { Line } from './text';
import { useWidth } from './use_width';

const BOX = 158;
const TALL = 46;
const STEP = 62;

const KIND_WORDS: Record<string, string> = { service: 'service', database: 'database', queue: 'queue', remote: 'sends no telemetry' };

function Node({ node, x, y, seconds }: { node: Placed; x: number; y: number; seconds: number }) {
  const content = (
    <>
      <span class="node-name"><Line text={node.name} max={60} /></span>
      <span class="node-sub num">
        {node.kind === 'service' ? '' : `${KIND_WORDS[node.kind] ?? node.kind} · `}
        {node.calls ? `${rate(node.calls / seconds)}/s` : 'no calls'}
        {node.errors > 0 && <span class="error-text"> · {percent(node.errors / Math.max(1, node.calls))} ✗</span>}
      </span>
    </>
  );
  const style = { left: `${x}px`, top: `${y}px`, width: `${BOX}px`, height: `${TALL}px` };
  const name = `node ${node.kind} ${serviceClass(node.name)} ${node.errors > 0 ? 'failing' : ''}`;
  return node.kind === 'service'
    ? <a class={name} style={style} href={href(`services/${encodeURIComponent(node.name)}`)} title={visible(node.name)}>{content}</a>
    : <div class={name} style={style} title={visible(node.name)}>{content}</div>;
}

function Picture({ map, seconds }: { map: ServiceMap; seconds: number }) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder, 900);
  const nodes = placed(map);
  const layers = Math.max(...nodes.map((n) => n.layer), 0) + 1;
  const tallest = Math.max(...nodes.map((n) => Math.abs(n.row)), 0);
  const height = (tallest * 2 + 1) * STEP + 24;
  const between = layers > 1 ? Math.min(300, (width - BOX - 4) / (layers - 1)) : 0;
  const left = Math.max(2, (width - between * (layers - 1) - BOX) / 2);
  const at = new Map(nodes.map((n) => [n.name, { x: left + n.layer * between, y: height / 2 + n.row * STEP - TALL / 2 }]));
  const edges = map.edges ?? [];
  return (
    <div class="map" ref={holder} style={{ height: `${height}px` }}>
      <svg width={width} height={height} aria-hidden="true">
        {edges.map((e) => {
          const from = at.get(e.from ?? '');
          const to = at.get(e.to ?? '');
          if (!from || !to || e.from === e.to) return null;
          const calls = e.counts?.calls ?? 0;
          const failed = e.counts?.errors ?? 0;
          const forward = to.x > from.x;
          const [x1, y1] = [from.x + (forward ? BOX : 0), from.y + TALL / 2];
          const [x2, y2] = [to.x + (forward ? 0 : BOX) - (forward ? 9 : -9), to.y + TALL / 2];
          const bend = Math.max(24, Math.abs(x2 - x1) / 2) * (forward ? 1 : -1);
          const thick = 1 + Math.min(4, Math.log10(1 + calls));
          const tip = forward ? 8 : -8;
          return (
            <g class={failed ? 'edge failing' : 'edge'}>
              <title>{visible(`${e.from} → ${e.to}: ${count(calls)} calls, p95 ${duration(e.counts?.p95_ns ?? 0)}${failed ? `, ${failed} failed` : ''}`)}</title>
              <path d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} stroke-width={thick} />
              <path class="arrow" d={`M${x2 + tip} ${y2}l${-tip} -4.5v9z`} />
            </g>
          );
        })}
      </svg>
      {nodes.map((n) => <Node key={n.name} node={n} x={at.get(n.name)!.x} y={at.get(n.name)!.y} seconds={seconds} />)}
    </div>
  );
}

export function EdgeTable({ map, seconds, only = '' }: { map: ServiceMap; seconds: number; only?: string }) {
  const edges = (map.edges ?? []).filter((e) => !only || e.from === only || e.to === only);
  return (
    <div class="scroll">
      <table class="list numbers" aria-label="Calls between services">
        <thead>
          <tr><th scope="col">From</th><th scope="col">To</th><th scope="col" class="right">Calls</th><th scope="col" class="right">Per second</th><th scope="col" class="right">Failed</th><th scope="col" class="right">p95</th></tr>
        </thead>
        <tbody>
          {[...edges].sort((a, b) => (b.counts?.calls ?? 0) - (a.counts?.calls ?? 0)).map((e) => (
            <tr>
              <td><a href={href('traces', { q: term('service', e.from ?? '') })}><Line text={e.from ?? ''} max={60} /></a></td>
              <td><Line text={e.to ?? ''} max={60} /></td>
              <td class="right num">{count(e.counts?.calls ?? 0)}</td>
              <td class="right num">{rate((e.counts?.calls ?? 0) / seconds)}</td>
              <td class={`right num ${e.counts?.errors ? 'error-text' : ''}`}>{count(e.counts?.errors ?? 0)}</td>
              <td class="right num">{duration(e.counts?.p95_ns ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function CallMap({ map, seconds }: { map: ServiceMap; seconds: number }) {
  const [table, setTable] = useState(window.innerWidth < 720 || (map.nodes ?? []).length > 60);
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>Who calls whom</h2>
        <button type="button" aria-pressed={table} onClick={() => setTable(!table)}>As table</button>
      </div>
      {table ? <EdgeTable map={map} seconds={seconds} /> : <Picture map={map} seconds={seconds} />}
    </section>
  );
}
