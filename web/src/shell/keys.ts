// Keys of the whole page. A key is not taken while somebody writes, and single keys can be switched off.
import { signal } from '@preact/signals';

export interface Key {
  keys: string;
  what: string;
}

export const KEYS: Key[] = [
  { keys: '/', what: 'Write a query' },
  { keys: 'Ctrl K', what: 'Go to a page, a trace, an order' },
  { keys: '?', what: 'Show these keys' },
  { keys: 'g then o t l s r v', what: 'Overview, Traces, Logs, Shop, Requests, Services' },
  { keys: '↑ ↓ or j k', what: 'Move in a list or a trace' },
  { keys: 'Enter', what: 'Open what is chosen' },
  { keys: '← →', what: 'Fold and unfold' },
  { keys: '[ ]', what: 'Fold all, unfold all' },
  { keys: 'n N', what: 'Next and previous error of a trace' },
  { keys: 'c', what: 'Show or hide the critical path' },
  { keys: 'p', what: 'Pause and resume live updates' },
  { keys: 'y', what: 'Copy the link to this page' },
  { keys: 'Esc', what: 'Close, and give the focus back' },
];

const STORED = 'tradewind.single_keys';

export const singleKeys = signal(readStored(STORED) !== 'off');

export function readStored(name: string): string {
  try {
    return localStorage.getItem(name) ?? '';
  } catch {
    return '';
  }
}

export function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing forgets the choice with the page.
  }
}

export function switchSingleKeys(on: boolean): void {
  singleKeys.value = on;
  store(STORED, on ? '' : 'off');
}

export function isWriting(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
}

/** Handlers of the page on the screen, by key. They are asked before those of the shell. */
const handlers: ((key: string) => boolean)[] = [];

export function onKey(handler: (key: string) => boolean): () => void {
  handlers.unshift(handler);
  return () => handlers.splice(handlers.indexOf(handler), 1);
}

export function listen(shell: (key: string) => void, anything: () => void): void {
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      anything();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event)) return;
    if (document.querySelector('dialog[open]')) return;
    if (event.key.length === 1 && !singleKeys.value) return;
    if (handlers.some((h) => h(event.key))) event.preventDefault();
    else shell(event.key);
    if (event.key === '/') event.preventDefault();
  });
}
