"""Redis may vanish, be slow, forget or hold rubbish: no result changes."""

import contextlib
import time

import pytest

from harness.metrics import Series
from harness.process import run
from harness.redis import RedisServer
from harness.shop import create_user
from harness.system import ONE

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")


@pytest.fixture
def redis():
    server = RedisServer()
    try:
        yield server.start()
    finally:
        server.close()


@pytest.fixture
def shop(new_system, redis):
    return new_system({"REDIS_URL": redis.url()})


def name_of(http, user: dict) -> str:
    answer = http.get(f"/api/users/{user['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()["name"]


def rename(http, user: dict, name: str):
    answer = http.patch(f"/api/users/{user['id']}", json={"name": name})
    assert answer.status_code == 200, answer.text


def check_that_changes_show(http, user: dict, label: str):
    """Whatever Redis does: what was written last is what is read."""
    for number in range(5):
        rename(http, user, f"{label} {number}")
        assert name_of(http, user) == f"{label} {number}"
        assert name_of(http, user) == f"{label} {number}"


def test_a_user_is_read_from_redis_and_never_older_than_written(shop, redis):
    with shop.client() as http:
        user = create_user(http)
        assert name_of(http, user) == name_of(http, user) == user["name"]
        assert "user.1:" in redis.ask("KEYS", "*")
        assert Series(shop).value("tw_cache_requests_total", tw_cache_outcome="hit") >= 1
        check_that_changes_show(http, user, "cached")


def test_what_redis_forgets_is_read_again(shop, redis):
    with shop.client() as http:
        user = create_user(http)
        for _ in range(3):
            assert name_of(http, user) == user["name"]
            redis.ask("FLUSHALL")
        check_that_changes_show(http, user, "flushed")


def test_rubbish_at_a_key_is_not_believed(shop, redis):
    with shop.client() as http:
        user = create_user(http)
        key = f"tradewind:cache:user.1:{user['id']}"
        redis.ask("LPUSH", key, "no", "row")
        assert name_of(http, user) == user["name"]
        check_that_changes_show(http, user, "wrong type")


def test_a_redis_without_memory_changes_nothing(shop, redis):
    with shop.client() as http:
        user = create_user(http)
        redis.ask("CONFIG", "SET", "maxmemory", "1")
        check_that_changes_show(http, user, "no memory")


def test_a_redis_that_dies_is_done_without_and_found_again(shop, redis):
    with shop.client() as http:
        user = create_user(http)
        check_that_changes_show(http, user, "before")
        redis.kill()
        started = time.monotonic()
        check_that_changes_show(http, user, "away")
        assert time.monotonic() - started < 5
        redis.start()
        check_that_changes_show(http, user, "back")
        deadline = time.monotonic() + 15
        while "user.1:" not in redis.ask("KEYS", "*"):
            assert time.monotonic() < deadline, "Redis was not used again"
            name_of(http, user)
            time.sleep(0.1)
        check_that_changes_show(http, user, "used again")


def test_a_redis_that_does_not_answer_slows_a_few_requests_only(shop, redis):
    with shop.client() as http:
        user = create_user(http)
        check_that_changes_show(http, user, "before")
        redis.pause()
        try:
            started = time.monotonic()
            check_that_changes_show(http, user, "paused")
            assert time.monotonic() - started < 5
            started = time.monotonic()
            check_that_changes_show(http, user, "skipped")
            assert time.monotonic() - started < 1.5, "after some time-outs it is not asked any more"
        finally:
            redis.go_on()
        check_that_changes_show(http, user, "answers again")


def test_limits_are_those_of_all_replicas(new_system, redis):
    limits = {"REDIS_URL": redis.url(), "TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "1", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "6"}
    first, second = new_system(limits), new_system(limits)
    with first.client() as one, second.client() as other:
        path = "/api/users/01a20000-0000-7000-8000-000000000000"
        statuses = [client.get(path).status_code for client in (one, other) * 5]
        assert statuses.count(404) in (6, 7), statuses
        refused = other.get(path)
        assert refused.status_code == 429
        assert refused.json()["code"] == "RATE_LIMITED"
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["ratelimit-policy"].startswith('"caller-route";q=6')
        redis.kill()
        assert one.get(path).status_code == 404, "without Redis each replica limits by itself"


@pytest.mark.parametrize("engine", ["postgresql"], scope="session")
def test_a_replica_sees_what_another_one_wrote(new_system, new_database, redis, tmp_path):
    with contextlib.ExitStack() as until:
        env = new_database(until) | {"REDIS_URL": redis.url()}
        first, second = (new_system(env) for _ in range(2))
        with first.client() as one, second.client() as other:
            user = create_user(one)
            for number in range(10):
                assert name_of(other, user) == name_of(one, user)
                rename(one, user, f"name {number}")
                assert name_of(other, user) == f"name {number}"


@pytest.mark.parametrize(
    "settings, url, hint",
    [
        (["--requirepass", "right-secret"], "redis://:wrong-secret@{address}/0", "password"),
        ([], "redis://{address}/99", "database"),
    ],
    ids=["password", "database"],
)
def test_a_redis_that_refuses_is_told_at_start(placement, settings, url, hint, tmp_path):
    redis = RedisServer(*settings).start()
    try:
        named = url.format(address=f"127.0.0.1:{redis.port}")
        refused = run("up", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env={"REDIS_URL": named})
        assert refused.returncode == 78, refused.stderr
        assert "redis.url" in refused.stderr and hint in refused.stderr
        assert "secret" not in refused.stderr + refused.stdout
    finally:
        redis.close()


def test_doctor_says_how_redis_is(placement, redis, tmp_path):
    def doctor(url: str):
        return run("doctor", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env={"REDIS_URL": url})

    well = doctor(redis.url())
    assert well.returncode == 0 and f"127.0.0.1:{redis.port}" in well.stdout, well
    wrong = doctor(f"redis://nobody:hidden@127.0.0.1:{redis.port}/0")
    assert wrong.returncode == 1 and "user or password" in wrong.stdout, wrong
    assert "hidden" not in wrong.stdout + wrong.stderr
    redis.kill()
    away = doctor(redis.url())
    assert away.returncode == 1 and "look whether the server runs there" in away.stdout, away


def test_a_url_that_is_none_is_refused_without_its_secret(placement, tmp_path):
    refused = run("up", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env={"REDIS_URL": "redis://:hidden@:x/y"})
    assert refused.returncode == 78, refused.stderr
    assert "redis.url" in refused.stderr and "hidden" not in refused.stderr


def test_a_redis_that_is_away_at_start_is_no_reason_not_to_start(new_system, redis):
    redis.kill()
    shop = new_system({"REDIS_URL": redis.url()})
    with shop.client() as http:
        check_that_changes_show(http, create_user(http), "away from the start")
