"""The series that there can be, by their names in Prometheus, and those that an expression asks for."""

import dataclasses
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "docs/reference/telemetry.yaml"
RULES = ROOT / "deploy/prometheus/rules"

UNITS = {"s": "_seconds", "By": "_bytes"}
# What Prometheus and the service's name add to every series.
ALWAYS = {"job", "instance", "module", "service_name"}
# Those of others: of Prometheus itself, of the collector and of the metrics that it makes of spans, as it serves them.
OTHERS = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "severity"},
    "target_info": {"service_version", "service_instance_id"},
    "traces_span_metrics_calls_total": {"span_name", "span_kind", "status_code"},
    "traces_span_metrics_duration_seconds_sum": {"span_name", "span_kind", "status_code"},
    "traces_span_metrics_duration_seconds_bucket": {"span_name", "span_kind", "status_code", "le"},
    "otelcol_exporter_queue_size": {"exporter", "data_type"},
    "otelcol_exporter_queue_capacity": {"exporter", "data_type"},
    "otelcol_receiver_accepted_spans": {"receiver", "transport"},
    "otelcol_receiver_accepted_log_records": {"receiver", "transport"},
    "otelcol_receiver_refused_spans": {"receiver", "transport"},
    "otelcol_receiver_refused_log_records": {"receiver", "transport"},
    "otelcol_process_memory_rss": set(),
}

WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "or", "and", "unless", "bool", "offset", "inf", "nan"}
STRING = r'"(?:[^"\\]|\\.)*"'


@dataclasses.dataclass(frozen=True)
class Asked:
    """A metric and the labels that the expression has for it."""

    name: str
    labels: frozenset[str]


def label(attribute: str) -> str:
    return attribute.replace(".", "_")


def names_of(metric: dict) -> list[str]:
    """As the operations port has them; docs/decisions/0010 for what becomes of `.count`."""
    base = metric["name"].replace(".", "_")
    if metric["kind"] != "histogram":
        base = base.removesuffix("_count")
    suffix = "_ratio" if (metric["unit"], metric["kind"]) == ("1", "gauge") else UNITS.get(metric["unit"], "")
    base += "" if base.endswith(suffix) else suffix
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(metric["kind"], [""])
    return [base + end for end in ends]


def recorded() -> list[dict]:
    groups = [group for file in sorted(RULES.glob("*.yml")) for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"] if "record" in rule]


def known() -> dict[str, set[str]]:
    """Every series' name, and the labels that it may have."""
    series = {name: labels | ALWAYS for name, labels in OTHERS.items()}
    for metric in yaml.safe_load(CONTRACT.read_text())["metrics"]:
        labels = {label(attribute) for attribute in metric["attributes"]} | ALWAYS
        series |= {name: labels | ({"le"} if name.endswith("_bucket") else set()) for name in names_of(metric)}
    for rule in recorded():
        grouping = re.search(r"sum by \(([^)]*)\)", rule["expr"])
        series[rule["record"]] = set(re.findall(r"\w+", grouping[1])) - {"le"} if grouping else {"service_name"}
    return series


def asked(expr: str) -> list[Asked]:
    found = []
    rest = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", expr)
    for name, matchers in re.findall(rf"([a-zA-Z_:][\w:]*)\s*(\{{(?:[^{{}}\"]|{STRING})*\}})?(?!\s*\()(?![\w:])", _without_texts(rest)):
        if name.lower() not in WORDS:
            found.append(Asked(name, frozenset(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))))
    return found


def groupings(expr: str) -> set[str]:
    return {name for listed in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expr) for name in re.findall(r"\w+", listed)}


def faults(expr: str) -> list[str]:
    """What the expression asks for that nothing tells."""
    series, wanted = known(), asked(expr)
    strange = [f"there is no series {one.name}" for one in wanted if one.name not in series]
    strange += [f"{one.name} has no label {name}" for one in wanted for name in one.labels - series.get(one.name, one.labels)]
    possible = {name for one in wanted for name in series.get(one.name, set())}
    return strange + [f"nothing has the label {name} to group by" for name in groupings(expr) - possible]


def _without_texts(expr: str) -> str:
    """Texts are emptied and windows taken away: neither holds a name."""
    return re.sub(r"\[[^\]]*\]", "", re.sub(STRING, '""', expr))
