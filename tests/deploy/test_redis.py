"""Redis as deploy/compose runs it: by the script and the configuration that its container has."""

import contextlib
import pathlib
import subprocess

import pytest
import yaml
from harness.ports import free_ports
from production_like.child import Child
from production_like.ports import HOST
from production_like.stores import ROOT, START_REDIS, redis

PASSWORD = "seldom-seen"
COMPOSE = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text())["services"]["redis"]


@pytest.fixture
def server(tmp_path):
    with contextlib.ExitStack() as stack:
        (port,) = free_ports(1)
        part = redis(tmp_path / "redis", tmp_path / "redis.log", port, PASSWORD)
        stack.callback(part.kill)
        part.start()
        yield part


def asked(server: Child, *words: str, stdin: str | None = None, **env: str) -> subprocess.CompletedProcess:
    """redis-cli, or whatever command of it is given, at that server."""
    program, *rest = words
    port = server.where.rpartition(":")[2]
    command, env = [program, "-h", HOST, "-p", port, *rest], {"PATH": "/usr/bin:/bin"} | env
    return subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, timeout=30, check=False)


def test_the_password_is_wanted_and_in_no_command_line(server):
    command_line = pathlib.Path(f"/proc/{server.pid}/cmdline").read_text()
    assert "redis-server" in command_line and PASSWORD not in command_line
    assert "NOAUTH" in asked(server, "redis-cli", "get", "a").stdout
    assert "OK" in asked(server, "redis-cli", "set", "a", "1", REDISCLI_AUTH=PASSWORD).stdout


def test_the_configuration_is_taken(server):
    lines = (START_REDIS.parent / "redis.conf").read_text().splitlines()
    wanted = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    got = {name: asked(server, "redis-cli", "config", "get", name, REDISCLI_AUTH=PASSWORD).stdout.split()[1] for name in wanted}
    assert got == wanted | {"maxmemory": str(256 * 1024 * 1024)}


def test_rows_are_pushed_out_and_events_are_not(server):
    def known(*words: str, **more) -> str:
        return asked(server, "redis-cli", "-e", *words, REDISCLI_AUTH=PASSWORD, **more).stdout

    streams = [f"events-{number}" for number in range(300)]
    known(stdin="".join(f"xadd {stream} * what happened\n" for stream in streams))
    known("config", "set", "maxmemory", "4mb")
    row = "x" * 1000
    known(stdin="".join(f"set row-{number} {row} px 600000\n" for number in range(6000)))
    assert int(known("info", "stats").partition("evicted_keys:")[2].split()[0]) > 0
    assert int(known("exists", *streams)) == len(streams)


def test_the_health_check_takes_an_answer_and_no_complaint_for_health(server):
    how, *command = COMPOSE["healthcheck"]["test"]
    assert how == "CMD"
    assert asked(server, *command, REDISCLI_AUTH=PASSWORD).returncode == 0
    assert asked(server, *command).returncode != 0


def test_a_missing_password_is_one_line(tmp_path):
    env = {"PATH": "/usr/bin:/bin"}
    refused = subprocess.run([START_REDIS], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode != 0
    (line,) = refused.stderr.strip().splitlines()
    assert "REDIS_PASSWORD" in line


def test_the_container_runs_the_script_unprivileged():
    """The image's own entry point steps down from root for `redis-server` alone."""
    mounted = dict(volume.removesuffix(":ro").split(":") for volume in COMPOSE["volumes"])
    assert COMPOSE["command"] == [f"{mounted['./redis']}/{START_REDIS.name}"]
    assert COMPOSE["user"] == "redis" and COMPOSE["cap_drop"] == ["ALL"] and COMPOSE["read_only"] is True
