"""Jaeger, Loki, the collector and Prometheus with the files of deploy/, addresses by environment as in deploy/local.env."""

import json
import pathlib
import re
import shutil

from production_like import peers
from production_like.child import Child, answers, environment
from production_like.ports import HOST, SERVICES
from production_like.stores import ROOT

DEPLOY = ROOT / "deploy"


def addresses(ports: dict[str, int]) -> dict[str, str]:
    """The variables of deploy/local.env for these ports."""
    return {
        "COLLECTOR_GRPC": f"{HOST}:{ports['collector-grpc']}",
        "COLLECTOR_HTTP": f"{HOST}:{ports['collector-http']}",
        "COLLECTOR_METRICS": f"{HOST}:{ports['collector-metrics']}",
        "COLLECTOR_OWN_METRICS_HOST": HOST,
        "COLLECTOR_OWN_METRICS_PORT": str(ports["collector-own-metrics"]),
        "COLLECTOR_HEALTH": f"{HOST}:{ports['collector-health']}",
        "COLLECTOR_TRACES_TO": f"{HOST}:{ports['jaeger-otlp']}",
        "COLLECTOR_LOGS_TO": f"http://{HOST}:{ports['loki']}/otlp",
        "JAEGER_OTLP": f"{HOST}:{ports['jaeger-otlp']}",
        "JAEGER_QUERY": f"{HOST}:{ports['jaeger']}",
        "JAEGER_QUERY_GRPC": f"{HOST}:{ports['jaeger-grpc']}",
        "JAEGER_HEALTH": f"{HOST}:{ports['jaeger-health']}",
        "LOKI_HOST": HOST,
        "LOKI_PORT": str(ports["loki"]),
        "LOKI_GRPC_PORT": str(ports["loki-grpc"]),
    }


def api(port: int) -> str:
    """Programs that are built from modules of Go's alone have no pages for a browser, which their projects build by other tools."""
    return f"http://{HOST}:{port} (its API; no pages)"


def jaeger(program: pathlib.Path, folder: pathlib.Path, log: pathlib.Path, ports: dict[str, int]) -> Child:
    # It would trace itself, into the collector.
    env = environment(**addresses(ports), OTEL_TRACES_SAMPLER="always_off")
    command = [str(program / "jaeger"), "--config", str(DEPLOY / "jaeger/jaeger.yaml")]
    return Child("jaeger", command, folder, log, env, answers(ports["jaeger-health"], "/status"), api(ports["jaeger"]))


def loki(program: pathlib.Path, folder: pathlib.Path, log: pathlib.Path, ports: dict[str, int]) -> Child:
    env = environment(**addresses(ports), LOKI_DATA=folder)
    command = [str(program / "loki"), f"-config.file={DEPLOY}/loki/loki.yaml", "-config.expand-env=true"]
    return Child("loki", command, folder, log, env, answers(ports["loki"], "/ready"), api(ports["loki"]))


def collector(
    program: pathlib.Path, folder: pathlib.Path, log: pathlib.Path, ports: dict[str, int], has_jaeger: bool, has_loki: bool
) -> Child:
    """Where one of those that it sends to is missing, a file that leaves it out is laid over its own."""
    over = [*([] if has_jaeger else ["no-jaeger.yaml"]), *([] if has_loki else ["logs-to-file.yaml"])]
    env = environment(**addresses(ports), LOGS_FILE=folder / "logs.jsonl")
    command = [str(program / "otelcol")]
    for name in ("collector.yaml", *over):
        command += ["--config", str(DEPLOY / "collector" / name)]
    where = f"OTLP at {HOST}:{ports['collector-grpc']} (gRPC), {HOST}:{ports['collector-http']} (HTTP)"
    return Child("collector", command, folder, log, env, answers(ports["collector-health"], "/"), where)


def targets(ports: dict[str, int]) -> dict[str, list[dict]]:
    """Files of Prometheus' targets/ and what is in them."""

    def one(port: str, **labels: str) -> dict:
        return {"targets": [f"{HOST}:{ports[port]}"], "labels": labels}

    modules = [one(f"{module}-operations", job="tradewind", module=module) for module in ("gateway", *SERVICES)]
    own, exported = one("collector-own-metrics", job="otel-collector"), one("collector-metrics", job="otel-metrics")
    return {"tradewind.yaml": modules, "collector.yaml": [own, exported]}


def prometheus(program: pathlib.Path, folder: pathlib.Path, log: pathlib.Path, ports: dict[str, int], interval: str = "") -> Child:
    """Prometheus reads no variables: its files are copied into `folder`, beside targets/ with the addresses. `interval` goes
    before the times in prometheus.yml: tests have less patience."""
    config = folder / "config"
    shutil.rmtree(config, ignore_errors=True)
    shutil.copytree(DEPLOY / "prometheus", config, ignore=shutil.ignore_patterns("tests", "targets"))
    (config / "targets").mkdir()
    for name, groups in targets(ports).items():
        # JSON is YAML as well.
        (config / "targets" / name).write_text(json.dumps(groups, indent=2) + "\n")
    if interval:
        file = config / "prometheus.yml"
        file.write_text(re.sub(r"((?:scrape_interval|scrape_timeout|evaluation_interval): *)\w+", rf"\g<1>{interval}", file.read_text()))
    command = [
        str(program / "prometheus"),
        f"--config.file={config}/prometheus.yml",
        f"--web.listen-address={HOST}:{ports['prometheus']}",
        f"--storage.tsdb.path={folder}/data",
        "--storage.tsdb.retention.time=7d",
        "--enable-feature=exemplar-storage",
    ]
    return Child("prometheus", command, folder, log, environment(), answers(ports["prometheus"], "/-/ready"), api(ports["prometheus"]))
