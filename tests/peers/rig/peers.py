"""The OpenTelemetry Collector, Jaeger and Prometheus, each private to a case: loopback ports, a temporary folder."""

import json
import pathlib

import httpx
import yaml

from rig.program import Program, folder_of, start_with_ports

LOOPBACK = "127.0.0.1"


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def write_config(folder: pathlib.Path, name: str, config: dict) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(yaml.safe_dump(config))
    return str(file)


class Collector:
    """Receives OTLP, writes it as JSON lines into files, serves the metrics for Prometheus, and passes the spans on to
    `traces_to` (OTLP over gRPC) where that is given."""

    def __init__(self, folder: pathlib.Path, traces_to: str = "", memory_mib: int = 200):
        self.folder = folder
        self.memory_mib = memory_mib  # refuses what would take more
        binary = folder_of("otelcol") / "otelcol"

        def make(ports: list[int]) -> Program:
            self.grpc, self.http, self.metrics, health = (f"{LOOPBACK}:{port}" for port in ports)
            self._health, self._traces_to = health, traces_to
            config = self.configure()
            return Program("otelcol", [str(binary), "--config", config], folder, lambda: answers(f"http://{health}/"))

        self.program = start_with_ports(make, 4)

    def configure(self) -> str:
        """Writes the configuration for the next start."""
        return write_config(self.folder, "otelcol.yaml", self._config(self._health, self._traces_to))

    def _config(self, health: str, traces_to: str) -> dict:
        files = {f"file/{signal}": {"path": str(self.folder / f"{signal}.jsonl"), "flush_interval": "100ms", "append": True}
                 for signal in ("traces", "metrics", "logs")}
        forward = {"otlp_grpc/jaeger": {"endpoint": traces_to, "tls": {"insecure": True}}} if traces_to else {}
        outputs = {"traces": [*forward], "metrics": ["prometheus"], "logs": []}
        return {
            "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": self.grpc}, "http": {"endpoint": self.http}}}},
            "processors": {
                "memory_limiter": {"check_interval": "100ms", "limit_mib": self.memory_mib},
                "batch": {"timeout": "100ms"},
            },
            "exporters": files | forward | {"prometheus": {"endpoint": self.metrics, "enable_open_metrics": True}},
            "extensions": {"health_check": {"endpoint": health}},
            "service": {
                "extensions": ["health_check"],
                "telemetry": {"metrics": {"level": "none"}},
                "pipelines": {
                    signal: {"receivers": ["otlp"], "processors": ["memory_limiter", "batch"], "exporters": [f"file/{signal}", *more]}
                    for signal, more in outputs.items()
                },
            },
        }

    def endpoint(self, protocol: str) -> str:
        return "http://" + (self.grpc if protocol == "grpc" else self.http)

    def lines(self, signal: str) -> list[dict]:
        """What was received: one object for each of its batches."""
        file = self.folder / f"{signal}.jsonl"
        text = file.read_text() if file.exists() else ""
        return [json.loads(line) for line in text.rpartition("\n")[0].splitlines()]


class Jaeger:
    """Jaeger with its spans in memory. `otlp` is where it takes them (gRPC)."""

    def __init__(self, folder: pathlib.Path):
        binary = folder_of("jaeger") / "jaeger"

        def make(ports: list[int]) -> Program:
            self.otlp, self.query, query_grpc, health = (f"{LOOPBACK}:{port}" for port in ports)
            config = write_config(folder, "jaeger.yaml", self._config(query_grpc, health))
            # It would trace itself, into whatever listens at the usual port.
            quiet = {"OTEL_TRACES_SAMPLER": "always_off"}
            return Program("jaeger", [str(binary), "--config", config], folder, lambda: answers(f"http://{health}/status"), quiet)

        self.program = start_with_ports(make, 4)

    def _config(self, query_grpc: str, health: str) -> dict:
        return {
            "service": {
                "extensions": ["jaeger_storage", "jaeger_query", "healthcheckv2"],
                "pipelines": {"traces": {"receivers": ["otlp"], "processors": ["batch"], "exporters": ["jaeger_storage_exporter"]}},
                "telemetry": {"metrics": {"level": "none"}},
            },
            "extensions": {
                "healthcheckv2": {"use_v2": True, "http": {"endpoint": health}},
                "jaeger_query": {"storage": {"traces": "mem"}, "http": {"endpoint": self.query}, "grpc": {"endpoint": query_grpc}},
                "jaeger_storage": {"backends": {"mem": {"memory": {"max_traces": 10000}}}},
            },
            "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": self.otlp}}}},
            "processors": {"batch": {"timeout": "100ms"}},
            "exporters": {"jaeger_storage_exporter": {"trace_storage": "mem"}},
        }

    def get(self, path: str, **query) -> list:
        """The `data` of an answer of the query API; empty while Jaeger knows no such thing."""
        answer = httpx.get(f"http://{self.query}/api/{path}", params=query, timeout=10, trust_env=False)
        return (answer.json().get("data") or []) if answer.status_code == 200 else []


class Prometheus:
    """Scrapes each target every second; `targets` maps a job's name to host:port addresses."""

    def __init__(self, folder: pathlib.Path, targets: dict[str, list[str]]):
        binary = folder_of("prometheus") / "prometheus"
        jobs = [{"job_name": job, "static_configs": [{"targets": addresses}]} for job, addresses in targets.items()]
        config = write_config(folder, "prometheus.yaml", {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs})

        def make(ports: list[int]) -> Program:
            self.address = f"{LOOPBACK}:{ports[0]}"
            flags = [f"--config.file={config}", f"--web.listen-address={self.address}", f"--storage.tsdb.path={folder}/data"]
            return Program("prometheus", [str(binary), *flags], folder, lambda: answers(f"http://{self.address}/-/ready"))

        self.program = start_with_ports(make, 1)

    def query(self, expression: str) -> list[dict]:
        """The samples of an instant query: {"metric": labels, "value": number}."""
        answer = httpx.get(f"http://{self.address}/api/v1/query", params={"query": expression}, timeout=10, trust_env=False).json()
        assert answer["status"] == "success", answer
        return [{"metric": one["metric"], "value": float(one["value"][1])} for one in answer["data"]["result"]]
