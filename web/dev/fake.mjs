// A server with made-up data for work on the page and for its tests: `/q`, `/shop`, and the files of web/dist.
// node dev/fake.mjs [PORT]; modes are switched by POST /fake/mode?mode=filled|empty|failed.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadQuery, columnsOf, facetsOf, logMatches, mapOf, parse, spanOf, summaryOf, traceMatches } from './answers.mjs';
import { addLogsOf, fill, KNOWN, Maker, oneMore } from './data.mjs';
import { patternsOf, Processes } from './processes.mjs';
import { Shop } from './shop.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES = { 'index.html': 'text/html; charset=utf-8', 'app.js': 'text/javascript; charset=utf-8', 'app.css': 'text/css; charset=utf-8', 'licenses.txt': 'text/plain; charset=utf-8' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const SERVICES = ['api-gateway', 'order-service', 'user-service', 'catalog-service', 'payment-service'];

class Fake {
  constructor({ quiet = false } = {}) {
    this.mode = 'filled';
    this.quiet = quiet;
    this.watchers = new Set();
    this.orderWatchers = new Set();
    this.requests = [];
    this.processes = new Processes();
    this.reset();
  }

  reset() {
    this.begin = Date.now() * 1000;
    this.maker = new Maker(22);
    this.pinned = new Set([KNOWN.broken, KNOWN.refused]);
    this.pinnedMost = Infinity;
    this.shop = new Shop(this.maker.next, this.begin);
    this.shop.changed = (order) => this.orderWatchers.forEach((w) => w.id === order.id && w.send(order));
    this.shop.fill(this.begin, (i) => (i === 9 ? KNOWN.order : this.maker.id(32)));
    const orders = [...this.shop.orders.values()];
    this.ids = () => {
      const order = orders[Math.floor(this.maker.next() * orders.length)];
      return { order: order.id, user: order.user_id, payment: order.payment_id || orders[0].payment_id };
    };
    fill(this.maker, this.begin, this.ids);
    this.empty = new Maker(1);
    SERVICES.forEach((s, i) => this.empty.log(this.begin + i, s, 9, 'module.ready', `${s} is ready`));
    this.empty.logs = [];
  }

  get kept() {
    return this.mode === 'empty' ? this.empty : this.maker;
  }

  traces() {
    return [...this.kept.traces.values()].sort((a, b) => b.startUs - a.startUs);
  }

  /** The last one first. */
  pinnedHere() {
    return [...this.pinned].reverse().map((id) => this.kept.traces.get(id)).filter(Boolean);
  }

  status() {
    const all = this.traces();
    return {
      kept_from_us: all.at(-1)?.startUs ?? 0, kept_to_us: all[0]?.startUs ?? 0, traces: all.length, spans: all.reduce((n, t) => n + t.spans.length, 0),
      log_records: this.kept.logs.length, bytes: this.mode === 'empty' ? 65536 : 331_000_000, bytes_max: 1073741824, received: 118_000,
      losses: this.lossy ? [{ reason: 'the queue was full (console.queue_bytes)', records: 812, last_us: this.begin }] : [],
      receivers: [{ name: 'this process' }, { name: 'OTLP/gRPC', address: '127.0.0.1:4317' }, { name: 'OTLP/HTTP', address: '127.0.0.1:4318' }],
      version: '0.1.0', started_us: this.begin - 2.5e9, shop_url: 'http://127.0.0.1:8080',
      pinned_traces: this.pinnedHere().length, pinned_bytes: 4200 * this.pinnedHere().length,
    };
  }

  inRange(us, params) {
    const [from, to] = [Number(params.get('from_us') ?? 0), Number(params.get('to_us') ?? 0)];
    return (!from || us >= from) && (!to || us <= to);
  }

  page(all, params, size, timeOf) {
    const at = Number(params.get('page_token') ?? 0);
    const wanted = Number(params.get('page_size') ?? 0) || size;
    const part = all.slice(at, at + wanted);
    const more = at + wanted < all.length;
    return [part, { next_page_token: more ? String(at + wanted) : '', searched_back_to_us: more ? timeOf(part.at(-1)) : 0 }];
  }

  query(path, params) {
    const q = parse(params.get('q') ?? '');
    const [, what, id, , spanId] = path.split('/');
    const traces = () => this.traces().filter((t) => this.inRange(t.startUs, params) && traceMatches(t, summaryOf(t), q));
    const logs = () => [...this.kept.logs].sort((a, b) => b.time_us - a.time_us)
      .filter((l) => this.inRange(l.time_us, params) && (!params.get('trace_id') || l.trace_id === params.get('trace_id')) && logMatches(l, q));
    if (what === 'status') return this.status();
    if (what === 'map') return { ...mapOf(traces(), SERVICES), from_us: Number(params.get('from_us') ?? 0) || this.begin - 40 * 60e6, to_us: Number(params.get('to_us') ?? 0) || Date.now() * 1000 };
    if (what === 'facets') return facetsOf(params.get('signal'), params.get('signal') === 'logs' ? logs() : traces());
    if (what === 'log_patterns') return patternsOf(logs());
    if (what === 'processes') {
      if (!id) return { processes: this.mode === 'empty' ? this.processes.all(SERVICES).slice(0, 1) : this.processes.all(SERVICES) };
      return this.processes.get(decodeURIComponent(id), SERVICES);
    }
    if (what === 'logs' && params.get('around')) {
      const all = [...this.kept.logs].sort((a, b) => b.time_us - a.time_us);
      const at = all.findIndex((l) => l.id === params.get('around'));
      return at < 0 ? undefined : { records: all.slice(Math.max(0, at - 20), at + 21) };
    }
    if (what === 'logs') {
      const [records, rest] = this.page(logs(), params, 100, (l) => l.time_us);
      return { records, ...rest };
    }
    if (what === 'pinned') {
      const traces = this.pinnedHere().map((one) => ({ summary: summaryOf(one), pinned_us: this.begin, bytes: 4200 }));
      return { traces, bytes: 4200 * traces.length, bytes_max: 64 * 1024 * 1024 };
    }
    if (what !== 'traces') return undefined;
    if (!id) {
      const found = traces();
      if (params.get('sort') === 'slowest') found.sort((a, b) => summaryOf(b).duration_ns - summaryOf(a).duration_ns);
      const [part, rest] = this.page(found, params, 50, (t) => t.startUs);
      return { traces: part.map(summaryOf), ...rest };
    }
    const trace = this.kept.traces.get(id);
    if (!trace) return undefined;
    if (!spanId) return { ...columnsOf(trace, this.kept.logs), pinned: this.pinned.has(id) };
    const span = trace.spans.find((s) => s.id === spanId);
    return span && spanOf(trace, span);
  }

  tell(trace, logs) {
    for (const w of this.watchers) {
      if (w.topics.has('traces') && traceMatches(trace, summaryOf(trace), w.traces)) w.send({ trace: summaryOf(trace) });
      for (const log of logs) if (w.topics.has('logs') && logMatches(log, w.logs)) w.send({ log });
    }
  }

  /** One more request of somebody, told to all who watch. */
  tick(dice) {
    const before = this.maker.logs.length;
    const trace = oneMore(this.maker, Date.now() * 1000, this.ids(), dice);
    this.tell(trace, this.maker.logs.slice(before));
    return trace;
  }

  watch(request, response, params) {
    const watcher = {
      topics: new Set(params.getAll('topics')), traces: parse(params.get('traces_q') ?? ''), logs: parse(params.get('logs_q') ?? ''),
      close: () => request.socket.destroy(),
      send: (event) => response.write(`data: ${JSON.stringify(event)}\n\n`),
    };
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    this.watchers.add(watcher);
    watcher.send({ status: this.status() });
    const timers = [setInterval(() => watcher.send({ status: this.status() }), 1000)];
    response.on('close', () => {
      timers.forEach(clearInterval);
      this.watchers.delete(watcher);
    });
  }

  /** The events of an order, as WatchOrder sends them. */
  watchOrder(request, response, id) {
    const ended = (order) => /^(completed|canceled|expired)$/.test(order.status);
    const order = this.shop.orders.get(id);
    const after = Number(request.headers['last-event-id'] ?? 0);
    if (ended(order) && after >= order.version) return response.writeHead(204).end();
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write('retry: 1000\n\n');
    const watcher = {
      id,
      after,
      close: () => request.socket.destroy(),
      send: (now) => {
        response.write(`id: ${now.version}\ndata: ${JSON.stringify(now)}\n\n`);
        if (ended(now)) response.end();
      },
    };
    this.orderWatchers.add(watcher);
    response.on('close', () => this.orderWatchers.delete(watcher));
    if (order.version > after) watcher.send(order);
    return undefined;
  }

  answerShop(request, url, body) {
    const target = new URL(url.pathname.slice('/shop'.length) + url.search, 'http://shop');
    if (request.method !== 'GET' && request.headers['x-tradewind-console'] !== '1') return { status: 403, body: '{"title":"Forbidden"}' };
    const traceId = /^00-([0-9a-f]{32})/.exec(request.headers.traceparent ?? '')?.[1] ?? this.maker.id(32);
    const now = Date.now() * 1000;
    return this.shop.answer(request.method, target, request.headers, body, now, traceId, (tree) => {
      const before = this.kept.logs.length;
      const trace = this.kept.add(now, tree, { traceId });
      addLogsOf(this.kept, trace);
      this.tell(trace, this.kept.logs.slice(before));
    });
  }

  handle(request, response, body) {
    const url = new URL(request.url, 'http://localhost');
    const json = (status, value, headers = {}) => {
      response.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers });
      response.end(typeof value === 'string' ? value : JSON.stringify(value));
    };
    if (url.pathname === '/fake/mode') {
      this.mode = url.searchParams.get('mode');
      return json(200, {});
    }
    const ours = url.pathname.startsWith('/q/') || url.pathname.startsWith('/shop/api') || url.pathname === '/shop/openapi.json';
    if (ours && this.mode === 'failed') {
      return json(503, { title: 'Service Unavailable', status: 503, detail: 'the archive cannot be read: disk I/O error', code: 'ARCHIVE_AWAY', trace_id: KNOWN.broken });
    }
    if (url.pathname.startsWith('/q/')) {
      try {
        const changed = /^\/q\/processes\/([^/]+)\/log_level$/.exec(url.pathname);
        if (changed && request.method === 'PUT') {
          if (request.headers['x-tradewind-console'] !== '1') return json(403, { title: 'Forbidden', status: 403 });
          const problem = this.processes.apply(JSON.parse(body).levels);
          return problem ? json(400, problem) : json(200, { name: decodeURIComponent(changed[1]), log_levels: this.processes.list() });
        }
        const pinned = /^\/q\/pinned\/([0-9a-f]{32})$/.exec(url.pathname)?.[1];
        if (pinned) {
          if (request.headers['x-tradewind-console'] !== '1') return json(403, { title: 'Forbidden', status: 403 });
          if (request.method === 'PUT' && this.pinned.size >= this.pinnedMost) {
            return json(429, { title: 'Too Many Requests', status: 429, detail: 'all pinned traces together may have 67108864 bytes', code: 'PINNED_TRACES_FULL' });
          }
          if (request.method === 'PUT') this.pinned.add(pinned);
          else this.pinned.delete(pinned);
          return json(200, {});
        }
        if (url.pathname === '/q/watch') return this.watch(request, response, url.searchParams);
        const answer = this.query(url.pathname.slice(2), url.searchParams);
        if (!answer && url.pathname.startsWith('/q/processes/')) return json(404, { title: 'Not Found', status: 404, detail: 'the console knows no process there', code: 'PROCESS_NOT_FOUND' });
        return answer ? json(200, answer) : json(404, { title: 'Not Found', status: 404, detail: 'no such trace is kept', code: 'TRACE_NOT_FOUND' });
      } catch (error) {
        if (!(error instanceof BadQuery)) throw error;
        return json(400, { title: 'Bad Request', status: 400, detail: `q: ${error.message}`, code: 'BAD_QUERY', errors: [{ pointer: '/q', detail: error.message }] });
      }
    }
    const watched = /^\/shop\/api\/orders\/([^/]+)\/events$/.exec(url.pathname)?.[1];
    if (watched && this.shop.orders.has(watched)) {
      return this.noStreams ? json(503, { title: 'Service Unavailable', status: 503, code: 'TOO_MANY_STREAMS' }) : this.watchOrder(request, response, watched);
    }
    if (ours) {
      const answer = this.answerShop(request, url, body);
      const headers = { ...(answer.etag ? { ETag: answer.etag } : {}), ...(answer.replayed ? { 'Idempotent-Replayed': 'true' } : {}) };
      return json(answer.status, answer.body, headers);
    }
    const name = url.pathname.slice(1);
    const file = name in TYPES && existsSync(join(dist, name)) ? name : 'index.html';
    response.writeHead(200, { 'Content-Type': TYPES[file], 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-cache' });
    response.end(readFileSync(join(dist, file)));
  }
}

export async function startFake({ port = 0, quiet = true } = {}) {
  const fake = new Fake({ quiet });
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      fake.requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      try {
        fake.handle(request, response, body);
      } catch (error) {
        response.writeHead(500, { 'Content-Type': 'text/plain' });
        response.end(String(error.stack));
      }
    });
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  const timer = quiet ? undefined : setInterval(() => fake.mode === 'filled' && fake.tick(), 1500);
  fake.url = `http://127.0.0.1:${server.address().port}/`;
  fake.close = () => {
    clearInterval(timer);
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return fake;
}

export { KNOWN };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await startFake({ port: Number(process.argv[2] ?? 8090), quiet: process.env.FAKE_QUIET === '1' });
  console.log(`The page with made-up data: ${fake.url}`);
}
