"""Measures what telemetry costs: single spans, logs and points, and the whole product with and without it.

usage: ./dev bench telemetry [--pairs N] [--seconds N] [--connections N] [--out FILE]

The product: `tradewind up` with OTEL_SDK_DISABLED=true and `tradewind up` that exports traces, metrics and logs over OTLP/gRPC
to otlp_sink, in turn, order ABBA. CPU time of the whole process by answer, the export of the last records included; the ratio
of each pair counts. A run in which a record was dropped is void. With `./dev setup compare` the span is measured with
OpenTelemetry's own SDK as well. Writes build/bench/telemetry.json.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks/http"))
from measure import row, spread  # noqa: E402
from served import TICKS_PER_SECOND, Server, create_user, load, stopped_at_end  # noqa: E402

BIN = ROOT / "build/release/bin"
# More than the exporter needs to send the last batch: it waits for one at most this long.
DELAY_MS = 200
SETTLE_SECONDS = 0.8
BUDGETS = {
    "span_with_six_attributes_ns": 300.0,
    "log_record_with_four_attributes_ns": 250.0,
    "counter_add_ns": 10.0,
    "histogram_record_ns": 25.0,
    "read_ratio": 1.08,
    "order_ratio": 1.08,
    "exporter_us_per_span": 0.3,
}


class Sink:
    """The receiver, and what has reached it."""

    def __init__(self):
        self._child = subprocess.Popen([BIN / "otlp_sink"], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self._child.stdout.readline())}"

    def counts(self) -> dict:
        self._child.send_signal(signal.SIGUSR1)
        return json.loads(self._child.stdout.readline())

    def stop(self):
        self._child.terminate()
        self._child.wait(30)


def micro() -> dict:
    """Nanoseconds of each micro-benchmark, ours and, where it was built, the SDK's; medians of five."""
    found = {}
    for program in ("telemetry_bench", "opentelemetry_cpp_bench"):
        if not (BIN / program).is_file():
            print(f"{program} is not there: ./dev setup compare, then repeat")
            continue
        flags = ["--benchmark_format=json", "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true"]
        out = subprocess.run([BIN / program, *flags], check=True, capture_output=True, text=True).stdout
        for bench in json.loads(out)["benchmarks"]:
            if bench["aggregate_name"] == "median":
                found[bench["run_name"] + "_ns"] = bench["cpu_time"]
                if bench.get("allocations_per_op", 0) > 0:
                    raise SystemExit(f"{bench['run_name']} allocates")
    return found


def dropped(running: Server) -> float:
    """Records of all signals that never left, from the product's own metrics."""
    with urllib.request.urlopen(f"{running.ops_url}/metrics", timeout=10) as answer:
        page = answer.read().decode()
    lines = [line for line in page.splitlines() if re.match(r"tw_telemetry_\w*dropped\w*_total\b", line)]
    if not lines:
        raise SystemExit("the metrics of the product say nothing about dropped records")
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def exporter_seconds(running: Server) -> float:
    """CPU time of the exporter's thread."""
    for task in pathlib.Path(f"/proc/{running.pid}/task").iterdir():
        name, fields = (task / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        if name == "tw-exporter":
            columns = fields.split()
            return (int(columns[11]) + int(columns[12])) / TICKS_PER_SECOND
    raise SystemExit("there is no thread of the exporter")


def create_order_body(running: Server) -> str:
    """An order of a product of which there is enough for every run."""

    def post(path: str, body: dict) -> dict:
        data = json.dumps(body).encode()
        request = urllib.request.Request(running.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    price = {"minor": 100, "currency": "EUR"}
    post("/api/products", {"id": "bench-1", "name": "Plenty", "price": price, "status": "active"})
    post("/api/products/bench-1/stock", {"delta": 900_000_000, "reason": "bench"})
    return json.dumps({"user_id": create_user(running.url), "product_id": "bench-1", "quantity": 1})


def received(sink: Sink, running: Server, run) -> dict:
    """A run with telemetry on, and what of it arrived."""
    before, exporter_before = sink.counts(), exporter_seconds(running)
    result = run()
    after, exporter_after = sink.counts(), exporter_seconds(running)
    if lost := dropped(running):
        raise SystemExit(f"{lost:.0f} records were dropped: the run is void")
    spans = after["traces"]["records"] - before["traces"]["records"]
    logs = after["logs"]["records"] - before["logs"]["records"]
    batches = after["traces"]["requests"] - before["traces"]["requests"]
    if spans < result["answers"]:
        raise SystemExit(f"{result['answers']} answers but {spans} spans: the run is void")
    return result | {
        "spans_per_answer": spans / result["answers"],
        "logs_per_answer": logs / result["answers"],
        "spans_per_batch": spans / max(batches, 1),
        "exporter_us_per_span": (exporter_after - exporter_before) * 1e6 / spans,
    }


def paired(sink: Sink, off: Server, on: Server, pairs: int, run) -> dict:
    """run(server) for both in turn, order ABBA."""
    without, with_it = [], []
    for number in range(pairs):
        for which in (off, on) if number % 2 == 0 else (on, off):
            if which is off:
                without.append(run(off))
            else:
                with_it.append(received(sink, on, lambda: run(on)))
    ratios = [b["cpu_us"] / a["cpu_us"] for a, b in zip(without, with_it)]
    names = ("cpu_us", "spans_per_answer", "logs_per_answer", "spans_per_batch", "exporter_us_per_span")
    return {
        "off_cpu_us": spread([a["cpu_us"] for a in without]),
        "ratio": spread(ratios),
        **{name: spread([b[name] for b in with_it]) for name in names},
    }


def product(options) -> dict:
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tradewind-telemetry-")))
        sink = stack.enter_context(stopped_at_end(Sink()))
        # Under full load the standard queue of 2,048 spans is ten milliseconds long, and one batch goes out at a time.
        queue = {f"OTEL_{signal}_MAX_QUEUE_SIZE": "65536" for signal in ("BSP", "BLRP")}
        queue |= {f"OTEL_{signal}_MAX_EXPORT_BATCH_SIZE": "1024" for signal in ("BSP", "BLRP")}
        delays = {"OTEL_BSP_SCHEDULE_DELAY": str(DELAY_MS), "OTEL_BLRP_SCHEDULE_DELAY": str(DELAY_MS)}
        servers = {}
        # One loop, so that exporter and receiver find some of the second core: who starves them loses records.
        common = {"TRADEWIND_RUNTIME_LOOPS": "1"}
        for name, env in {
            "off": {"OTEL_SDK_DISABLED": "true"},
            "on": {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"} | queue | delays,
        }.items():
            (folder / name).mkdir()
            servers[name] = stack.enter_context(stopped_at_end(Server(folder / name, common | env)))
        users = {server: create_user(server.url) for server in servers.values()}
        orders = {server: create_order_body(server) for server in servers.values()}
        load_options = {"connections": options.connections, "seconds": options.seconds, "settle_seconds": SETTLE_SECONDS}

        def read(server: Server) -> dict:
            return load(server, f"{server.url}/api/users/{users[server]}", **load_options)

        def order(server: Server) -> dict:
            return load(server, f"{server.url}/api/orders", post=orders[server], **load_options)

        for server in servers.values():  # warms up
            load(server, f"{server.url}/api/users/{users[server]}", options.connections, 1, settle_seconds=SETTLE_SECONDS)
        return {
            "read": paired(sink, servers["off"], servers["on"], options.pairs, read),
            "order": paired(sink, servers["off"], servers["on"], options.pairs, order),
        }


def report(result: dict) -> bool:
    """Prints everything; whether all budgets are kept."""
    for name, value in result["micro"].items():
        print(f"{name.removesuffix('_ns'):44} {value:12,.1f} ns")
    for title, numbers in (("GET user", result["read"]), ("POST order", result["order"])):
        row(f"{title}: CPU without telemetry", numbers["off_cpu_us"], "µs")
        row("    CPU with everything exported", numbers["cpu_us"], "µs")
        row("    ratio of pairs", numbers["ratio"], "")
        row("    spans an answer", numbers["spans_per_answer"], "")
        row("    logs an answer", numbers["logs_per_answer"], "")
        row("    spans a batch", numbers["spans_per_batch"], "")
        row("    exporter's thread, by span", numbers["exporter_us_per_span"], "µs")
    kept = True
    for name, budget in BUDGETS.items():
        within = result["budgets"][name] <= budget
        kept &= within
        print(f"{'kept  ' if within else 'MISSED'} {name} = {result['budgets'][name]:.3f} <= {budget}")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=6, help="even, so that both orders weigh the same")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/telemetry.json")
    options = parser.parse_args()
    result = {"micro": micro(), **product(options)}
    result["budgets"] = {name: result["micro"][name] for name in BUDGETS if name in result["micro"]} | {
        "read_ratio": result["read"]["ratio"]["median"],
        "order_ratio": result["order"]["ratio"]["median"],
        "exporter_us_per_span": result["read"]["exporter_us_per_span"]["median"],
    }
    result["machine"] = {"cores": os.cpu_count(), "load_1min": os.getloadavg()[0], "time": time.time()}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    raise SystemExit(0 if report(result) else 1)


if __name__ == "__main__":
    main()
