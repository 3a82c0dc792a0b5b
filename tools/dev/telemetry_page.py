"""Writes docs/reference/telemetry.md from docs/reference/telemetry.yaml and the descriptions of the instruments in the code:

    build/venv/bin/python tools/dev/telemetry_page.py

The end-to-end tests compare the page with the contract, and the contract with what a run of the product emits."""

import pathlib
import re
import textwrap

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/reference"
INSTRUMENT = re.compile(r'\{\s*"([a-z][\w.]+)",\s*"[^"]+",\s*((?:"[^"]*"\s*)+),\s*(?:telemetry::)?InstrumentKind')

INTRODUCTION = """\
# Telemetry

All spans, metrics, log events and resource attributes of `tradewind`. The page is generated from
[telemetry.yaml](telemetry.yaml) by `tools/dev/telemetry_page.py`. The end-to-end tests compare a
whole run with it, in both directions. Names are those of the OpenTelemetry semantic conventions
1.44 where these have one. An attribute in *italics* is there only if it has a value.

Spans leave the process only if a receiver is set (`OTEL_EXPORTER_OTLP_ENDPOINT`). The same is true
for metrics and log records over OTLP, and for the metrics `otel.sdk.*` and `tw.telemetry.*`. The
metrics at `/metrics` on the [operations port](operations.md) and the log on standard output are
always there.

`url.path` has no query and at most 1,024 bytes. A segment with an "@", which may be an e-mail
address, is `***`.
"""

RESOURCE = """\
`service.name` is that of the module: `api-gateway`, `user-service`, `order-service`,
`payment-service` or `catalog-service`. In a process with several modules, `tradewind` is the name
for what concerns the whole process. `OTEL_SERVICE_NAME` renames the module of a process with one.
`OTEL_RESOURCE_ATTRIBUTES` adds attributes and wins over these. The `k8s` attributes come from the
variables `K8S_POD_NAME`, `K8S_POD_UID`, `K8S_NAMESPACE_NAME`, `K8S_NODE_NAME`,
`K8S_CONTAINER_NAME`, `K8S_DEPLOYMENT_NAME` and `K8S_CLUSTER_NAME`, which the downward API of
Kubernetes can set.
"""

LOGS = """\
Every record has a body, which is one line for people: `POST /api/orders 200 12.4 ms`. Warnings and
errors of the same event and `error.type`, or of the same body if they have none, are written at
most ten times in ten seconds (`log.repeats_max`). `log.repeated` says how many more there were.
"""


def descriptions() -> dict[str, str]:
    """What the code says of its instruments, by their names."""
    found = {}
    for folder in ("kit", "services"):
        for file in (ROOT / folder).rglob("*.[hc]pp"):
            if file.stem.endswith("_test"):
                continue
            for name, text in INSTRUMENT.findall(file.read_text()):
                found[name] = re.sub(r'"\s*"', "", text.strip()).strip('"')
    return found


def attributes(wanted: dict[str, str]) -> str:
    return ", ".join(f"`{name}`" if when == "always" else f"*`{name}`*" for name, when in wanted.items()) or "none"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def metric_row(entry: dict, described: dict[str, str]) -> list[str]:
    kind = entry["kind"].replace("_", "-")
    if "buckets" in entry:
        kind += ": " + ", ".join(str(bound) for bound in entry["buckets"])
    text = " ".join(filter(None, [described.get(entry["name"], ""), entry.get("note", "").strip()]))
    return [f"`{entry['name']}`", text, kind, f"`{entry['unit']}`", attributes(entry["attributes"])]


def log_row(entry: dict) -> list[str]:
    return [f"`{entry['event']}`", entry["severity"], entry["when"], entry["do"], attributes(entry["attributes"])]


def span_row(entry: dict) -> list[str]:
    return [f"`{entry['name']}`", entry["kind"], entry["note"].strip(), attributes(entry["attributes"])]


def page(contract: dict) -> str:
    described = descriptions()
    metrics = [metric_row(one, described) for one in contract["metrics"]]
    return "\n".join([
        INTRODUCTION,
        "## Spans\n",
        table(["Name", "Kind", "What it is", "Attributes"], [span_row(one) for one in contract["spans"]]),
        "## Metrics\n",
        table(["Name", "What it measures", "Kind", "Unit", "Attributes"], metrics),
        "## Log events\n",
        LOGS,
        table(["Event", "Severity", "When it is written", "What to do", "Attributes"], [log_row(one) for one in contract["logs"]]),
        "## Resource\n",
        textwrap.fill(attributes(contract["resource"]), 100, break_long_words=False, break_on_hyphens=False) + "\n",
        RESOURCE,
    ])  # fmt: skip


if __name__ == "__main__":
    (REFERENCE / "telemetry.md").write_text(page(yaml.safe_load((REFERENCE / "telemetry.yaml").read_text())))
