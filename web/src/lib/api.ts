// Calls to the console's read API and, through `/shop`, to the shop's own API.

/** What an answer that is not a success says (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly code: string = '',
    readonly errors: { pointer?: string; detail?: string }[] = [],
    readonly traceId: string = '',
  ) {
    super(detail || title);
  }

  /** Whether nobody answered at all. */
  get away(): boolean {
    return this.status === 0;
  }
}

export type Params = Record<string, string | number | string[] | undefined>;

/** An absolute URL of a path below the page's base. */
export function urlOf(path: string, params: Params = {}): string {
  const url = new URL(path, document.baseURI);
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined || value === '' || value === 0) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
  }
  return url.href;
}

export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    return new Problem(
      response.status,
      String(body.title ?? response.statusText),
      String(body.detail ?? ''),
      String(body.code ?? ''),
      Array.isArray(body.errors) ? (body.errors as { pointer?: string; detail?: string }[]) : [],
      String(body.trace_id ?? ''),
    );
  } catch {
    return new Problem(response.status, `${response.status} ${response.statusText}`, text.slice(0, 300));
  }
}

function away(): Problem {
  return new Problem(0, 'No answer', `No answer from ${new URL(document.baseURI).host}. Is Tradewind still running?`);
}

export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal, headers: Record<string, string> = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(urlOf(path, params), { headers: { Accept: 'application/json', ...headers }, signal: signal ?? null });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw away();
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

/** Changes something by the console's own API. Nothing as `body` sends none. */
async function send<T>(method: 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Tradewind-Console': '1' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(urlOf(path), { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  } catch {
    throw away();
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return send<T>('PUT', path, body);
}

export async function remove(path: string): Promise<void> {
  await send<unknown>('DELETE', path);
}

/** One call to the shop, with all that the page shows of it. */
export interface Exchange {
  method: string;
  path: string;
  requestHeaders: Record<string, string>;
  requestBody: string;
  status: number;
  statusText: string;
  headers: [string, string][];
  body: string;
  etag: string;
  replayed: boolean;
  milliseconds: number;
  traceId: string;
  problem: Problem | null;
}

function hex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

export function newKey(): string {
  return `console-${hex(8)}`;
}

/** `quiet`: not sampled, so that what the page reads by itself leaves no traces among those of the shop's callers. */
function traceparent(traceId: string, quiet: boolean): string {
  return `00-${traceId}-${hex(8)}-${quiet ? '00' : '01'}`;
}

/** Calls the shop by its public route. The trace id is the page's own, so that the page can show the trace. */
export async function callShop(
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal; quiet?: boolean } = {},
): Promise<Exchange> {
  const traceId = hex(16);
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  const body = options.body === undefined ? '' : JSON.stringify(options.body);
  if (body) headers['Content-Type'] = 'application/json';
  const exchange: Exchange = {
    method,
    path,
    requestHeaders: headers,
    requestBody: body,
    status: 0,
    statusText: '',
    headers: [],
    body: '',
    etag: '',
    replayed: false,
    milliseconds: 0,
    traceId,
    problem: null,
  };
  const start = performance.now();
  try {
    const response = await fetch(urlOf(`shop${path}`), {
      method,
      headers: { ...headers, 'X-Tradewind-Console': '1', traceparent: traceparent(traceId, options.quiet ?? false) },
      body: body || null,
      signal: options.signal ?? null,
    });
    const copy = response.clone();
    exchange.body = await response.text();
    exchange.milliseconds = performance.now() - start;
    exchange.status = response.status;
    exchange.statusText = response.statusText;
    exchange.headers = [...response.headers];
    exchange.etag = response.headers.get('etag') ?? '';
    exchange.replayed = response.headers.has('idempotent-replayed');
    if (!response.ok) exchange.problem = await problemOf(copy);
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    exchange.problem = away();
  }
  return exchange;
}

/** Reads from the shop; throws the problem when it fails. */
export async function readShop<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return get<T>(`shop${path}`, params, signal, { traceparent: traceparent(hex(16), true) });
}
