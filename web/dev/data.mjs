// Telemetry for the fake server: always the same for the same seed, with what is hard to show among it.

export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const hexOf = (next, digits) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join('');
const attribute = (key, value) => ({
  key,
  value: String(value),
  type: typeof value === 'number' ? (Number.isInteger(value) ? 'int' : 'double') : typeof value === 'boolean' ? 'bool' : 'string',
});
export const attributes = (object) => Object.entries(object).map(([k, v]) => attribute(k, v));

export class Maker {
  constructor(seed) {
    this.next = random(seed);
    this.traces = new Map();
    this.logs = [];
    this.lastLog = 0;
  }

  id(digits) {
    return hexOf(this.next, digits);
  }

  /** `tree`: [service, name, kind, start ms, duration ms, {status, note, attributes, events, links, message}, children]. */
  add(startUs, tree, { traceId = this.id(32), orphan = '' } = {}) {
    const spans = [];
    const walk = (node, parent) => {
      const [service, name, kind, start, took, more = {}, children = []] = node;
      const span = {
        id: this.id(16), parent, service, name, kind, start: Math.round(start * 1e6), duration: Math.round(took * 1e6),
        status: more.status ?? 0, note: more.note ?? '', message: more.message ?? '', attributes: attributes(more.attributes ?? {}),
        events: more.events ?? [], links: more.links ?? [], orphan: parent < 0 ? orphan : '',
      };
      spans.push(span);
      const place = spans.length - 1;
      for (const child of children) walk(child, place);
      return place;
    };
    const roots = Array.isArray(tree[0]) ? tree : [tree];
    for (const root of roots) walk(root, -1);
    const trace = { id: traceId, startUs, spans };
    this.traces.set(traceId, trace);
    return trace;
  }

  log(timeUs, service, severity, event, body, more = {}, span = undefined, trace = undefined) {
    this.lastLog += 1;
    const record = {
      id: String(this.lastLog).padStart(10, '0'), time_us: Math.round(timeUs), service, severity,
      severity_text: { 5: 'DEBUG', 9: 'INFO', 13: 'WARN', 17: 'ERROR' }[severity] ?? '', event_name: event, body,
      trace_id: trace?.id ?? '', span_id: span?.id ?? '', attributes: attributes(more), resource: resourceOf(service),
    };
    this.logs.push(record);
    return record;
  }
}

export function resourceOf(service) {
  return attributes({
    'service.name': service, 'service.namespace': 'shop', 'service.version': '0.1.0', 'service.instance.id': 'a4f19c20',
    'deployment.environment.name': 'dev', 'host.name': 'workshop', 'process.pid': 4711,
  });
}

const [INTERNAL, SERVER, CLIENT, PRODUCER] = [1, 2, 3, 4];
const sql = (db, name, start, took, text = name) =>
  [db, name, CLIENT, start, took, { attributes: { 'db.system.name': 'sqlite', 'db.namespace': db.split('-')[0], 'db.query.text': text } }];
const http = (route, method, status, path = route, error = '') => ({
  note: String(status),
  status: status >= 500 ? 2 : 0,
  attributes: {
    'http.request.method': method, 'http.route': route, 'url.path': path, 'url.scheme': 'http', 'http.response.status_code': status,
    'client.address': '127.0.0.1', 'network.protocol.version': '1.1', 'user_agent.original': 'curl/7.88.1', ...(error ? { 'error.type': error } : {}),
  },
});
const grpc = (method, code = 'OK', reason = '') => ({
  note: reason || code,
  status: reason ? 2 : 0,
  message: reason,
  attributes: { 'rpc.system.name': 'grpc', 'rpc.method': method, 'rpc.response.status_code': code, ...(reason ? { 'error.type': code } : {}) },
});

export function createOrder(scale, ids) {
  const s = (ms) => ms * scale;
  const order = { 'shop.order.id': ids.order, 'shop.user.id': ids.user };
  const served = grpc('order.OrderService/CreateOrder');
  served.attributes = { ...served.attributes, ...order };
  return ['api-gateway', 'POST /api/orders', SERVER, 0, s(14.44), http('/api/orders', 'POST', 200), [
    ['api-gateway', 'order.OrderService/CreateOrder', CLIENT, s(0.07), s(14.28), grpc('order.OrderService/CreateOrder'), [
      ['order-service', 'order.OrderService/CreateOrder', SERVER, s(0.07), s(14.27), served, [
        ['order-service', 'user.UserService/GetUser', CLIENT, s(0.09), s(0.19), grpc('user.UserService/GetUser'), [
          ['user-service', 'user.UserService/GetUser', SERVER, s(0.09), s(0.18), grpc('user.UserService/GetUser'), [
            sql('user-service', 'SELECT users', s(0.11), s(0.12), 'SELECT id, email, name FROM users WHERE id = ?'),
          ]],
        ]],
        ['order-service', 'catalog.CatalogService/Reserve', CLIENT, s(0.28), s(13.53), grpc('catalog.CatalogService/Reserve'), [
          ['catalog-service', 'catalog.CatalogService/Reserve', SERVER, s(0.29), s(13.52), grpc('catalog.CatalogService/Reserve'), [
            sql('catalog-service', 'SELECT products', s(0.34), s(0.05)),
            sql('catalog-service', 'INSERT reservations', s(0.41), s(13.37), 'INSERT INTO reservations (order_id, product_id, quantity) VALUES (?, ?, ?)'),
          ]],
        ]],
        sql('order-service', 'INSERT orders', s(13.84), s(0.41), 'INSERT INTO orders (id, user_id, status, total) VALUES (?, ?, ?, ?)'),
        ['order-service', 'publish order.created', PRODUCER, s(14.26), s(0.06), { attributes: { 'messaging.system': 'tradewind', 'messaging.destination.name': 'orders' } }],
      ]],
    ]],
  ]];
}

export function refusedOrder() {
  const get = (code) => grpc('user.UserService/GetUser', code, 'USER_NOT_FOUND');
  return ['api-gateway', 'POST /api/orders', SERVER, 0, 1.55, http('/api/orders', 'POST', 400, '/api/orders', 'INVALID_ARGUMENT'), [
    ['api-gateway', 'order.OrderService/CreateOrder', CLIENT, 0.05, 1.44, grpc('order.OrderService/CreateOrder', 'INVALID_ARGUMENT', 'USER_NOT_FOUND'), [
      ['order-service', 'order.OrderService/CreateOrder', SERVER, 0.06, 1.43, { note: 'INVALID_ARGUMENT' }, [
        ['order-service', 'user.UserService/GetUser', CLIENT, 0.08, 0.15, get('NOT_FOUND'), [
          ['user-service', 'user.UserService/GetUser', SERVER, 0.08, 0.14, { note: 'NOT_FOUND' }, [sql('user-service', 'SELECT users', 0.1, 0.11)]],
        ]],
        ['order-service', 'catalog.CatalogService/Reserve', CLIENT, 0.23, 0.73, grpc('catalog.CatalogService/Reserve'), [
          ['catalog-service', 'catalog.CatalogService/Reserve', SERVER, 0.24, 0.72, grpc('catalog.CatalogService/Reserve'), [
            sql('catalog-service', 'SELECT products', 0.28, 0.05), sql('catalog-service', 'INSERT reservations', 0.35, 0.59),
          ]],
        ]],
        ['order-service', 'catalog.CatalogService/Release', CLIENT, 0.97, 0.5, grpc('catalog.CatalogService/Release'), [
          ['catalog-service', 'catalog.CatalogService/Release', SERVER, 0.98, 0.49, grpc('catalog.CatalogService/Release'), [
            sql('catalog-service', 'SELECT reservations', 0.98, 0.02), sql('catalog-service', 'SELECT reservation_lines', 1.0, 0.08),
            sql('catalog-service', 'UPDATE reservations', 1.09, 0.36),
          ]],
        ]],
      ]],
    ]],
  ]];
}

export function pay(scale, ids, outcome = 'ok') {
  const s = (ms) => ms * scale;
  const declined = outcome === 'declined';
  const lost = outcome === 'timeout';
  const code = declined ? grpc('order.OrderService/PayOrder', 'FAILED_PRECONDITION', 'PAYMENT_DECLINED') : grpc('order.OrderService/PayOrder');
  code.attributes['shop.order.id'] = ids.order;
  const charge = declined ? { note: 'card_declined', attributes: { 'shop.payment.id': ids.payment } }
    : lost ? { status: 2, note: 'no answer', message: 'the provider did not answer within 3 s', attributes: { 'error.type': 'timeout', 'shop.payment.id': ids.payment } }
      : { attributes: { 'shop.payment.id': ids.payment } };
  const wait = lost ? 3000 : s(24);
  return ['api-gateway', 'POST /api/orders/{id}/pay', SERVER, 0, wait + s(8), http('/api/orders/{id}/pay', 'POST', declined ? 402 : 200, `/api/orders/${ids.order}/pay`), [
    ['api-gateway', 'order.OrderService/PayOrder', CLIENT, s(0.1), wait + s(7.8), code, [
      ['order-service', 'order.OrderService/PayOrder', SERVER, s(0.2), wait + s(7.6), code, [
        sql('order-service', 'SELECT orders', s(0.3), s(0.1)),
        sql('order-service', 'UPDATE orders', s(0.5), s(2.1)),
        ['order-service', 'payment.PaymentService/CreatePayment', CLIENT, s(2.7), wait + s(2), grpc('payment.PaymentService/CreatePayment'), [
          ['payment-service', 'payment.PaymentService/CreatePayment', SERVER, s(2.8), wait + s(1.8), grpc('payment.PaymentService/CreatePayment'), [
            sql('payment-service', 'INSERT payments', s(2.9), s(1.2)),
            ['payment-service', 'charge', CLIENT, s(4.2), wait, charge],
          ]],
        ]],
        ...(declined ? [] : [['order-service', 'catalog.CatalogService/Commit', CLIENT, wait + s(4.8), s(1.4), grpc('catalog.CatalogService/Commit'), [
          ['catalog-service', 'catalog.CatalogService/Commit', SERVER, wait + s(4.9), s(1.2), grpc('catalog.CatalogService/Commit'), [sql('catalog-service', 'UPDATE reservations', wait + s(5), s(1))]],
        ]]]),
        sql('order-service', 'UPDATE orders', wait + s(6.4), s(1.2)),
      ]],
    ]],
  ]];
}

export function read(scale, route, service, table, method, path, status = 200) {
  const s = (ms) => ms * scale;
  const code = status === 404 ? grpc(method, 'NOT_FOUND', 'USER_NOT_FOUND') : grpc(method);
  return ['api-gateway', `GET ${route}`, SERVER, 0, s(0.9), http(route, 'GET', status, path), [
    ['api-gateway', method, CLIENT, s(0.08), s(0.7), code, [
      [service, method, SERVER, s(0.1), s(0.62), { note: status === 404 ? 'NOT_FOUND' : 'OK' }, [sql(service, `SELECT ${table}`, s(0.2), s(0.3))]],
    ]],
  ]];
}

function broken() {
  return ['api-gateway', 'GET /api/orders', SERVER, 0, 5003, { ...http('/api/orders', 'GET', 503, '/api/orders', 'UNAVAILABLE') }, [
    ['api-gateway', 'order.OrderService/ListOrders', CLIENT, 0.1, 5002, {
      ...grpc('order.OrderService/ListOrders', 'UNAVAILABLE', 'order: no connection to 10.0.0.7:9003'),
      events: [{ at: 1.2, name: 'retry', attributes: { attempt: 1, delay_ms: 120 } }, { at: 1400, name: 'retry', attributes: { attempt: 2, delay_ms: 480 } }],
    }],
  ]];
}

function large() {
  const items = Array.from({ length: 40 }, (_, i) => [
    'import-job', `import page ${i + 1}`, INTERNAL, 20 + i * 48, 46, { attributes: { 'import.page': i + 1 } },
    Array.from({ length: 48 }, (_, j) => sql('catalog-service', 'INSERT products', 21 + i * 48 + j * 0.9, 0.7)).concat(i % 13 === 5 ? [[
      'import-job', 'parse row', INTERNAL, 40 + i * 48, 3, { status: 2, note: 'price is no number', message: 'row 17: "1O.50" is no number' },
    ]] : []),
  ]);
  return ['import-job', 'import catalogue', INTERNAL, 0, 1960, { attributes: { 'import.file': 'autumn.csv' } }, items];
}

export const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const BIDI = 'safe\u202Egnp.exe\u202C \u200Bzero\u0007bell';

function hostile(huge) {
  return [`${HOSTILE}`, `${BIDI} ${HOSTILE}`, SERVER, 0, 12, {
    status: 2, note: HOSTILE, message: `${BIDI}\n${HOSTILE}`,
    attributes: {
      'evil.markup': HOSTILE, [`key${BIDI}`]: 'x', 'evil.link': 'javascript:alert(1)', 'good.link': 'https://example.com/a?b=c', 'evil.long': huge,
      'evil.newlines': 'a\nb\nc', 'evil.nul': 'a\u0000b',
    },
    events: [{ at: 2, name: HOSTILE, attributes: { stack: BIDI } }],
  }, [[HOSTILE, '__proto__', CLIENT, 1, 5, { attributes: { constructor: 'x' } }], ['toString', 'x'.repeat(300), CLIENT, 6.5, 5]]];
}

function addLogsOf(maker, trace) {
  const root = trace.spans[0];
  const code = Number(root.note) || 0;
  if (!code || root.service !== 'api-gateway') return;
  const body = `${root.name} ${code} in ${(root.duration / 1e6).toFixed(1)} ms`;
  maker.log(trace.startUs + root.duration / 1000, 'api-gateway', code >= 500 ? 17 : 9, 'http.request', body, { 'http.response.status_code': code, 'http.route': root.name.split(' ')[1] }, root, trace);
  for (const span of trace.spans) {
    if (span.name === 'charge' && span.note === 'card_declined') {
      maker.log(trace.startUs + (span.start + span.duration) / 1000, 'payment-service', 13, 'payment.declined', 'payment was declined: card_declined', { 'shop.payment.id': span.attributes[0].value }, span, trace);
    }
    if (span.note === 'no answer') {
      maker.log(trace.startUs + (span.start + span.duration) / 1000, 'payment-service', 17, 'payment.unknown', 'the provider did not answer; the payment is asked for again', { 'error.type': 'timeout' }, span, trace);
    }
  }
}

export function oneMore(maker, timeUs, ids, dice = maker.next()) {
  const scale = 0.6 + maker.next() ** 3 * 3;
  let tree;
  if (dice < 0.34) tree = createOrder(scale, ids);
  else if (dice < 0.5) tree = pay(scale, ids, dice < 0.37 ? 'declined' : 'ok');
  else if (dice < 0.74) tree = read(scale, '/api/users/{id}', 'user-service', 'users', 'user.UserService/GetUser', `/api/users/${ids.user}`, dice > 0.72 ? 404 : 200);
  else if (dice < 0.97) tree = read(scale * 1.4, '/api/orders/{id}', 'order-service', 'orders', 'order.OrderService/GetOrder', `/api/orders/${ids.order}`);
  else tree = refusedOrder();
  const trace = maker.add(timeUs, tree);
  addLogsOf(maker, trace);
  return trace;
}

export { addLogsOf };

export const KNOWN = { order: '43debaff5b618d718d139f36f44ca96a', refused: '0af7651916cd43dd8448eb211c80319c', large: '11111111111111111111111111111111', hostile: '22222222222222222222222222222222', timeout: '33333333333333333333333333333333', partial: '44444444444444444444444444444444', broken: '55555555555555555555555555555555' };

/** Forty minutes of a shop. */
export function fill(maker, nowUs, ids) {
  const begin = nowUs - 40 * 60e6;
  for (const [service, port] of [['api-gateway', 8080], ['user-service', 9001], ['catalog-service', 9002], ['order-service', 9003], ['payment-service', 9004]]) {
    maker.log(begin + port, service, 9, 'module.ready', `${service} is ready`, { 'server.port': port });
  }
  for (let i = 0; i < 260; i += 1) oneMore(maker, Math.round(begin + 10e6 + (i / 260) * 38.5 * 60e6 + maker.next() * 4e6), ids());
  const special = (key, ago, tree, options = {}) => {
    const trace = maker.add(nowUs - ago * 1e6, tree, { traceId: KNOWN[key], ...options });
    addLogsOf(maker, trace);
    return trace;
  };
  special('timeout', 200, pay(1, ids(), 'timeout'));
  const big = special('large', 170, large());
  maker.log(nowUs - 168e6, 'import-job', 9, 'import.done', 'imported 1,920 products of autumn.csv', { rows: 1920, refused: 3 }, big.spans[0], big);
  special('broken', 90, broken());
  const evil = special('hostile', 60, hostile('x'.repeat(100 * 1024)));
  maker.log(nowUs - 59.99e6, HOSTILE, 17, HOSTILE, `${BIDI} ${HOSTILE} ${'long '.repeat(400)}`, { [HOSTILE]: HOSTILE, huge: 'y'.repeat(100 * 1024) }, evil.spans[0], evil);
  special('partial', 40, [['order-service', 'order.OrderService/GetOrder', SERVER, 3, 2, {}], ['user-service', 'user.UserService/GetUser', SERVER, 0, 1, {}]], { orphan: 'b7ad6b7169203331' });
  special('refused', 21, refusedOrder(), { orphan: 'b7ad6b7169203331' });
  special('order', 20, createOrder(1, ids()));
  maker.log(nowUs - 5e6, 'order-service', 5, '', 'sweeper: nothing to expire', {});
  maker.logs.sort((a, b) => a.time_us - b.time_us);
  maker.logs.forEach((l, i) => (l.id = String(i + 1).padStart(10, '0')));
}
