"""What the program says to the person at the terminal: near misses, help, the ready line, the doctor."""

import re
import signal
import socket
import subprocess
import time

import pytest

from harness.ports import free_ports
from harness.process import Process, run
from harness.tls import Certificates

MISTAKES = [
    (["upp"], "did you mean up?"),
    (["up", "--port", "8081"], "--http HOST:PORT"),
    (["up", "--database-url", "postgresql://u:s3cret@h/d"], "--set database.url=VALUE"),
    (["serve"], "MODULE"),
    (["serve", "usr"], "did you mean user?"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_a_mistyped_command_line_is_answered_with_the_near_miss(tmp_path, words, said):
    result = run(*words, folder=tmp_path)
    assert result.returncode == 64
    assert said in result.stderr
    assert "s3cret" not in result.stderr + result.stdout
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [["--version"], ["version"]])
def test_the_version_is_told(tmp_path, words):
    assert re.fullmatch(r"tradewind \d+\.\d+\.\d+\S*\n", run(*words, folder=tmp_path).stdout)


def test_help_is_a_command_too(tmp_path):
    assert run("help", "serve", folder=tmp_path).stdout == run("serve", "--help", folder=tmp_path).stdout


def proposed(process: Process) -> str:
    """The command that the banner proposes for reading a product."""
    return next(line.strip() for line in process.stderr_file.read_text().splitlines() if "prod-123" in line)


def follow(process: Process, folder) -> str:
    command = proposed(process).replace("curl ", "curl --silent --show-error --fail --noproxy '*' ")
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def up(tmp_path, *arguments, env=None) -> Process:
    return Process("up", ["up", "--ports", "auto", "--data", str(tmp_path / "data"), *arguments], tmp_path, env)


def served(tmp_path, *arguments, env=None) -> str:
    """What curl reads when it is called as the banner of this `up` proposes; the command is checked by the caller's words."""
    process = up(tmp_path, *arguments, env=env)
    try:
        process.wait_ready()
        wait_for_banner(process)
        assert "prod-123" in follow(process, tmp_path)
        command = proposed(process)
        process.stop()
        return command
    finally:
        process.kill()


def wait_for_banner(process: Process):
    give_up = time.monotonic() + 20
    while "Ctrl-C" not in process.stderr_file.read_text():
        assert time.monotonic() < give_up, process.tail()
        time.sleep(0.01)


def test_the_curl_that_up_proposes_works_in_the_clear(tmp_path):
    assert "http://127.0.0.1:" in served(tmp_path)


def test_the_curl_that_up_proposes_works_on_all_addresses(tmp_path):
    assert "http://127.0.0.1:" in served(tmp_path, "--http", "0.0.0.0:0", env={"TRADEWIND_RUNTIME_PUBLISHED_AT": "127.0.0.1"})


def test_the_curl_that_up_proposes_works_on_a_unix_domain_socket(tmp_path):
    command = served(tmp_path, "--http", f"unix:{tmp_path}/api.sock")
    assert "--unix-socket" in command


def test_the_curl_that_up_proposes_works_with_tls(tmp_path):
    certificates = Certificates(tmp_path / "it's the folder")
    command = served(tmp_path, env=certificates.edge())
    assert "--cacert" in command and "--insecure" not in command
    assert "https://localhost:" in command


def test_the_curl_that_up_proposes_works_with_a_certificate_of_an_unknown_authority(tmp_path):
    certificates = Certificates(tmp_path / "certs")
    (tmp_path / "certs" / "ca.crt").unlink()
    assert "--insecure" in served(tmp_path, env=certificates.edge())


def test_serve_says_on_standard_error_where_everything_is(tmp_path):
    process = Process("user", ["serve", "user", "gateway", "--ports", "auto", "--data", str(tmp_path / "data")], tmp_path)
    try:
        ready = process.wait_ready().ready
        process.stop()
    finally:
        process.kill()
    line = next(line for line in process.stderr_file.read_text().splitlines() if "ready" in line)
    assert f"API http://{ready['http']}" in line
    assert f"gRPC user {ready['grpc']['user']}" in line
    assert f"operations http://{ready['ops']}" in line


def test_the_ready_file_goes_at_an_orderly_end_and_signals_of_users_end_nothing(tmp_path):
    process = up(tmp_path)
    try:
        process.wait_ready()
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            process._child.send_signal(number)
        assert process.ready_file.exists()
        process.stop()
        assert not process.ready_file.exists()
    finally:
        process.kill()


def test_a_ready_file_that_cannot_be_written_is_refused_before_the_start(tmp_path):
    (tmp_path / "shop.toml").write_text("important = 1\n")
    for file in (tmp_path / "missing" / "ready.json", tmp_path, tmp_path / "shop.toml"):
        result = run("up", "--ports", "auto", "--data", tmp_path / "data", "--ready-file", file, folder=tmp_path)
        assert result.returncode == 78, result
        assert str(file) in result.stderr
    assert (tmp_path / "shop.toml").read_text() == "important = 1\n"
    assert not (tmp_path / "data").exists()


def test_doctor_knows_tradewind_on_a_busy_port(tmp_path):
    http, ops = (f"127.0.0.1:{port}" for port in free_ports(2))
    process = up(tmp_path, "--http", http, "--ops", ops)
    try:
        process.wait_ready()
        # Another data folder, so that nothing but the ports tells of the one that runs.
        asked = run("doctor", "--ports", "auto", "--http", http, "--ops", ops, "--data", tmp_path / "other", folder=tmp_path)
        process.stop()
    finally:
        process.kill()
    assert asked.returncode == 0, asked
    for address in (http, ops):
        assert re.search(rf"ok .*{address} is served by a running tradewind \d", asked.stdout), asked.stdout


def test_doctor_says_who_else_has_a_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        address = f"127.0.0.1:{busy.getsockname()[1]}"
        asked = run("doctor", "--ports", "auto", "--ops", address, "--data", tmp_path / "data", folder=tmp_path)
    assert asked.returncode == 1
    assert re.search(rf"fail .*{address}", asked.stdout), asked.stdout


def test_doctor_makes_the_handshake_with_other_modules(tmp_path):
    ours, theirs = Certificates(tmp_path / "ours"), Certificates(tmp_path / "theirs")
    address = f"127.0.0.1:{free_ports(1)[0]}"
    arguments = ["serve", "user", "--ports", "auto", "--grpc", f"user={address}", "--data", str(tmp_path / "data")]
    process = Process("user", arguments, tmp_path, theirs.rpc())

    def ask(env: dict[str, str]):
        asked = run("doctor", "--ports", "auto", "--data", tmp_path / "other", folder=tmp_path, env=env | {"USER_SERVICE_URL": f"http://{address}"})
        return asked.returncode, next(line for line in asked.stdout.splitlines() if address in line)

    try:
        process.wait_ready()
        code, said = ask(theirs.rpc())
        assert code == 0 and f"ok       user answers at {address} over TLS" in said, said
        code, said = ask(ours.rpc())
        assert code == 1 and "fail" in said and "certificate" in said, said
        mixed = theirs.rpc() | {"TRADEWIND_RPC_CERTIFICATE": ours.rpc()["TRADEWIND_RPC_CERTIFICATE"], "TRADEWIND_RPC_KEY": ours.rpc()["TRADEWIND_RPC_KEY"]}
        code, said = ask(mixed)
        assert code == 1 and "fail" in said and "certificate" in said, said
        process.stop()
    finally:
        process.kill()
    code, said = ask(theirs.rpc())
    assert code == 1 and "refused" in said, said


def test_a_health_check_asks_a_unix_domain_socket(tmp_path):
    socket_address = f"unix:{tmp_path}/ops.sock"
    process = up(tmp_path, "--ops", socket_address)
    try:
        process.wait_ready()
        asked = run("healthcheck", "--ops", socket_address, folder=tmp_path)
        assert asked.returncode == 0, asked
        process.stop()
    finally:
        process.kill()
    assert run("healthcheck", "--ops", socket_address, folder=tmp_path).returncode == 1
