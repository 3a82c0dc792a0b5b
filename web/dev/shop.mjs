// A small shop in memory with the routes of the gateway that the page calls.
import { readFileSync } from 'node:fs';
import { createOrder, pay, read, refusedOrder } from './data.mjs';

const openapi = readFileSync(new URL('openapi.json', import.meta.url), 'utf8');
const iso = (us) => new Date(us / 1000).toISOString().replace(/(\.\d{3})Z$/, '$1000Z');
const eur = (minor) => ({ minor, currency: 'EUR' });
const PRODUCTS = [
  ['prod-123', 'Espresso cups, set of four', 2490, 98], ['prod-124', 'Pour-over coffee dripper', 1890, 140], ['prod-125', 'Hand grinder', 7900, 12],
  ['prod-126', 'Gooseneck kettle, 0.9 l', 6450, 0], ['prod-127', 'Filter papers, 100 pieces', 390, 2400],
];

export class Shop {
  constructor(next, nowUs) {
    this.next = next;
    this.users = new Map();
    this.orders = new Map();
    this.payments = new Map();
    this.products = new Map();
    this.timelines = new Map();
    this.keys = new Map();
    /** Called with an order that has changed. */
    this.changed = () => undefined;
    for (const [id, name, minor, stock] of PRODUCTS) {
      this.products.set(id, { id, name, description: '', price: eur(minor), status: 'active', stock: { on_hand: stock, reserved: 0, available: stock }, created_at: iso(nowUs - 3e9), updated_at: iso(nowUs - 3e9), version: 1 });
    }
  }

  id(us) {
    const time = Math.floor(us / 1000).toString(16).padStart(12, '0');
    const rest = Array.from({ length: 18 }, () => Math.floor(this.next() * 16).toString(16)).join('');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-a${rest.slice(3, 6)}-${rest.slice(6)}`;
  }

  createUser(us, name, email) {
    const user = { id: this.id(us), email, name, created_at: iso(us), updated_at: iso(us), status: 'active', version: 1 };
    this.users.set(user.id, user);
    return user;
  }

  note(order, us, type, traceId, actor = 'anonymous') {
    order.version += 1;
    order.updated_at = iso(us);
    const list = this.timelines.get(order.id) ?? this.timelines.set(order.id, []).get(order.id);
    list.push({ type: `order.${type}`, at: iso(us), actor, status: order.status, payment_status: order.payment_status, payment_id: order.payment_id, reason: order.reason, trace_id: traceId, version: order.version, order_id: order.id });
    this.changed(order);
  }

  /** What another client does with an order. */
  cancel(id, us, traceId = '') {
    const order = this.orders.get(id);
    Object.assign(order, { status: 'canceled', reason: 'changed my mind' });
    this.note(order, us, 'canceled', traceId);
  }

  createOrder(us, userId, productId, quantity, traceId) {
    const product = this.products.get(productId);
    const total = eur(product.price.minor * quantity);
    const order = {
      id: this.id(us), user_id: userId, product_id: productId, quantity, status: 'pending', created_at: iso(us),
      lines: [{ product_id: productId, name: product.name, unit_price: product.price, quantity }], subtotal: total, shipping: eur(0), tax: eur(0), total,
      payment_id: '', payment_status: 'none', reason: '', expires_at: iso(us + 1.8e9), updated_at: iso(us), version: 0, capture: '', tracking: '',
    };
    product.stock.reserved += quantity;
    product.stock.available -= quantity;
    this.orders.set(order.id, order);
    this.note(order, us, 'created', traceId);
    return order;
  }

  pay(us, order, token, traceId) {
    const declined = { tok_declined: 'card_declined', tok_insufficient_funds: 'insufficient_funds' }[token] ?? (/^tok_(ok|timeout_then_ok|timeout_then_declined)$/.test(token) ? '' : 'invalid_token');
    order.payment_status = 'processing';
    this.note(order, us, 'payment_started', traceId);
    const payment = {
      id: this.id(us), order_id: order.id, user_id: order.user_id, amount: order.total, capturable: eur(0), captured: eur(0), refunded: eur(0), status: 'processing',
      capture_method: 'manual', last_error: declined, attempt: 1, created_at: iso(us), updated_at: iso(us), version: 1, cancel_reason: '',
    };
    this.payments.set(payment.id, payment);
    if (declined) {
      payment.status = 'requires_confirmation';
      order.payment_status = 'failed';
      order.reason = declined;
      this.note(order, us + 30000, 'payment_failed', traceId);
    } else if (token === 'tok_ok') {
      payment.status = 'succeeded';
      payment.captured = order.total;
      Object.assign(order, { status: 'confirmed', payment_status: 'paid', payment_id: payment.id, reason: '', capture: 'automatic' });
      this.note(order, us + 40000, 'confirmed', traceId);
    }
    return { declined, payment };
  }

  fill(nowUs, traceIdOf) {
    const people = [['Alice', 'alice'], ['Bao', 'bao'], ['Chiara', 'chiara'], ['Dmitri', 'dmitri']].map(([name, mail], i) => this.createUser(nowUs - 2.4e9 + i * 1e6, name, `${mail}@example.com`));
    const statuses = ['ok', 'ok', 'none', 'declined', 'ok', 'fulfil', 'cancel', 'none', 'ok', 'none'];
    statuses.forEach((what, i) => {
      const us = nowUs - 2.2e9 + i * 2.1e8;
      const order = this.createOrder(us, people[i % 4].id, PRODUCTS[i % 3][0], 1 + (i % 3), traceIdOf(i));
      if (what === 'ok' || what === 'fulfil') this.pay(us + 8e6, order, 'tok_ok', traceIdOf(i + 20));
      if (what === 'declined') this.pay(us + 8e6, order, 'tok_declined', traceIdOf(i + 20));
      if (what === 'fulfil') Object.assign(order, { status: 'fulfilled', tracking: 'parcel 4711' }), this.note(order, us + 2e7, 'fulfilled', '', 'system');
      if (what === 'cancel') Object.assign(order, { status: 'canceled', reason: 'changed my mind' }), this.note(order, us + 2e7, 'canceled', '');
    });
  }

  /** Answers a request; `trace` records the trace of the call. */
  answer(method, url, headers, body, nowUs, traceId, trace) {
    const path = url.pathname;
    if (path === '/openapi.json') return { status: 200, body: openapi };
    const problem = (status, title, code, detail, errors) => ({
      status, type: 'application/problem+json',
      body: JSON.stringify({ type: 'about:blank', title, status, detail, instance: path, code, retryable: false, ...(errors ? { errors } : {}), trace_id: traceId }),
    });
    const found = (value, version = value.version) => ({ status: 200, etag: `"${version}"`, body: JSON.stringify(value) });
    const missing = (what) => problem(404, 'Not Found', `${what}_NOT_FOUND`, `no ${what.toLowerCase()} has this id`);
    const list = (name, map) => {
      const wanted = ['status', 'user_id', 'order_id', 'email'].filter((k) => url.searchParams.get(k));
      const all = [...map.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).filter((v) => wanted.every((k) => v[k] === url.searchParams.get(k)));
      if (url.searchParams.get('newest_first') === 'true') all.reverse();
      const size = Number(url.searchParams.get('page_size') ?? 50);
      return { status: 200, body: JSON.stringify({ [name]: all.slice(0, size), next_page_token: all.length > size ? 'more' : '' }) };
    };
    const [, , kind, id, act] = path.split('/');
    const maps = { users: this.users, orders: this.orders, products: this.products, payments: this.payments };
    const map = maps[kind];
    if (!map) return problem(404, 'Not Found', 'ROUTE_NOT_FOUND', 'there is no such route');
    if (method === 'GET' && !id) return list(kind, map);
    const value = id && map.get(id);
    if (id && !value) return missing(kind.slice(0, -1).toUpperCase());
    if (method === 'GET' && act === 'timeline') return { status: 200, body: JSON.stringify({ entries: this.timelines.get(id) ?? [] }) };
    if (method === 'GET' && act === 'movements') return { status: 200, body: JSON.stringify({ movements: [], next_page_token: '' }) };
    if (method === 'GET') {
      trace(read(1, `/api/${kind}/{id}`, `${kind.slice(0, -1)}-service`, kind, 'Get', path));
      return found(value);
    }
    let asked;
    try {
      asked = body ? JSON.parse(body) : {};
    } catch {
      return problem(400, 'Bad Request', 'INVALID_JSON', 'the body is no JSON');
    }
    const key = headers['idempotency-key'];
    if (key && this.keys.has(key)) return { ...this.keys.get(key), replayed: true };
    const kept = (answer) => (key && this.keys.set(key, answer), answer);
    const ifMatch = headers['if-match'];
    if (ifMatch && value && ifMatch !== `"${value.version}"`) return problem(412, 'Precondition Failed', 'VERSION_MISMATCH', `the version is ${value.version}, not ${ifMatch.replace(/"/g, '')}`);
    if (kind === 'users' && !id) {
      if (!asked.email) return problem(400, 'Bad Request', 'INVALID_FIELD', 'email: must not be empty', [{ pointer: '/email', detail: 'must not be empty' }]);
      trace(read(2, '/api/users', 'user-service', 'users', 'user.UserService/CreateUser', '/api/users'));
      return kept(found(this.createUser(nowUs, asked.name, asked.email)));
    }
    if (kind === 'orders' && !id) {
      if (!this.users.has(asked.user_id)) {
        trace(refusedOrder());
        return problem(400, 'Bad Request', 'USER_NOT_FOUND', 'user_id: no user has this id', [{ pointer: '/user_id', detail: 'no user has this id' }]);
      }
      const order = this.createOrder(nowUs, asked.user_id, asked.product_id, Number(asked.quantity ?? 1), traceId);
      trace(createOrder(1, { order: order.id, user: order.user_id }));
      return kept(found(order));
    }
    if (kind === 'orders' && act === 'pay') {
      if (value.status !== 'pending') return problem(400, 'Bad Request', 'ORDER_PAID', 'the order is paid');
      const { declined, payment } = this.pay(nowUs, value, asked.payment_token, traceId);
      const late = /timeout/.test(asked.payment_token);
      trace(pay(1, { order: id, payment: payment.id }, declined ? 'declined' : late ? 'timeout' : 'ok'));
      return declined ? problem(402, 'Payment Required', 'PAYMENT_DECLINED', declined) : found(value);
    }
    if (kind === 'orders' && /^(cancel|fulfil|complete)$/.test(act)) {
      const [from, to] = { cancel: [['pending', 'confirmed'], 'canceled'], fulfil: [['confirmed'], 'fulfilled'], complete: [['fulfilled'], 'completed'] }[act];
      if (!from.includes(value.status)) return problem(400, 'Bad Request', 'ILLEGAL_TRANSITION', `an order that is ${value.status} cannot become ${to}`);
      Object.assign(value, { status: to, reason: asked.reason ?? value.reason, tracking: asked.tracking ?? value.tracking });
      this.note(value, nowUs, to, traceId);
      trace(read(3, `/api/orders/{id}/${act}`, 'order-service', 'orders', `order.OrderService/${act}`, path));
      return found(value);
    }
    return problem(501, 'Not Implemented', 'NOT_IMPLEMENTED', 'the fake shop has no such method');
  }
}
