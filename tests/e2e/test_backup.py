"""Backup, restore and the way to PostgreSQL: the commands of docs/guide/backup.md, as they stand there."""

import contextlib
import os
import pathlib
import re
import subprocess
import threading

import httpx
import pytest

from harness.postgres import programs
from harness.process import ROOT, Process, binary, clean_environment, run
from harness.shop import create_order, create_product, create_user, done, pages, stock

BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/guide/backup.md").read_text(), re.DOTALL | re.MULTILINE)
NAMES, RUN, BACKUP, RESTORE, COPY, START, DUMP, LOAD = BLOCKS
assert RUN == 'tradewind up --data "$DATA"\n'
assert START == 'DATABASE_URL="$SHOP_URL" tradewind up\n'


def follow(block: str, folder: pathlib.Path, **names: str) -> str:
    """Runs a block of the page. PostgreSQL's tools come before what else the machine has."""
    path = f"{binary().parent}:{programs()}:{os.environ['PATH']}"
    env = clean_environment({"PATH": path, **names})
    ran = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, (block, ran.stdout, ran.stderr)
    return ran.stdout


@contextlib.contextmanager
def shop(folder: pathlib.Path, env: dict[str, str] | None = None, modules: list[str] | None = None):
    """A running tradewind on the data folder, and a client of it."""
    command = ["serve", *modules] if modules else ["up"]
    name = "-".join(modules or ["up"])
    process = Process(name, [*command, "--ports", "auto", "--data", str(folder / "data")], folder, env)
    try:
        ready = process.wait_ready().ready
        with httpx.Client(base_url=f"http://{ready.get('http', 'none')}", timeout=30, trust_env=False) as http:
            yield http
        process.stop()
    finally:
        process.kill()


def fill(http: httpx.Client) -> dict:
    """Some of everything: an order that has stock reserved, one that was cancelled, a payment, text that SQL could stumble over."""
    user = create_user(http, name="O'Brien \\ Grün 🛒")
    bought = create_product(http, stock=7)
    order = create_order(http, user["id"], bought["id"], 2)
    canceled = create_order(http, user["id"])
    done(http.post(f"/api/orders/{canceled['id']}/cancel", json={"reason": "no"}))
    done(http.post("/api/payments", json={
        "order_id": order["id"], "user_id": user["id"], "amount": order["total"], "payment_token": "tok_ok",
    }))  # fmt: skip
    return {"user": user["id"], "product": bought["id"], "order": order["id"]}


def seen(http: httpx.Client, made: dict) -> list:
    return [
        done(http.get(f"/api/users/{made['user']}")),
        done(http.get(f"/api/orders/{made['order']}")),
        stock(http, made["product"]),
        len(pages(http, "/api/users", "users")),
    ]


def test_a_backup_of_a_running_shop_is_restored_as_the_guide_says(tmp_path):
    names = {"DATA": str(tmp_path / "data"), "BACKUPS": str(tmp_path / "backups")}
    with shop(tmp_path) as http:
        made = fill(http)
        before = seen(http, made)
        said = follow(BACKUP, tmp_path, **names)
        assert "user.sqlite" in said and "processes use the databases" not in said
        create_user(http)
        done(http.post(f"/api/orders/{made['order']}/cancel", json={"reason": "later"}))
        in_use = run("restore", tmp_path / "backups/monday", "--data", tmp_path / "data", "--force", folder=tmp_path)
        assert in_use.returncode == 69 and "in use" in in_use.stderr, in_use
    kept = run("restore", tmp_path / "backups/monday", "--data", tmp_path / "data", folder=tmp_path)
    assert kept.returncode == 69 and "--force" in kept.stderr, kept
    follow(RESTORE, tmp_path, **names)
    with shop(tmp_path) as http:
        assert seen(http, made) == before
        create_user(http)


def test_a_backup_under_load_has_each_order_with_the_stock_that_is_reserved_for_it(tmp_path):
    names = {"DATA": str(tmp_path / "data"), "BACKUPS": str(tmp_path / "backups")}
    enough = threading.Event()
    with shop(tmp_path) as http:
        user, bought = create_user(http), create_product(http, stock=100_000)

        def order_on():
            with httpx.Client(base_url=str(http.base_url), timeout=30, trust_env=False) as own:
                while not enough.is_set():
                    create_order(own, user["id"], bought["id"], 1)

        threads = [threading.Thread(target=order_on) for _ in range(4)]
        for thread in threads:
            thread.start()
        follow(BACKUP, tmp_path, **names)
        enough.set()
        for thread in threads:
            thread.join()
    follow(RESTORE, tmp_path, **names)
    with shop(tmp_path) as http:
        orders = [o for o in pages(http, "/api/orders", "orders", user_id=user["id"]) if o["status"] == "pending"]
        # A reservation comes before its order: a moment in between has reservations without orders, one for each client at most.
        reserved = stock(http, bought["id"])["reserved"]
        assert len(orders) <= reserved <= len(orders) + 4


def test_a_backup_of_modules_in_processes_of_their_own_and_of_none(tmp_path):
    data, backups = tmp_path / "data", tmp_path / "backups"
    with shop(tmp_path, modules=["user"]), shop(tmp_path, modules=["catalog"]):
        made = run("backup", backups / "apart", "--data", data, folder=tmp_path)
        # The other two have no database yet.
        assert made.returncode == 0, made
        assert "2 processes" in made.stdout or "3 processes" in made.stdout, made
    made = run("backup", backups / "idle", "--data", data, folder=tmp_path)
    assert made.returncode == 0, made
    assert (backups / "idle" / "user.sqlite").is_file()
    again = run("backup", backups / "idle", "--data", data, folder=tmp_path)
    assert again.returncode == 69 and "not empty" in again.stderr, again


def test_a_backup_in_a_folder_with_a_long_name(tmp_path):
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    with shop(folder) as http:
        create_user(http)
        made = run("backup", tmp_path / "backup", "--data", folder / "data", folder=tmp_path)
        assert made.returncode == 0, made
    assert sorted(path.name for path in (folder / "data").glob("*control*")) == []


def test_a_damaged_or_unfinished_backup_is_not_restored(tmp_path):
    with shop(tmp_path) as http:
        create_user(http)
        follow(BACKUP, tmp_path, DATA=str(tmp_path / "data"), BACKUPS=str(tmp_path))
    copy = tmp_path / "monday" / "user.sqlite"
    copy.write_bytes(copy.read_bytes()[:4096])
    damaged = run("restore", tmp_path / "monday", "--data", tmp_path / "other", folder=tmp_path)
    assert damaged.returncode == 69 and "user.sqlite" in damaged.stderr, damaged
    (tmp_path / "monday" / "backup.txt").unlink()
    unfinished = run("restore", tmp_path / "monday", "--data", tmp_path / "other", folder=tmp_path)
    assert unfinished.returncode == 69 and "not a backup" in unfinished.stderr, unfinished
    assert not (tmp_path / "other" / "user.sqlite").exists()


@pytest.mark.parametrize("engine", ["sqlite"], scope="session")
def test_the_way_from_sqlite_to_postgresql_and_its_backup_are_as_the_guide_says(tmp_path, postgres, engine):
    with contextlib.ExitStack() as until:
        urls = {name: postgres.url(until.enter_context(postgres.database())) for name in ("SHOP_URL", "COPY_URL")}
        names = {"DATA": str(tmp_path / "data"), "BACKUPS": str(tmp_path), **urls}
        with shop(tmp_path) as http:
            made = fill(http)
            before = seen(http, made)
            in_use = run("copy", "--to", urls["SHOP_URL"], "--data", tmp_path / "data", folder=tmp_path)
            assert in_use.returncode == 69 and "in use" in in_use.stderr, in_use
        said = follow(COPY, tmp_path, **names)
        assert "rows of users" in said and "pending" not in said
        again = run("copy", "--to", urls["SHOP_URL"], "--data", tmp_path / "data", folder=tmp_path)
        assert again.returncode == 69 and "not empty" in again.stderr, again
        with shop(tmp_path / "served", {"DATABASE_URL": urls["SHOP_URL"]}) as http:
            assert seen(http, made) == before
            create_user(http)
            after = seen(http, made)
            follow(DUMP, tmp_path, **names)
        follow(LOAD, tmp_path, **names)
        with shop(tmp_path / "restored", {"DATABASE_URL": urls["COPY_URL"]}) as http:
            assert seen(http, made) == after
        nothing = run("backup", tmp_path / "none", folder=tmp_path, env={"DATABASE_URL": urls["SHOP_URL"]})
        assert nothing.returncode == 69 and "pg_dump" in nothing.stderr, nothing


def test_copy_keeps_the_password_of_its_url(tmp_path):
    with shop(tmp_path) as http:
        create_user(http)
    refused = run("copy", "--to", "postgresql://u:wordpass@127.0.0.1:1/x", "--data", tmp_path / "data", folder=tmp_path)
    assert refused.returncode == 69 and "Connection refused" in refused.stderr, refused
    assert "wordpass" not in refused.stdout + refused.stderr


def test_migrate_says_what_it_has_applied(tmp_path):
    first = run("migrate", "--data", tmp_path / "data", folder=tmp_path)
    assert re.search(r"^user: applied 0001 users in sqlite:", first.stdout, re.MULTILINE), first
    second = run("migrate", "--data", tmp_path / "data", folder=tmp_path)
    assert re.search(r"^user: nothing to do, the schema is up to date in sqlite:", second.stdout, re.MULTILINE), second
