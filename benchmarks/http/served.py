"""What the benchmarks over HTTP drive and how: `tradewind up`, a bare loop to compare with, and runs of wrk."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TRADEWIND_BIN", ROOT / "build/release/bin/tradewind"))
BARE_SERVER = ROOT / "build/release/bin/bare_http_server"
# About what the answer with a user has, head and body.
BARE_BODY_BYTES = 250
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
READY_SECONDS_MAX = 30
# The limit does its work, but lets one client be all clients.
ONE_CLIENT_FOR_ALL = {"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "10000000", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "100000000"}


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


class Server:
    """`tradewind up` on `data`, or a process for one module; its log goes to a file, as it would in production to a pipe."""

    def __init__(self, folder: pathlib.Path, extra_env: dict[str, str] | None = None, module: str = ""):
        ready = folder / "ready.json"
        ready.unlink(missing_ok=True)
        what = ["serve", module] if module else ["up"]
        command = [BINARY, *what, "--ports", "auto", "--data", folder / "data", "--ready-file", ready]
        started = time.perf_counter()
        with (folder / "log").open("ab") as log:
            env = {name: value for name, value in os.environ.items() if not name.startswith(("TRADEWIND_", "OTEL_"))}
            # The console records every request; what is measured here is the shop.
            own = env | {"TRADEWIND_TELEMETRY_CONSOLE": "off"} | ONE_CLIENT_FOR_ALL | (extra_env or {})
            self._child = subprocess.Popen(command, cwd=folder, env=own, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not ready.exists():
            if self._child.poll() is not None or time.perf_counter() - started > READY_SECONDS_MAX:
                self._child.kill()
                raise SystemExit("tradewind up did not become ready:\n" + (folder / "log").read_text()[-2000:])
            time.sleep(0.0005)
        self.start_to_ready_ms = (time.perf_counter() - started) * 1000
        where = json.loads(ready.read_text())
        self.url, self.ops_url, self.grpc = "http://" + where.get("http", ""), "http://" + where["ops"], where["grpc"]
        self.pid = self._child.pid

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._child.pid)

    def rss_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self._child.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024

    def stop(self):
        self._child.send_signal(signal.SIGTERM)
        code = self._child.wait(30)
        if code:
            raise SystemExit(f"tradewind ended with {code}")


class BareServer:
    """A loop that receives and sends and does nothing else: what of the CPU time is the kernel's and the machine's."""

    def __init__(self):
        self._child = subprocess.Popen([BARE_SERVER, str(BARE_BODY_BYTES)], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self._child.stdout.readline())}"

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._child.pid)

    def stop(self):
        self._child.terminate()
        self._child.wait(30)


@contextlib.contextmanager
def stopped_at_end(running):
    try:
        yield running
    finally:
        running.stop()


def server(folder: pathlib.Path):
    return stopped_at_end(Server(folder))


def create_user(url: str, token: str = "") -> str:
    body = json.dumps({"email": f"{uuid.uuid4().hex}@example.com", "name": "Alice"}).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(f"{url}/api/users", body, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["id"]


def load(
    running: Server | BareServer,
    url: str,
    connections: int,
    seconds: float,
    create: bool = False,
    post: str = "",
    own: dict[str, str] | None = None,
    settle_seconds: float = 0,
) -> dict:
    """One run of wrk; every answer must be a success. `own` are further variables for load.lua. What is done up to `settle_seconds` after the last counts as well."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TW_")} | (own or {})
    if create:
        env["TW_CREATE"] = uuid.uuid4().hex
    if post:
        env["TW_POST"] = post
    threads = min(2, connections)
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", ROOT / "benchmarks/http/load.lua", url]
    cpu_before = running.cpu_seconds()
    out = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    time.sleep(settle_seconds)
    cpu = running.cpu_seconds() - cpu_before
    result = json.loads(next(line for line in out.splitlines() if line.startswith("RESULT ")).removeprefix("RESULT "))
    if result["wrong"] or not result["answers"]:
        raise SystemExit(f"not every answer was right: {result}")
    return result | {"cpu_us": cpu * 1e6 / result["answers"], "per_second": result["answers"] / result["seconds"]}
