"""Starts the greeter program named, calls it over gRPC with a stock client, and ends it.

The messages are written by hand (one string field each), so that nothing of the kit's is on the client's side.
"""

import subprocess
import sys

import grpc

program = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
try:
    port = int(program.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        greet = channel.unary_unary("/greeter.Greeter/Greet")
        answer = greet(b"\x0a\x03Ann", timeout=10)
    assert answer == b"\x0a\x0bHello, Ann!", answer
    program.stdin.close()
    assert program.wait(timeout=10) == 0, program.returncode
finally:
    program.kill()
print("greeted")
