"""Starts the greeter program named, calls it over gRPC with a stock client, asks whether it is ready, and ends it.

The messages are written by hand (one string field each), so that nothing of the kit's is on the client's side.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import grpc


def wait_for(file: pathlib.Path, program: subprocess.Popen) -> dict:
    while not file.exists():
        assert program.poll() is None, f"the program has ended with {program.returncode}"
        time.sleep(0.01)
    return json.loads(file.read_text())


def call(address: str):
    with grpc.insecure_channel(address) as channel:
        greet = channel.unary_unary("/greeter.Greeter/Greet")
        answer = greet(b"\x0a\x03Ann", timeout=10)
        assert answer == b"\x0a\x09Hej, Ann!", answer
        try:
            greet(b"\x0a\x06nobody", timeout=10)
        except grpc.RpcError as refused:
            assert refused.code() is grpc.StatusCode.NOT_FOUND, refused
        else:
            raise AssertionError("nobody was greeted")


with tempfile.TemporaryDirectory() as folder:
    ready_file = pathlib.Path(folder, "ready.json")
    settings = {"RUNTIME_PORTS": "auto", "RUNTIME_READY_FILE": str(ready_file), "GREETER_SALUTATION": "Hej"}
    environment = os.environ | {f"TRADEWIND_{name}": value for name, value in settings.items()}
    program = subprocess.Popen([sys.argv[1]], cwd=folder, env=environment)
    try:
        listening = wait_for(ready_file, program)
        call(listening["grpc"]["greeter"])
        with urllib.request.urlopen(f"http://{listening['ops']}/metrics", timeout=10) as page:
            assert b'rpc_method="greeter.Greeter/Greet"' in page.read()
        program.terminate()
        assert program.wait(timeout=10) == 0, program.returncode
    finally:
        program.kill()
print("greeted")
