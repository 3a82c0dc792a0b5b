"""The programs of `./dev bench rpc`: echo servers and clients on Tradewind and on gRPC C++, and h2load."""

import pathlib
import re
import signal
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/release/bin"
TRADEWIND = {"server": BIN / "rpc_echo_server", "client": BIN / "rpc_load"}
GRPC_CPP = {"server": BIN / "grpc_cpp_echo_server", "client": BIN / "grpc_cpp_load"}
STOP_SECONDS_MAX = 30

# A gRPC frame: flag, length, and a message of 100 bytes (field 1 with 98 bytes).
FRAME = b"\0\0\0\0\x64" + b"\n\x62" + b"x" * 98


class EchoServer:
    """A server on one core's worth of threads, which says how much CPU time it has used."""

    def __init__(self, program: pathlib.Path, *arguments):
        self._child = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True)
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit(f"{program.name} ended with {self._child.wait(STOP_SECONDS_MAX)} before it listened")
        self.port = int(line)
        self.scheme = "https" if arguments else "http"

    def cpu_seconds(self) -> float:
        self._child.send_signal(signal.SIGUSR1)
        return float(self._child.stdout.readline())

    def stop(self):
        self._child.terminate()
        self._child.wait(STOP_SECONDS_MAX)


class Client:
    """A client with one connection to `server`, which takes orders; `kind` is "unary" or "stream"."""

    def __init__(self, program: pathlib.Path, kind: str, server: EchoServer):
        self._child = subprocess.Popen([program, kind, str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._server = server

    def run(self, in_flight: int, calls: int) -> dict:
        """CPU time by call, the client's and the server's, and calls a second."""
        server_before = self._server.cpu_seconds()
        self._child.stdin.write(f"{in_flight} {calls}\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise SystemExit("the client has ended: not every call was answered as it should be")
        cpu, took = map(float, line.split())
        server_cpu = self._server.cpu_seconds() - server_before
        return {"cpu_us": cpu * 1e6 / calls, "server_cpu_us": server_cpu * 1e6 / calls, "per_second": calls / took}

    def stop(self):
        self._child.stdin.close()
        self._child.wait(STOP_SECONDS_MAX)


def h2load(server: EchoServer, frame: pathlib.Path, in_flight: int, calls: int) -> dict:
    """CPU time of the server by call. Every call must be answered with the message: errors have no data."""
    command = ["h2load", "-n", str(calls), "-c", "1", "-m", str(in_flight), "-d", frame]
    command += ["-H", "content-type: application/grpc", "-H", "te: trailers"]
    before = server.cpu_seconds()
    command.append(f"{server.scheme}://127.0.0.1:{server.port}/bench.EchoService/Echo")
    report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu = server.cpu_seconds() - before
    if f" {calls} succeeded, 0 failed, 0 errored" not in report or f"({calls * len(FRAME)}) data" not in report:
        raise SystemExit("not every call was answered:\n" + report)
    rate = re.search(r"([\d.]+) req/s", report)
    return {"cpu_us": cpu * 1e6 / calls, "per_second": float(rate.group(1)) if rate else 0.0}
