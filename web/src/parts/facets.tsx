// Values and their counts. A click adds the value to the query, or takes it away again.
import type { FacetList } from '../lib/types';
import { count } from '../lib/format';
import { termsOf, term, toggled } from './query_box';
import { Line } from './text';

export function Facets({ list, query, onChange }: { list: FacetList | undefined; query: string; onChange: (query: string) => void }) {
  const facets = (list?.facets ?? []).filter((f) => (f.values ?? []).length > 0);
  if (!facets.length) return null;
  const chosen = new Set(termsOf(query));
  return (
    <aside class="facets" aria-label="Values in what matches">
      {facets.map((facet) => {
        const most = Math.max(...facet.values!.map((v) => v.count ?? 0), 1);
        return (
          <section>
            <h3><Line text={facet.key ?? ''} max={60} /></h3>
            <ul>
              {facet.values!.slice(0, 8).map((v) => {
                const wanted = term(facet.key ?? '', v.value ?? '');
                const on = chosen.has(wanted);
                return (
                  <li>
                    <button type="button" class="facet" aria-pressed={on} onClick={() => onChange(toggled(query, wanted))}>
                      <span class="facet-bar" aria-hidden="true" style={{ width: `${((v.count ?? 0) / most) * 100}%` }} />
                      <span class="facet-value"><Line text={v.value || '(empty)'} max={80} /></span>
                      <span class="num">{count(v.count ?? 0)}</span>
                    </button>
                  </li>
                );
              })}
            </ul>
          </section>
        );
      })}
      <p class="note">Counted in {count(list?.counted ?? 0)}{list?.more ? ' of the newest' : ''}.</p>
    </aside>
  );
}
