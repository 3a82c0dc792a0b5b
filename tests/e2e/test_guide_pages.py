"""What pages of docs/guide show is true: their scripts are run as they stand there, and what they print is compared."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess

import pytest

from harness.ports import free_ports
from harness.process import ROOT, binary, clean_environment, run
from harness.system import ONE

SMALL = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")


def page(name: str) -> str:
    return (ROOT / "docs/guide" / name).read_text()


def blocks(name: str, language: str) -> list[str]:
    fences = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)
    return [text for found, text in fences if found == language]


def follow(script: str, system, folder, **names: str) -> str:
    """What a script of a page prints, with the address of this system in place of the usual one."""
    script = script.replace("http://localhost:8080", system.url)
    env = clean_environment(names | {"PATH": f"{binary().parent}:{os.environ['PATH']}"})
    ran = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=env, capture_output=True, text=True,
                         timeout=60, check=False)  # fmt: skip
    assert ran.returncode == 0, (script, ran.stdout, ran.stderr)
    return ran.stdout


def test_the_picture_of_an_orders_life_is_the_table_of_transitions():
    source = (ROOT / "services/order/order.hpp").read_text()
    table = {(before, event, after) for before, event, after in
             re.findall(r"Transition\{Status::(\w+), Event::(\w+), Status::(\w+)\}", source)}  # fmt: skip
    picture = re.findall(r"^ +(\w+) --> (\w+): (\w+)$", *blocks("order-life.md", "mermaid"), re.MULTILINE)
    assert len(table) > 5
    assert {(before, event, after) for before, after, event in picture} == table
    _, table_of_states = page("order-life.md").split("| state | meaning |")
    states = set(re.findall(r"^\| `(\w+)` \|", table_of_states.split("\n\n")[0], re.MULTILINE))
    assert states == {state for before, _, after in table for state in (before, after)}


def test_the_picture_of_a_payments_life_is_the_table_of_transitions():
    source = (ROOT / "services/payment/payment.hpp").read_text()
    table = {(before, event, after) for before, event, after in
             re.findall(r"Transition\{Status::(\w+), Event::(\w+), Status::(\w+)\}", source)}  # fmt: skip
    picture = re.findall(r"^ +(\w+) --> (\w+): (\w+)$", *blocks("payments.md", "mermaid"), re.MULTILINE)
    assert len(table) > 15
    assert {(before, event, after) for before, after, event in picture} == table
    states = set(re.findall(r"^\| `(\w+)` \|", page("payments.md").partition("## The calls")[0], re.MULTILINE))
    assert states == {state for before, _, after in table for state in (before, after)}


def test_the_tokens_of_the_page_are_those_of_the_simulated_provider():
    source = (ROOT / "services/payment/provider.cpp").read_text()
    tokens = set(re.findall(r'SimulatedToken\{"(tok_\w+)"', source))
    assert len(tokens) == 5
    assert tokens == set(re.findall(r"^\| `(tok_\w+)` \|", page("payments.md"), re.MULTILINE))


@SMALL
def test_the_script_of_a_payments_life_runs_and_prints_what_the_page_says(new_system, tmp_path):
    _, script = blocks("payments.md", "sh")
    assert follow(script, new_system(), tmp_path) == blocks("payments.md", "text")[0]


@SMALL
def test_the_script_of_an_orders_life_runs_and_prints_what_the_page_says(new_system, tmp_path):
    start, script = blocks("order-life.md", "sh")
    assert start == "./dev up\n"
    before, reserved, listed, canceled, after, *second_order = follow(script, new_system(), tmp_path).splitlines()
    shown = blocks("order-life.md", "text")[0].splitlines()
    assert [before, reserved] == shown[:2]
    assert second_order == shown[5:]
    assert after == before
    assert '"status":"pending"' in listed and listed.count('"user_id"') == 1
    assert '"status":"canceled"' in canceled and '"reason":"changed my mind"' in canceled


@SMALL
def test_what_api_clients_type_is_answered_as_the_page_says(new_system, tmp_path):
    shell = [text for text in blocks("api-clients.md", "sh") if "localhost" in text]
    listed, unchanged, repeated = (follow(text, new_system(), tmp_path) for text in shell)
    assert len(json.loads(listed)["products"]) == 2 and json.loads(listed)["next_page_token"]
    assert unchanged == "304\n"
    created, again, refused = [part for part in re.split(r"^HTTP/1.1 ", repeated, flags=re.MULTILINE) if part]
    assert created.startswith("200") and again.startswith("200") and created.splitlines()[-1] == again.splitlines()[-1]
    assert "idempotent-replayed" not in created and "idempotent-replayed: true" in again
    assert refused.startswith("422") and "IDEMPOTENCY_KEY_REUSED" in refused


def test_the_script_about_redis_runs_and_shows_what_the_page_says(tmp_path):
    start, install, script = blocks("redis.md", "sh")
    assert install.startswith("apt-get install --yes redis-server ")
    assert start == "REDIS_URL=redis://127.0.0.1:6379/0 tradewind up\n"
    path = f"{binary().parent}:{os.environ['PATH']}"
    ran = subprocess.run(["bash", "-euo", "pipefail", "-c", script.replace("6390", str(free_ports(1)[0]))], cwd=tmp_path,
                         env=clean_environment({"PATH": path}), capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert ran.returncode == 0, (ran.stdout, ran.stderr)
    first, key, second, ready = ran.stdout.splitlines()
    user = json.loads(first)["id"]
    assert key == f"tradewind:cache:user.1:{user}"
    assert second == first and ready == '{"status":"ready"}'


@SMALL
def test_the_commands_before_an_upgrade_run_and_an_old_program_refuses_a_newer_database(new_system, tmp_path):
    system = new_system()
    system.stop()
    data = system.folder / "up/data"
    shell = re.findall(r"^ +```sh\n(.*?)^ +```$", page("upgrade.md"), re.MULTILINE | re.DOTALL)
    planned, found = (follow(text, system, tmp_path, DATA=str(data)) for text in shell[:2])
    assert "user: nothing to do in sqlite:" in planned and "No problems found" in found

    with contextlib.closing(sqlite3.connect(data / "user.sqlite")) as database:
        database.execute("INSERT INTO tw_migrations SELECT schema, 3, 'future', checksum, applied_at FROM tw_migrations"
                         " WHERE schema = 'user' AND version = 2")  # fmt: skip
        database.commit()
    refused = run("up", "--ports", "auto", "--data", data, folder=tmp_path)
    assert refused.returncode == 69
    said, = (text for text in blocks("upgrade.md", "text") if text.startswith("tradewind: "))
    assert said.removeprefix("tradewind: ") in refused.stderr


def test_the_index_has_every_page():
    index = (ROOT / "docs/README.md").read_text()
    linked = set(re.findall(r"\]\(([^)#:]+)[^)]*\)", index))
    pages = {str(file.relative_to(ROOT / "docs")) for file in (ROOT / "docs").rglob("*.md")}
    pages = {one for one in pages if not one.startswith("decisions/0") and one != "README.md"}
    assert pages <= linked, pages - linked


def test_the_numbers_of_sizing_are_those_of_the_benchmarks():
    results = (ROOT / "benchmarks/README.md").read_text()
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| `\./dev bench (\w+)` \|$", page("production.md"), re.MULTILINE)
    assert len(rows) > 8
    for measured, benchmark in rows:
        assert f"| `{benchmark}` |" in results or f"\n## {benchmark}\n" in results
        for number in re.findall(r"\d[\d,.]*\d|\d", measured):
            assert re.search(rf"(?<![\d,.]){re.escape(number)}(?![\d])", results), f"{number} of {benchmark}"


@SMALL
def test_the_commands_of_the_checklist_run(new_system, tmp_path):
    script, = blocks("production.md", "sh")
    shown = follow(script.replace("doctor", "doctor --ports auto"), new_system(), tmp_path)
    assert "No problems found" in shown and "http.requests_per_second_max" in shown
