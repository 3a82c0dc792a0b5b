"""Several replicas of a service behind one channel, and services on Unix domain sockets. Only where modules are processes of
their own."""

import concurrent.futures
import itertools
import os
import pathlib
import shutil
import stat
import tempfile
import time

import grpc
import httpx
import pytest
from prometheus_client.openmetrics import parser as openmetrics_parser

from harness.metrics import OPENMETRICS
from harness.process import Process, run
from harness.shop import create_order, create_product, create_user, done, new_email, problem
from harness.system import FIVE, SERVICES
from harness.tls import Certificates

pytestmark = [
    pytest.mark.parametrize("placement", [FIVE], scope="session"),
    pytest.mark.parametrize("engine", ["sqlite"], scope="session"),
]


def calls_served(process: Process, method: str) -> float:
    """How many calls of `method` a service has answered, by its own account."""
    answer = httpx.get(f"http://{process.ready['ops']}/metrics", headers={"accept": OPENMETRICS}, timeout=10, trust_env=False)
    families = openmetrics_parser.text_string_to_metric_families(answer.text)
    wanted = "rpc_server_call_duration_seconds_count"
    return sum(
        sample.value for family in families for sample in family.samples if sample.name == wanted and sample.labels["rpc_method"] == method
    )


def eventually(condition, seconds: float = 20):
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "did not come about in time"
        time.sleep(0.02)


LIST_USERS = "user.UserService/ListUsers"


@pytest.fixture
def replicas(new_system):
    """A system whose gateway knows two replicas of the user service, each with data of its own."""
    system = new_system()
    second = system.start_process("user", replica="user-2")
    first = system.processes["user"]
    system.processes["gateway"].stop()
    target = "ipv4:" + ",".join(process.ready["grpc"]["user"] for process in (first, second))
    system.start_process("gateway", "--set", f"user.url={target}")
    with system.client() as http:
        # Both connections are there once both have answered.
        eventually(lambda: done(http.get("/api/users")) is not None and all(calls_served(one, LIST_USERS) for one in (first, second)))
    return system, first, second


def test_reads_go_to_both_replicas_in_turn(replicas):
    system, first, second = replicas
    before = [calls_served(one, LIST_USERS) for one in (first, second)]
    with system.client() as http:
        for _ in range(40):
            done(http.get("/api/users"))
    served = [calls_served(one, LIST_USERS) - was for one, was in zip((first, second), before)]
    assert sum(served) == 40
    assert min(served) >= 10, served


def under_load(system, call, calls: int, event_at: int, event) -> list[int]:
    """The statuses of `calls` calls by eight clients at once; `event()` happens among them, before number `event_at`."""
    count = itertools.count()

    def work(_) -> list[int]:
        statuses = []
        with system.client() as http:
            while (number := next(count)) < calls:
                if number == event_at:
                    event()
                statuses.append(call(http).status_code)
        return statuses

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return [status for share in pool.map(work, range(8)) for status in share]


def read(http: httpx.Client) -> httpx.Response:
    return http.get("/api/users")


def write(http: httpx.Client) -> httpx.Response:
    return http.post("/api/users", json={"email": new_email(), "name": "Alice"})


def test_nothing_fails_when_a_replica_is_stopped_under_load(replicas):
    """It finishes what it has begun and says that it takes no more: even what may not be repeated gets through."""
    system, _, second = replicas
    assert set(under_load(system, write, 600, 150, second.stop)) == {200}


def test_reads_do_not_fail_when_a_replica_is_killed_under_load(replicas):
    system, _, second = replicas
    statuses = under_load(system, read, 1200, 300, second.kill)
    assert len(statuses) == 1200 and set(statuses) == {200}
    again = system.start_process("user", "--grpc", f"user={second.ready['grpc']['user']}", replica="user-2")

    def is_found() -> bool:
        with system.client() as http:
            done(http.get("/api/users"))
        return calls_served(again, LIST_USERS) > 0

    eventually(is_found)


def test_a_name_is_looked_up(new_system):
    system = new_system()
    system.processes["gateway"].stop()
    port = system.grpc("user").rpartition(":")[2]
    system.start_process("gateway", "--set", f"user.url=dns:///localhost:{port}")
    with system.client() as http:
        create_user(http)


def test_a_name_without_an_address_is_unavailable(new_system):
    system = new_system()
    system.processes["gateway"].stop()
    system.start_process("gateway", "--set", "user.url=dns:///nobody.invalid:1")
    with system.client() as http:
        problem(http.get("/api/users"), 503, "UNAVAILABLE")
        assert done(http.get("/api/products/prod-123")), "what needs no user goes on"


def test_calls_that_may_not_be_repeated_are_not(replicas):
    """Without any replica each call fails once; what is answered is a 503 that may be tried again by whoever knows that it may."""
    system, first, second = replicas
    first.kill()
    second.kill()
    with system.client() as http:
        answer = http.post("/api/users", json={"email": "a@example.com", "name": "A"})
        assert problem(answer, 503, "UNAVAILABLE")["retryable"] is True


@pytest.fixture
def sockets():
    """A folder whose name is short, as paths of sockets have to be."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tw"))
    yield folder
    shutil.rmtree(folder)


def start_on_sockets(new_system, sockets, env: dict[str, str] | None = None):
    system = new_system(env=env, start=False)
    for name in SERVICES:
        system.start_process(name, "--grpc", f"{name}=unix:{sockets}/{name}")
    system.start_process("gateway", "--http", f"unix:{sockets}/http")
    return system


def test_the_whole_shop_on_unix_domain_sockets(new_system, sockets, stubs):
    system = start_on_sockets(new_system, sockets)
    names = {*SERVICES, "http"}
    locks = {f"{name}.lock" for name in names}
    assert {path.name for path in sockets.iterdir()} == names | locks
    for path in sockets.iterdir():
        mode = path.stat().st_mode
        assert stat.S_ISSOCK(mode) == (path.name in names) and stat.S_IMODE(mode) == 0o660, path
    assert system.processes["gateway"].ready["http"] == f"unix:{sockets}/http"
    with httpx.Client(transport=httpx.HTTPTransport(uds=f"{sockets}/http"), base_url="http://localhost", timeout=30) as http:
        order = create_order(http, create_user(http)["id"], create_product(http, stock=5)["id"])
        assert done(http.get(f"/api/orders/{order['id']}"))["status"] == "pending"
    with grpc.insecure_channel(f"unix:{sockets}/user") as channel:
        users = stubs.user_grpc.UserServiceStub(channel).ListUsers(stubs.user.ListUsersRequest(), timeout=10)
    assert len(users.users) >= 1
    system.stop()
    assert {path.name for path in sockets.iterdir()} == locks, "a process takes its socket away; locks stay, empty"
    assert all(path.stat().st_size == 0 for path in sockets.iterdir())


def test_mtls_goes_over_unix_domain_sockets_as_well(new_system, sockets, tmp_path):
    start_on_sockets(new_system, sockets, Certificates(tmp_path / "certs").rpc())
    with httpx.Client(transport=httpx.HTTPTransport(uds=f"{sockets}/http"), base_url="http://localhost", timeout=30) as http:
        create_order(http, create_user(http)["id"], create_product(http, stock=5)["id"])


def test_the_socket_of_a_killed_process_is_taken_over_and_that_of_a_living_one_is_not(new_system, sockets, tmp_path):
    system = start_on_sockets(new_system, sockets)
    argument = f"user=unix:{sockets}/user"
    taken = run("serve", "user", "--ports", "auto", "--data", tmp_path / "other", "--grpc", argument, folder=tmp_path / "other")
    assert taken.returncode != 0
    assert f"unix:{sockets}/user" in taken.stderr and "another process listens there" in taken.stderr
    system.processes["user"].kill()
    assert (sockets / "user").exists()
    system.start_process("user", "--grpc", argument)
    with httpx.Client(transport=httpx.HTTPTransport(uds=f"{sockets}/http"), base_url="http://localhost", timeout=30) as http:
        eventually(lambda: http.get("/api/users").status_code == 200)


@pytest.mark.usefixtures("placement", "engine")
def test_a_file_that_is_no_socket_is_not_touched(sockets, tmp_path):
    file = sockets / "user"
    file.write_text("precious")
    refused = run("serve", "user", "--ports", "auto", "--data", tmp_path / "data", "--grpc", f"user=unix:{file}", folder=tmp_path)
    assert refused.returncode != 0
    assert "not a socket" in refused.stderr
    assert file.read_text() == "precious" and os.listdir(sockets) == ["user"]
