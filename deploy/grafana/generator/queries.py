"""Every query that Grafana or Prometheus runs for us, as Prometheus' API takes it: variables replaced, each with where it stands.

    python3 -c 'from generator import queries; print(*queries.of_panels(), sep="\\n")'     in deploy/grafana"""

import json
import pathlib
import re

DASHBOARDS = pathlib.Path(__file__).resolve().parents[1] / "dashboards"


def of_panels(window: str = "1m") -> list[tuple[str, str]]:
    """(dashboard / panel, expression) of each query of each panel, for all services and rates over `window`."""
    found = []
    for file in sorted(DASHBOARDS.glob("*.json")):
        dashboard = json.loads(file.read_text())
        for panel in dashboard["panels"]:
            where = f"{dashboard['uid']} / {panel['title']}"
            found += [(where, expand(target["expr"], window)) for target in panel.get("targets", [])]
    return found


def expand(expr: str, window: str = "1m") -> str:
    """Of what Grafana replaces: the dashboards' own variables and its own windows."""
    windows = r"\$\{?(interval|__rate_interval|__interval|__range)\}?"
    return re.sub(windows, window, re.sub(r"\$\{?service\}?", ".*", expr))
