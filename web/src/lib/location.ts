// Where the page is: the path below `<base href>` and the state in the query string. All state that is worth a link is there.
import { computed, signal } from '@preact/signals';

const base = new URL(document.baseURI).pathname;

interface Place {
  path: string;
  params: URLSearchParams;
}

function read(): Place {
  const { pathname, search } = window.location;
  const path = pathname.startsWith(base) ? pathname.slice(base.length) : pathname.replace(/^\//, '');
  return { path: path.replace(/\/+$/, ''), params: new URLSearchParams(search) };
}

export const place = signal<Place>(read());
export const path = computed(() => place.value.path);
window.addEventListener('popstate', () => (place.value = read()));

export function param(name: string): string {
  return place.value.params.get(name) ?? '';
}

/** A link to a page, with the time range of this one. `undefined` and '' leave a parameter out. */
export function href(to: string, params: Record<string, string | undefined> = {}, keepTime = true): string {
  const found = new URLSearchParams();
  if (keepTime) {
    for (const name of ['from', 'to']) {
      const value = place.value.params.get(name);
      if (value) found.set(name, value);
    }
  }
  for (const [name, value] of Object.entries(params)) {
    if (value) found.set(name, value);
    else found.delete(name);
  }
  const search = found.toString();
  return `${base}${to}${search ? `?${search}` : ''}`;
}

export function go(url: string): void {
  history.pushState(null, '', url);
  place.value = read();
  window.scrollTo(0, 0);
}

/** Changes parameters of this page. What is chosen is a step of the history; what is adjusted replaces the step. */
export function change(params: Record<string, string | undefined>, how: 'push' | 'replace' = 'push'): void {
  const next = new URLSearchParams(place.value.params);
  for (const [name, value] of Object.entries(params)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const search = next.toString();
  if (search === place.value.params.toString()) return;
  const url = `${window.location.pathname}${search ? `?${search}` : ''}`;
  if (how === 'push') history.pushState(null, '', url);
  else history.replaceState(null, '', url);
  place.value = read();
}

/** Clicks on links of this page change the page without loading it anew. */
document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== window.location.origin) return;
  if (!link.pathname.startsWith(base) || /^(q|shop\/api|shop\/openapi|docs)(\/|$|\.)/.test(link.pathname.slice(base.length))) return;
  if (link.hash && link.pathname === window.location.pathname) return;
  event.preventDefault();
  go(link.href);
});
