"""OpenTelemetry's SDKs as senders: each sends the same records to several receivers."""

import dataclasses
import subprocess
import sys

from harness.process import ROOT, clean_environment
from rig.program import folder_of

SECONDS_MAX = 60
SDKS = ("python", "go")
# The SDK for Go sends no JSON.
PROTOCOLS = {"python": ("grpc", "http/protobuf", "http/json"), "go": ("grpc", "http/protobuf")}


@dataclasses.dataclass
class Way:
    protocol: str
    compression: str  # "none" or "gzip"
    receivers: list[str]  # HOST:PORT


def send(sdk: str, ways: list[Way]) -> list[str]:
    """Sends a trace and log records on each way to all of its receivers. Returns the ids of the traces when all receivers have accepted
    everything."""
    if sdk == "go":
        program = str(folder_of("otel-go") / "otel-go")
        return [run([program, way.protocol, way.compression, *way.receivers], {}) for way in ways]
    script = str(ROOT / "tests/peers/parts/otel_python.py")
    texts = [",".join([way.protocol, way.compression, *(f"http://{one}" for one in way.receivers)]) for way in ways]
    # One process for all ways, since it takes longer to start than to send.
    return run([sys.executable, script, *texts], {"PYTHONPATH": str(folder_of("otel-python"))}).split()


def run(command: list[str], env: dict[str, str]) -> str:
    ran = subprocess.run(command, env=clean_environment(env), capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()
