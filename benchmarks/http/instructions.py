"""Counts what one GET of a user costs in `tradewind up`: user-mode instructions and allocations, by callgrind.

usage: ./dev bench instructions [--requests N] [--keep FOLDER]

Instructions repeat from run to run and from machine to machine where time does not. Needs valgrind and the release build.
Prints one line of JSON; --keep leaves the profile in FOLDER for callgrind_annotate.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TRADEWIND_BIN", ROOT / "build/release/bin/tradewind"))
READY_SECONDS_MAX = 120
# What hands out memory: operator new, which calls malloc, is not among them, so that nothing counts twice.
ALLOCATORS = {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "memalign"}


def start(folder: pathlib.Path) -> tuple[subprocess.Popen, str]:
    """`tradewind up` with one loop under callgrind, not counting yet, and where it listens."""
    ready = folder / "ready.json"
    profiler = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--dump-instr=no", f"--callgrind-out-file={folder}/profile"]
    command = [BINARY, "up", "--ports", "auto", "--data", folder / "data", "--ready-file", ready, "--set", "runtime.loops=1"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("TRADEWIND_")}
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(profiler + command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    started = time.monotonic()
    while not ready.exists():
        if child.poll() is not None or time.monotonic() - started > READY_SECONDS_MAX:
            child.kill()
            raise SystemExit("tradewind up did not become ready:\n" + (folder / "log").read_text(errors="replace")[-2000:])
        time.sleep(0.05)
    return child, json.loads(ready.read_text())["http"]


def get(connection: http.client.HTTPConnection, path: str):
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"GET {path}: {answer.status} {body!r}")


def replay(child: subprocess.Popen, address: str, requests: int):
    """One user, read over one connection; only the reads after a warm-up are counted."""
    connection = http.client.HTTPConnection(address, timeout=60)
    body = json.dumps({"email": "alice@example.com", "name": "Alice"})
    connection.request("POST", "/api/users", body, {"Content-Type": "application/json"})
    path = "/api/users/" + json.loads(connection.getresponse().read())["id"]
    for _ in range(20):
        get(connection, path)
    switch(child, "on")
    for _ in range(requests):
        get(connection, path)
    switch(child, "off")
    connection.close()


def switch(child: subprocess.Popen, state: str):
    subprocess.run(["callgrind_control", "-i", state, str(child.pid)], check=True, stdout=subprocess.DEVNULL)


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


def measure(folder: pathlib.Path, requests: int) -> dict:
    child, address = start(folder)
    try:
        replay(child, address, requests)
        child.send_signal(signal.SIGTERM)
        if child.wait(120):
            raise SystemExit("tradewind did not end well:\n" + (folder / "log").read_text(errors="replace")[-2000:])
    finally:
        if child.poll() is None:
            child.kill()
    instructions, allocations = read_profile(folder)
    return {"instructions": round(instructions / requests), "allocations": round(allocations / requests, 1), "requests": requests}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--keep", type=pathlib.Path, help="where the profile stays; must be empty")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tradewind-instructions-") as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(json.dumps(measure(folder.resolve(), options.requests)))


if __name__ == "__main__":
    main()
