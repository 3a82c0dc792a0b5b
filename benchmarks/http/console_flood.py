"""What the console does when more comes than it stores: which traces are there afterwards, and what it costs.

usage: ./dev bench console flood [--spans-per-second N] [--seconds N]

Sends traces of 12 spans by OTLP/HTTP to a console of its own, those of one quiet service among them. One trace of a thousand has an error,
whose span comes half a second after the others. Exit code 1 when a rate is wrong by more than 0.1%, when a trace with an error or one of
the quiet service is not there as a whole, or when the console does not say that it leaves something out.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import queue
import signal
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from served import BINARY, cpu_seconds

SPANS_A_TRACE = 12
TRACES_A_REQUEST = 100
ERROR_EVERY = 1000
QUIET_TRACES_A_SECOND = 10
SENDERS = 4
ERROR_DELAY = 0.5


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def text_attribute(key: str, value: str) -> bytes:
    return field(1, key.encode()) + field(2, field(1, value.encode()))


ATTRIBUTES = b"".join(field(9, text_attribute(key, value)) for key, value in (
    ("http.route", "/api/orders/{id}"), ("server.address", "127.0.0.1"), ("rpc.method", "shop.OrderService/CreateOrder"), ("db.system.name", "sqlite")))  # fmt: skip
FAILED = field(15, field(2, b"locked") + b"\x18\x02")


def span(trace: bytes, number: int, start_ns: int, failed: bool = False) -> bytes:
    kind = 2 if number == 0 else 1
    parent = field(4, struct.pack("<Q", number)) if number else b""
    times = b"\x39" + struct.pack("<Q", start_ns + number * 1000) + b"\x41" + struct.pack("<Q", start_ns + 2_000_000)
    return field(2, field(1, trace) + field(2, struct.pack("<Q", number + 1)) + parent + field(5, b"work") + bytes((0x30, kind)) + times +
                 ATTRIBUTES + (FAILED if failed else b""))  # fmt: skip


def request(service: str, spans: list[bytes]) -> bytes:
    resource = field(1, field(1, text_attribute("service.name", service)) + field(1, text_attribute("host.name", "host")))
    return field(1, resource + field(2, field(1, field(1, b"bench")) + b"".join(spans)))


class Console:
    def __init__(self, folder: pathlib.Path):
        ready = folder / "ready.json"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("TRADEWIND_", "OTEL_"))}
        command = [BINARY, "serve", "console", "--ports", "auto", "--data", folder / "data", "--ready-file", ready]
        with (folder / "log").open("ab") as log:
            self._child = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while not ready.exists():
            if self._child.poll() is not None:
                raise SystemExit("the console did not start:\n" + (folder / "log").read_text()[-2000:])
            time.sleep(0.01)
        where = json.loads(ready.read_text())
        self.page, self.otlp, self.pid = where["console"], where["otlp_http"], self._child.pid

    def get(self, path: str) -> dict:
        with urllib.request.urlopen(f"http://{self.page}{path}", timeout=10) as answer:
            return json.load(answer)

    def span_count(self, trace: bytes) -> int:
        try:
            return len(self.get(f"/q/traces/{trace.hex()}")["span_ids"])
        except urllib.error.HTTPError:
            return 0

    def rss_mib(self) -> float:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024

    def stop(self):
        self._child.send_signal(signal.SIGTERM)
        self._child.wait(30)


class Sent:
    """The requests, each with the second in which it is sent, and what must be there afterwards."""

    def __init__(self, options):
        self.requests: list[tuple[float, bytes]] = []
        self.traces = collections.Counter()
        self.failed: list[bytes] = []
        self.quiet: list[bytes] = []
        self.spans = 0
        began_ns = time.time_ns()
        traces_a_second = options.spans_per_second // SPANS_A_TRACE
        count = traces_a_second * options.seconds // TRACES_A_REQUEST
        for number in range(count):
            at = number * TRACES_A_REQUEST / traces_a_second
            self._add(f"loud-{number % 2}", at, TRACES_A_REQUEST, began_ns)
        for number in range(QUIET_TRACES_A_SECOND * options.seconds):
            self._add("quiet", number / QUIET_TRACES_A_SECOND, 1, began_ns)
        self.requests.sort(key=lambda one: one[0])

    def _add(self, service: str, at: float, traces: int, began_ns: int):
        spans = []
        for _ in range(traces):
            trace = os.urandom(16)
            start_ns = began_ns + int(at * 1e9)
            self.traces[service] += 1
            failed = service != "quiet" and self.traces[service] % ERROR_EVERY == 0
            if service == "quiet":
                self.quiet.append(trace)
            if failed:
                self.failed.append(trace)
                self.requests.append((at + ERROR_DELAY, request(service, [span(trace, SPANS_A_TRACE - 1, start_ns, failed=True)])))
            spans += [span(trace, number, start_ns) for number in range(SPANS_A_TRACE - failed)]
            self.spans += SPANS_A_TRACE
        self.requests.append((at, request(service, spans)))


def send_all(console: Console, requests: list[tuple[float, bytes]]) -> collections.Counter:
    """Sends each request at its time, or as soon as a sender is free, until it is taken. Counts the answers by status."""
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    answers = collections.Counter()
    began = time.monotonic()

    def run():
        connection = http.client.HTTPConnection(console.otlp, timeout=30)
        while (one := waiting.get()) is not None:
            at, body = one
            time.sleep(max(0.0, began + at - time.monotonic()))
            while True:
                connection.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf"})
                answer = connection.getresponse()
                answer.read()
                answers[answer.status] += 1
                if answer.status == 200:
                    break
                if answer.status not in (429, 503):
                    raise SystemExit(f"a request was answered with {answer.status}")
                time.sleep(float(answer.headers["retry-after"]))
        connection.close()

    senders = [threading.Thread(target=run) for _ in range(SENDERS)]
    for one in [*requests, *[None] * SENDERS]:
        waiting.put(one)
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return answers


def watch_status(console: Console, seen: list[dict], ended: threading.Event):
    while not ended.wait(0.2):
        seen.append(console.get("/q/status"))


def judge(holds: bool, text: str) -> bool:
    print(f"{'ok  ' if holds else 'MISS'} {text}")
    return holds


def report(console: Console, sent: Sent, seen: list[dict], seconds: float, answers: collections.Counter, cpu: float) -> bool:
    status = console.get("/q/status")
    print(f"sent {sent.spans} spans in {seconds:.1f} s ({sent.spans / seconds:.0f}/s), answers {dict(answers)}")
    print(f"stored {status['spans']} spans ({status['spans'] / seconds:.0f}/s); CPU {cpu * 1e6 / sent.spans:.2f} µs a span that came; "
          f"largest memory {console.rss_mib():.0f} MiB")  # fmt: skip
    counted = {one["service"]: one["counts"]["calls"] for one in console.get("/q/map")["operations"]}
    wrong = max(abs(counted.get(service, 0) / traces - 1) for service, traces in sent.traces.items())
    whole = sum(console.span_count(trace) == SPANS_A_TRACE for trace in sent.failed)
    quiet = sum(console.span_count(trace) == SPANS_A_TRACE for trace in sent.quiet)
    least = min(one.get("share_stored", 1) for one in seen)
    return all([
        judge(wrong <= 0.001, f"rates are wrong by {wrong:.3%}  budget <= 0.1%"),
        judge(whole == len(sent.failed), f"traces with an error that are there as a whole: {whole} of {len(sent.failed)}"),
        judge(quiet == len(sent.quiet), f"traces of the quiet service that are there as a whole: {quiet} of {len(sent.quiet)}"),
        judge(least < 1, f"the least share that the console said it stores: {least:.0%}"),
    ])  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spans-per-second", type=int, default=60_000)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    sent = Sent(options)
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        console = Console(pathlib.Path(folder))
        seen, ended = [], threading.Event()
        watching = threading.Thread(target=watch_status, args=(console, seen, ended))
        watching.start()
        before, began = cpu_seconds(console.pid), time.monotonic()
        answers = send_all(console, sent.requests)
        seconds, cpu = time.monotonic() - began, cpu_seconds(console.pid) - before
        ended.set()
        watching.join()
        good = report(console, sent, seen, seconds, answers, cpu)
        console.stop()
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
