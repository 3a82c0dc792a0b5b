// The shop's records as its public API has them, as far as the page uses them.

export interface Money {
  minor?: number | string;
  currency?: string;
}

export interface Order {
  id: string;
  user_id?: string;
  status?: string;
  payment_status?: string;
  payment_id?: string;
  reason?: string;
  created_at?: string;
  updated_at?: string;
  expires_at?: string;
  lines?: { product_id?: string; name?: string; unit_price?: Money; quantity?: number }[];
  subtotal?: Money;
  shipping?: Money;
  tax?: Money;
  total?: Money;
  capture?: string;
  tracking?: string;
  version?: number;
}

export interface TimelineEntry {
  type?: string;
  at?: string;
  actor?: string;
  status?: string;
  payment_status?: string;
  reason?: string;
  trace_id?: string;
  version?: number;
}

export interface User {
  id: string;
  email?: string;
  name?: string;
  status?: string;
  created_at?: string;
}

export interface Product {
  id: string;
  name?: string;
  price?: Money;
  status?: string;
  stock?: { on_hand?: number; reserved?: number; available?: number };
}

export interface Payment {
  id: string;
  order_id?: string;
  user_id?: string;
  amount?: Money;
  captured?: Money;
  status?: string;
  last_error?: string;
  attempt?: number;
  created_at?: string;
}

export const KINDS = ['orders', 'users', 'products', 'payments'] as const;
export type Kind = (typeof KINDS)[number];
export const KIND_WORDS: Record<Kind, [one: string, many: string]> = {
  orders: ['Order', 'Orders'],
  users: ['User', 'Users'],
  products: ['Product', 'Products'],
  payments: ['Payment', 'Payments'],
};
/** The span attribute that names a record. */
export const KEYS: Record<Kind, string> = {
  orders: 'shop.order.id',
  users: 'shop.user.id',
  products: 'shop.product.id',
  payments: 'shop.payment.id',
};
export const STATUSES: Record<Kind, string[]> = {
  orders: ['pending', 'confirmed', 'fulfilled', 'completed', 'canceling', 'canceled', 'expired'],
  users: ['active', 'suspended', 'erased'],
  products: ['draft', 'active', 'archived'],
  payments: ['requires_confirmation', 'processing', 'requires_capture', 'succeeded', 'canceled'],
};

export const TOKENS: [string, string][] = [
  ['tok_ok', 'is authorised'],
  ['tok_declined', 'is declined: card_declined'],
  ['tok_insufficient_funds', 'is declined: insufficient_funds'],
  ['tok_timeout_then_ok', 'no answer at first, then authorised'],
  ['tok_timeout_then_declined', 'no answer at first, then declined'],
];

export function microsOf(time: string | undefined): number {
  const ms = Date.parse(time ?? '');
  return Number.isFinite(ms) ? ms * 1000 : 0;
}

/** What a status means: colour and shape follow it. */
export function toneOf(status: string): 'good' | 'wait' | 'bad' | 'plain' {
  if (/^(confirmed|fulfilled|completed|paid|succeeded|active|authorized)$/.test(status)) return 'good';
  if (/^(pending|processing|canceling|requires_\w+|draft)$/.test(status)) return 'wait';
  if (/^(failed|expired|declined)$/.test(status)) return 'bad';
  return 'plain';
}
