"""The clients that docs/guide/api-clients.md quotes: made from the contract by stock tools, and run. A language whose tools or
packages are not to be had on this machine is named and not run."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from harness.process import ROOT
from harness.system import ONE

CLIENTS = ROOT / "tests/clients"
SECONDS_MAX = 300
FETCH_SECONDS_MAX = 180
# So low that each client has to wait.
LIMITS = {"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "4", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "3"}


@dataclasses.dataclass(frozen=True)
class Language:
    name: str
    tools: tuple[str, ...]
    run: tuple[str, ...]  # what a user types, before the URL
    fetch: tuple[str, ...] = ()  # gets the packages that the client is built on


LANGUAGES = (
    Language("python", (), (sys.executable, "client.py")),
    Language("go", ("go", "protoc"), ("./client",), ("go", "mod", "download")),
    Language("java", ("java", "javac", "mvn", "protoc"), ("java", "-cp", "classes:lib/*", "Client"),
             ("mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib")),
    Language("typescript", ("node", "npm", "npx"), ("node", "built/client.js"), ("npm", "ci", "--no-audit", "--no-fund")),
)


def command(arguments, folder: pathlib.Path, env: dict[str, str], seconds_max: float = SECONDS_MAX):
    return subprocess.run(arguments, cwd=folder, env=env, capture_output=True, text=True, timeout=seconds_max, check=False)


def fetch(arguments, folder: pathlib.Path, env: dict[str, str]):
    """Gets packages from their registry. A machine that cannot reach it does not run the client."""
    try:
        fetched = command(arguments, folder, env | {"npm_config_fetch_retries": "0"}, FETCH_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        pytest.skip("takes packages that cannot be fetched here: no answer")
    if fetched.returncode != 0:
        pytest.skip(f"takes packages that cannot be fetched here: {(fetched.stderr + fetched.stdout).strip()[:300]}")


def prepare(language: Language, folder: pathlib.Path, env: dict[str, str]):
    """The sources in `folder`, with the packages that they are built on."""
    missing = [tool for tool in language.tools if not shutil.which(tool)]
    if missing:
        pytest.skip(f"takes {', '.join(missing)}")
    shutil.copytree(CLIENTS / language.name, folder, dirs_exist_ok=True)
    if language.fetch:
        fetch(language.fetch, folder, env)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_a_client_pages_keeps_to_tags_and_waits_when_it_is_limited(language, new_system, tmp_path):
    # The interpreter of this run is the `python` of the client's script.
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    env = os.environ | {"PROTO": str(ROOT / "proto"), "PATH": path, "GOTOOLCHAIN": "local", "NO_PROXY": "127.0.0.1"}
    folder = tmp_path / "client"
    prepare(language, folder, env)
    system = new_system(LIMITS)
    made = command(["./make"], folder, env | {"URL": system.url})
    assert made.returncode == 0, made.stdout + made.stderr
    ran = command([*language.run, system.url], folder, env)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert json.loads(ran.stdout) == {
        "listed": 5, "unchanged": 304, "late": 412, "name": "Alicia", "version": 3, "waited": True,
    }
