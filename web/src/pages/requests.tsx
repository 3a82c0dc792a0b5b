// What does the API do? Its methods, a form for each, the answer, and the answer's trace.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { callShop, type Exchange, newKey, readShop } from '../lib/api';
import { useLoad } from '../lib/load';
import type { GrpcCall } from '../lib/commands';
import { change, param } from '../lib/location';
import { type Document, type Input, type Operation, operationsOf } from '../lib/openapi';
import { Answer, RequestText } from '../parts/exchange';
import { Failed, Loading } from '../parts/states';
import { Description } from '../parts/text';

type Values = Record<string, string>;

const keyOf = (input: Input) => `${input.where} ${input.name}`;

function firstValues(operation: Operation): Values {
  const values: Values = {};
  for (const input of operation.inputs) {
    if (input.name === 'Idempotency-Key') values[keyOf(input)] = newKey();
    else if (input.where === 'body' && input.example && input.name !== 'lines') values[keyOf(input)] = input.example;
  }
  return values;
}

interface Built {
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown> | undefined;
  grpc: GrpcCall | undefined;
  fault: string;
}

/** The same call by gRPC: one message has what the path, the query and the body have by HTTP. */
function grpcOf(operation: Operation, values: Values, body: Record<string, unknown> | undefined): GrpcCall | undefined {
  if (!operation.grpc) return undefined;
  const call: GrpcCall = { method: operation.grpc, metadata: {}, message: {} };
  for (const input of operation.inputs) {
    const value = values[keyOf(input)] ?? '';
    if (!value || input.where === 'body') continue;
    const version = input.name === 'If-Match' ? /^\D*(\d+)/.exec(value)?.[1] : undefined;
    if (version) call.message.expected_version = Number(version);
    else if (input.where === 'header' && !/^If-/.test(input.name)) call.metadata[input.name] = value;
    else if (input.where !== 'header') call.message[input.name] = typed(input, value);
  }
  Object.assign(call.message, body);
  return call;
}

function typed(input: Input, value: string): unknown {
  if (input.kind === 'boolean') return value === 'true';
  return input.kind === 'number' && /^-?\d+$/.test(value) ? Number(value) : value;
}

function build(operation: Operation, values: Values): Built {
  let path = operation.path;
  let fault = '';
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  let body: Record<string, unknown> | undefined;
  for (const input of operation.inputs) {
    const value = values[keyOf(input)] ?? '';
    if (input.where === 'body') body ??= {};
    if (!value) {
      if (input.required && !fault) fault = `${input.name} is missing`;
      continue;
    }
    if (input.where === 'path') path = path.replace(`{${input.name}}`, encodeURIComponent(value));
    else if (input.where === 'query') query.set(input.name, value);
    else if (input.where === 'header') headers[input.name] = value;
    else if (input.kind === 'json') {
      try {
        body![input.name] = JSON.parse(value);
      } catch {
        fault ||= `${input.name} is no JSON`;
      }
    } else body![input.name] = typed(input, value);
  }
  if (operation.method !== 'GET' && body === undefined) body = {};
  if (body) headers['Content-Type'] = 'application/json';
  const search = query.toString();
  return { path: search ? `${path}?${search}` : path, headers, body, grpc: grpcOf(operation, values, body), fault };
}

/** Ids that exist, to choose from. */
function useIds(operation: Operation | undefined): Record<string, string[]> {
  const [ids, setIds] = useState<Record<string, string[]>>({});
  useEffect(() => {
    if (!operation) return undefined;
    const controller = new AbortController();
    const kind = /^\/api\/(\w+)\/\{id\}/.exec(operation.path)?.[1];
    const wanted: [string, string][] = operation.inputs.flatMap((i): [string, string][] => {
      const found = /^(user|order|product|payment)_id$/.exec(i.name)?.[1];
      return found ? [[i.name, `${found}s`]] : i.name === 'id' && i.where === 'path' && kind ? [['id', kind]] : [];
    });
    for (const [name, list] of wanted) {
      const newest = list === 'products' ? {} : { newest_first: 'true' };
      readShop<Record<string, { id: string }[]>>(`/api/${list}`, { page_size: 200, ...newest }, controller.signal).then(
        (found) => setIds((old) => ({ ...old, [name]: (found[list] ?? []).map((r) => r.id) })),
        () => undefined,
      );
    }
    setIds({});
    return () => controller.abort();
  }, [operation?.id]);
  return ids;
}

function Field({ input, value, ids, onChange }: { input: Input; value: string; ids: string[]; onChange: (value: string) => void }) {
  const id = `input-${input.where}-${input.name}`;
  const listId = ids.length ? `${id}-ids` : undefined;
  const common = { id, value, 'aria-describedby': input.description ? `${id}-note` : undefined };
  return (
    <div class="form-row">
      <label for={id}><code>{input.name}</code>{input.required && <span class="required" title="required"> *</span>}</label>
      <div>
        {input.kind === 'json' ? (
          <textarea {...common} rows={4} spellcheck={false} placeholder={input.example} onInput={(e) => onChange(e.currentTarget.value)} />
        ) : input.choices.length || input.kind === 'boolean' ? (
          <select {...common} onChange={(e) => onChange(e.currentTarget.value)}>
            <option value="">–</option>
            {(input.choices.length ? input.choices : ['true', 'false']).map((c) => <option value={c}>{c}</option>)}
          </select>
        ) : (
          <input {...common} list={listId} spellcheck={false} autocomplete="off" inputMode={input.kind === 'number' ? 'numeric' : 'text'} placeholder={input.example || ids[0] || ''} onInput={(e) => onChange(e.currentTarget.value)} />
        )}
        {listId && <datalist id={listId}>{ids.map((one) => <option value={one} />)}</datalist>}
        {ids.length > 0 && !value && <button type="button" class="link" onClick={() => onChange(ids[0]!)}>Use the last one</button>}
        {input.name === 'Idempotency-Key' && <button type="button" class="link" onClick={() => onChange(newKey())}>New key</button>}
        {input.description && <Description id={`${id}-note`} text={input.description} />}
      </div>
    </div>
  );
}

const WHERE_WORDS: Record<Input['where'], string> = { path: 'Path', query: 'Query', header: 'Headers', body: 'Body' };

function Form({ operation }: { operation: Operation }) {
  const [values, setValues] = useState<Values>(() => firstValues(operation));
  const [last, setLast] = useState<Exchange | undefined>();
  const [busy, setBusy] = useState(false);
  const ids = useIds(operation);
  const built = build(operation, values);
  const send = async () => {
    setBusy(true);
    setLast(await callShop(operation.method, built.path, { headers: built.headers, ...(built.body ? { body: built.body } : {}) }));
    setBusy(false);
  };
  return (
    <div class="request-form">
      <section class="panel">
        <div class="panel-head"><h2><span class={`method ${operation.method}`}>{operation.method}</span> <code>{operation.path}</code></h2></div>
        <form class="acts-body" onSubmit={(e) => (e.preventDefault(), built.fault ? undefined : void send())}>
          <div>
            <p>{operation.summary}</p>
            {operation.description && <Description text={operation.description} />}
          </div>
          {(['path', 'query', 'body', 'header'] as const).map((where) => {
            const inputs = operation.inputs.filter((i) => i.where === where);
            if (!inputs.length) return null;
            return (
              <fieldset>
                <legend>{WHERE_WORDS[where]}</legend>
                {inputs.map((input) => <Field key={keyOf(input)} input={input} value={values[keyOf(input)] ?? ''} ids={ids[input.name] ?? []} onChange={(v) => setValues((old) => ({ ...old, [keyOf(input)]: v }))} />)}
              </fieldset>
            );
          })}
          <RequestText method={operation.method} path={built.path} headers={built.headers} body={built.body ? JSON.stringify(built.body) : ''} grpc={built.grpc} />
          <p class="act-line">
            <button type="submit" class="primary" disabled={busy || built.fault !== ''}>{busy ? 'Waiting for the answer …' : 'Send'}</button>
            {built.fault && <span class="note">{built.fault}</span>}
          </p>
        </form>
      </section>
      {last && (
        <section class="panel">
          <div class="panel-head"><h2>Answer</h2></div>
          <div class="acts-body"><Answer exchange={last} whole /></div>
        </section>
      )}
    </div>
  );
}

export function RequestsPage() {
  const loaded = useLoad('openapi', (signal) => readShop<Document>('/openapi.json', {}, signal));
  const operations = useMemo(() => (loaded.data ? operationsOf(loaded.data) : []), [loaded.data]);
  const chosen = operations.find((o) => o.id === param('sel')) ?? operations.find((o) => o.method === 'POST' && o.path === '/api/orders') ?? operations[0];
  const groups = [...new Set(operations.map((o) => o.group))];
  return (
    <div class="page">
      <h1 class="sr">Requests</h1>
      {loaded.problem && <Failed problem={loaded.problem} what="The shop's API could not be loaded" retry={loaded.reload} />}
      {!loaded.data && loaded.loading && <Loading what="the shop's API" />}
      {chosen && (
        <div class="requests">
          <nav class="methods" aria-label="Methods">
            {groups.map((group) => (
              <section>
                <h3>{group}</h3>
                <ul>
                  {operations.filter((o) => o.group === group).map((o) => (
                    <li>
                      <button type="button" aria-current={o === chosen ? 'true' : undefined} onClick={() => change({ sel: o.id })} title={o.summary}>
                        <span class={`method ${o.method}`}>{o.method}</span>
                        <span class="method-path">{o.path.replace(/^\/api/, '')}</span>
                      </button>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </nav>
          <label class="methods-select field">
            <span>Method</span>
            <select value={chosen.id} onChange={(e) => change({ sel: e.currentTarget.value })}>
              {groups.map((group) => <optgroup label={group}>{operations.filter((o) => o.group === group).map((o) => <option value={o.id}>{o.method} {o.path}</option>)}</optgroup>)}
            </select>
          </label>
          <Form key={chosen.id} operation={chosen} />
        </div>
      )}
    </div>
  );
}
