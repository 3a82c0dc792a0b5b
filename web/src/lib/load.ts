// Loading: the old content stays, dimmed, until the new one is there; an error is shown beside it, never in its place.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './api';

export interface Loaded<T> {
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
  reload: () => void;
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(-1, 'The page has a fault', String(error));
}

/** Loads anew whenever `key` changes. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ data?: T; problem?: Problem; loading: boolean }>({ loading: true });
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    const controller = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    loader.current(controller.signal).then(
      (data) => !controller.signal.aborted && setState({ data, loading: false }),
      (error) => !controller.signal.aborted && setState((old) => ({ data: old.data, problem: asProblem(error), loading: false })),
    );
    return () => controller.abort();
  }, [key, round]);
  return { data: state.data, problem: state.problem, loading: state.loading, reload: () => setRound((n) => n + 1) };
}
