"""Measures what a gRPC call costs, server and client, beside gRPC C++ in the same run.

usage: ./dev bench rpc [--pairs N] [--calls N] [--out FILE]

Every comparison runs A and B in turn, order ABBA, and the ratio of each pair counts; the median of the ratios has a budget. How
each is measured is said in benchmarks/README.md. Writes build/bench/rpc.json; exit code 1 when a budget is missed.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

from programs import BIN, FRAME, GRPC_CPP, ROOT, TRADEWIND, Client, EchoServer, h2load

sys.path.insert(0, str(ROOT / "benchmarks/http"))
from served import BARE_SERVER, BareServer, load, stopped_at_end  # noqa: E402

IN_FLIGHT = (64, 10, 1)
# Streams at a time: enough that both sides always have something to do.
STREAMS = 8
MESSAGES_PER_CALL_MEASURED = 4
LOCAL_CHANNEL_NS_MAX = 500.0
STREAM_RATE_MIN = 1_000_000.0
STREAM_RATIO_MIN = 3.0
# Of the medians; the others are there to be seen.
RATIO_BUDGETS = {"server_64": 0.25, "server_1": 0.6, "client_64": 0.25, "client_1": 0.6, "tls_64": 1.6, "tls_1": 1.6}
SELF_TOLERANCE = 0.03


def spread(values: list[float]) -> dict:
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "runs": len(values)}


def paired(pairs: int, ours, theirs, cost=lambda result: result["cpu_us"]) -> dict:
    """Both run once to warm up, then in turn; the ratio is ours to theirs."""
    ours(), theirs()
    first, second = [], []
    for number in range(pairs):
        for run in (ours, theirs) if number % 2 == 0 else (theirs, ours):
            (first if run is ours else second).append(run())
    return {
        "ours_us": spread([cost(result) for result in first]),
        "theirs_us": spread([cost(result) for result in second]),
        "ours_per_second": spread([result["per_second"] for result in first]),
        "theirs_per_second": spread([result["per_second"] for result in second]),
        "ratio": spread([cost(a) / cost(b) for a, b in zip(first, second)]),
    }


def calls_for(in_flight: int, options) -> int:
    """Few calls in flight take longer each, of which most is waiting."""
    return max(options.calls // (5 if in_flight == 1 else 1), 100)


class Programs:
    """Starts servers and clients, and stops them at the end."""

    def __init__(self, stack: contextlib.ExitStack):
        self._stack = stack
        self._folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tradewind-rpc-")))
        self.frame = self._folder / "frame"
        self.frame.write_bytes(FRAME)

    def server(self, side: dict, *arguments) -> EchoServer:
        return self._stopped(EchoServer(side["server"], *arguments))

    def client(self, side: dict, kind: str, server: EchoServer) -> Client:
        return self._stopped(Client(side["client"], kind, server))

    def tls_server(self) -> EchoServer:
        certificate, key = self._folder / "certificate.pem", self._folder / "key.pem"
        command = ["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate]
        command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        subprocess.run(command, check=True, capture_output=True)
        return self.server(TRADEWIND, certificate, key)

    def _stopped(self, running):
        self._stack.callback(running.stop)
        return running


def measure_servers(programs: Programs, options) -> dict:
    """h2load drives each. A second server of ours says how much of a ratio is the machine's, and another what TLS costs."""
    ours, other, tls = programs.server(TRADEWIND), programs.server(TRADEWIND), programs.tls_server()
    theirs = programs.server(GRPC_CPP)

    def compare(first: EchoServer, second: EchoServer, in_flight: int) -> dict:
        calls = calls_for(in_flight, options)
        runs = [lambda server=server: h2load(server, programs.frame, in_flight, calls) for server in (first, second)]
        return paired(options.pairs, *runs)

    results = {"self_64": compare(other, ours, 64)}
    results |= {f"server_{in_flight}": compare(ours, theirs, in_flight) for in_flight in IN_FLIGHT}
    results |= {f"tls_{in_flight}": compare(tls, ours, in_flight) for in_flight in (64, 1)}
    return results | measure_bare_loop(options)


def measure_bare_loop(options) -> dict:
    """What receiving a request and sending an answer of about that size costs one at a time: no server can be below it."""
    seconds = max(options.calls // 40_000, 1)
    with stopped_at_end(BareServer()) as bare:
        runs = [load(bare, bare.url, connections=1, seconds=seconds) for _ in range(options.pairs)]
    return {"bare_loop_1": spread([run["cpu_us"] for run in runs])}


def measure_clients(programs: Programs, options) -> dict:
    """Both call the same server, ours, which is the cheaper one and so leaves the client more of the machine."""
    server = programs.server(TRADEWIND)
    ours, theirs = (programs.client(side, "unary", server) for side in (TRADEWIND, GRPC_CPP))
    results = {}
    for in_flight in IN_FLIGHT:
        calls = calls_for(in_flight, options)
        runs = [lambda client=client: client.run(in_flight, calls) for client in (ours, theirs)]
        results[f"client_{in_flight}"] = paired(options.pairs, *runs)
    return results


def measure_streams(programs: Programs, options) -> dict:
    """Server streaming, each client to the server of its own kind: the CPU time of both ends by message."""
    messages = MESSAGES_PER_CALL_MEASURED * options.calls // STREAMS * STREAMS
    sides = [programs.client(side, "stream", programs.server(side)) for side in (TRADEWIND, GRPC_CPP)]
    runs = [lambda client=client: client.run(STREAMS, messages) for client in sides]
    rates = []

    def ours() -> dict:
        result = runs[0]()
        # With a core for each end, the busier of the two decides.
        rates.append(1e6 / max(result["cpu_us"], result["server_cpu_us"]))
        return result

    result = paired(options.pairs, ours, runs[1], cost=lambda each: each["cpu_us"] + each["server_cpu_us"])
    return {"stream": result | {"core_pair_per_second": spread(rates[1:])}}


def measure_local_channel() -> dict:
    """Nanoseconds of a call through a local channel, and of the same call without one; medians of nine."""
    command = [BIN / "rpc_bench", "--benchmark_filter=^echo_", "--benchmark_format=json", "--benchmark_repetitions=9"]
    command += ["--benchmark_enable_random_interleaving=true", "--benchmark_report_aggregates_only=true"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = {row["run_name"]: row["cpu_time"] for row in json.loads(out)["benchmarks"] if row["aggregate_name"] == "median"}
    local, direct = rows["echo_through_local_channel"], rows["echo_called_directly"]
    return {"channel_ns": local, "direct_ns": direct, "over_direct_ns": local - direct}


def judge(results: dict) -> list[tuple[str, bool, str]]:
    """Name, whether it is kept, and a sentence, of each budget."""
    verdicts = []
    for name, budget in RATIO_BUDGETS.items():
        ratio = results[name]["ratio"]["median"]
        verdicts.append((name, ratio <= budget, f"{ratio:.3f} of the other's CPU time, budget {budget:g}"))
    stream = results["stream"]
    rate, times = stream["core_pair_per_second"]["median"], 1 / stream["ratio"]["median"]
    sentence = f"{rate:,.0f} messages/s a core pair, {times:.1f} times gRPC C++; budget {STREAM_RATE_MIN:,.0f} or {STREAM_RATIO_MIN:g} times"
    verdicts.append(("stream", rate >= STREAM_RATE_MIN or times >= STREAM_RATIO_MIN, sentence))
    over = results["local_channel"]["over_direct_ns"]
    verdicts.append(("local_channel", over <= LOCAL_CHANNEL_NS_MAX, f"{over:.0f} ns over a direct call, budget {LOCAL_CHANNEL_NS_MAX:g}"))
    itself = results["self_64"]["ratio"]["median"]
    verdicts.append(("self_64", abs(itself - 1) <= SELF_TOLERANCE, f"{itself:.3f}: two of ours, 1 ± {SELF_TOLERANCE:g} or the run is void"))
    return verdicts


def report(results: dict) -> bool:
    """Prints everything; whether all budgets are kept."""
    print(f"{'':12} {'CPU, A':>9} {'CPU, B':>9}  {'A / B':>6}  of the pairs")
    for name, result in results.items():
        if "ratio" not in result:
            continue
        ratio = result["ratio"]
        print(
            f"{name:12} {result['ours_us']['median']:6.2f} µs {result['theirs_us']['median']:6.2f} µs  {ratio['median']:6.3f}"
            f"  {ratio['least']:.3f} to {ratio['most']:.3f}, {ratio['runs']} pairs"
        )
    bare = results["bare_loop_1"]
    print(f"{'bare loop':12} {bare['median']:6.2f} µs, a call at a time ({bare['least']:.2f} to {bare['most']:.2f})")
    kept = True
    print()
    for name, fine, sentence in judge(results):
        kept &= fine
        print(f"{'kept  ' if fine else 'MISSED'} {name:14} {sentence}")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=6, help="even, so that both orders weigh the same")
    parser.add_argument("--calls", type=int, default=100_000, help="by run; a fifth of it at one in flight")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/rpc.json")
    options = parser.parse_args()
    for program in (*TRADEWIND.values(), *GRPC_CPP.values(), BIN / "rpc_bench", BARE_SERVER):
        if not program.is_file():
            sys.exit(f"{program.name} is not there: ./dev setup bench compare, then ./dev bench rpc")
    with contextlib.ExitStack() as stack:
        programs = Programs(stack)
        results = measure_servers(programs, options) | measure_clients(programs, options) | measure_streams(programs, options)
    results["local_channel"] = measure_local_channel()
    kept = report(results)
    machine = {"cores": os.cpu_count(), "kernel": platform.release(), "load_1min": os.getloadavg()[0]}
    results |= {"machine": machine, "options": {"pairs": options.pairs, "calls": options.calls}}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
