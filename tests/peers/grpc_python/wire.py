"""What both programs share. The stubs come by PYTHONPATH: package `interop`, since one of the name grpc would hide grpcio."""

import pathlib

ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
# A call's own load report (ORCA) comes in this of its trailers.
LOAD_TRAILER = "endpoint-load-metrics-bin"
# As much as Java's programs take.
OPTIONS = [("grpc.max_receive_message_length", 16 * 1024 * 1024), ("grpc.max_send_message_length", 16 * 1024 * 1024)]


def read(file: str) -> bytes:
    return pathlib.Path(file).read_bytes()
