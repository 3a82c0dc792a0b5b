"""A transfer between two services. The process that runs it is killed in between, and another one finishes the transfer."""

import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

import httpx
import pytest

BANK = str(pathlib.Path(os.environ.get("BANK", "build/bank")).absolute())
SECONDS_MAX = 60


def wait_for(what, seconds: float = SECONDS_MAX):
    """Waits until `what` returns something that counts as true, and returns it."""
    give_up = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < give_up
        time.sleep(0.05)
    return found


class Bank:
    """Processes of the program bank, each with a data folder of its own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.programs: list[subprocess.Popen] = []

    def start(self, *modules: str, **environment: str):
        """Starts a process of these modules. Returns it with the addresses that it writes once it is ready."""
        ready = self.folder / f"{len(self.programs)}.json"
        command = [BANK, "serve", *modules, "--ports", "auto", "--data", str(self.folder / modules[0]), "--ready-file", str(ready)]
        program = subprocess.Popen(command, env=os.environ | environment, cwd=self.folder)
        self.programs.append(program)
        wait_for(lambda: ready.exists() or program.poll() is not None)
        assert program.poll() is None, f"{modules} has ended with {program.returncode}"
        return program, json.loads(ready.read_text())

    def command(self, *words: str):
        return subprocess.run([BANK, *words], cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)

    def balance(self, module: str, account: str) -> int:
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / module / module}.sqlite?mode=ro", uri=True)) as database:
            return database.execute("SELECT balance FROM accounts WHERE id = ?", (account,)).fetchone()[0]


@pytest.fixture
def bank(tmp_path):
    bank = Bank(tmp_path)
    yield bank
    for program in bank.programs:
        if program.poll() is None:
            program.kill()
            program.wait()


def start_transfer(addresses, **transfer):
    answer = httpx.post(f"http://{addresses['http']}/api/transfers", json=transfer, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()


def status(addresses, transfer_id: str) -> str:
    return httpx.get(f"http://{addresses['http']}/api/transfers/{transfer_id}", trust_env=False).json()["status"]


def step_outcomes(bank, addresses, flow: str) -> dict[str, str]:
    shown = bank.command("flows", "show", flow, "--json", "--ops", addresses["ops"])
    assert shown.returncode == 0, shown.stderr
    return {step["name"]: step["outcome"] for step in json.loads(shown.stdout)["steps"]}


def test_a_transfer_that_was_killed_in_between_is_finished_by_another_process(bank):
    checking, at_checking = bank.start("checking")
    # Nothing serves savings yet, so that the second step cannot succeed.
    urls = {"CHECKING_SERVICE_URL": at_checking["grpc"]["checking"], "SAVINGS_SERVICE_URL": "127.0.0.1:1"}
    first, at_first = bank.start("transfer", "gateway", **urls)
    start_transfer(at_first, id="transfer-1", **{"from": "alice"}, to="bob", amount=30)
    wait_for(lambda: step_outcomes(bank, at_first, "transfer-1") == {"withdraw": "done"})
    assert status(at_first, "transfer-1") == "running"
    first.send_signal(signal.SIGKILL)
    first.wait()

    savings, at_savings = bank.start("savings")
    urls["SAVINGS_SERVICE_URL"] = at_savings["grpc"]["savings"]
    second, at_second = bank.start("transfer", "gateway", **urls)
    wait_for(lambda: status(at_second, "transfer-1") == "done")
    assert step_outcomes(bank, at_second, "transfer-1") == {"withdraw": "done", "deposit": "done"}
    # The same request again changes nothing.
    assert start_transfer(at_second, id="transfer-1", **{"from": "alice"}, to="bob", amount=30)["status"] == "done"
    for program in (second, savings, checking):
        program.terminate()
        assert program.wait(timeout=30) == 0
    assert (bank.balance("checking", "alice"), bank.balance("savings", "bob")) == (70, 130)


def test_a_refused_deposit_is_given_back_and_flows_are_listed(bank):
    program, addresses = bank.start("checking", "savings", "transfer", "gateway")
    start_transfer(addresses, id="transfer-2", **{"from": "alice"}, to="nobody", amount=30)
    wait_for(lambda: status(addresses, "transfer-2") == "refused")
    listed = bank.command("flows", "list", "--state", "done", "--ops", addresses["ops"])
    assert listed.returncode == 0 and "bank.transfer" in listed.stdout and "MOVE_REFUSED" in listed.stdout
    assert bank.command("flows", "retry", "transfer-2", "--ops", addresses["ops"]).returncode == 1
    program.terminate()
    assert program.wait(timeout=30) == 0
    with contextlib.closing(sqlite3.connect(bank.folder / "checking" / "checking.sqlite")) as database:
        assert database.execute("SELECT balance FROM accounts WHERE id = 'alice'").fetchone() == (100,)


def test_a_canceled_flow_stays_where_it_is(bank):
    _, at_checking = bank.start("checking")
    urls = {"CHECKING_SERVICE_URL": at_checking["grpc"]["checking"], "SAVINGS_SERVICE_URL": "127.0.0.1:1"}
    _, addresses = bank.start("transfer", "gateway", **urls)
    start_transfer(addresses, id="transfer-3", **{"from": "alice"}, to="bob", amount=30)
    wait_for(lambda: step_outcomes(bank, addresses, "transfer-3") == {"withdraw": "done"})
    canceled = bank.command("flows", "cancel", "transfer-3", "--ops", addresses["ops"])
    assert canceled.returncode == 0, canceled.stderr

    def shown() -> str:
        return bank.command("flows", "show", "transfer-3", "--ops", addresses["ops"]).stdout

    # The module ends it; it has no code for that, so what was withdrawn stays withdrawn.
    wait_for(lambda: f"{'state':<10}canceled\n" in shown() and f"{'ended':<10}" in shown())
    assert "withdraw" in shown()
