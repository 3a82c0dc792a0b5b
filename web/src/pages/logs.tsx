// What was said, and what was said around it? Query, records by time and severity, and the list.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get } from '../lib/api';
import { count, plural } from '../lib/format';
import { live, status } from '../lib/live';
import { useLiveList } from '../lib/live_list';
import { useLoad } from '../lib/load';
import { change, param } from '../lib/location';
import { openEnded, range } from '../lib/range';
import type { FacetList, LogList as Logs, LogPattern, LogPatternList, LogRecord } from '../lib/types';
import { Facets } from '../parts/facets';
import { ListPanel } from '../parts/list_panel';
import { LogBars } from '../parts/log_bars';
import { LogList } from '../parts/log_list';
import { LogPatterns, termsOfPattern } from '../parts/log_patterns';
import { QueryBox, termsOf } from '../parts/query_box';
import { Empty, Failed, Loading } from '../parts/states';
import { FirstSteps } from './first_steps';
import { LinkedRecord, LogsAround } from './logs_around';

const SUGGESTIONS = ['severity>=warn', 'severity>=error', 'service:', 'event:', 'shop.order.id=', '-event:http.request'];
const LEVELS: [string, string][] = [['', 'All'], ['info', 'Info'], ['warn', 'Warn'], ['error', 'Error']];

function levelOf(query: string): string {
  return /^severity>=(\w+)$/.exec(termsOf(query).find((t) => t.startsWith('severity>=')) ?? '')?.[1] ?? '';
}

function withLevel(query: string, level: string): string {
  const rest = termsOf(query).filter((t) => !t.startsWith('severity>='));
  return (level ? [`severity>=${level}`, ...rest] : rest).join(' ');
}

export function LogsPage() {
  return param('around') ? <LogsAround key={param('around')} id={param('around')} /> : <LogsFound />;
}

function Patterns({ query }: { query: string }) {
  const loaded = useLoad(`patterns ${query} ${param('from')} ${param('to')}`, (signal) => get<LogPatternList>('q/log_patterns', { q: query, ...range() }, signal));
  const list = loaded.data;
  const on = live.value && openEnded();
  useEffect(() => {
    if (!on) return undefined;
    const timer = window.setInterval(() => !document.hidden && loaded.reload(), 5000);
    return () => window.clearInterval(timer);
  }, [on]);
  const choose = (pattern: LogPattern) => {
    const terms = termsOf(query);
    change({ q: [...terms, ...termsOfPattern(pattern).filter((t) => !terms.includes(t))].join(' '), view: undefined });
  };
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>{list ? plural((list.patterns ?? []).length, 'pattern') : 'Patterns'}</h2>
        {list && <span class="note">of {plural(list.counted ?? 0, 'record')}{list.more && ', the newest'}{(list.others ?? 0) > 0 && `; ${count(list.others!)} have another one`}</span>}
        <Views />
      </div>
      {loaded.problem && <Failed problem={loaded.problem} what={list ? 'What is shown is old' : 'The patterns could not be loaded'} retry={loaded.reload} />}
      {!list && loaded.loading && <Loading what="patterns" />}
      {list && <LogPatterns list={list} onChoose={choose} />}
    </section>
  );
}

/** Lines or patterns, which the address has as `view`. */
function Views() {
  const patterns = param('view') === 'patterns';
  return (
    <div class="segments" role="group" aria-label="Show">
      <button type="button" aria-pressed={!patterns} onClick={() => change({ view: undefined })}>Lines</button>
      <button type="button" aria-pressed={patterns} onClick={() => change({ view: 'patterns' })}>Patterns</button>
    </div>
  );
}

function LogsFound() {
  const query = param('q');
  const linked = param('sel');
  const key = [query, param('from'), param('to')].join('\n');
  const [bad, setBad] = useState<string | undefined>();
  const grows = openEnded() && bad !== query;
  const list = useLiveList<LogRecord>({
    key: `logs\n${key}`,
    query,
    grows,
    signal: 'logs',
    idOf: (r) => r.id,
    timeOf: (r) => r.time_us ?? 0,
    load: async (token, signal) => {
      const found = await get<Logs>('q/logs', { q: query, page_size: 200, page_token: token, ...range() }, signal);
      return { rows: found.records ?? [], token: found.next_page_token ?? '', searchedBackTo: found.searched_back_to_us ?? 0 };
    },
  });
  const { loaded, rows } = list;
  const facets = useLoad(`log facets\n${key}`, (signal) => get<FacetList>('q/facets', { signal: 'logs', q: query, ...range() }, signal));
  const badQuery = loaded.problem?.code === 'BAD_QUERY';
  useEffect(() => setBad(badQuery ? query : undefined), [badQuery]);
  const level = levelOf(query);
  const elsewhere = useMemo(() => (rows.some((r) => r.id === linked) ? '' : linked), [linked, loaded.data, rows.length > 0]);
  return (
    <div class="page">
      <h1 class="sr">Logs</h1>
      <QueryBox
        label="Query for log records"
        placeholder={'severity>=warn service:payment-service declined'}
        value={query}
        problem={loaded.problem}
        suggestions={SUGGESTIONS}
        onChange={(q) => (q === query ? loaded.reload() : change({ q }))}
      />
      {loaded.problem && !badQuery && <Failed problem={loaded.problem} what="The log records could not be loaded" retry={loaded.reload} />}
      {!loaded.data && loaded.loading && <Loading what="log records" />}
      {loaded.data && (
        <div class={`columns ${loaded.loading || badQuery ? 'old' : ''}`} aria-busy={loaded.loading}>
          <div class="column-main">
            {elsewhere && <LinkedRecord key={elsewhere} id={elsewhere} />}
            {rows.length === 0 ? (
              !query && !param('from') && !(status.value?.log_records ?? 0) ? (
                <FirstSteps what="log record" />
              ) : (
                <Empty title="No log record matches">
                  <p class="acts">
                    {query && <button type="button" onClick={() => change({ q: undefined })}>Leave out the query</button>}
                    {param('from') && <button type="button" onClick={() => change({ from: undefined, to: undefined })}>Look at all that is kept</button>}
                  </p>
                </Empty>
              )
            ) : (
              <>
                <section class="panel">
                  <div class="panel-head">
                    <h2>Records by time</h2>
                    <div class="segments" role="group" aria-label="Least severity">
                      {LEVELS.map(([name, word]) => <button type="button" aria-pressed={level === name} onClick={() => change({ q: withLevel(query, name) })}>{word}</button>)}
                    </div>
                  </div>
                  <LogBars records={rows} onSelect={(from, to) => change({ from: String(Math.floor(from)), to: String(Math.ceil(to)) })} />
                </section>
                {param('view') === 'patterns' ? <Patterns query={query} /> : (
                  <ListPanel list={list} title={`${plural(rows.length, 'record')}${list.token ? ' so far' : ''}`} what="records" grows={grows} tools={<Views />}>
                    <LogList records={rows} query={query} label="Log records" linked />
                  </ListPanel>
                )}
              </>
            )}
          </div>
          {rows.length > 0 && <Facets list={facets.data} query={query} onChange={(q) => change({ q })} />}
        </div>
      )}
    </div>
  );
}
