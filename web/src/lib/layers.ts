// Places the nodes of the map: callers at the left, what they call further right.
import type { ServiceMap } from './types';

export interface Placed {
  name: string;
  kind: string;
  calls: number;
  errors: number;
  layer: number;
  row: number;
}

/** The longest way from a node that nobody calls; a circle is cut where it closes. */
function layersOf(names: string[], edges: [string, string][]): Map<string, number> {
  const out = new Map<string, string[]>();
  const called = new Set<string>();
  for (const [from, to] of edges) {
    if (from === to) continue;
    out.set(from, [...(out.get(from) ?? []), to]);
    called.add(to);
  }
  const layers = new Map<string, number>();
  const visit = (name: string, layer: number, way: Set<string>) => {
    if (way.has(name) || layer > names.length || (layers.get(name) ?? -1) >= layer) return;
    layers.set(name, layer);
    way.add(name);
    for (const next of out.get(name) ?? []) visit(next, layer + 1, way);
    way.delete(name);
  };
  for (const name of names) if (!called.has(name)) visit(name, 0, new Set());
  for (const name of names) if (!layers.has(name)) visit(name, 0, new Set());
  return layers;
}

export function placed(map: ServiceMap): Placed[] {
  const nodes = (map.nodes ?? []).filter((n) => n.name);
  const names = nodes.map((n) => n.name!);
  const known = new Set(names);
  const edges = (map.edges ?? []).filter((e) => known.has(e.from ?? '') && known.has(e.to ?? '')).map((e): [string, string] => [e.from!, e.to!]);
  const layers = layersOf(names, edges);
  const rows = new Map<string, number>();
  const byLayer: string[][] = [];
  for (const name of names) (byLayer[layers.get(name) ?? 0] ??= []).push(name);
  // Each node moves towards the middle of its callers, so that lines cross less.
  byLayer.forEach((layer, depth) => {
    const middle = (name: string) => {
      const callers = edges.filter(([, to]) => to === name).map(([from]) => rows.get(from)).filter((r) => r !== undefined);
      return callers.length ? callers.reduce((sum, r) => sum + r, 0) / callers.length : 0;
    };
    if (depth > 0) layer.sort((a, b) => middle(a) - middle(b) || a.localeCompare(b));
    layer.forEach((name, i) => rows.set(name, i - (layer.length - 1) / 2));
  });
  return nodes.map((n) => ({ name: n.name!, kind: n.kind ?? 'service', calls: n.calls ?? 0, errors: n.errors ?? 0, layer: layers.get(n.name!) ?? 0, row: rows.get(n.name!) ?? 0 }));
}
