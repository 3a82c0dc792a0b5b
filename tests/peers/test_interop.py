"""gRPC's interoperability suite: our server under the clients of others, and our client against their server."""

import subprocess

import pytest

from rig.interop import CASES, PACKED_CASES, Server, go, go_client, java_client, our_client, ours
from rig.program import folder_of


@pytest.fixture
def our_server(start):
    return start(Server, [ours("tw-interop-server")], False)


@pytest.fixture
def our_secure_server(start):
    return start(Server, [ours("tw-interop-server")], True)


@pytest.mark.parametrize("case", (*CASES, *PACKED_CASES, "cacheable_unary"))
def test_our_client_and_our_server(our_server, case):
    our_client(our_server.port, case)


@pytest.mark.parametrize("case", (*CASES, *PACKED_CASES, "cacheable_unary"))
def test_our_client_and_our_server_over_tls(our_secure_server, case):
    our_client(our_secure_server.port, case, "--use_tls", f"--ca_file={our_secure_server.ca}")


@pytest.mark.parametrize("case", CASES)
def test_gos_client_and_our_server(our_server, case):
    go_client(our_server.port, case)


@pytest.mark.parametrize("case", CASES)
def test_gos_client_and_our_server_over_tls(our_secure_server, case):
    trust = ("-use_tls", "-use_test_ca", f"-ca_file={our_secure_server.ca}", "-server_host_override=localhost")
    go_client(our_secure_server.port, case, *trust)


@pytest.mark.parametrize("case", CASES)
def test_our_client_and_gos_server(start, case):
    our_client(start(Server, [go("interop-server")], False).port, case)


@pytest.mark.parametrize("case", (*CASES, *PACKED_CASES))
def test_javas_client_and_our_server(our_server, case):
    java_client(our_server.port, case)


def test_grpcurl_lists_and_calls_by_reflection(our_server):
    program = folder_of("grpcurl") / "grpcurl"

    def grpcurl(*words: str) -> str:
        done = subprocess.run([program, "-plaintext", *words], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    address = f"127.0.0.1:{our_server.port}"
    assert "grpc.testing.TestService" in grpcurl(address, "list")
    assert "status" in grpcurl("-d", "{}", address, "grpc.health.v1.Health/Check")


def test_the_health_probe_is_content(our_server):
    probe = folder_of("grpc-health-probe") / "grpc-health-probe"
    done = subprocess.run([probe, f"-addr=127.0.0.1:{our_server.port}"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0 and "SERVING" in done.stdout + done.stderr
