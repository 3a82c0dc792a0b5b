// The time that pages look at: `from` and `to` in the URL, as an age such as -15m or as a time.
import { param } from './location';

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

export const AGES: [string, string][] = [
  ['-5m', 'Last 5 minutes'],
  ['-15m', 'Last 15 minutes'],
  ['-1h', 'Last hour'],
  ['-6h', 'Last 6 hours'],
  ['-1d', 'Last 24 hours'],
];

export function micros(text: string, now = Date.now()): number {
  const age = /^-(\d+)([smhd])$/.exec(text);
  if (age) return Math.round((now - Number(age[1]) * UNITS[age[2]!]! * 1000) * 1000);
  if (/^\d{10,}$/.test(text)) return Number(text);
  const time = Date.parse(text);
  return Number.isFinite(time) ? time * 1000 : 0;
}

export function range(): { from_us: number | undefined; to_us: number | undefined } {
  return { from_us: micros(param('from')) || undefined, to_us: micros(param('to')) || undefined };
}

/** Whether new records belong to what is shown. */
export function openEnded(): boolean {
  return !param('to');
}
