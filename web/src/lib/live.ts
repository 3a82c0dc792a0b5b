// One event stream a tab, with the topics that the page on the screen asks for. A hidden tab closes it.
import { effect, signal } from '@preact/signals';
import { get, urlOf } from './api';
import { takePlace } from './streams';
import type { LogRecord, Status, TraceSummary, WatchEvent } from './types';

export const ASK_MS = 2_000;

export const status = signal<Status | undefined>(undefined);
/** When the last sign of life came, and when the next attempt is made; 0: connected. */
export const away = signal<{ since: number; next: number } | undefined>(undefined);
export const live = signal(true);
/** Whether this tab asks every ASK_MS what is new, because other tabs have all places for streams. */
export const asks = signal(false);

interface Subscription {
  tracesQuery?: string;
  logsQuery?: string;
  onTrace?: (trace: TraceSummary) => void;
  onLog?: (log: LogRecord) => void;
  onGap?: (left: number) => void;
  /** The stream was closed for a while: what came meanwhile is not told, so look again. */
  onReturn?: () => void;
  /** Something may have come before the stream opened, or there is no stream: ask what is new. */
  onAsk?: () => void;
}

const subscription = signal<Subscription>({});
let source: EventSource | undefined;
let release: (() => void) | undefined;
/** Counts the streams, so that one that opens late is noticed. */
let round = 0;
let retry: number | undefined;
let lastSign = Date.now();
let attempts = 0;

export function subscribe(next: Subscription): () => void {
  subscription.value = next;
  return () => {
    if (subscription.value === next) subscription.value = {};
  };
}

function take(text: string): void {
  let event: WatchEvent;
  try {
    event = JSON.parse(text) as WatchEvent;
  } catch {
    return;
  }
  lastSign = Date.now();
  const to = subscription.peek();
  if (event.status) status.value = event.status;
  if (event.trace) to.onTrace?.(event.trace);
  if (event.log) to.onLog?.(event.log);
  if (event.gap) to.onGap?.(event.gap);
}

function close(): void {
  round += 1;
  source?.close();
  release?.();
  source = release = undefined;
  window.clearTimeout(retry);
}

async function lost(): Promise<void> {
  close();
  const mine = round;
  // A stream that is refused says no reason; the status does, and it may answer although streams do not.
  const answers = await get<Status>('q/status').then((s) => ((status.value = s), true), (problem) => !problem.away);
  if (document.hidden || mine !== round) return;
  attempts += 1;
  const wait = attempts === 1 && answers ? 300 : Math.min(15, 2 ** Math.min(attempts, 4)) * 1000;
  if (!answers) away.value = { since: away.peek()?.since ?? lastSign, next: Date.now() + wait };
  retry = window.setTimeout(open, wait);
}

function connected(): void {
  attempts = 0;
  lastSign = Date.now();
  if (away.peek()) {
    away.value = undefined;
    subscription.peek().onReturn?.();
  } else if (live.peek()) {
    subscription.peek().onAsk?.();
  }
}

/** What a tab does instead while other tabs have all places for streams. */
async function ask(mine: number): Promise<void> {
  const answers = await get<Status>('q/status').then((s) => ((status.value = s), true), (problem) => !problem.away);
  if (mine !== round) return;
  if (!answers) return void lost();
  asks.value = true;
  connected();
  retry = window.setTimeout(open, ASK_MS);
}

export async function open(): Promise<void> {
  close();
  if (document.hidden) return;
  const mine = round;
  const place = await takePlace();
  if (mine !== round) return place?.();
  if (!place) return ask(mine);
  release = place;
  const want = subscription.peek();
  const topics = ['status'];
  if (live.peek() && want.onTrace) topics.push('traces');
  if (live.peek() && want.onLog) topics.push('logs');
  const stream = new EventSource(urlOf('q/watch', { topics, traces_q: want.tracesQuery, logs_q: want.logsQuery }));
  source = stream;
  stream.onopen = () => {
    asks.value = false;
    connected();
  };
  stream.onmessage = (message) => take(message.data as string);
  stream.onerror = () => {
    if (source === stream) void lost();
  };
}

/** What is shown may be older than what is kept after the tab was hidden. */
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    close();
  } else {
    void open();
    subscription.peek().onReturn?.();
  }
});
window.addEventListener('pagehide', close);

export function start(): void {
  get<Status>('q/status').then((s) => (status.value = s), () => undefined);
  // A page that leaves and the next one that comes change the subscription twice; the stream is opened once.
  let soon: number | undefined;
  let paused = !live.peek();
  effect(() => {
    subscription.value;
    const resumed = paused && live.value;
    paused = !live.value;
    if (resumed) subscription.peek().onReturn?.();
    window.clearTimeout(soon);
    soon = window.setTimeout(open, 20);
  });
}
