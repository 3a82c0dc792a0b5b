// Attributes as a table: each can be copied, and used as a filter for or against.
import { href } from '../lib/location';
import type { Attribute } from '../lib/types';
import { Icon } from './icon';
import { term } from './query_box';
import { Copy, Foreign, Value } from './text';

const RECORDS: Record<string, string> = {
  'shop.order.id': 'orders',
  'shop.user.id': 'users',
  'shop.payment.id': 'payments',
  'shop.product.id': 'products',
};

function Shown({ attribute }: { attribute: Attribute }) {
  const value = attribute.value ?? '';
  const record = RECORDS[attribute.key ?? ''];
  if (record && /^[\w-]{1,80}$/.test(value)) return <a href={href(`shop/${record}/${value}`)}>{value}</a>;
  if (/^https?:\/\/[\x21-\x7e]{1,500}$/.test(value)) {
    return <a href={value} target="_blank" rel="noreferrer noopener external">{value}<span class="sr"> (another site)</span> ↗</a>;
  }
  return <Value text={value} />;
}

export function Attributes({ list, page, query = '' }: { list: Attribute[]; page?: 'traces' | 'logs'; query?: string }) {
  return (
    <table class="attributes">
      <tbody>
        {[...list].sort((a, b) => (a.key ?? '').localeCompare(b.key ?? '')).map((a) => {
          const usable = page && (a.value ?? '').length <= 300;
          const add = (negative: boolean) => href(page!, { q: `${query} ${term(a.key ?? '', a.value ?? '', negative)}`.trim() });
          return (
            <tr>
              <th scope="row"><Foreign text={(a.key ?? '').slice(0, 200)} /></th>
              <td class={a.type === 'int' || a.type === 'double' || a.type === 'bool' ? 'num' : ''}><Shown attribute={a} /></td>
              <td class="attribute-acts">
                {usable && <a class="icon-button" href={add(false)} title="Filter for this" aria-label={`Filter for ${a.key}`}><Icon name="plus" size={13} /></a>}
                {usable && <a class="icon-button" href={add(true)} title="Filter this out" aria-label={`Filter out ${a.key}`}><Icon name="minus" size={13} /></a>}
                <Copy text={a.value ?? ''} label={`Copy ${a.key}`} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
