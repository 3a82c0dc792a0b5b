"""docs/reference/hardening.md says what is bounded and how that is proved: the tests that it names are there, and so are the settings."""

import re

from harness.process import ROOT, run

PAGE = (ROOT / "docs/reference/hardening.md").read_text()
NAMED_LEAST = 50


def test_every_test_that_is_named_exists():
    named = re.findall(r"`([\w/]+\.(?:py|cpp))(?:::(\w+))?`", PAGE)
    assert len(named) >= NAMED_LEAST
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
