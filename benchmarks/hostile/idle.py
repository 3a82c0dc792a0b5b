"""What a connection costs that has had its answer and now says nothing: resident memory, while others are served.

usage: ./dev bench idle [--connections N]

Holds N connections to each port in turn (gRPC, HTTP/2, HTTP/1.1 keep-alive), each on a process of its own, and asks on new ones meanwhile.
Writes build/bench/idle.json; exit code 1 when the budget is missed or a call was not served.
"""

import argparse
import json
import pathlib
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "benchmarks/http"), str(ROOT / "tests/e2e")]
from harness.held import Held, allow_descriptors, grpc_request, hold, http1_request, http2_request  # noqa: E402
from served import BINARY, Server, create_user, stopped_at_end  # noqa: E402

BUDGET_KIB = 12.0
# Those that the server has open beside the connections: databases, ports, its loops.
DESCRIPTORS_BESIDE = 500
WARM_UP = 200
CALLS = 200


def endpoint(url: str) -> tuple[str, int]:
    parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
    return parts.hostname, parts.port


def grpc_user(user: str) -> bytes:
    """GetUserRequest: field 1 is the id."""
    return b"\x0a" + bytes([len(user)]) + user.encode()


def measure(kind: str, folder: pathlib.Path, connections: int) -> dict:
    room = {f"TRADEWIND_{name}_CONNECTIONS_MAX": str(connections + DESCRIPTORS_BESIDE) for name in ("HTTP", "RPC")}
    # All are this machine's.
    room |= {f"TRADEWIND_{name}_CONNECTIONS_PER_ADDRESS_MAX": "0" for name in ("HTTP", "RPC")}
    # Nobody leaves while the others are still being counted.
    patience = {"TRADEWIND_HTTP_IDLE_TIMEOUT_MS": "600000", "TRADEWIND_RPC_IDLE_TIMEOUT_MS": "600000"}
    folder.mkdir()
    with stopped_at_end(Server(folder, room | patience)) as server:
        user = create_user(server.url)
        path = f"/api/users/{user}"
        address = endpoint(server.grpc["user"] if kind == "gRPC" else server.url)
        opening = {
            "gRPC": grpc_request("/user.UserService/GetUser", grpc_user(user)),
            "HTTP/2": http2_request(path),
            "HTTP/1.1": http1_request(path),
        }[kind]
        for one in hold(address, opening, WARM_UP):
            one.socket.close()
        time.sleep(0.5)
        before = server.rss_mib()
        held = hold(address, opening, connections)
        time.sleep(1)
        after = server.rss_mib()
        for _ in range(CALLS):
            other = Held(address, opening)
            other.ask()
            other.wait()
            other.socket.close()
        lost = sum(not one.alive() for one in held)
        for one in held:
            one.socket.close()
        time.sleep(1)
        return {
            "connections": connections,
            "kib": (after - before) * 1024 / connections,
            "rss_before_mib": before,
            "rss_held_mib": after,
            "rss_afterwards_mib": server.rss_mib(),
            "lost": lost,
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench/idle.json")
    options = parser.parse_args()
    if not BINARY.is_file():
        raise SystemExit(f"{BINARY} is missing: run ./dev build first")
    wanted = options.connections + DESCRIPTORS_BESIDE
    if (allowed := allow_descriptors(wanted)) < wanted:
        raise SystemExit(f"{options.connections} connections take more than the {allowed} descriptors that this user may have")
    results = {}
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        for number, kind in enumerate(("gRPC", "HTTP/2", "HTTP/1.1")):
            results[kind] = measure(kind, pathlib.Path(folder) / str(number), options.connections)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    missed = False
    for kind, numbers in results.items():
        fine = numbers["kib"] <= BUDGET_KIB and numbers["lost"] == 0
        missed |= not fine
        print(
            f"{'ok  ' if fine else 'MISS'} {kind:9} {numbers['kib']:6.1f} KiB a connection  budget <= {BUDGET_KIB:g}"
            f"  ({numbers['connections']:,} held, {numbers['lost']} lost; resident {numbers['rss_before_mib']:.0f} MiB before,"
            f" {numbers['rss_held_mib']:.0f} with them, {numbers['rss_afterwards_mib']:.0f} afterwards)"
        )
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
