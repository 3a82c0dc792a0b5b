"""Pages that say what is bounded and how that is proved: the tests that they name are there, and so are the settings."""

import re

import pytest
from harness.process import ROOT, run

PAGE = (ROOT / "docs/reference/hardening.md").read_text()


@pytest.mark.parametrize("page, named_least", [("hardening", 50), ("owasp", 30)])
def test_every_test_that_is_named_exists(page, named_least):
    named = re.findall(r"`([\w/]+\.(?:py|cpp))(?:::(\w+))?`", (ROOT / f"docs/reference/{page}.md").read_text())
    assert len(named) >= named_least
    for file, test in named:
        source = (ROOT / file).read_text()
        definition = rf"^def {test}\(" if file.endswith(".py") else rf"^TEST(?:_[FP])?\(\w+, {test}\)"
        assert not test or re.search(definition, source, re.MULTILINE), f"{file} has no test {test}"


def test_every_setting_has_the_default_that_is_said_of_it(tmp_path):
    shown = run("config", "show", folder=tmp_path).stdout
    defaults = dict(re.findall(r"^(\w+\.\w+) +(\S+) +default$", shown, re.MULTILINE))
    said = re.findall(r"`(\w+\.\w+_(?:ms|max))`(?: = (\d+))?", PAGE)
    assert said and all(value for _, value in said), said
    assert {name: value for name, value in said} == {name: defaults.get(name) for name, _ in said}
