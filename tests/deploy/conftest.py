"""Fixtures: the topology of deploy/ on this machine, once for all cases, and the APIs of what watches it. A case that needs a
program which was not built is skipped by name; `./dev setup peers NAME` builds it."""

import pytest

pytest.register_assert_rewrite("deployed.running", "deployed.mixed", "rig.flow", "rig.program")

from deployed.running import Running, open_folder  # noqa: E402

STARTED = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[STARTED] = []


def pytest_collection_modifyitems(items):
    """Whoever shares something that takes long to make stays in one process; the two processes share the rest."""
    for item in items:
        for shared in ("running", "image"):
            if shared in item.fixturenames:
                item.add_marker(pytest.mark.xdist_group(shared))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for running in item.config.stash[STARTED]:
            report.sections += [(f"{name}'s log", part.tail()) for name, part in running.topology.parts.items()]
    return report


@pytest.fixture(scope="session")
def running(request):
    """Cases leave every part running, and count on nothing else that is in it."""
    with open_folder() as folder:
        running = Running(folder)
        request.config.stash[STARTED].append(running)
        try:
            running.topology.start()
            yield running
            running.stop()
        finally:
            running.topology.stop()
            request.config.stash[STARTED].remove(running)


@pytest.fixture(scope="session")
def http(running):
    with running.client() as client:
        yield client


@pytest.fixture(scope="session")
def jaeger(running):
    return running.jaeger()


@pytest.fixture(scope="session")
def prometheus(running):
    return running.prometheus()


@pytest.fixture(scope="session")
def loki(running):
    return running.loki()
