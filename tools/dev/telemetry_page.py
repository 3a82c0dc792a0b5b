"""Writes docs/reference/telemetry.md from docs/reference/telemetry.yaml, for people:

    build/venv/bin/python tools/dev/telemetry_page.py

The end-to-end tests compare the page with the contract, and the contract with what the product tells."""

import pathlib

import yaml

REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "docs/reference"

INTRODUCTION = """\
# Telemetry

Every resource attribute, span, metric and log event that a run may emit. Made from [telemetry.yaml](telemetry.yaml) by
`tools/dev/telemetry_page.py`; the end-to-end tests compare a whole run with it, both ways. Names are those of the OpenTelemetry
semantic conventions 1.44 where these have one. Attributes in *italics* are there only where they have a value.

Spans, and metrics and log records over OTLP, leave the process only where somebody named a receiver; the metrics `otel.sdk.*` and
`tw.telemetry.*` exist only then. Metrics at `/metrics` on the operations port and the log on stdout are there always.

Every log event has a body, one readable line for people: `POST /api/orders 200 12.4 ms`. Warnings, failures and refusals of the same
event and `error.type` (or, where they have none, the same body) are written ten times in ten seconds at most (`log.repeats_max`);
`log.repeated` and `tw.log.left_out` tell how many more there were. `url.path` has no query, at most 1,024 bytes, and `***` for each segment with an "@", which is an e-mail address.
"""


def attributes(wanted: dict[str, str]) -> str:
    return ", ".join(f"`{name}`" if when == "always" else f"*`{name}`*" for name, when in wanted.items()) or "none"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def noted(text: str, entry: dict) -> str:
    return f"{text}<br>{entry['note'].strip()}" if "note" in entry else text


def metric_row(entry: dict) -> list[str]:
    kind = entry["kind"].replace("_", "-")
    if "buckets" in entry:
        kind += ": " + ", ".join(f"{bound:g}" for bound in entry["buckets"])
    return [noted(f"`{entry['name']}`", entry), kind, f"`{entry['unit']}`", attributes(entry["attributes"])]


def page(contract: dict) -> str:
    spans = [[noted(f"`{one['name']}`", one), one["kind"], attributes(one["attributes"])] for one in contract["spans"]]
    logs = [[noted(f"`{one['event']}`", one), one["severity"], attributes(one["attributes"])] for one in contract["logs"]]
    return "\n".join([
        INTRODUCTION,
        "## Resource\n",
        attributes(contract["resource"]) + "\n",
        "`service.name` is the module's: `api-gateway`, `user-service`, `order-service`, `payment-service`, `catalog-service`; with several",
        "modules in one process `tradewind` tells what concerns the process as a whole. `OTEL_SERVICE_NAME` renames the only module of a",
        "process. `OTEL_RESOURCE_ATTRIBUTES` adds to these and goes before them. The `k8s` attributes come from the variables",
        "`K8S_POD_NAME`, `K8S_POD_UID`, `K8S_NAMESPACE_NAME`, `K8S_NODE_NAME`, `K8S_CONTAINER_NAME`, `K8S_DEPLOYMENT_NAME` and",
        "`K8S_CLUSTER_NAME`, which the downward API can fill.\n",
        "## Spans\n",
        table(["Name", "Kind", "Attributes"], spans),
        "## Metrics\n",
        table(["Name", "Kind", "Unit", "Attributes"], [metric_row(one) for one in contract["metrics"]]),
        "## Log events\n",
        table(["Event", "Severity", "Attributes"], logs),
    ])  # fmt: skip


if __name__ == "__main__":
    (REFERENCE / "telemetry.md").write_text(page(yaml.safe_load((REFERENCE / "telemetry.yaml").read_text())))
