#!/usr/bin/env python3
"""The options of contracts promise what is kept.

Each option has a comment and, in docs/reference/contract.toml, either tests that exist or the mark "declared, not enforced yet", which
stands in its comment and in the guide as well. docs/reference/contract.md is made of all of that.
"""

import pathlib
import re
import sys

from report import finish

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/dev"))
import contract_page  # noqa: E402

GUIDE = "docs/guide/write-a-service.md"
WRITE = "build/lint/venv/bin/python tools/dev/contract_page.py writes it anew"


def exists(test, read):
    """Whether `file::test` is there; `read(path)` gives a file's text, or None where there is no such file."""
    file, _, name = test.partition("::")
    source = read(file)
    definition = rf"^def {name}\(" if file.endswith(".py") else rf"^(?:TEST|TEST_F|TEST_P)\(\w+, {name}\)"
    return bool(name and source and re.search(definition, source, re.MULTILINE))


def objections_to_option(group, option, entry, read):
    """What is wrong with one option, its comment and its entry in the table."""
    if entry is None:
        yield f"{contract_page.TABLE} says nothing of {group.name}.{option.name}"
        return
    if not option.comment:
        yield f"{option.name} has no comment that says what it does"
    if entry.enforced and not entry.tests:
        yield f"{contract_page.TABLE} names no test for {group.name}.{option.name}; without one it is `declared`"
    if entry.enforced == (contract_page.DECLARED in option.comment):
        said = "not enforced" if entry.enforced else "enforced"
        yield f"the comment of {option.name} leaves it {said}, and {contract_page.TABLE} does not: \"{contract_page.DECLARED}\""
    for test in entry.tests:
        if not exists(test, read):
            yield f"{contract_page.TABLE}: {group.name}.{option.name} names the test {test}, which does not exist"
    if not entry.enforced and f"`{option.name}`" not in (read(GUIDE) or ""):
        yield f"{GUIDE} does not name `{option.name}`, which is not enforced yet"


def objections_to(groups, table, read):
    """The places where options, table, tests, guide and page do not agree."""
    for group in groups:
        for option in group.options:
            entry = table.get(group.name, {}).get(option.name)
            for text in objections_to_option(group, option, entry, read):
                yield contract_page.OPTIONS, option.line, text
    known = {(group.name, option.name) for group in groups for option in group.options}
    told = {(group, name) for group, entries in table.items() for name in entries}
    for group, name in sorted(told - known):
        yield contract_page.TABLE, 1, f"there is no option {group}.{name}"
    if not known - told and read(contract_page.PAGE) != contract_page.page(groups, table):
        yield contract_page.PAGE, 1, f"this is not what the options and the table say; {WRITE}"


def read_file(path):
    file = ROOT / path
    return file.read_text() if file.is_file() else None


def main():
    return finish(list(objections_to(contract_page.read_options(), contract_page.read_table(), read_file)))


if __name__ == "__main__":
    sys.exit(main())
