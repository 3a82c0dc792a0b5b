// Requests as commands for a shell.
import { urlOf } from './api';

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}

/** By the way that the page takes, too: it is the one address that the page knows for sure. */
export function curlOf(method: string, path: string, headers: Record<string, string>, body: string): string {
  const parts = [`curl -i${method === 'GET' ? '' : ` -X ${method}`} ${quoted(urlOf(`shop${path}`))}`];
  if (method !== 'GET') parts.push("-H 'X-Tradewind-Console: 1'");
  for (const [name, value] of Object.entries(headers)) if (name !== 'Accept') parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) parts.push(`-d ${quoted(body)}`);
  return parts.join(' \\\n  ');
}

export interface GrpcCall {
  /** "order.OrderService/CreateOrder" */
  method: string;
  metadata: Record<string, string>;
  message: Record<string, unknown>;
}

/** By the shop's HTTP port, which takes gRPC, too. Without a file of the contract, grpcurl asks the server for it (reflection). */
export function grpcurlOf(call: GrpcCall, shopUrl: string): string {
  const url = new URL(shopUrl || 'http://localhost:8080');
  const secure = url.protocol === 'https:';
  const parts = [`grpcurl${secure ? '' : ' -plaintext'}`];
  for (const [name, value] of Object.entries(call.metadata)) parts.push(`-H ${quoted(`${name.toLowerCase()}: ${value}`)}`);
  parts.push(`-d ${quoted(JSON.stringify(call.message))}`);
  parts.push(`${quoted(`${url.hostname}:${url.port || (secure ? 443 : 80)}`)} ${call.method}`);
  return parts.join(' \\\n  ');
}
