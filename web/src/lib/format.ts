// Numbers, durations, times and foreign texts as the page writes them.

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

/** Three significant digits at most: 1.24 ms, 46.3 ms, 494 ms. */
export function duration(ns: number): string {
  const units: [number, string][] = [[3.6e12, 'h'], [6e10, 'min'], [1e9, 's'], [1e6, 'ms'], [1e3, 'µs']];
  for (const [size, unit] of units) {
    if (ns >= size) return `${digits(ns / size)} ${unit}`;
  }
  return `${Math.max(0, Math.round(ns))} ns`;
}

function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A duration on an axis: 1.5 s rather than 1.50 s. */
export function tick(ns: number): string {
  return duration(ns).replace(/(\.\d*?)0+(?= )/, '$1').replace(/\.(?= )/, '');
}

export function clock(us: number, millis = true): string {
  const d = new Date(us / 1000);
  const time = `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
  return millis ? `${time}.${pad(d.getMilliseconds(), 3)}` : time;
}

export function dateTime(us: number): string {
  const d = new Date(us / 1000);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${clock(us)}`;
}

/** The time, and the day before it unless that is today. */
export function shortTime(us: number, millis = true): string {
  const d = new Date(us / 1000);
  const today = new Date();
  const same = d.toDateString() === today.toDateString();
  return same ? clock(us, millis) : `${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${clock(us, false)}`;
}

export function ago(us: number, now = Date.now()): string {
  const seconds = Math.max(0, (now - us / 1000) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

export function count(n: number): string {
  if (n >= 1e6) return `${digits(n / 1e6)}M`;
  if (n >= 1e4) return `${digits(n / 1e3)}k`;
  return String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond >= 100) return count(perSecond);
  if (perSecond >= 10) return perSecond.toFixed(0);
  if (perSecond >= 1) return perSecond.toFixed(1);
  return perSecond >= 0.01 ? perSecond.toFixed(2) : '<0.01';
}

export function percent(share: number): string {
  if (share === 0) return '0 %';
  const p = share * 100;
  return p >= 10 ? `${Math.round(p)} %` : p >= 0.1 ? `${p.toFixed(1)} %` : '<0.1 %';
}

export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = n;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : digits(value)} ${units[unit]}`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function money(amount: { minor?: number | string; currency?: string } | undefined): string {
  if (!amount?.currency) return '–';
  const minor = Number(amount.minor ?? 0);
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: amount.currency });
    const places = format.resolvedOptions().maximumFractionDigits ?? 2;
    return format.format(minor / 10 ** places);
  } catch {
    return `${minor} ${amount.currency}`;
  }
}

/** The tail of a UUIDv7 tells ids of one minute apart, its head does not. */
export function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}

// Control characters, marks of direction, and characters that show nothing.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

export interface Piece {
  text: string;
  unseen: boolean;
}

/** Splits foreign text into what can be shown as it is and the names of what cannot be seen. */
export function pieces(text: string): Piece[] {
  if (!UNSEEN.test(text)) return [{ text, unseen: false }];
  const found: Piece[] = [];
  let plain = '';
  for (const character of text) {
    if (UNSEEN.test(character)) {
      if (plain) found.push({ text: plain, unseen: false });
      plain = '';
      found.push({ text: `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`, unseen: true });
    } else {
      plain += character;
    }
  }
  if (plain) found.push({ text: plain, unseen: false });
  return found;
}

/** For places that take plain text only, such as titles. */
export function visible(text: string): string {
  return pieces(text.slice(0, 2000)).map((p) => (p.unseen ? `[${p.text}]` : p.text)).join('');
}

export const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

export function severityWord(severity: number): string {
  if (severity >= 21) return 'fatal';
  if (severity >= 17) return 'error';
  if (severity >= 13) return 'warn';
  if (severity >= 9) return 'info';
  if (severity >= 5) return 'debug';
  return 'trace';
}
