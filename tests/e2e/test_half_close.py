"""Clients that end their side of the connection before they have their answers, and clients that send everything before they read."""

import pathlib
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest

from harness.process import ROOT
from harness.shop import create_user, new_email
from harness.system import ONE
from harness.tls import Certificates
from harness.wire import Wire, request

pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

JSON = "Content-Type: application/json"
EIGHT_MB = 8 * 1024 * 1024


def create(email: str) -> bytes:
    return request("POST", "/api/users", JSON, body=f'{{"email":"{email}","name":"Al"}}'.encode())


def test_a_request_is_done_and_answered_after_the_client_has_ended_its_side(system, http):
    email = new_email()
    with Wire(system.address) as wire:
        answer = wire.send_last(create(email)).read_answer()
        assert (answer.status, answer.headers.get("connection")) == (200, "close")
        assert wire.at_end()
    assert len(http.get("/api/users", params={"email": email}).json()["users"]) == 1


def test_pipelined_requests_are_all_answered_after_the_client_has_ended_its_side(system, http):
    user = create_user(http)["id"]
    with Wire(system.address) as wire:
        wire.send(create(new_email()) + request("GET", f"/api/users/{user}") * 3 + create(new_email())).end()
        assert [wire.read_answer().status for _ in range(5)] == [200] * 5
        assert wire.at_end()


def test_the_operations_port_answers_after_the_client_has_ended_its_side(system):
    host, port = system.ops_url().removeprefix("http://").rsplit(":", 1)
    for path in ("/metrics", "/ready", "/requests"):
        with Wire((host, int(port))) as wire:
            assert wire.send(request("GET", path)).end().read_answer().status == 200
            assert wire.at_end()


def test_close_notify_over_tls_ends_the_clients_side_alone(new_system, tmp_path):
    certificates = Certificates(tmp_path / "certs")
    system = new_system(certificates.edge())
    context = ssl.create_default_context(cafile=str(certificates.ca))
    host, port = system.process_of("gateway").ready["http"].rsplit(":", 1)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection((host, int(port)), 20) as wire:

        def exchange(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    wire.sendall(outgoing.read())
                    received = wire.recv(65536)
                    incoming.write(received) if received else incoming.write_eof()

        exchange(tls.do_handshake)
        email = new_email()
        tls.write(create(email) + request("GET", "/health"))
        # Sends close_notify, and would wait for the server's.
        with pytest.raises(ssl.SSLWantReadError):
            tls.unwrap()
        wire.sendall(outgoing.read())
        wire.shutdown(socket.SHUT_WR)
        received = b""
        while part := wire.recv(65536):
            received += part
    # After unwrap() Python reads no more through this object, so what was done tells that the request was heard.
    assert received
    with certificates.client(system) as client:
        assert len(client.get("/api/users", params={"email": email}).json()["users"]) == 1


def test_urllib_reads_the_refusal_of_a_body_that_it_has_sent_to_its_end(system):
    asked = urllib.request.Request(system.url + "/api/users", data=b"x" * EIGHT_MB, headers={"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=30)
    assert refused.value.code == 413
    assert b"BODY_TOO_LARGE" in refused.value.read()


@pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK is installed")
def test_java_reads_the_refusal_of_a_body_that_it_has_sent_to_its_end(system, tmp_path: pathlib.Path):
    source = ROOT / "tests/e2e/compat/java/SendsFirst.java"
    done = subprocess.run(["java", str(source), system.url + "/api/users", str(EIGHT_MB)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("413 ") and "BODY_TOO_LARGE" in done.stdout
