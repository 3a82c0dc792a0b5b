"""Users over HTTP."""

import collections
import re

import pytest

from harness.many import at_once
from harness.shop import TIMESTAMP, UUID_V7, create_user, done, new_email, pages, problem


def test_a_new_user_is_active_and_has_its_first_version(http):
    email = new_email()
    response = http.post("/api/users", json={"email": email, "name": "Zoë 雪"})
    user = done(response)
    assert re.match(UUID_V7, user["id"])
    assert (user["email"], user["name"], user["status"], int(user["version"])) == (email, "Zoë 雪", "active", 1)
    assert re.match(TIMESTAMP, user["created_at"]) and user["updated_at"] == user["created_at"]
    assert response.headers["etag"] == '"1"'
    assert done(http.get(f"/api/users/{user['id']}")) == user


def test_two_hundred_users_created_at_once_are_all_there_and_all_different(system, http):
    emails = [new_email() for _ in range(200)]
    created = at_once(system, 16, emails, lambda client, email: create_user(client, email=email))
    assert [user["email"] for user in created] == emails
    assert len({user["id"] for user in created}) == len(emails)
    read = at_once(system, 16, created, lambda client, user: done(client.get(f"/api/users/{user['id']}")))
    assert read == created


def test_an_email_can_be_taken_once_whatever_its_case(http):
    email = new_email()
    create_user(http, email=email)
    for again in (email, email.upper()):
        problem(http.post("/api/users", json={"email": again, "name": "Bob"}), 409, "EMAIL_TAKEN", "/email")
    assert len(pages(http, "/api/users", "users", email=email.title())) == 1


def test_an_email_can_be_taken_once_however_unicode_writes_it(http):
    local = new_email().split("@")[0]
    create_user(http, email=f"zoë{local}@exämple.com")
    for again in (f"ZOË{local}@EXÄMPLE.com", f"zoe\u0308{local}@exa\u0308mple.com", f"zoë{local}@xn--exmple-cua.com"):
        problem(http.post("/api/users", json={"email": again, "name": "Bob"}), 409, "EMAIL_TAKEN", "/email")
        assert len(pages(http, "/api/users", "users", email=again)) == 1
    create_user(http, email=f"zoe{local}@exämple.com")


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2066", "\u00a0", "\u0085", "\u00ad", "\ufeff", "\u3164"])
def test_characters_that_nobody_sees_are_refused_in_an_email_and_are_no_name(http, hidden):
    problem(http.post("/api/users", json={"email": f"a{hidden}{new_email()}", "name": "A"}), 400, "INVALID_FIELD", "/email")
    problem(http.post("/api/users", json={"email": new_email(), "name": hidden + " "}), 400, "INVALID_FIELD", "/name")


def test_of_many_who_want_an_email_at_once_exactly_one_gets_it(system, http):
    email = new_email()
    spellings = [email, email.upper()] * 16
    statuses = at_once(system, 16, spellings, lambda client, e: client.post("/api/users", json={"email": e, "name": "A"}).status_code)
    assert collections.Counter(statuses) == {200: 1, 409: 31}
    assert len(pages(http, "/api/users", "users", email=email)) == 1


def test_users_are_listed_page_by_page_in_the_order_they_came(http):
    created = [create_user(http)["id"] for _ in range(5)]
    listed = [user["id"] for user in pages(http, "/api/users", "users", page_size=2)]
    assert listed == sorted(listed)
    assert [user_id for user_id in listed if user_id in created] == created


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("page_size=1001", "/page_size"),
        ("page_size=-1", "/page_size"),
        ("page_size=many", "/page_size"),
        ("page_token=forged", "/page_token"),
    ],
)
def test_a_wrong_page_request_is_refused(http, query, pointer):
    problem(http.get(f"/api/users?{query}"), 400, "INVALID_FIELD", pointer)


def test_the_newest_come_first_if_asked_to(http):
    made = [create_user(http)["id"] for _ in range(3)]
    seen, token = [], ""
    while not set(made) <= set(seen):
        page = done(http.get("/api/users", params={"newest_first": "true", "page_size": 2, "page_token": token}))
        seen += [user["id"] for user in page["users"]]
        token = page["next_page_token"]
    # Other tests may make users meanwhile.
    assert seen == sorted(seen, reverse=True)
    problem(http.get("/api/users?newest_first=perhaps"), 400, "INVALID_FIELD", "/newest_first")


def test_an_unknown_query_parameter_is_refused(http):
    problem(http.get("/api/users?colour=red"), 400, "INVALID_FIELD", "/colour")


def test_an_update_changes_what_is_present_and_nothing_else(http):
    user = create_user(http)
    response = http.patch(f"/api/users/{user['id']}", json={"name": "Alice Cooper"})
    changed = done(response)
    assert (changed["name"], changed["email"], int(changed["version"])) == ("Alice Cooper", user["email"], 2)
    assert changed["created_at"] == user["created_at"] < changed["updated_at"]
    assert response.headers["etag"] == '"2"'
    assert done(http.get(f"/api/users/{user['id']}")) == changed


def test_an_update_of_another_version_is_refused(http):
    user = create_user(http)
    path = f"/api/users/{user['id']}"
    done(http.patch(path, json={"name": "One"}, headers={"If-Match": '"1"'}))
    problem(http.patch(path, json={"name": "Two"}, headers={"If-Match": '"1"'}), 412, "VERSION_MISMATCH")
    problem(http.patch(path, json={"name": "Two", "expected_version": 1}), 412, "VERSION_MISMATCH")
    assert done(http.get(path))["name"] == "One"


def test_an_update_to_an_email_of_another_is_refused(http):
    taken, user = create_user(http), create_user(http)
    problem(http.patch(f"/api/users/{user['id']}", json={"email": taken["email"].upper()}), 409, "EMAIL_TAKEN", "/email")
    assert done(http.get(f"/api/users/{user['id']}")) == user


def test_an_update_with_bad_fields_names_them_and_changes_nothing(http):
    user = create_user(http)
    bad = {"email": "nobody", "name": "x" * 201}
    problem(http.patch(f"/api/users/{user['id']}", json=bad), 400, "INVALID_FIELD", "/email", "/name")
    assert done(http.get(f"/api/users/{user['id']}")) == user


@pytest.mark.parametrize("user_id", ["0190b6a0-0000-7000-8000-000000000000", "none", "0190b6a0", "%27%20OR%201=1", "%ff"])
def test_an_id_of_nobody_is_not_found(http, user_id):
    problem(http.get(f"/api/users/{user_id}"), 404, "USER_NOT_FOUND")


def test_an_id_with_a_nul_is_refused_by_name(http):
    problem(http.get("/api/users/%00"), 400, "INVALID_FIELD", "/id")


def test_an_update_of_nobody_is_not_found(http):
    problem(http.patch("/api/users/none", json={"name": "A"}), 404, "USER_NOT_FOUND")
