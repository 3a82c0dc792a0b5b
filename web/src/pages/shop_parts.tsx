import { href } from '../lib/location';
import { type Kind, KIND_WORDS, KINDS, toneOf } from '../lib/shop';
import { Line } from '../parts/text';

const SHAPES = { good: '●', wait: '◐', bad: '✗', plain: '○' };

export function StatusChip({ status }: { status: string }) {
  const tone = toneOf(status);
  return <span class={`chip ${tone}`}><span aria-hidden="true">{SHAPES[tone]}</span> <Line text={status.replace(/_/g, ' ') || 'none'} max={40} /></span>;
}

export function ShopTabs({ kind }: { kind: Kind }) {
  return (
    <nav class="tabs shop-tabs" aria-label="Records">
      {KINDS.map((k) => <a href={href(`shop/${k}`)} aria-current={k === kind ? 'page' : undefined}>{KIND_WORDS[k][1]}</a>)}
    </nav>
  );
}
