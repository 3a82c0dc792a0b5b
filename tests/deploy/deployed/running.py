"""The topology at ports of its own, telling what it does at once, and whom to ask about it."""

import contextlib
import json
import pathlib
import tempfile
import time

import httpx
import pytest
from harness.process import binary, clean_environment, run
from production_like import ports
from production_like.topology import MODULES, Topology

# A user would wait a minute for what the cases want now.
AT_ONCE = {
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_BLRP_SCHEDULE_DELAY": "200",
    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
}
# Without an issuer there is no audit log by default, and there are no metrics of it.
RECORDED = {"TRADEWIND_AUDIT_RECORDS": "all"}
SCRAPE_INTERVAL = "2s"


@contextlib.contextmanager
def open_folder():
    """Where we are root, PostgreSQL runs as somebody else, and pytest's own folders are for us alone."""
    with tempfile.TemporaryDirectory(prefix="tradewind-topology-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


def mutual_tls(folder: pathlib.Path) -> dict[str, str]:
    """The modules show each other certificates, of which there are metrics and alerts, too."""
    made = run("certs", "dev", "--folder", folder, folder=folder.parent)
    assert made.returncode == 0, made.stderr
    files = {"CERTIFICATE": "{module}.crt", "KEY": "{module}.key", "CA": "ca.crt"}
    return {f"TRADEWIND_RPC_{name}": str(folder / file) for name, file in files.items()}


def get(url: str, **query) -> httpx.Response:
    return httpx.get(url, params=query, timeout=15, trust_env=False)


class Running:
    def __init__(self, folder: pathlib.Path):
        assert binary().is_file(), f"{binary()} is missing: run ./dev build first, or name another by TRADEWIND_BIN"
        env = clean_environment(AT_ONCE | RECORDED | mutual_tls(folder / "certificates"))
        self.topology = Topology(folder, ports.free(True), binary(), env=env, scrape_interval=SCRAPE_INTERVAL)

    def part(self, name: str):
        return self.topology.parts[name]

    def at(self, port: str) -> str:
        return f"http://{ports.HOST}:{self.topology.ports[port]}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.at("gateway"), timeout=30, trust_env=False)

    def log(self, module: str) -> list[dict]:
        """Its structured log so far. What it says to people on standard error stands in the same file."""
        whole = self.part(module).log.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def stop(self):
        """Every process of the product must end with 0."""
        self.topology.stop()
        codes = {name: self.part(name).exit_code for name in MODULES}
        assert set(codes.values()) == {0}, codes

    def _require(self, part: str, peer: str) -> str:
        if part not in self.topology.parts:
            pytest.skip(f"{peer} is not built: ./dev setup peers {peer}")
        return self.at(part)

    def jaeger(self) -> "Jaeger":
        self.require_collector()
        return Jaeger(self._require("jaeger", "jaeger"))

    def prometheus(self) -> "Prometheus":
        return Prometheus(self._require("prometheus", "prometheus"))

    def loki(self) -> "Loki":
        self.require_collector()
        return Loki(self._require("loki", "loki"))

    def require_collector(self):
        if "collector" not in self.topology.parts:
            pytest.skip("otelcol is not built: ./dev setup peers otelcol")


class Jaeger:
    def __init__(self, url: str):
        self._url = url

    def traces(self, path: str, **query) -> list[dict]:
        """The `data` of an answer; empty while Jaeger knows no such thing."""
        answer = get(f"{self._url}/api/{path}", **query)
        return (answer.json().get("data") or []) if answer.status_code == 200 else []


class Prometheus:
    def __init__(self, url: str):
        self._url = url

    def _data(self, path: str, **query):
        answer = get(f"{self._url}/api/v1/{path}", **query).json()
        assert answer["status"] == "success", (query, answer)
        return answer["data"]

    def query(self, expression: str) -> list[dict]:
        """The samples of an instant query: {"metric": labels, "value": number}. A scalar is one sample without labels."""
        data = self._data("query", query=expression)
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": float(data["result"][1])}]
        return [{"metric": one["metric"], "value": float(one["value"][1])} for one in data["result"]]

    def value(self, expression: str) -> float:
        """The sum of its samples."""
        return sum(one["value"] for one in self.query(expression))

    def exemplars(self, expression: str) -> set[str]:
        """The traces that its series name, of the last hour."""
        now = time.time()
        series = self._data("query_exemplars", query=expression, start=now - 3600, end=now + 60)
        return {one["labels"]["trace_id"] for each in series for one in each["exemplars"]}

    def rules(self) -> list[dict]:
        return [rule for group in self._data("rules")["groups"] for rule in group["rules"]]

    def up(self) -> dict[tuple[str, str], float]:
        return {(one["metric"]["job"], one["metric"].get("module", "")): one["value"] for one in self.query("up")}


class Loki:
    def __init__(self, url: str):
        self._url = url

    def lines(self, query: str) -> list[dict]:
        """The labels of each line found, structured metadata among them, and the line itself as `line`."""
        since = (int(time.time()) - 3600) * 10**9
        answer = get(f"{self._url}/loki/api/v1/query_range", query=query, start=since, limit=1000)
        assert answer.status_code == 200, answer.text
        return [one["stream"] | {"line": line[1]} for one in answer.json()["data"]["result"] for line in one["values"]]
