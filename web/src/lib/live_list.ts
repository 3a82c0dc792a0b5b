// A list that is loaded page by page and grows at its top while somebody looks. It does not move under the pointer, under the
// focus, or when it is scrolled: what is new waits then until it is asked for.
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { subscribe } from './live';
import { asProblem, type Loaded, useLoad } from './load';
import type { Problem } from './api';

const SHOWN_MAX = 1000;
const GATHER_MS = 150;

export interface Page<T> {
  rows: T[];
  token: string;
  searchedBackTo: number;
}

interface Options<T> {
  key: string;
  /** Loads the first page, or the one that the token names. */
  load: (token: string, signal?: AbortSignal) => Promise<Page<T>>;
  idOf: (row: T) => string;
  timeOf: (row: T) => number;
  /** Whether new rows belong into the list. */
  grows: boolean;
  query: string;
  signal: 'traces' | 'logs';
}

export interface LiveList<T> {
  loaded: Loaded<Page<T>>;
  rows: T[];
  waiting: T[];
  showWaiting: () => void;
  token: string;
  searchedBackTo: number;
  loadMore: () => void;
  loadingMore: boolean;
  moreProblem: Problem | undefined;
  gap: number;
  box: RefObject<HTMLElement | null>;
  hold: { onPointerEnter: () => void; onPointerLeave: () => void };
}

export function useLiveList<T>(options: Options<T>): LiveList<T> {
  const { key, idOf, timeOf } = options;
  /** What the stream told since the last load began: the answer may be older. */
  const told = useRef(new Map<string, T>());
  const loaded = useLoad(key, (signal) => {
    told.current.clear();
    return options.load('', signal);
  });
  const [rows, setRows] = useState<T[]>([]);
  const [waiting, setWaiting] = useState<T[]>([]);
  const [rest, setRest] = useState({ token: '', searchedBackTo: 0 });
  const [loadingMore, setLoadingMore] = useState(false);
  const [moreProblem, setMoreProblem] = useState<Problem | undefined>();
  const [gap, setGap] = useState(0);
  const box = useRef<HTMLElement>(null);
  const held = useRef(false);
  const shown = useRef<T[]>([]);
  shown.current = [...waiting, ...rows];

  const merged = (list: T[], fresh: T[]): T[] => {
    const byId = new Map(list.map((row) => [idOf(row), row]));
    for (const row of fresh) byId.set(idOf(row), row);
    return [...byId.values()].sort((a, b) => timeOf(b) - timeOf(a) || (idOf(a) < idOf(b) ? 1 : -1)).slice(0, SHOWN_MAX);
  };

  useEffect(() => {
    if (!loaded.data) return;
    setRows(merged(loaded.data.rows, [...told.current.values()]));
    setRest({ token: loaded.data.token, searchedBackTo: loaded.data.searchedBackTo });
    setWaiting([]);
    setGap(0);
    setMoreProblem(undefined);
  }, [loaded.data]);

  useEffect(() => {
    if (!options.grows) return undefined;
    let gathered: T[] = [];
    let timer: number | undefined;
    let over = false;
    const show = () => {
      timer = undefined;
      const fresh = gathered;
      gathered = [];
      const busy = held.current || window.scrollY > 40 || box.current?.contains(document.activeElement);
      setRows((old) => {
        if (!busy) return merged(old, fresh);
        const known = new Set(old.map(idOf));
        const changed = new Map(fresh.map((row) => [idOf(row), row]));
        setWaiting((w) => merged(w, fresh.filter((row) => !known.has(idOf(row)))));
        return old.map((row) => changed.get(idOf(row)) ?? row);
      });
    };
    const take = (row: T) => {
      told.current.set(idOf(row), row);
      if (told.current.size > SHOWN_MAX) told.current.delete(told.current.keys().next().value!);
      gathered.push(row);
      timer ??= window.setTimeout(show, GATHER_MS);
    };
    /** Takes the first page, unless rows may be missing between it and what is shown. */
    const ask = async () => {
      const page = await options.load('').catch(() => undefined);
      if (!page || over) return;
      const known = new Set(shown.current.map(idOf));
      if (page.token && known.size > 0 && !page.rows.some((row) => known.has(idOf(row)))) return loaded.reload();
      page.rows.forEach(take);
    };
    const stop = subscribe({
      ...(options.signal === 'traces'
        ? { tracesQuery: options.query, onTrace: (row) => take(row as T) }
        : { logsQuery: options.query, onLog: (row) => take(row as T) }),
      onGap: (left) => setGap((g) => g + left),
      onReturn: loaded.reload,
      onAsk: () => void ask(),
    });
    return () => {
      over = true;
      stop();
      window.clearTimeout(timer);
    };
  }, [key, options.grows]);

  const loadMore = async () => {
    setLoadingMore(true);
    setMoreProblem(undefined);
    try {
      const next = await options.load(rest.token);
      setRows((old) => [...old, ...next.rows.filter((row) => !old.some((o) => idOf(o) === idOf(row)))]);
      setRest({ token: next.token, searchedBackTo: next.searchedBackTo });
    } catch (error) {
      setMoreProblem(asProblem(error));
    } finally {
      setLoadingMore(false);
    }
  };

  return {
    loaded,
    rows,
    waiting,
    showWaiting: () => {
      setRows((old) => merged(old, waiting));
      setWaiting([]);
      window.scrollTo(0, 0);
    },
    token: rest.token,
    searchedBackTo: rest.searchedBackTo,
    loadMore: () => void loadMore(),
    loadingMore,
    moreProblem,
    gap,
    box,
    hold: { onPointerEnter: () => (held.current = true), onPointerLeave: () => (held.current = false) },
  };
}
