"""Every query of every dashboard and rule in deploy/, ready to be asked."""

import dataclasses
import json
import re

import yaml
from production_like.observability import DEPLOY

# What Grafana would put in: a window with enough scrapes in it, and everything there is.
WINDOW = "1m"
BUILT_IN = {"__rate_interval": WINDOW, "__interval": WINDOW, "__range": "5m", "__interval_ms": "60000", "__range_s": "300"}
ALL = ".*"
PROMETHEUS, LOKI = "prometheus", "loki"


@dataclasses.dataclass(frozen=True)
class Query:
    where: str
    language: str  # PROMETHEUS or LOKI
    text: str


def _variables(dashboard: dict) -> dict[str, str]:
    listed = dashboard.get("templating", {}).get("list", [])
    return BUILT_IN | {one["name"]: WINDOW if one["type"] == "interval" else ALL for one in listed}


def substitute(text: str, variables: dict[str, str]) -> str:
    """$name, ${name} and ${name:format}; a variable that nobody declared is a fault of the dashboard."""
    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))", lambda one: variables[one[1] or one[2]], text)


def _panels(panels: list[dict]):
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels", []))


def of_dashboards() -> list[Query]:
    found = []
    for file in sorted((DEPLOY / "grafana/dashboards").glob("*.json")):
        dashboard = json.loads(file.read_text())
        variables = _variables(dashboard)
        for panel in _panels(dashboard["panels"]):
            for target in panel.get("targets", []):
                source = (target.get("datasource") or panel.get("datasource") or {}).get("type", PROMETHEUS)
                if "expr" in target:
                    where = f"{file.stem}: {panel['title']} {target['refId']}"
                    found.append(Query(where, source, substitute(target["expr"], variables)))
    return found


def without_thresholds(expression: str) -> str:
    """The expression with every comparison turned into one that answers 0 or 1, so that it has data wherever its operands have."""
    parts = re.split(r'("(?:[^"\\]|\\.)*"|\{[^}]*\})', expression)
    return "".join(part if part[:1] in ('"', "{") else re.sub(r"(==|!=|>=|<=|>|<)(?!\s*bool\b)", r"\1 bool", part) for part in parts)


def of_rules() -> list[Query]:
    found = []
    for file in sorted((DEPLOY / "prometheus/rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            for rule in group["rules"]:
                name = rule.get("alert") or rule["record"]
                expression = rule["expr"] if "record" in rule else without_thresholds(rule["expr"])
                found.append(Query(f"{file.stem}: {name}", PROMETHEUS, expression))
    return found
