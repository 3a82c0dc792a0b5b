"""What cases about the export ask of the product."""

import pathlib
import secrets

import httpx

from harness.collector import Collector
from harness.process import Process
from harness.system import System


def to(collector: Collector, **more: str) -> dict[str, str]:
    """The environment that has everything sent to that collector."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.http_url} | more


def get_ops(system: System, path: str) -> httpx.Response:
    return httpx.get(system.ops_url() + path, timeout=10, trust_env=False)


def telemetry_of(system: System) -> dict:
    return get_ops(system, "/telemetry").json()


def get_user(http: httpx.Client, trace_id: str, flags: str = "01"):
    """A request in that trace, of a user that there is not."""
    answer = http.get("/api/users/none", headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"})
    assert answer.status_code in (400, 404)


def log_records(system: System) -> list[dict]:
    return [record for process in system.processes.values() for record in process.log_records()]


def telemetry_events(system: System) -> list[dict]:
    """What telemetry had to say about itself."""
    return [record for record in log_records(system) if record["event_name"].startswith("telemetry.")]


def threads(process: Process) -> list[str]:
    return [task.read_text().strip() for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*/comm")]
