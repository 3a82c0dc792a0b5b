"""What stands on the terminal once everything is up."""

from production_like.topology import Topology

TRY = """Try:
  curl -s {api}/api/users -H 'Content-Type: application/json' -d '{{"email":"alice@example.com","name":"Alice"}}'
  curl -s {api}/api/products/prod-123
  {third}
"""


def page(topology: Topology) -> str:
    lines = ["", "Tradewind is up, one process a service.", ""]
    width = max(len(name) for name in topology.parts)
    lines += [f"  {name:{width}}  {part.where}" for name, part in topology.parts.items()]
    lines += ["", f"Logs are {topology.folder}/logs/NAME.log; data and secrets.json lie beside them."]
    for peer in topology.missing:
        lines.append(f"Without {peer}, which is not built: ./dev setup peers {peer}")
    api = f"http://127.0.0.1:{topology.ports['gateway']}"
    third = f"curl -s 'http://127.0.0.1:{topology.ports['gateway-operations']}/ready?verbose'"
    if "jaeger" in topology.parts:
        traces = f"http://127.0.0.1:{topology.ports['jaeger']}/api/traces?service=api-gateway&limit=1"
        third = f"curl -s '{traces}' | deploy/collector/show_trace.py"
    return "\n".join([*lines, TRY.format(api=api, third=third), "Ctrl-C ends it all."])
