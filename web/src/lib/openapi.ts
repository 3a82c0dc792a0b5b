// The shop's OpenAPI document, as far as forms are made from it.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  description?: string;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  maxLength?: number;
}

interface Parameter {
  $ref?: string;
  name?: string;
  in?: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface RawOperation {
  operationId?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

export interface Document {
  paths?: Record<string, Record<string, RawOperation>>;
  components?: { schemas?: Record<string, Schema>; parameters?: Record<string, Parameter> };
}

export interface Input {
  name: string;
  where: 'path' | 'query' | 'header' | 'body';
  required: boolean;
  description: string;
  /** "text", "number", "boolean" or "json". */
  kind: string;
  choices: string[];
  example: string;
}

export interface Operation {
  id: string;
  group: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  inputs: Input[];
  /** The method of gRPC, "order.OrderService/CreateOrder"; empty if it is not known. */
  grpc: string;
}

function typeOf(schema: Schema): string {
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? 'string']).filter((t) => t !== 'null');
  if (types.includes('object') || types.includes('array')) return 'json';
  if (types.includes('integer') || types.includes('number')) return 'number';
  if (types.includes('boolean')) return 'boolean';
  return 'text';
}

function exampleOf(document: Document, schema: Schema, depth = 0): unknown {
  const whole = resolved(document, schema);
  if (whole.examples?.length) return whole.examples[0];
  if (whole.properties && depth < 3) {
    return Object.fromEntries(Object.entries(whole.properties).map(([name, s]) => [name, exampleOf(document, s, depth + 1)]).filter(([, v]) => v !== undefined));
  }
  if (whole.items && depth < 3) return [exampleOf(document, whole.items, depth + 1)];
  return undefined;
}

function resolved(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name ? document.components?.schemas?.[name] ?? {} : schema;
}

function inputOf(document: Document, name: string, where: Input['where'], raw: Schema, required: boolean, description = ''): Input {
  const schema = resolved(document, raw);
  const kind = schema.properties ? 'json' : typeOf(schema);
  const example = exampleOf(document, raw);
  return {
    name,
    where,
    required,
    kind,
    description: description || schema.description || raw.description || '',
    choices: (schema.enum ?? []).filter((v): v is string => typeof v === 'string' && v !== ''),
    example: example === undefined ? '' : kind === 'json' ? JSON.stringify(example, null, 2) : String(example),
  };
}

function inputsOf(document: Document, raw: RawOperation): Input[] {
  const inputs: Input[] = [];
  for (const parameter of raw.parameters ?? []) {
    const name = parameter.$ref?.split('/').at(-1);
    const whole = name ? document.components?.parameters?.[name] ?? {} : parameter;
    const where = whole.in as Input['where'];
    if (!whole.name || !/^(path|query|header)$/.test(where)) continue;
    inputs.push(inputOf(document, whole.name, where, whole.schema ?? {}, whole.required ?? where === 'path', whole.description));
  }
  if (raw.security?.length) {
    const description = 'Bearer and an access token, if the shop asks for one';
    inputs.push({ name: 'Authorization', where: 'header', required: false, kind: 'text', description, choices: [], example: '' });
  }
  const content = raw.requestBody?.content ?? {};
  const body = (content['application/json'] ?? Object.values(content)[0])?.schema;
  if (body) {
    const schema = resolved(document, body);
    const taken = new Set(inputs.filter((i) => i.where === 'path').map((i) => i.name));
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (!taken.has(name)) inputs.push(inputOf(document, name, 'body', property, (schema.required ?? []).includes(name)));
    }
  }
  return inputs;
}

function grpcOf(raw: RawOperation, packages: Map<string, string>): string {
  const [service, method] = (raw.operationId ?? '').split('_');
  const name = packages.get(raw.tags?.[0] ?? '');
  return name && service && method ? `${name}.${service}/${method}` : '';
}

/** The package of each service: that of most messages which its methods take and give. */
function packagesOf(document: Document): Map<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const raw of Object.values(document.paths ?? {}).flatMap((methods) => Object.values(methods))) {
    const of = counts.get(raw.tags?.[0] ?? '') ?? new Map<string, number>();
    counts.set(raw.tags?.[0] ?? '', of);
    const contents = [raw.requestBody, ...Object.values(raw.responses ?? {})].flatMap((part) => Object.values(part?.content ?? {}));
    for (const { schema } of contents) {
      const name = /schemas\/([a-z0-9_.]+)\.[A-Z]/.exec(schema?.$ref ?? '')?.[1];
      if (name) of.set(name, (of.get(name) ?? 0) + 1);
    }
  }
  return new Map([...counts].map(([service, of]) => [service, [...of].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '']));
}

export function operationsOf(document: Document): Operation[] {
  const operations: Operation[] = [];
  const packages = packagesOf(document);
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, raw] of Object.entries(methods)) {
      const streams = Object.values(raw.responses ?? {}).some((r) => r.content && 'text/event-stream' in r.content) || path.endsWith('/events');
      if (streams) continue;
      operations.push({
        id: raw.operationId ?? `${method} ${path}`,
        group: (raw.tags?.[0] ?? 'Other').replace(/Service$/, ''),
        method: method.toUpperCase(),
        path,
        summary: raw.summary ?? '',
        description: raw.description ?? '',
        inputs: inputsOf(document, raw),
        grpc: grpcOf(raw, packages),
      });
    }
  }
  return operations;
}
