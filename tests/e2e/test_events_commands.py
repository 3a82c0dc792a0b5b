"""`tradewind events dead` and /events/dead: what a consumer could not apply is listed, published again and dropped, in a running
program. The dead events are rows that this file writes, since no consumer of the shop fails."""

import json
import sqlite3
import time

import httpx
import pytest

from harness.process import Process, run
from harness.redis import RedisServer
from harness.shop import create_order, create_product, create_user, done

PAYLOAD = '{"secret":"tok_never_shown"}'
TRACE = "0af7651916cd43dd8448eb211c80319c"
INSERT = (
    "INSERT INTO dead_events (event_id, consumer, module, stream, type, aggregate_id, payload, traceparent, error, died_at)"
    " VALUES (?, 'user.test', 'user', 'user', 'user.registered', 'user-1', ?, ?, 'NO_ROOM: there is no room', ?)"
)


@pytest.fixture
def shop(tmp_path):
    """A running tradewind whose user service has three dead events: dead-1, dead-2, dead-3."""
    data = tmp_path / "data"
    assert run("migrate", "--data", data, folder=tmp_path).returncode == 0
    with sqlite3.connect(data / "user.sqlite") as database:
        for number in (1, 2, 3):
            row = (f"dead-{number}", PAYLOAD, f"00-{TRACE}-b7ad6b7169203331-01", 1_700_000_000_000_000 + number)
            database.execute(INSERT, row)
    database.close()
    process = Process("up", ["up", "--ports", "auto", "--data", str(data)], tmp_path)
    try:
        yield process.wait_ready()
        process.stop()
    finally:
        process.kill()


@pytest.fixture
def events(shop, tmp_path):
    def command(*words):
        return run("events", "dead", *words, "--ops", shop.ready["ops"], folder=tmp_path)

    return command


def listed(events, *words) -> list[str]:
    answer = events("list", "--json", *words)
    assert answer.returncode == 0, answer.stderr
    return [event["id"] for event in json.loads(answer.stdout)["events"]]


def test_dead_events_are_listed_as_a_table_and_as_json(events):
    table = events("list")
    assert table.returncode == 0
    head, *rows = table.stdout.splitlines()
    assert head.split() == ["MODULE", "CONSUMER", "TYPE", "ID", "DIED", "ERROR"]
    assert [row.split()[3] for row in rows] == ["dead-1", "dead-2", "dead-3"]
    assert listed(events) == ["dead-1", "dead-2", "dead-3"]
    assert listed(events, "--module", "user") == ["dead-1", "dead-2", "dead-3"]


def test_a_long_list_is_continued(events):
    first = json.loads(events("list", "--json", "--page-size", "2").stdout)
    assert [event["id"] for event in first["events"]] == ["dead-1", "dead-2"]
    assert listed(events, "--page-size", "2", "--page-token", first["next_page_token"]) == ["dead-3"]
    assert first["next_page_token"] in events("list", "--page-size", "2").stdout


def test_an_event_is_shown_without_its_payload(events):
    shown = events("show", "dead-1", "user.test")
    assert shown.returncode == 0
    for part in ("user.registered", "user-1", "NO_ROOM: there is no room", TRACE, f"{len(PAYLOAD)} bytes"):
        assert part in shown.stdout
    assert "tok_never_shown" not in shown.stdout + events("list", "--json").stdout


def test_a_redriven_event_is_published_again(shop, events):
    assert events("redrive", "dead-1", "user.test").stdout == "dead-1 is published again\n"
    assert listed(events) == ["dead-2", "dead-3"]
    give_up = time.monotonic() + 20
    while "tw_outbox_published_total{" not in (text := metrics(shop)) or published(text) < 1:
        assert time.monotonic() < give_up, text
        time.sleep(0.05)


def test_a_dropped_event_is_gone_and_both_changes_are_logged(shop, events):
    assert events("drop", "dead-1", "user.test").stdout == "dead-1 is dropped\n"
    assert events("redrive", "dead-2", "user.test").returncode == 0
    again = events("drop", "dead-1", "user.test")
    assert again.returncode == 1
    assert "the consumer user.test has no dead event dead-1" in again.stderr
    shop.stop()
    logged = {(one["event_name"], one["attributes"]["messaging.message.id"]) for one in shop.log_records() if one["event_name"].startswith("event.")}
    assert logged == {("event.dropped", "dead-1"), ("event.redriven", "dead-2")}


def test_wrong_words_are_refused_with_a_message_and_an_exit_code(shop, events, tmp_path):
    for words, code, part in (
        (("list", "--page-size", "0"), 64, "page_size must be 1 to 500"),
        (("list", "--page-token", "x"), 64, "page_token"),
        (("list", "--module", "payment"), 1, "modules with consumers of events here: user, order"),
        (("show", "dead-1"), 64, "CONSUMER"),
    ):
        answer = events(*words)
        assert (answer.returncode, part in answer.stderr) == (code, True), answer
    nobody = run("events", "dead", "list", "--ops", "127.0.0.1:1", folder=tmp_path)
    assert nobody.returncode == 69
    assert "no answer from the operations port at 127.0.0.1:1" in nobody.stderr


def test_a_page_of_another_web_site_can_change_nothing(shop, events):
    url = f"http://{shop.ready['ops']}/events/dead"
    body = {"action": "drop", "id": "dead-1", "consumer": "user.test"}
    refused = httpx.post(url, json=body, trust_env=False)
    assert (refused.status_code, refused.json()["code"]) == (403, "OPERATOR_HEADER")
    assert listed(events) == ["dead-1", "dead-2", "dead-3"]
    assert httpx.post(url, json=body, headers={"X-Operator": "1"}, trust_env=False).status_code == 200


def test_a_user_who_registers_is_an_event_that_is_published(shop):
    with httpx.Client(base_url=f"http://{shop.ready['http']}", trust_env=False) as http:
        create_user(http)
    give_up = time.monotonic() + 20
    while published(metrics(shop)) < 1:
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_events_go_through_redis_if_the_setting_says_so(tmp_path):
    redis = RedisServer().start()
    command = ["up", "--ports", "auto", "--data", str(tmp_path / "data"), "--set", "events.bus=redis"]
    process = Process("up", command, tmp_path, {"REDIS_URL": redis.url()})
    try:
        process.wait_ready()
        with httpx.Client(base_url=f"http://{process.ready['http']}", timeout=30, trust_env=False) as http:
            order = create_order(http, create_user(http)["id"], create_product(http, stock=3)["id"], 1)
            give_up = time.monotonic() + 20
            while not (entries := done(http.get(f"/api/orders/{order['id']}/timeline")).get("entries")):
                assert time.monotonic() < give_up
                time.sleep(0.05)
        assert [entry["type"] for entry in entries] == ["order.created"]
        assert 'messaging_destination_name="order",messaging_operation_name="send",messaging_system="redis"} 1' in metrics(process)
        process.stop()
    finally:
        process.kill()
        redis.close()


def metrics(shop) -> str:
    return httpx.get(f"http://{shop.ready['ops']}/metrics", trust_env=False).text


def published(text: str) -> float:
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith("tw_outbox_published_total{"))
