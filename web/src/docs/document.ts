// The server's OpenAPI document, made ready for the viewer: each request body has an example that the server takes once what only the
// caller knows is filled in, and the many answers with an error, which are all alike, take one line each.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
}
interface MediaType {
  schema?: Schema;
  example?: unknown;
}
interface Operation {
  requestBody?: { content?: Record<string, MediaType> };
}
export interface ApiDocument {
  info?: { title?: string };
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema>; responses?: Record<string, { content?: unknown; headers?: unknown }> };
}

const DEPTH_MAX = 5;

function valueOf(api: ApiDocument, raw: Schema, depth: number): unknown {
  const schema = raw.$ref ? api.components?.schemas?.[raw.$ref.split('/').at(-1)!] ?? {} : raw;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.properties) return depth < DEPTH_MAX ? objectOf(api, schema, depth) : {};
  const type = [schema.type ?? 'string'].flat().find((t) => t !== 'null');
  if (type === 'array') return schema.items && depth < DEPTH_MAX ? [valueOf(api, schema.items, depth + 1)] : [];
  if (type === 'object') return {};
  if (type === 'boolean') return false;
  if (type === 'integer' || type === 'number') return 0;
  return schema.enum?.find((value) => value) ?? '';
}

/** The required fields, those of the first of several forms, and, where there is one form only, all fields with an example. */
function objectOf(api: ApiDocument, schema: Schema, depth: number): Record<string, unknown> {
  const needed = new Set([...(schema.required ?? []), ...(schema.oneOf?.[0]?.required ?? [])]);
  const shown = Object.entries(schema.properties ?? {}).filter(([name, property]) => needed.has(name) || (!schema.oneOf && property.examples?.length));
  return Object.fromEntries(shown.map(([name, property]) => [name, valueOf(api, property, depth + 1)]));
}

export function prepared(api: ApiDocument): ApiDocument {
  for (const operation of Object.values(api.paths ?? {}).flatMap((methods) => Object.values(methods))) {
    for (const content of Object.values(operation.requestBody?.content ?? {})) {
      if (content.schema) content.example = valueOf(api, content.schema, 0);
    }
  }
  for (const response of Object.values(api.components?.responses ?? {})) {
    delete response.content;
    delete response.headers;
  }
  return api;
}
