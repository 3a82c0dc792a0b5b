// Which requests were slow, failed, or odd? Query, duration × time, values, and the list that grows while you look.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get } from '../lib/api';
import { count, plural } from '../lib/format';
import { status } from '../lib/live';
import { useLiveList } from '../lib/live_list';
import { useLoad } from '../lib/load';
import { change, href, param } from '../lib/location';
import { openEnded, range } from '../lib/range';
import type { FacetList, TraceList, TraceSummary } from '../lib/types';
import { Facets } from '../parts/facets';
import { ListPanel } from '../parts/list_panel';
import { QueryBox, termsOf } from '../parts/query_box';
import { Scatter } from '../parts/scatter';
import { Empty, Failed, Loading } from '../parts/states';
import { Foreign } from '../parts/text';
import { FirstSteps } from './first_steps';
import { PinnedPage } from './pinned';
import { TraceTable } from './trace_table';

const PAGE = 100;
const SUGGESTIONS = ['error', 'service:', 'name:', 'duration>100ms', 'trace.duration>500ms', 'trace.spans>', 'http.response.status_code>=500', 'shop.order.id=', '-name:*health*'];

/** Which term leaves nothing: each one is left out in turn. */
function NothingFound({ query }: { query: string }) {
  const [better, setBetter] = useState<{ without: string; rest: string; found: number }[]>([]);
  useEffect(() => {
    const terms = termsOf(query);
    if (!terms.length || terms.length > 6) return;
    let gone = false;
    void Promise.all(
      terms.map(async (without) => {
        const rest = terms.filter((t) => t !== without).join(' ');
        const found = await get<TraceList>('q/traces', { q: rest, page_size: 50, ...range() }).then((l) => l.traces?.length ?? 0, () => 0);
        return { without, rest, found };
      }),
    ).then((all) => !gone && setBetter(all.filter((b) => b.found > 0)));
    return () => {
      gone = true;
    };
  }, [query]);
  return (
    <Empty title="No trace matches">
      {better.length > 0 && (
        <ul class="ways">
          {better.map((b) => (
            <li>
              <button type="button" onClick={() => change({ q: b.rest })}>Leave out <code><Foreign text={b.without} /></code></button>
              <span>{b.found >= 50 ? '50 or more' : count(b.found)} match without it</span>
            </li>
          ))}
        </ul>
      )}
      {param('from') && <button type="button" onClick={() => change({ from: undefined, to: undefined })}>Look at all that is kept</button>}
    </Empty>
  );
}

function TraceSearch() {
  const query = param('q');
  const sort = param('sort') === 'slowest' ? 'slowest' : 'newest';
  const key = [query, sort, param('from'), param('to')].join('\n');
  const [bad, setBad] = useState<string | undefined>();
  const grows = sort === 'newest' && openEnded() && bad !== query;
  const list = useLiveList<TraceSummary>({
    key,
    query,
    grows,
    signal: 'traces',
    idOf: (t) => t.trace_id,
    timeOf: (t) => t.start_us ?? 0,
    load: async (token, signal) => {
      const found = await get<TraceList>('q/traces', { q: query, sort: sort === 'newest' ? undefined : sort, page_size: PAGE, page_token: token, ...range() }, signal);
      return { rows: found.traces ?? [], token: found.next_page_token ?? '', searchedBackTo: found.searched_back_to_us ?? 0 };
    },
  });
  const { loaded, rows } = list;
  const facets = useLoad(`facets\n${key}`, (signal) => get<FacetList>('q/facets', { signal: 'traces', q: query, ...range() }, signal));
  const select = (from_us: number, to_us: number, least: number, most: number) => {
    const kept = termsOf(query).filter((t) => !/^trace\.duration[<>]/.test(t));
    const ms = (ns: number) => `${Number((ns / 1e6).toPrecision(3))}ms`;
    change({ q: [...kept, `trace.duration>=${ms(least)}`, `trace.duration<=${ms(most)}`].join(' '), from: String(Math.floor(from_us)), to: String(Math.ceil(to_us)) });
  };
  const pinned = status.value?.pinned_traces ?? 0;
  const shown = useMemo(() => rows.slice(0, 500), [rows]);
  const nothingKept = !query && !param('from') && !(status.value?.traces ?? 0);
  const badQuery = loaded.problem?.code === 'BAD_QUERY';
  useEffect(() => setBad(badQuery ? query : undefined), [badQuery]);

  return (
    <div class="page">
      <h1 class="sr">Traces</h1>
      <QueryBox
        label="Query for traces"
        placeholder={'service:order-service duration>200ms error "POST /api/orders"'}
        value={query}
        problem={loaded.problem}
        suggestions={SUGGESTIONS}
        onChange={(q) => (q === query ? loaded.reload() : change({ q }))}
      />
      {loaded.problem && !badQuery && <Failed problem={loaded.problem} what="The traces could not be loaded" retry={loaded.reload} />}
      {!loaded.data && loaded.loading && <Loading what="traces" />}
      {loaded.data && (
        <div class={`columns ${loaded.loading || badQuery ? 'old' : ''}`} aria-busy={loaded.loading}>
          <div class="column-main">
            {rows.length > 0 && (
              <section class="panel">
                <div class="panel-head">
                  <h2>Duration by time</h2>
                  <span class="note wide-only">Draw a rectangle to look closer.</span>
                </div>
                <Scatter traces={shown} onSelect={select} />
              </section>
            )}
            {rows.length === 0 ? (
              nothingKept ? <FirstSteps what="trace" /> : <NothingFound query={query} />
            ) : (
              <ListPanel
                list={list}
                title={`${plural(rows.length, 'trace')}${list.token ? ' so far' : ''}`}
                what="traces"
                grows={grows}
                tools={
                  <>
                    <div class="segments" role="group" aria-label="Order">
                      <button type="button" aria-pressed={sort === 'newest'} onClick={() => change({ sort: undefined })}>Newest</button>
                      <button type="button" aria-pressed={sort === 'slowest'} onClick={() => change({ sort: 'slowest' })}>Slowest</button>
                    </div>
                    {pinned > 0 && <a href={href('traces', { show: 'pinned' })}>{pinned} pinned</a>}
                  </>
                }
              >
                <TraceTable traces={rows} label="Traces" />
              </ListPanel>
            )}
          </div>
          {rows.length > 0 && <Facets list={facets.data} query={query} onChange={(q) => change({ q })} />}
        </div>
      )}
    </div>
  );
}

export function TracesPage() {
  return param('show') === 'pinned' ? <PinnedPage /> : <TraceSearch />;
}
