"""./dev up --production-like as a person uses it: what it says, and that nothing stays behind."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import httpx
import pytest
from deployed.running import open_folder
from harness.process import ROOT, binary, clean_environment
from production_like.ports import CORE, HOST
from production_like.topology import MODULES
from rig.program import until

PARTS = {"postgresql", "redis", *MODULES}
READY_SECONDS_MAX = 120


def processes_below(folder: pathlib.Path) -> list[str]:
    """What runs in that folder, whoever started it."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # has ended meanwhile
            if folder in (process / "cwd").resolve().parents:
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


class Launcher:
    def __init__(self, folder: pathlib.Path, *arguments: str, **env: str):
        self.folder = folder
        environment = clean_environment({"PYTHONPATH": str(ROOT / "tools/dev"), "TRADEWIND_BIN": str(binary())} | env)
        self.child = subprocess.Popen(
            ["/usr/bin/python3", "-m", "production_like", "--data", str(folder), *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def page(self) -> str:
        """What it says once all is up."""
        lines = []
        give_up = time.monotonic() + READY_SECONDS_MAX
        while not (lines and lines[-1].startswith("Ctrl-C")):
            line = self.child.stdout.readline()
            assert line and time.monotonic() < give_up, self.end()
            lines.append(line)
        return "".join(lines)

    def end(self) -> tuple[int, str]:
        """Its exit code, and what it said on standard error."""
        _, said = self.child.communicate(timeout=READY_SECONDS_MAX)
        return self.child.returncode, said

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.communicate()
            until("everything has ended", lambda: not processes_below(self.folder), 40)


@pytest.fixture
def launch():
    """launch(arguments…) is a launcher with a folder of its own."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, **env: str) -> Launcher:
            launcher = Launcher(stack.enter_context(open_folder()), *arguments, **env)
            stack.callback(launcher.kill)
            return launcher

        yield start


@pytest.fixture
def core(launch):
    """The core is up, and its page."""
    launcher = launch("--core", "--ports", "auto")
    return launcher, launcher.page()


def test_it_says_where_everything_is_and_ends_in_good_order(core):
    launcher, page = core
    shown = dict(re.findall(r"^  (\w+) +(\S.*)$", page, re.MULTILINE))
    assert PARTS <= set(shown)
    api = shown["gateway"].partition(",")[0]
    assert page.count("curl -s") == 3
    for url in re.findall(r"curl -s '?(http://[^\s']+)", page):
        assert httpx.get(url, timeout=10, trust_env=False).status_code in (200, 405), url
    made = httpx.post(f"{api}/api/users", json={"email": "alice@example.com", "name": "Alice"}, timeout=10, trust_env=False)
    assert made.status_code == 200, made.text
    assert (launcher.folder / "logs/gateway.log").is_file()

    launcher.child.send_signal(signal.SIGINT)
    assert launcher.end()[0] == 0
    assert processes_below(launcher.folder) == []
    log = (launcher.folder / "logs/gateway.log").read_text()
    assert "runtime.stopped" in log and "telemetry" not in log  # without the collector, not a word about it


def test_a_module_starts_when_its_stores_are_there(core):
    launcher, _ = core
    for module in MODULES:
        log = (launcher.folder / f"logs/{module}.log").read_text()
        assert "runtime.ready" in log and "redis.unavailable" not in log


def test_secrets_are_their_owners_alone_and_in_no_command_line(core):
    launcher, _ = core
    file = launcher.folder / "secrets.json"
    assert file.stat().st_mode & 0o077 == 0
    secrets = json.loads(file.read_text()).values()
    running = processes_below(launcher.folder)
    assert len(running) >= len(PARTS)
    assert [line for line in running if any(secret in line for secret in secrets)] == []


def test_a_start_that_is_interrupted_leaves_nothing_running(launch):
    launcher = launch("--core", "--ports", "auto")
    until("the first part runs", lambda: processes_below(launcher.folder), READY_SECONDS_MAX)
    launcher.child.send_signal(signal.SIGINT)
    assert launcher.end()[0] == 0
    # What was killed may take a moment to be gone.
    until("everything has ended", lambda: not processes_below(launcher.folder))


def test_data_is_there_at_the_next_start(launch, core):
    first, page = core
    with httpx.Client(timeout=10, trust_env=False) as http:
        where = re.search(r"^  gateway +(http://[\d.:]+)", page, re.MULTILINE)
        user = http.post(f"{where[1]}/api/users", json={"email": "bob@example.com", "name": "Bob"}).json()
        first.child.send_signal(signal.SIGTERM)
        assert first.end()[0] == 0
        second = Launcher(first.folder, "--core", "--ports", "auto")
        try:
            where = re.search(r"^  gateway +(http://[\d.:]+)", second.page(), re.MULTILINE)
            assert http.get(f"{where[1]}/api/users/{user['id']}").json() == user
            second.child.send_signal(signal.SIGTERM)
            assert second.end()[0] == 0
        finally:
            second.kill()


def test_a_folder_in_use_is_refused(core):
    first, _ = core
    second = Launcher(first.folder, "--core", "--ports", "auto")
    try:
        code, said = second.end()
    finally:
        second.kill()
    assert code == 1
    (line,) = said.strip().splitlines()
    assert str(first.folder) in line and "--data" in line


def test_a_part_that_dies_is_named_with_the_end_of_its_log(core):
    launcher, _ = core
    marks = [one for one in pathlib.Path("/proc").glob("[0-9]*/cmdline") if b"serve\0payment" in _read(one)]
    (mine,) = [one.parent for one in marks if str(launcher.folder).encode() in _read(one)]
    os.kill(int(mine.name), signal.SIGKILL)
    code, said = launcher.end()
    assert code == 1
    *tail, line = said.strip().splitlines()
    assert line.startswith("dev: payment ended with exit code -9") and str(launcher.folder / "logs/payment.log") in line
    assert any("runtime.ready" in one for one in tail)
    assert processes_below(launcher.folder) == []


def _read(file: pathlib.Path) -> bytes:
    with contextlib.suppress(OSError):
        return file.read_bytes()
    return b""


def test_nothing_outlives_a_launcher_that_is_killed(core):
    launcher, _ = core
    assert processes_below(launcher.folder)
    launcher.kill()
    until("everything has ended", lambda: not processes_below(launcher.folder), 40)


def test_busy_ports_are_named_in_one_line_before_anything_starts(launch):
    with contextlib.ExitStack() as stack:
        for name in ("gateway", "redis"):  # whoever has one already makes it as busy as we would
            with contextlib.suppress(OSError):
                stack.enter_context(socket.create_server((HOST, CORE[name])))
        launcher = launch("--core")
        code, said = launcher.end()
    assert code == 1
    (line,) = said.strip().splitlines()
    assert "8080 (gateway)" in line and "6379 (redis)" in line and "--ports auto" in line
    assert not (launcher.folder / "postgresql").exists()


def test_what_is_not_built_is_named_with_the_command_that_builds_it(launch, tmp_path):
    launcher = launch("--with-observability", "--ports", "auto", XDG_CACHE_HOME=str(tmp_path))
    page = launcher.page()
    for peer in ("jaeger", "loki", "otelcol", "prometheus"):
        assert f"./dev setup peers {peer}" in page
    launcher.child.send_signal(signal.SIGTERM)
    assert launcher.end()[0] == 0
