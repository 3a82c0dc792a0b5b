// One call to the shop: what was sent, what came back, and the trace that it made.
import type { Exchange } from '../lib/api';
import { curlOf, type GrpcCall, grpcurlOf } from '../lib/commands';
import { status } from '../lib/live';
import { href } from '../lib/location';
import { Failed } from './states';
import { Copy, Value } from './text';

/** The request as it will be sent, before it is. */
export function RequestText({ method, path, headers, body, grpc }: { method: string; path: string; headers: Record<string, string>; body: string; grpc?: GrpcCall }) {
  const lines = [`${method} ${path}`, ...Object.entries(headers).filter(([n]) => n !== 'Accept').map(([n, v]) => `${n}: ${v}`), ...(body ? ['', body] : [])];
  return (
    <div class="request-text">
      <pre tabIndex={0} aria-label="The request">{lines.join('\n')}</pre>
      <div class="request-copies">
        <Copy text={curlOf(method, path, headers, body)} label="Copy as curl" word="curl" />
        {grpc && <Copy text={grpcurlOf(grpc, status.value?.shop_url ?? '')} label="Copy as grpcurl" word="grpcurl" />}
      </div>
    </div>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

export function Answer({ exchange, whole = false }: { exchange: Exchange; whole?: boolean }) {
  return (
    <div class="answer" role="status">
      {exchange.status > 0 && (
        <p class="answer-head">
          <code>{exchange.method} …/{exchange.path.split('?')[0]!.split('/').at(-1)}</code>
          <span class={`pill ${exchange.status >= 500 ? 'error' : exchange.status >= 400 ? 'refused' : 'ok'}`}>{exchange.status} {exchange.statusText}</span>
          <span class="num">{exchange.milliseconds.toFixed(exchange.milliseconds < 10 ? 1 : 0)} ms</span>
          {exchange.etag && <span>ETag <code>{exchange.etag}</code></span>}
          {exchange.replayed && <span class="badge">Replayed: the key was known</span>}
          <a href={href(`traces/${exchange.traceId}`, {}, false)}>Its trace</a>
        </p>
      )}
      {exchange.problem && <Failed problem={exchange.problem} what={exchange.problem.status === 412 ? 'It was changed meanwhile' : 'It was not done'} />}
      {whole && exchange.body && (
        <>
          <details class="section">
            <summary>Headers {exchange.headers.length}</summary>
            <pre class="body" tabIndex={0}>{exchange.headers.map(([n, v]) => `${n}: ${v}`).join('\n')}</pre>
          </details>
          <div class="body-box">
            <pre class="body" tabIndex={0} aria-label="The answer's body"><Value text={pretty(exchange.body)} /></pre>
            <Copy text={exchange.body} label="Copy the answer" />
          </div>
        </>
      )}
    </div>
  );
}
