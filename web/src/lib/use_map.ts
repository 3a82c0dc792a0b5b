// The map of the time that is looked at; anew every five seconds while Live is on.
import { useEffect } from 'preact/hooks';
import { get } from './api';
import { away, live } from './live';
import { type Loaded, useLoad } from './load';
import { param } from './location';
import { openEnded, range } from './range';
import type { ServiceMap } from './types';

const EVERY_MS = 5000;

export function useMap(): Loaded<ServiceMap> & { seconds: number } {
  const loaded = useLoad(`map ${param('from')} ${param('to')}`, (signal) => get<ServiceMap>('q/map', range(), signal));
  const on = live.value && openEnded() && !away.value;
  useEffect(() => {
    if (!on) return undefined;
    const timer = window.setInterval(() => !document.hidden && loaded.reload(), EVERY_MS);
    return () => window.clearInterval(timer);
  }, [on]);
  const { from_us = 0, to_us = 0 } = loaded.data ?? {};
  // Without an end the time goes on, also while nothing is called.
  const end = openEnded() || !to_us ? Date.now() * 1000 : to_us;
  return { ...loaded, seconds: Math.max(1, (end - from_us) / 1e6) };
}
