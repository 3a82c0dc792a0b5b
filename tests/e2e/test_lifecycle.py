"""Start, restart, drain and stop."""

import re
import signal
import socket
import threading
import time

import httpx
import pytest

from harness.process import Process, run
from harness.shop import create_order, create_product, create_user, done, new_email, pages, product, stock
from harness.wire import Wire, request


def test_a_restart_keeps_all_data(new_system):
    system = new_system()
    with system.client() as http:
        user, bought = create_user(http), create_product(http, stock=7)
        order = create_order(http, user["id"], bought["id"], 2)
        canceled = done(http.post(f"/api/orders/{create_order(http, user['id'])['id']}/cancel", json={"reason": "no"}))
        payment = done(http.post("/api/payments", json={
            "order_id": order["id"], "user_id": user["id"], "amount": order["total"], "payment_token": "tok_ok",
        }))  # fmt: skip
    system.stop()
    system.start()
    with system.client() as http:
        assert done(http.get(f"/api/users/{user['id']}")) == user
        assert done(http.get(f"/api/orders/{order['id']}")) == order
        assert done(http.get(f"/api/orders/{canceled['id']}")) == canceled
        assert done(http.get(f"/api/payments/{payment['id']}")) == payment
        assert stock(http, bought["id"]) == {"on_hand": 7, "reserved": 2, "available": 5}


def test_the_demo_catalogue_is_seeded_once(new_system):
    system = new_system()
    with system.client() as http:
        changed = done(http.patch("/api/products/prod-123", json={"name": "Renamed"}))
    system.stop()
    system.start()
    with system.client() as http:
        assert product(http, "prod-123") == changed


class Load:
    """Users created one after another on some connections until the server goes away."""

    def __init__(self, url: str, connections: int):
        self.acknowledged: list[dict] = []
        self.unanswered: list[str] = []  # addresses of users; the connection was closed before a byte of an answer came
        self.faults: list[str] = []
        self._url = url
        self._threads = [threading.Thread(target=self._run) for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        with httpx.Client(base_url=self._url, timeout=30, trust_env=False, verify=False) as http:
            while True:
                email = new_email()
                try:
                    answer = http.post("/api/users", json={"email": email, "name": "Load"})
                except httpx.ConnectError:
                    return
                except httpx.TransportError as error:
                    half = isinstance(error, httpx.RemoteProtocolError) and "without sending" not in str(error)
                    (self.faults if half else self.unanswered).append(f"{error!r}" if half else email)
                    return
                if answer.status_code == 200:
                    self.acknowledged.append(answer.json())
                elif answer.status_code != 503:
                    self.faults.append(answer.text)

    def wait_for(self, acknowledged: int):
        give_up = time.monotonic() + 30
        while len(self.acknowledged) < acknowledged:
            assert time.monotonic() < give_up, self.faults
            time.sleep(0.01)

    def join(self):
        for thread in self._threads:
            thread.join()


def test_sigterm_lets_requests_in_flight_end_and_exits_with_0(new_system):
    system = new_system()
    load = Load(system.url, 16)
    load.wait_for(100)
    started = time.monotonic()
    system.stop()
    assert time.monotonic() - started < 25
    load.join()
    assert load.faults == []
    system.start()
    with system.client() as http:
        for user in load.acknowledged[-50:]:
            assert done(http.get(f"/api/users/{user['id']}")) == user
        # The end of an idle connection may cross with the next request on it, but then nothing of that was done.
        for email in load.unanswered:
            assert pages(http, "/api/users", "users", email=email) == []


def test_a_request_that_has_begun_is_answered_after_sigterm(new_system):
    system = new_system()
    body = b'{"email":"late@example.com","name":"Late"}'
    message = request("POST", "/api/users", "Content-Type: application/json", body=body)
    with Wire(system.address) as wire:
        wire.send(message[:-10])
        time.sleep(0.2)  # so that the server has the header
        system.process_of("gateway").terminate()
        time.sleep(0.2)
        answer = wire.send(message[-10:]).read_answer()
        assert answer.status == 200
        assert answer.headers["connection"].lower() == "close"
        assert wire.at_end()
    assert system.process_of("gateway").wait() == 0


def test_an_idle_connection_does_not_hold_up_the_end(new_system):
    system = new_system()
    with Wire(system.address) as wire:
        assert wire.send(request("GET", "/health")).read_answer().status == 200
        started = time.monotonic()
        system.stop()
        assert time.monotonic() - started < 15
        assert wire.at_end()


def test_a_second_signal_ends_the_process_at_once(new_system):
    system = new_system()
    process = system.process_of("gateway")
    with Wire(system.address) as wire:  # a request that never ends keeps the first signal's drain waiting
        wire.send(b"POST /api/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        time.sleep(0.2)
        process.terminate()
        time.sleep(0.3)
        assert process.running()
        started = time.monotonic()
        process.terminate()
        assert process.wait() not in (0, -signal.SIGKILL)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("engine", ["sqlite"], scope="session")
def test_a_data_folder_in_use_is_refused(new_system):
    system = new_system()
    folder = system.folder / system.process_of("user").name
    command = ["up"] if system.process_of("user").name == "up" else ["serve", "user"]
    refused = run(*command, "--ports", "auto", "--data", folder / "data", folder=folder / "second")
    assert 0 < refused.returncode < 128
    assert str(folder / "data") in refused.stderr
    assert re.search(r"in use|another process|already", refused.stderr), refused.stderr
    with system.client() as http:
        create_user(http)


@pytest.mark.parametrize("port", ["http", "ops", "grpc"])
def test_a_busy_port_is_named_with_a_hint(tmp_path, port):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        choice = ["--grpc", f"user={address}"] if port == "grpc" else [f"--{port}", address]
        refused = run("up", "--ports", "auto", *choice, "--data", tmp_path / "data", folder=tmp_path)
    assert refused.returncode == 69, refused
    assert address in refused.stderr
    assert "--" in refused.stderr or "lsof" in refused.stderr or "ss " in refused.stderr, "no hint: " + refused.stderr
    assert len(refused.stderr.strip().splitlines()) <= 4, refused.stderr


def test_a_signal_right_after_the_ready_file_ends_the_process_in_good_order(tmp_path):
    for _ in range(5):
        process = Process("up", ["up", "--ports", "auto", "--data", str(tmp_path / "data")], tmp_path)
        try:
            process.wait_ready().stop()
        finally:
            process.kill()


def test_a_missing_data_folder_is_made(tmp_path):
    folder = tmp_path / "a" / "b" / "data"
    process = Process("up", ["up", "--ports", "auto", "--data", str(folder)], tmp_path)
    try:
        process.wait_ready()
        assert folder.is_dir()
        process.stop()
    finally:
        process.kill()
