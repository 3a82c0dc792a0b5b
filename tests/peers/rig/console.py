"""The console in a process of its own, and what it shows compared with what was sent."""

import contextlib
import json
import pathlib
import resource

import httpx
from harness import otlp_messages
from harness.process import binary, clean_environment
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from rig.peers import LOOPBACK, answers, write_config
from rig.program import Program, folder_of, start_with_ports


class Console:
    def __init__(self, folder: pathlib.Path):
        folder.mkdir(parents=True, exist_ok=True)
        ready = folder / "ready.json"
        command = [str(binary()), "serve", "console", "--ports", "auto", "--data", str(folder / "data"), "--ready-file", str(ready)]
        # A limit on the size of files is an error for it, as a full disk is, and not the end.
        self.program = Program("console", ["env", "--ignore-signal=XFSZ", *command], folder, ready.exists, clean_environment())
        self.program.start()
        self.ports = json.loads(ready.read_text())
        self.page = httpx.Client(base_url="http://" + self.ports["console"], timeout=10, trust_env=False)

    @contextlib.contextmanager
    def disk_full(self):
        """Meanwhile none of its files can grow."""
        before = resource.prlimit(self.program.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        yield
        resource.prlimit(self.program.pid, resource.RLIMIT_FSIZE, before)

    def close(self):
        self.page.close()
        self.program.stop()

    def receiver(self, protocol: str) -> str:
        """HOST:PORT of the port that takes this protocol."""
        return self.ports["otlp_grpc" if protocol == "grpc" else "otlp_http"]

    def get(self, path: str, **query) -> dict:
        answer = self.page.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def trace(self, trace_id: str) -> TracesData:
        """The trace as it came."""
        return otlp_messages.parse_object(self.get(f"/q/traces/{trace_id}/otlp"), TracesData())

    def spans(self, trace_id: str) -> dict[str, dict]:
        """All that the page shows of each span of the trace, by its name."""
        ids = self.get(f"/q/traces/{trace_id}")["span_ids"]
        shown = [self.get(f"/q/traces/{trace_id}/spans/{span}") for span in ids]
        return {span["name"]: span for span in shown}


class Forwarder:
    """A collector that sends what it gets at `grpc` to the console by OTLP/gRPC, and what it gets at `http` by OTLP/HTTP. It takes both by
    gRPC."""

    def __init__(self, folder: pathlib.Path, console: Console):
        binary = folder_of("otelcol") / "otelcol"

        def make(ports: list[int]) -> Program:
            self.grpc, self.http, health = (f"{LOOPBACK}:{port}" for port in ports)
            config = write_config(folder, "otelcol.yaml", self._config(console, health))
            return Program("otelcol", [str(binary), "--config", config], folder, lambda: answers(f"http://{health}/"))

        self.program = start_with_ports(make, 3)

    def _config(self, console: Console, health: str) -> dict:
        soon = {"retry_on_failure": {"initial_interval": "100ms", "max_interval": "1s"}}
        grpc = {"endpoint": console.receiver("grpc"), "tls": {"insecure": True}} | soon
        http = {"endpoint": f"http://{console.receiver('http')}"} | soon
        takes = {name: {"protocols": {"grpc": {"endpoint": address}}} for name, address in (("grpc", self.grpc), ("http", self.http))}
        return {
            "receivers": {f"otlp/{name}": one for name, one in takes.items()},
            "exporters": {"otlp_grpc": grpc, "otlp_http": http},
            "extensions": {"health_check": {"endpoint": health}},
            "service": {
                "extensions": ["health_check"],
                "telemetry": {"metrics": {"level": "none"}},
                "pipelines": {
                    f"{signal}/{name}": {"receivers": [f"otlp/{name}"], "exporters": [f"otlp_{name}"]}
                    for name in takes for signal in ("traces", "logs", "metrics")
                },
            },
        }

    def retries(self, way: str) -> int:
        """How many requests it has kept to send them again, on the way "grpc" or "http"."""
        said = self.program.said.read_text().splitlines()
        return sum("Will retry" in line and f'"otlp_{way}"' in line for line in said)


def records_of(messages: list, trace_id: str) -> list[tuple[bytes, bytes, bytes]]:
    """Each span of the trace in these messages with its resource and its scope, as bytes and in the order of span ids. Schema addresses
    go with them."""
    found = []
    for message in messages:
        for resource in message.resource_spans:
            for scope in resource.scope_spans:
                of_scope = scope.scope.SerializeToString(deterministic=True) + scope.schema_url.encode()
                of_resource = resource.resource.SerializeToString(deterministic=True) + resource.schema_url.encode()
                found += [(span.span_id, span.SerializeToString(deterministic=True), of_scope, of_resource)
                          for span in scope.spans if span.trace_id.hex() == trace_id]  # fmt: skip
    return [one[1:] for one in sorted(found)]
