"""The interoperability suite's servers and clients: ours, Go's and Java's."""

import pathlib
import shutil
import socket
import subprocess

import pytest
from harness.ports import free_ports
from harness.process import binary

from rig.program import Program, folder_of, until

CASE_SECONDS_MAX = 60

# What every client and server has, by its name in grpc/doc/interop-test-descriptions.md.
CASES = (
    "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream", "custom_metadata",
    "status_code_and_message", "special_status_message", "unimplemented_method", "unimplemented_service", "cancel_after_begin",
    "cancel_after_first_response", "timeout_on_sleeping_server",
)  # fmt: skip
# What Go's programs lack.
PACKED_CASES = ("client_compressed_unary", "server_compressed_unary", "client_compressed_streaming", "server_compressed_streaming")


def ours(name: str) -> str:
    return str(binary().parent / name)


def go(name: str) -> str:
    return str(folder_of("grpc-go-interop") / name)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Server:
    """A server of the suite at `port`; `ca` is whom its clients are to trust."""

    def __init__(self, folder: pathlib.Path, command: list[str], tls: bool):
        folder.mkdir(parents=True, exist_ok=True)
        (self.port,) = free_ports(1)
        words = [*command, f"--port={self.port}", *(["--use_tls"] if tls else [])]
        self.program = Program("server", words, folder, lambda: listens(self.port))
        self.program.start()

    @property
    def ca(self) -> str:
        return until("it says where its CA is", lambda: self.program.said.read_text().partition("CA: ")[2].strip())


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=CASE_SECONDS_MAX, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def our_client(port: int, case: str, *more: str) -> None:
    run([ours("tw-interop-client"), "--server_host=localhost", f"--server_port={port}", f"--test_case={case}", *more])


def go_client(port: int, case: str, *more: str) -> None:
    run([go("interop-client"), "-server_host=localhost", f"-server_port={port}", f"-test_case={case}", *more])


def java_client(port: int, case: str) -> None:
    jars = folder_of("grpc-java-interop")
    if shutil.which("java") is None:
        pytest.skip("java is not installed")
    main = "io.grpc.testing.integration.TestServiceClient"
    run(["java", "-cp", f"{jars}/*", main, "--server_host=localhost", f"--server_port={port}", "--use_tls=false", f"--test_case={case}"])
