"""Options of the crash test. The seed is shown at the start, so that a run can be repeated."""

import random

import pytest

from harness.process import require_binary


def pytest_addoption(parser):
    parser.addoption("--seconds", type=int, default=60, help="how long the load and the faults last")
    parser.addoption("--seed", type=int, default=None, help="what clients do and which faults come; by default a new one")


def pytest_configure(config):
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(1_000_000)


def pytest_report_header(config):
    return f"crash test: ./dev test crash --seed {config.option.seed} --seconds {config.option.seconds} repeats it"


def pytest_sessionstart(session):
    require_binary(session)


@pytest.fixture(scope="session")
def seed(request) -> int:
    return request.config.option.seed


@pytest.fixture(scope="session")
def seconds(request) -> int:
    return request.config.option.seconds
