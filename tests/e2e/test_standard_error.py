"""What becomes of the exit code where standard error cannot be written to."""

import os
import socket
import subprocess

import pytest
from harness.process import binary, clean_environment

FULL, CLOSED, UNREAD = "a full disk", "closed", "a pipe that nobody reads"

# Commands that fail, with the exit code of sysexits.h for it.
FAILING = {
    "a bad setting": (["up", "--set", "http.body_bytes_max=0"], 78),
    "a port in use": (["serve", "gateway", "--http", "127.0.0.1:{port}", "--ops", "127.0.0.1:0"], 69),
    "nothing answers": (["healthcheck", "--ops", "127.0.0.1:1"], 1),
}


def exit_code(words: list[str], error: str, folder) -> int:
    env = clean_environment({"TRADEWIND_DATA_FOLDER": str(folder / "data")})
    if error == FULL:
        with open("/dev/full", "w") as full:
            return subprocess.run([binary(), *words], stderr=full, stdout=full, env=env, cwd=folder, timeout=60, check=False).returncode
    if error == CLOSED:
        script = 'exec "$@" 2>&-'
        return subprocess.run(["/bin/sh", "-c", script, "sh", binary(), *words], env=env, cwd=folder, timeout=60, check=False).returncode
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run([binary(), *words], stderr=writing, env=env, cwd=folder, timeout=60, check=False, restore_signals=True).returncode
    finally:
        os.close(writing)


@pytest.mark.parametrize("error", [FULL, CLOSED, UNREAD])
@pytest.mark.parametrize("name", FAILING)
def test_a_failure_that_cannot_be_told_still_has_its_exit_code(name, error, tmp_path):
    words, code = FAILING[name]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert exit_code([word.format(port=port) for word in words], error, tmp_path) == code
