"""Fixtures: private peers, and the product that talks to them. Everything started here is stopped here, by its own handle."""

import contextlib

import pytest

pytest.register_assert_rewrite("rig.flow", "rig.books", "rig.product")

from harness.process import require_binary  # noqa: E402
from harness.system import FIVE, System  # noqa: E402

from rig import interop  # noqa: E402
from rig.peers import Collector  # noqa: E402
from rig.product import WHOLE_WAY, Pair  # noqa: E402

TAILS = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[TAILS] = []


def pytest_sessionstart(session):
    require_binary(session)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        report.sections += [("what ran", tail()) for tail in item.config.stash[TAILS]]
    return report


@contextlib.contextmanager
def shown_on_failure(request, tail):
    tails = request.config.stash[TAILS]
    tails.append(tail)
    try:
        yield
    finally:
        tails.remove(tail)


@pytest.fixture
def start(request, tmp_path):
    """start(Collector, …) starts that peer in a folder of its own."""
    with contextlib.ExitStack() as stack:

        def run(peer, *arguments, **more):
            one = peer(tmp_path / peer.__name__.lower(), *arguments, **more)
            stack.callback(one.program.stop)
            stack.enter_context(shown_on_failure(request, one.program.tail))
            return one

        yield run


@pytest.fixture
def collector(start) -> Collector:
    return start(Collector)


@pytest.fixture
def new_system(request, tmp_path):
    """new_system(env) is the product in five processes; each must end with 0."""
    with contextlib.ExitStack() as stack:

        def run(env: dict[str, str]) -> System:
            system = System(FIVE, tmp_path / "system", WHOLE_WAY | env)
            stack.callback(system.kill)
            stack.enter_context(shown_on_failure(request, system.tail))
            return system.start()

        yield run


@pytest.fixture
def new_pair(request, tmp_path):
    with contextlib.ExitStack() as stack:

        def run(env: dict[str, str]) -> Pair:
            pair = Pair(tmp_path / "pair", env)
            stack.callback(pair.process.kill)
            stack.enter_context(shown_on_failure(request, pair.process.tail))
            pair.start()
            stack.callback(pair.http.close)
            return pair

        yield run


@pytest.fixture(scope="session")
def interop_server(request, tmp_path_factory):
    """interop_server(server, client, secure) is a server of the interoperability suite with an identity that the client can be told to
    trust; one for all cases."""
    folder = tmp_path_factory.mktemp("interop")
    env = {"PYTHONPATH": str(interop.python_stubs(folder))}
    identities, running = {}, {}
    with contextlib.ExitStack() as stack:

        def run(server: str, client: str = "Tradewind", secure: bool = False) -> interop.Server:
            other = client if server == "Tradewind" else server
            if secure and other not in identities:
                identities[other] = interop.PEERS[other].make_identity(folder / f"identity-{other}")
            identity = identities[other] if secure else None
            if (server, identity) not in running:
                one = interop.Server(folder / f"server-{len(running)}", interop.PEERS[server], identity, env)
                stack.callback(one.program.stop)
                stack.enter_context(shown_on_failure(request, one.program.tail))
                running[server, identity] = one
            return running[server, identity]

        yield run
