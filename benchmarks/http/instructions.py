"""Counts what one request costs in `tradewind up`: user-mode instructions and allocations, by callgrind.

usage: ./dev bench instructions [--request user|order|checkout] [--postgres] [--token | --filler] [--console]
                                [--set VARIABLE=VALUE]... [--requests N] [--keep FOLDER]

`user` is one GET of a user, `order` one order that is placed, `checkout` one order that is placed and paid. What the program does
for a request after its answer counts, too. With --token there is an issuer, and each request has a token of it: a user is read with
the token of staff, and an order is placed with the token of its user. With --filler each request has a field that is as long as a
token and means nothing. With --postgres the data is in a private PostgreSQL, whose own work does not count. With --console the
console records and stores each request. --set gives `tradewind up` an environment variable.

Instructions repeat from run to run and from machine to machine where time does not. Needs valgrind and the release build.
Prints one line of JSON; --keep leaves the profile in FOLDER for callgrind_annotate.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.postgres import PostgresServer  # noqa: E402
from harness.tokens import Issuer  # noqa: E402

BINARY = pathlib.Path(os.environ.get("TRADEWIND_BIN", ROOT / "build/release/bin/tradewind"))
READY_SECONDS_MAX = 120
SETTLE_SECONDS = 3
# What hands out memory. jemalloc's operator new does not call malloc, so nothing counts twice.
ALLOCATORS = {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "memalign", "operator new(unsigned long)",
              "operator new(unsigned long, std::align_val_t)", "operator new[](unsigned long)"}


def start(folder: pathlib.Path, settings: dict[str, str]) -> tuple[subprocess.Popen, str]:
    """`tradewind up` with one loop under callgrind, not counting yet, and where it listens."""
    ready = folder / "ready.json"
    profiler = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--dump-instr=no", f"--callgrind-out-file={folder}/profile"]
    command = [BINARY, "up", "--ports", "auto", "--data", folder / "data", "--ready-file", ready, "--set", "runtime.loops=1"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    # The console records every request; what is counted here is the shop.
    env |= {"TRADEWIND_TELEMETRY_CONSOLE": "off"} | settings
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(profiler + command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    started = time.monotonic()
    while not ready.exists():
        if child.poll() is not None or time.monotonic() - started > READY_SECONDS_MAX:
            child.kill()
            raise SystemExit("tradewind up did not become ready:\n" + (folder / "log").read_text(errors="replace")[-2000:])
        time.sleep(0.05)
    return child, json.loads(ready.read_text())["http"]


class Refused(SystemExit):
    """An answer that is not the one that was asked for."""


class Client:
    """Asks over one connection, each time with the same header fields."""

    def __init__(self, address: str, headers: dict[str, str]):
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.headers = headers

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self.connection.request(method, path, json.dumps(body) if body is not None else None, self.headers | headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise Refused(f"{method} {path}: {answer.status} {content!r}")
        return json.loads(content)


def one_request(client: Client, kind: str, issuer: Issuer | None):
    """Makes what is asked for, and returns the function that asks for it once. With an issuer, users place their orders themselves."""
    user = client.ask("POST", "/api/users", {"email": "alice@example.com", "name": "Alice"})["id"]
    client.ask("POST", "/api/products/prod-123/stock", {"delta": 1_000_000, "reason": "for the benchmark"})
    if issuer and kind != "user":
        client.headers = authorization(issuer.token(user))

    def order() -> str:
        return client.ask("POST", "/api/orders", {"user_id": user, "product_id": "prod-123", "quantity": 1})["id"]

    def checkout():
        paid = client.ask("POST", f"/api/orders/{order()}/pay", {"payment_token": "tok_ok"})
        if paid["payment_status"] != "paid":
            raise Refused(f"not paid: {paid}")

    return {"user": lambda: client.ask("GET", f"/api/users/{user}"), "order": order, "checkout": checkout}[kind]


def replay(child: subprocess.Popen, client: Client, issuer: Issuer | None, options):
    """Only the requests after a warm-up are counted."""
    kind, has_console = options.request, options.console
    request = one_request(client, kind, issuer)
    control(child, "--instr=on")
    warm_up(request)
    settle(kind, has_console)
    control(child, "--zero")
    for _ in range(options.requests):
        request()
    settle(kind, has_console)
    control(child, "--instr=off")
    client.connection.close()


def settle(kind: str, has_console: bool):
    """Leaves time for what is done after the answer, such as the publication of events."""
    if kind != "user" or has_console:
        time.sleep(SETTLE_SECONDS)


def warm_up(request):
    """Twenty requests that succeed. On a busy machine the first ones miss their deadline, because valgrind translates the program."""
    succeeded = failed = 0
    while succeeded < 20:
        try:
            request()
            succeeded += 1
        except Refused:
            failed += 1
            if failed == 20:
                raise


def control(child: subprocess.Popen, option: str):
    subprocess.run(["callgrind_control", option, str(child.pid)], check=True, stdout=subprocess.DEVNULL)


def read_profile(folder: pathlib.Path) -> tuple[int, int]:
    """Instructions in all, and calls of the allocators, of all threads and parts."""
    instructions = allocations = 0
    for profile in folder.glob("profile*"):
        names: dict[str, str] = {}
        callee = ""
        for line in profile.read_text(errors="replace").splitlines():
            if line.startswith("totals:"):
                instructions += int(line.split()[1])
            elif named := re.match(r"c?fn=(\(\d+\))(?: (.*))?", line):
                number, name = named.groups()
                if name:
                    names[number] = name
                if line.startswith("cfn="):
                    callee = names[number]
            elif line.startswith("calls=") and re.sub(r"('\d+)?$", "", callee) in ALLOCATORS:
                allocations += int(line[6:].split()[0])
    return instructions, allocations


def authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def measure(folder: pathlib.Path, options, postgres: PostgresServer | None) -> dict:
    requests = options.requests
    settings = {"TRADEWIND_TELEMETRY_CONSOLE": "on"} if options.console else {}
    if postgres:
        settings["DATABASE_URL"] = postgres.url("postgres")
    # The filler is the token of an issuer of which the shop knows nothing.
    issuer = Issuer(folder / "issuer") if options.token or options.filler else None
    headers = authorization(issuer.token("benchmark", "support", "merchant", "operator")) if issuer else {}
    if options.token:
        settings |= issuer.settings()
    elif options.filler:
        headers, issuer = {"X-Filler-Text": headers["Authorization"]}, None
    settings |= dict(one.split("=", 1) for one in options.set)
    child, address = start(folder, settings)
    try:
        replay(child, Client(address, headers), issuer, options)
        child.send_signal(signal.SIGTERM)
        if child.wait(120):
            raise SystemExit("tradewind did not end well:\n" + (folder / "log").read_text(errors="replace")[-2000:])
    finally:
        if child.poll() is None:
            child.kill()
    instructions, allocations = read_profile(folder)
    return {"instructions": round(instructions / requests), "allocations": round(allocations / requests, 1), "requests": requests}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--request", choices=["user", "order", "checkout"], default="user")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--postgres", action="store_true", help="the data is in a private PostgreSQL")
    parser.add_argument("--token", action="store_true", help="each request has the token of an issuer")
    parser.add_argument("--filler", action="store_true", help="each request has a field as long as a token")
    parser.add_argument("--set", action="append", default=[], metavar="VARIABLE=VALUE", help="an environment variable for tradewind")
    parser.add_argument("--console", action="store_true", help="the console records and stores each request")
    parser.add_argument("--keep", type=pathlib.Path, help="where the profile stays; must be empty")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tradewind-instructions-") as temporary, contextlib.ExitStack() as stack:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        postgres = stack.enter_context(contextlib.closing(PostgresServer())).start() if options.postgres else None
        print(json.dumps(measure(folder.resolve(), options, postgres)))


if __name__ == "__main__":
    main()
