"""The product with its telemetry on its way to a receiver."""

import pathlib
import re
import statistics
import time

import httpx
from harness.process import Process

PROTOCOLS = ("grpc", "http/protobuf", "http/json")


# Every read goes to the database, so that what it tells can be counted, and nobody is kept from asking much, by whatever host.
WHOLE_WAY = {"TRADEWIND_CACHE_MODE": "off", "TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "0", "TRADEWIND_HTTP_HOSTS": "*"}

def otlp(endpoint: str, protocol: str = "grpc", **more: str) -> dict[str, str]:
    """The environment of a user who wants everything there, soon; `more` are OTEL_ variables without their prefix."""
    own = {
        "EXPORTER_OTLP_ENDPOINT": endpoint,
        "EXPORTER_OTLP_PROTOCOL": protocol,
        "BSP_SCHEDULE_DELAY": "200",
        "BLRP_SCHEDULE_DELAY": "200",
        "METRIC_EXPORT_INTERVAL": "500",
    }
    return {f"OTEL_{name}": value for name, value in (own | more).items()}


class Pair:
    """User service and gateway in one process: the least that answers a request through all layers. Nothing in it makes spans
    or access logs but its start (`SPANS_AT_START`) and requests, so that what they make can be counted."""

    def __init__(self, folder: pathlib.Path, env: dict[str, str]):
        command = ["serve", "user", "gateway", "--ports", "auto", "--data", str(folder / "data")]
        self.process = Process("pair", command, folder, WHOLE_WAY | env)

    def start(self) -> "Pair":
        self.process.wait_ready()
        self.http = httpx.Client(base_url="http://" + self.process.ready["http"], timeout=30, trust_env=False, verify=False)
        return self

    def ask(self, count: int) -> list[float]:
        """So many requests, one after the other, none of which may fail; how long each took in seconds. A user who does not
        exist goes through the same layers as one who does."""
        seconds = []
        for _ in range(count):
            start = time.monotonic()
            answer = self.http.get("/api/users/01a20000-0000-7000-8000-000000000000")
            seconds.append(time.monotonic() - start)
            assert answer.status_code == 404, f"{answer.status_code} {answer.text}"
        return seconds

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name on the operations port that have these labels."""
        text = httpx.get(f"http://{self.process.ready['ops']}/metrics", timeout=10, trust_env=False).text
        total = 0.0
        for line in text.splitlines():
            sample = re.fullmatch(rf"{name}(?:{{(.*)}})? (\S+)", line)
            if sample and labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', sample[1] or "")).items():
                total += float(sample[2])
        return total

    def rss_bytes(self) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024

    def close(self):
        self.http.close()
        self.process.kill()


def no_slower(usual: list[float], now: list[float]):
    """Generous, because machines are shared: what is looked for is a request that waits for telemetry, which takes seconds."""
    before, after = statistics.median(usual), statistics.median(now)
    assert after <= 5 * before + 0.05, f"median {after * 1000:.1f} ms, usually {before * 1000:.1f} ms"
