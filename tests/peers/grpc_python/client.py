"""The client of gRPC's interoperability suite, on grpcio. It cannot tell whether an answer came packed: grpcio does not say."""

import argparse
import sys

import grpc
from interop import test_pb2_grpc

import cases
from wire import OPTIONS, read


def main() -> int:
    flags = argparse.ArgumentParser()
    flags.add_argument("--server_host", default="localhost")
    flags.add_argument("--server_port", type=int, default=10000)
    flags.add_argument("--test_case", default="large_unary")
    flags.add_argument("--use_tls", action="store_true")
    flags.add_argument("--ca_file")
    flags.add_argument("--server_host_override")
    flags = flags.parse_args()

    # Port 0 says that the host is a whole target, as Go's and Java's clients have it.
    address = f"{flags.server_host}:{flags.server_port}" if flags.server_port else flags.server_host
    options = list(OPTIONS)
    if flags.server_host_override:
        options.append(("grpc.ssl_target_name_override", flags.server_host_override))
    if flags.use_tls:
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(read(flags.ca_file)), options)
    else:
        channel = grpc.insecure_channel(address, options)
    with channel:
        try:
            cases.CASES[flags.test_case](test_pb2_grpc.TestServiceStub(channel), channel)
        except AssertionError as unlike:
            print(f"{flags.test_case}: FAILED: {unlike}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
