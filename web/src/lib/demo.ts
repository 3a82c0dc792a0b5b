// A demo order: by the shop's public routes, as any client would do it.
import { callShop, newKey, Problem } from './api';

interface Made {
  id: string;
  traceId: string;
}

const NAMES = ['Alice', 'Bao', 'Chiara', 'Dmitri', 'Efua', 'Farid', 'Gwen', 'Hiro'];

export async function placeDemoOrder(): Promise<Made | Problem> {
  const products = await callShop('GET', '/api/products?page_size=50&status=active', { quiet: true });
  if (products.problem) return products.problem;
  const all = (JSON.parse(products.body) as { products?: { id: string; stock?: { available?: number } }[] }).products ?? [];
  const fit = all.filter((p) => Number(p.stock?.available ?? 0) > 1);
  if (!fit.length) return new Problem(-1, 'No stock', 'No product of the shop is in stock, so nothing can be ordered.');
  const name = NAMES[Math.floor(Math.random() * NAMES.length)]!;
  const key = newKey();
  const user = await callShop('POST', '/api/users', {
    body: { name, email: `${name.toLowerCase()}-${key.slice(8)}@example.com` },
    headers: { 'Idempotency-Key': key },
  });
  if (user.problem) return user.problem;
  const product = fit[Math.floor(Math.random() * fit.length)]!;
  const order = await callShop('POST', '/api/orders', {
    body: { user_id: (JSON.parse(user.body) as { id: string }).id, product_id: product.id, quantity: 1 + Math.floor(Math.random() * 2) },
    headers: { 'Idempotency-Key': newKey() },
  });
  if (order.problem) return order.problem;
  return { id: (JSON.parse(order.body) as { id: string }).id, traceId: order.traceId };
}
