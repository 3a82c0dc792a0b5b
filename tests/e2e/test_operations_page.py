"""docs/reference/operations.md has the paths of the operations port, and no others; what it shows is what the port answers."""

import json
import re

import httpx
import pytest

from harness.process import ROOT
from harness.system import ONE

PAGE = (ROOT / "docs/reference/operations.md").read_text()
TABLE = PAGE[: PAGE.index("\n## ")]
SECTION = re.compile(r"^## `(?:GET|POST) (/[\w/]*)`\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What is different in each process, or with each request.
VARYING = {"/loops"}


# The answers that the page shows are those of `tradewind up`.
pytestmark = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")


def ask(system, path: str, method: str = "GET", **options) -> httpx.Response:
    return httpx.request(method, system.ops_url("gateway") + path, timeout=10, trust_env=False, **options)


def listed(system) -> dict[str, dict]:
    return {entry["path"]: entry for entry in ask(system, "/").json()["paths"]}


def test_the_page_lists_the_paths_of_the_port(system):
    rows = [line for line in TABLE.splitlines() if line.startswith("| [`/")]
    on_page = {path for row in rows for path in re.findall(r"`(/[\w/]*)`", row.split("|")[1])}
    assert on_page == set(listed(system))


def test_each_path_that_is_no_other_name_has_a_section(system):
    names = {path for path, entry in listed(system).items() if not entry["description"].startswith("Another name")}
    assert {path for path, _ in SECTION.findall(PAGE)} == names


def test_every_path_is_answered_and_takes_the_methods_that_are_listed(system):
    for path, entry in listed(system).items():
        assert ask(system, path).status_code == (200 if "GET" in entry["methods"] else 405), path
        refused = ask(system, path, "DELETE")
        assert refused.status_code == 405, path
        assert refused.headers["allow"].split(", ") == entry["methods"], path


def test_what_the_page_shows_has_the_members_of_the_answers(new_system):
    system = new_system()
    for path, section in SECTION.findall(PAGE):
        for shown in [json.loads(text) for text in SHOWN.findall(section)]:
            query = "?verbose" if "modules" in shown else ""
            answer = ask(system, path + query).json()
            assert answer.keys() == shown.keys(), path
            if path not in VARYING and "debug" not in shown.values() and path != "/version":
                assert answer == shown, path


def test_the_level_of_a_part_is_changed_as_the_page_says(new_system):
    system = new_system()
    before = ask(system, "/log_level").json()
    after = ask(system, "/log_level", "PUT", content="info,order=debug").json()
    assert after == before | {"order": "debug"}


def test_the_index_is_a_page_for_a_browser(system):
    page = ask(system, "/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path in listed(system):
        assert f'href=".{path}"' in page.text
