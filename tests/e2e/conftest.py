"""Fixtures: the running product in each placement, a stock HTTP client, and the gRPC stubs."""

import contextlib
import pathlib

import grpc
import pytest

from harness import stubs as stub_maker
from harness.methods import methods, restricted_fields  # noqa: F401 (fixtures)
from harness.postgres import PostgresServer
from harness.process import ROOT, require_binary
from harness.system import PLACEMENTS, System
from harness.tokens import Issuer
from harness.trace_context import Sink, TraceContextService

STARTED = pytest.StashKey[list[System]]()


def pytest_configure(config):
    config.stash[STARTED] = []


def pytest_sessionstart(session):
    require_binary(session)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for system in item.config.stash[STARTED]:
            report.sections.append((f"processes of {system.placement} in {system.folder}", system.tail()))
    return report


@pytest.fixture(scope="session", params=PLACEMENTS)
def placement(request) -> str:
    """Every case runs in every placement; one that can only be in some says so by parametrising this."""
    return request.param


ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session", params=ENGINES)
def engine(request) -> str:
    """Every case runs on every engine; one that is about a single one says so by parametrising this."""
    return request.param


@pytest.fixture(scope="session")
def postgres():
    """One server for all cases; each system has a database of its own on it."""
    server = PostgresServer()
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture(scope="session")
def new_database(request, engine):
    """new_database() is the environment of a system that is to have an empty database, until the ExitStack that it is given ends."""

    def make(until: contextlib.ExitStack) -> dict[str, str]:
        if engine == "sqlite":
            return {}
        server = request.getfixturevalue("postgres")
        return {"DATABASE_URL": server.url(until.enter_context(server.database()))}

    return make


@pytest.fixture
def new_system(request, placement, new_database, tmp_path):
    """Starts systems that belong to one case; whatever still runs at its end is stopped, which must succeed."""
    started = request.config.stash[STARTED]
    own: list[System] = []

    databases = contextlib.ExitStack()

    def make(env: dict[str, str] | None = None, config: str = "", start: bool = True) -> System:
        system = System(placement, tmp_path / f"system-{len(own)}", new_database(databases) | (env or {}), config)
        own.append(system)
        started.append(system)
        return system.start() if start else system

    try:
        yield make
        for system in own:
            for process in reversed(system.processes.values()):
                if process.running():
                    process.stop()
    finally:
        for system in own:
            system.kill()
            started.remove(system)
        databases.close()


@pytest.fixture(scope="session")
def system(request, placement, new_database, tmp_path_factory):
    """One system for all ordinary cases; they make their own users and products, and count on nothing else."""
    databases = contextlib.ExitStack()
    system = System(placement, tmp_path_factory.mktemp(placement), new_database(databases))
    request.config.stash[STARTED].append(system)
    try:
        system.start()
        yield system
        system.stop()
    finally:
        system.kill()
        request.config.stash[STARTED].remove(system)
        databases.close()


@pytest.fixture(scope="session")
def http(system):
    with system.client() as client:
        yield client


@pytest.fixture(scope="session")
def stubs(tmp_path_factory):
    return stub_maker.load(stub_maker.generate(stub_maker.CONTRACT, tmp_path_factory.mktemp("stubs")))


@pytest.fixture(scope="session")
def compat_stubs(tmp_path_factory) -> pathlib.Path:
    return stub_maker.generate(ROOT / "tests/e2e/compat", tmp_path_factory.mktemp("compat"))


@pytest.fixture
def issuer(tmp_path) -> Issuer:
    return Issuer(tmp_path / "issuer")


@pytest.fixture(scope="session")
def grpc_channel(system):
    """grpc_channel("user") is a channel to that module; one for the whole session."""
    channels: dict[str, grpc.Channel] = {}

    def open_channel(module: str) -> grpc.Channel:
        if module not in channels:
            channels[module] = grpc.insecure_channel(system.grpc(module))
        return channels[module]

    yield open_channel
    for channel in channels.values():
        channel.close()


@pytest.fixture(scope="session")
def trace_context(tmp_path_factory):
    """trace_context(OTEL_PROPAGATORS="b3") is a test service with that environment; the same one for the same environment."""
    services: dict[tuple, TraceContextService] = {}

    def with_environment(**env: str) -> TraceContextService:
        key = tuple(sorted(env.items()))
        if key not in services:
            services[key] = TraceContextService(tmp_path_factory.mktemp("trace-context"), env)
        return services[key]

    try:
        yield with_environment
        for service in services.values():
            assert service.stop() == 0, service.log_file.read_text(errors="replace")
    finally:
        for service in services.values():
            service.kill()


@pytest.fixture(scope="session")
def sink():
    sink = Sink()
    yield sink
    sink.close()
