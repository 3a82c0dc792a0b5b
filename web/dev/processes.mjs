// The processes of the fake server, and patterns of its log records.

const MODULES = ['user', 'catalog', 'payment', 'order', 'gateway', 'console'];
const PARTS = ['runtime', 'telemetry', ...MODULES];
const SETTINGS = [
  ['profile', 'dev', 'default', 'Purpose of the process: dev creates demo data and listens on loopback only'],
  ['http.address', '127.0.0.1:8080', 'default', "The address of the API's port"],
  ['data.folder', '/home/you/shop', '--data', 'The folder for SQLite databases; created if it does not exist'],
  ['database.url', 'postgresql://shop:***@db.example/shop?sslmode=verify-full', 'DATABASE_URL', 'PostgreSQL for all modules, instead of SQLite files'],
  ['ops.token', '***', 'TRADEWIND_OPS_TOKEN_FILE', 'The token that requests to the operations port must have'],
  ['order.hold_minutes', '15', 'tradewind.toml', 'How long goods are held for an order that is not paid'],
  ['payment.provider_timeout_ms', '3000', 'default', 'How long one request to the payment provider may take'],
  ['log.level', 'info', 'default', 'The least severity of log records'],
];

export class Processes {
  levels = Object.fromEntries(PARTS.map((part) => [part, 'info']));

  all(services) {
    const well = {
      name: '127.0.0.1:9464', ready: true, modules: MODULES.map((name) => ({ name, ready: true })), services, version: '0.1.0', uptime_s: 2520,
      memory_bytes: 63_963_136, loop_lag_us: [180, 240], http_connections: 3, waiting_tasks: 0,
      requests: services.filter((s) => s !== 'console-service').map((service, i) => (service === 'api-gateway' ? { service, http: 2 } : { service, rpc: i % 2 })),
    };
    const ill = {
      name: '127.0.0.1:9465', ready: false, reasons: ['search: the index is being built'], version: '0.1.0', uptime_s: 12, memory_bytes: 9_000_000,
      modules: [{ name: 'search', ready: false, reasons: ['the index is being built'] }], services: ['search-service'], loop_lag_us: [90],
    };
    const away = { name: '127.0.0.1:9466', problems: [{ page: '/ready?verbose', problem: 'connect to 127.0.0.1:9466: Connection refused (111)' }] };
    return [well, ill, away];
  }

  get(name, services) {
    const found = this.all(services).find((p) => p.name === name);
    if (!found || found.problems) return found;
    const settings = SETTINGS.map(([key, value, origin, help]) => ({ key, value, origin, help }));
    return { ...found, settings, log_levels: this.list() };
  }

  list() {
    return Object.entries(this.levels).map(([part, level]) => ({ part, level }));
  }

  /** Returns the problem, or nothing. */
  apply(text) {
    for (const one of text.split(',')) {
      const [part, level] = one.includes('=') ? one.split('=') : [undefined, one];
      if (part === undefined) for (const each of PARTS) this.levels[each] = level;
      else if (part in this.levels) this.levels[part] = level;
      else return { title: 'Bad Request', status: 400, code: 'LOG_LEVEL_REFUSED', detail: `"${one}" names no part of this process` };
    }
    return undefined;
  }
}

export function patternsOf(logs) {
  const found = new Map();
  for (const log of logs) {
    const texts = log.body.split(/[\w.@-]*\d[\w.@-]*/);
    const key = JSON.stringify([log.service, log.event_name, texts]);
    const pattern = found.get(key) ?? { texts, count: 0, service: log.service, event_name: log.event_name, severity: 0, first_us: log.time_us, last_us: log.time_us };
    pattern.count += 1;
    pattern.severity = Math.max(pattern.severity, log.severity);
    pattern.first_us = Math.min(pattern.first_us, log.time_us);
    pattern.last_us = Math.max(pattern.last_us, log.time_us);
    found.set(key, pattern);
  }
  const patterns = [...found.values()].sort((a, b) => b.count - a.count);
  return { patterns, counted: logs.length, others: 0, more: false };
}
