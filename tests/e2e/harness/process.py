"""One tradewind process, started as a user would start it."""

import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 25  # what the product promises for a shutdown

# Settings of the person who runs the tests must not reach the product under test.
FOREIGN_SETTINGS = ("TRADEWIND_", "OTEL_", "OTLP_", "DATABASE_URL", "REDIS_URL", "LOG_LEVEL")


def binary() -> pathlib.Path:
    return pathlib.Path(os.environ.get("TRADEWIND_BIN", ROOT / "build/release/bin/tradewind")).resolve()


def require_binary(session):
    """For pytest_sessionstart: without the product there is nothing to test."""
    if not session.config.option.collectonly and not binary().is_file():
        pytest.exit(f"{binary()} is missing: run ./dev build first, or name another by TRADEWIND_BIN", returncode=2)


def clean_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN_SETTINGS) and not k.endswith("_SERVICE_URL")}
    # Cases that look at the console turn it on. It records every request, which the others do not expect.
    return own | {"TRADEWIND_TELEMETRY_CONSOLE": "off"} | (extra or {})


def run(*arguments, folder: pathlib.Path, env: dict[str, str] | None = None, timeout: float = 60):
    """Runs a command that ends by itself; `folder` is where it runs, so that no stray tradewind.toml is read."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(binary()), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=clean_environment(env), timeout=timeout, capture_output=True, text=True)


class Process:
    """Runs in `folder`, which also receives its stdout, stderr and ready file."""

    def __init__(self, name: str, arguments: list[str], folder: pathlib.Path, env: dict[str, str] | None = None):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.ready: dict = {}
        self.stdout_file = folder / f"{name}.stdout"
        self.stderr_file = folder / f"{name}.stderr"
        self.ready_file = folder / f"{name}.ready.json"
        self.ready_file.unlink(missing_ok=True)
        command = [str(binary()), *arguments, "--ready-file", str(self.ready_file)]
        with self.stdout_file.open("ab") as stdout, self.stderr_file.open("ab") as stderr:
            self._child = subprocess.Popen(
                command, cwd=folder, env=clean_environment(env), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait_ready(self) -> "Process":
        give_up = time.monotonic() + READY_SECONDS_MAX
        while not self.ready_file.exists():
            code = self._child.poll()
            assert code is None, f"{self.name} exited with {code} before it was ready\n{self.tail()}"
            assert time.monotonic() < give_up, f"{self.name} not ready after {READY_SECONDS_MAX} s\n{self.tail()}"
            time.sleep(0.001)
        self.ready = json.loads(self.ready_file.read_text())  # whole at once: a half-written file is a bug
        return self

    def running(self) -> bool:
        return self._child.poll() is None

    def terminate(self):
        self._child.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """The exit code; a process that stays is killed and fails the case."""
        try:
            return self._child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} still ran {STOP_SECONDS_MAX} s after SIGTERM\n{self.tail()}") from None

    def stop(self):
        self.terminate()
        code = self.wait()
        assert code == 0, f"{self.name} exited with {code} after SIGTERM\n{self.tail()}"

    def kill(self):
        if self.running():
            self._child.kill()
        self._child.wait()

    def log_records(self) -> list[dict]:
        """The structured log: one JSON object a line on stdout."""
        whole_lines = self.stdout_file.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole_lines.splitlines()]

    def tail(self, lines: int = 40) -> str:
        parts = []
        for file in (self.stdout_file, self.stderr_file):
            text = file.read_text(errors="replace").splitlines()[-lines:] if file.exists() else []
            if text:
                parts.append(f"--- {file.name}, last {len(text)} lines ---\n" + "\n".join(text))
        return "\n".join(parts)
