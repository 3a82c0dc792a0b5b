// Operations with their counts, in the order that is chosen.
import { useState } from 'preact/hooks';
import { count, duration, percent, rate } from '../lib/format';
import { href, change, param } from '../lib/location';
import type { Counts, ServiceMap } from '../lib/types';
import { Service } from './marks';
import { term } from './query_box';
import { Line } from './text';

type Column = 'calls' | 'p50' | 'p95' | 'p99' | 'refused' | 'errors';
const COLUMNS: [Column, string, (c: Counts) => number][] = [
  ['calls', 'Per second', (c) => c.calls ?? 0],
  ['p50', 'p50', (c) => c.p50_ns ?? 0],
  ['p95', 'p95', (c) => c.p95_ns ?? 0],
  ['p99', 'p99', (c) => c.p99_ns ?? 0],
  ['refused', 'Refused', (c) => c.refused ?? 0],
  ['errors', 'Failed', (c) => c.errors ?? 0],
];
const SHOWN = 12;

export function Operations({ map, seconds, only = '' }: { map: ServiceMap; seconds: number; only?: string }) {
  const [all, setAll] = useState(false);
  const sort = COLUMNS.find(([name]) => name === param('sort')) ?? COLUMNS[0]!;
  const operations = (map.operations ?? []).filter((o) => !only || o.service === only).sort((a, b) => sort[2](b.counts ?? {}) - sort[2](a.counts ?? {}));
  return (
    <section class="panel">
      <div class="panel-head"><h2>Operations</h2></div>
      <div class="scroll">
        <table class="list numbers operations" aria-label="Operations">
          <thead>
            <tr>
              <th scope="col">Operation</th>
              {COLUMNS.map(([name, words]) => (
                <th scope="col" class="right" aria-sort={sort[0] === name ? 'descending' : undefined}>
                  <button type="button" class="sort" onClick={() => change({ sort: name }, 'replace')}>{words}{sort[0] === name && <span aria-hidden="true"> ▾</span>}</button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {operations.slice(0, all ? undefined : SHOWN).map((o) => {
              const c = o.counts ?? {};
              const calls = Math.max(1, c.calls ?? 0);
              return (
                <tr>
                  <td class="cell-name">
                    <div>
                      <a href={href('traces', { q: `${term('service', o.service ?? '')} ${term('name', o.name ?? '')}` })}><Line text={o.name ?? ''} max={120} /></a>
                      {!only && <Service name={o.service ?? ''} />}
                    </div>
                  </td>
                  <td class="right num" title={`${count(c.calls ?? 0)} calls`}>{rate((c.calls ?? 0) / seconds)}</td>
                  <td class="right num">{duration(c.p50_ns ?? 0)}</td>
                  <td class="right num">{duration(c.p95_ns ?? 0)}</td>
                  <td class="right num">{duration(c.p99_ns ?? 0)}</td>
                  <td class={`right num ${c.refused ? 'warn-text' : 'note'}`}>{c.refused ? percent(c.refused / calls) : '0'}</td>
                  <td class={`right num ${c.errors ? 'error-text' : 'note'}`}>{c.errors ? percent(c.errors / calls) : '0'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {operations.length > SHOWN && (
        <div class="list-foot"><button type="button" onClick={() => setAll(!all)}>{all ? 'Show fewer' : `Show all ${operations.length}`}</button></div>
      )}
    </section>
  );
}
