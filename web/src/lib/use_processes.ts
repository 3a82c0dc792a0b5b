// The processes whose operations ports the console knows; anew every five seconds while Live is on.
import { useEffect } from 'preact/hooks';
import { get } from './api';
import { away, live } from './live';
import { type Loaded, useLoad } from './load';
import type { Process, ProcessList } from './types';

const EVERY_MS = 5000;

function useAnew<T>(loaded: Loaded<T>): Loaded<T> {
  const on = live.value && !away.value;
  useEffect(() => {
    if (!on) return undefined;
    const timer = window.setInterval(() => !document.hidden && loaded.reload(), EVERY_MS);
    return () => window.clearInterval(timer);
  }, [on]);
  return loaded;
}

export function useProcesses(): Loaded<ProcessList> {
  return useAnew(useLoad('processes', (signal) => get<ProcessList>('q/processes', {}, signal)));
}

/** All that one process says; an empty name loads nothing. */
export function useProcess(name: string): Loaded<Process | undefined> {
  return useAnew(useLoad(`process ${name}`, (signal) =>
    name ? get<Process>(`q/processes/${encodeURIComponent(name)}`, {}, signal) : Promise.resolve(undefined)));
}
