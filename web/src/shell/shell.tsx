// What surrounds every page: navigation, the time that is looked at, Live, and what is kept.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { clock } from '../lib/format';
import { ASK_MS, asks, away, live, open } from '../lib/live';
import { change, go, href, param, path } from '../lib/location';
import { AGES } from '../lib/range';
import { Icon } from '../parts/icon';
import { Foot } from './foot';
import { GoTo } from './go_to';
import { Help } from './help';
import { listen, readStored, store } from './keys';

export const PAGES: { to: string; name: string; icon: string; key: string }[] = [
  { to: '', name: 'Overview', icon: 'overview', key: 'o' },
  { to: 'traces', name: 'Traces', icon: 'traces', key: 't' },
  { to: 'logs', name: 'Logs', icon: 'logs', key: 'l' },
  { to: 'shop/orders', name: 'Shop', icon: 'shop', key: 's' },
  { to: 'requests', name: 'Requests', icon: 'requests', key: 'r' },
  { to: 'services', name: 'Services', icon: 'services', key: 'v' },
];

function isHere(to: string): boolean {
  const first = to.split('/')[0]!;
  const here = path.value.split('/')[0] === 'processes' ? 'services' : path.value.split('/')[0];
  return first === '' ? path.value === '' : here === first;
}

function Navigation() {
  return (
    <nav class="nav" aria-label="Pages">
      <a class="brand" href={href('')} aria-label="Tradewind, overview">
        <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M4 12h15.5a4 4 0 1 0-4-4M4 17.5h21a4 4 0 1 1-4 4M4 23h9" />
        </svg>
        <span>Tradewind</span>
      </a>
      <ul>
        {PAGES.map((page) => (
          <li>
            <a href={href(page.to)} aria-current={isHere(page.to) ? 'page' : undefined}>
              <Icon name={page.icon} size={18} />
              <span>{page.name}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function TimeRange() {
  const from = param('from');
  const to = param('to');
  const custom = from !== '' && (to !== '' || !AGES.some(([age]) => age === from));
  const local = (text: string) => {
    const ms = /^\d+$/.test(text) ? Number(text) / 1000 : Date.parse(text);
    if (!Number.isFinite(ms)) return '';
    const d = new Date(ms - new Date().getTimezoneOffset() * 60000);
    return d.toISOString().slice(0, 19);
  };
  const set = (name: string, value: string) => {
    const ms = Date.parse(value);
    if (Number.isFinite(ms)) change({ [name]: String(ms * 1000) }, 'replace');
  };
  return (
    <div class="time-range">
      <label>
        <span class="sr">Time</span>
        <select
          value={custom ? 'custom' : from}
          onChange={(event) => {
            const value = event.currentTarget.value;
            const now = Date.now();
            if (value === 'custom') change({ from: String((now - 900000) * 1000), to: String(now * 1000) });
            else change({ from: value, to: undefined });
          }}
        >
          <option value="">All that is kept</option>
          {AGES.map(([age, name]) => <option value={age}>{name}</option>)}
          <option value="custom">From … to …</option>
        </select>
      </label>
      {custom && (
        <span class="time-custom">
          <input type="datetime-local" step="1" aria-label="From" value={local(from)} onChange={(e) => set('from', e.currentTarget.value)} />
          <span aria-hidden="true">–</span>
          <input type="datetime-local" step="1" aria-label="To" value={local(to)} onChange={(e) => set('to', e.currentTarget.value)} />
        </span>
      )}
    </div>
  );
}

type Theme = '' | 'light' | 'dark';
const THEMES: Theme[] = ['', 'light', 'dark'];
const THEME_NAMES: Record<Theme, string> = { '': 'as the system', light: 'light', dark: 'dark' };

export function applyTheme(theme: Theme): void {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(readStored('tradewind.theme') as Theme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      class="icon-button"
      title={`Colours: ${THEME_NAMES[theme]}`}
      aria-label={`Colours: ${THEME_NAMES[theme]}. Change to ${THEME_NAMES[next]}`}
      onClick={() => {
        setTheme(next);
        store('tradewind.theme', next);
        applyTheme(next);
      }}
    >
      <Icon name={theme === 'dark' ? 'moon' : theme === 'light' ? 'sun' : 'auto'} size={17} />
    </button>
  );
}

export function LiveSwitch() {
  const on = live.value;
  const every = asks.value ? `every ${ASK_MS / 1000} s` : '';
  const how = every ? `${every}, because other tabs use all live connections` : 'by themselves';
  return (
    <button
      type="button"
      class={`live ${on ? 'on' : ''}`}
      aria-pressed={on}
      title={on ? `New records appear ${how} (p pauses)` : 'New records do not appear (p resumes)'}
      onClick={() => (live.value = !on)}
    >
      {on ? <span class="live-dot" aria-hidden="true" /> : <Icon name="pause" size={12} />}
      {on ? every || 'Live' : 'Paused'}
    </button>
  );
}

function Away() {
  const [now, setNow] = useState(Date.now());
  const lost = away.value;
  useEffect(() => {
    if (!lost) return undefined;
    const timer = window.setInterval(() => setNow(Date.now()), 500);
    return () => window.clearInterval(timer);
  }, [lost]);
  if (!lost) return null;
  const seconds = Math.max(0, Math.ceil((lost.next - now) / 1000));
  return (
    <div class="away">
      <p role="alert">No answer from {new URL(document.baseURI).host} since {clock(lost.since * 1000, false)}.</p>
      <p>Next try {seconds ? `in ${seconds} s` : 'now'}. What is on the screen stays.</p>
      <button type="button" onClick={open}>Try now</button>
    </div>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const [help, setHelp] = useState(false);
  const [goTo, setGoTo] = useState(false);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    let second = false;
    listen(
      (key) => {
        if (second) {
          second = false;
          const page = PAGES.find((p) => p.key === key);
          if (page) go(href(page.to));
          return;
        }
        if (key === 'g') {
          second = true;
          window.setTimeout(() => (second = false), 1500);
        } else if (key === '?') setHelp(true);
        else if (key === '/') main.current?.querySelector<HTMLInputElement>('input[type=search]')?.focus();
        else if (key === 'p') live.value = !live.value;
        else if (key === 'y') void navigator.clipboard?.writeText(window.location.href);
      },
      () => setGoTo(true),
    );
  }, []);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), main.current?.focus())}>To the content</a>
      <Navigation />
      <div class="frame">
        <header class="head">
          <button type="button" class="go-to" onClick={() => setGoTo(true)}>
            <Icon name="search" size={15} />
            <span>Go to a trace, an order, a page</span>
            <kbd aria-hidden="true">Ctrl K</kbd>
          </button>
          <div class="head-right">
            {/^(|traces|logs|services(\/.*)?)$/.test(path.value) && <TimeRange />}
            <LiveSwitch />
            <ThemeSwitch />
            <button type="button" class="icon-button" title="Keys and queries (?)" aria-label="Keys and queries" onClick={() => setHelp(true)}>
              <Icon name="help" size={17} />
            </button>
          </div>
        </header>
        <Away />
        <main id="main" class="main" ref={main} tabIndex={-1}>{children}</main>
        <Foot />
      </div>
      {help && <Help close={() => setHelp(false)} />}
      {goTo && <GoTo close={() => setGoTo(false)} />}
    </div>
  );
}
