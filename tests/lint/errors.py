#!/usr/bin/env python3
"""Each reason of an error is explained in docs/reference/errors.toml, and the page made of it is up to date.

Files to check come on standard input. The codes in the table include those that the code makes a reason with.
"""

import collections
import pathlib
import re
import sys

import reasons
from report import finish, listed_files

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/dev"))
import errors_page  # noqa: E402

JUDGED = re.compile(r"(kit|services|apps/tradewind)/")
WRITE = "python3 tools/dev/errors_page.py writes it anew"
# The code is a constant, or a value that only the run knows.
MADE = re.compile(r'\b(?:Code::(\w+)|unreadable_|meaning),\s*(?:std::string\{)?(?:"([A-Z][A-Z0-9_]*)"|(?:reason::)?(k[A-Z]\w+))')
# Error not_found(std::string_view what, …) makes <WHAT>_NOT_FOUND.
MISSING = re.compile(r'\bnot_found\("(\w+)"')
DECLARED = re.compile(r'\bstd::string_view (k\w+) = "([A-Z][A-Z0-9_]*)";')


def constants_of(files):
    """Reasons by the names of their constants, which stand in a reasons.hpp or beside their use."""
    return {name: reason for text in files.values() for name, reason in DECLARED.findall(text)}


def reasons_of(files):
    """{reason: (path, line, codes)} of {path: text}."""
    judged = {path: text for path, text in files.items() if JUDGED.match(path) and not reasons.BESIDE.search(path)}
    known = constants_of(judged)
    found = {}

    def add(path, text, at, reason, code):
        entry = found.setdefault(reason, (path, text.count("\n", 0, at) + 1, set()))
        entry[2].update([code.upper()] if code else [])

    for path, text in judged.items():
        text = reasons.without_comments(text)
        if path.endswith("/reasons.hpp"):
            for declared in DECLARED.finditer(text):
                add(path, text, declared.start(), declared.group(2), None)
        for made in MADE.finditer(text):
            reason = made.group(2) or known.get(made.group(3))
            if reason:
                add(path, text, made.start(), reason, made.group(1))
        for made in MISSING.finditer(text):
            add(path, text, made.start(), made.group(1).upper() + "_NOT_FOUND", "not_found")
    return found


def objections_to(files, sections):
    """The places where code and table do not agree."""
    made = reasons_of(files)
    entries = collections.ChainMap(*(section.reasons for section in sections))
    for reason, (path, line, codes) in made.items():
        if reason not in entries:
            yield path, line, f"{errors_page.TABLE} does not explain the reason {reason}"
        elif not codes <= set(entries[reason].codes):
            missing = ", ".join(sorted(codes - set(entries[reason].codes)))
            yield path, line, f"{errors_page.TABLE} does not say that {reason} may have the code {missing}"
    for reason in entries.keys() - made.keys():
        yield errors_page.TABLE, 1, f"nothing makes the reason {reason}"
    if sum(len(section.reasons) for section in sections) > len(entries):
        yield errors_page.TABLE, 1, "a reason stands in two sections"


def main():
    files = {path: pathlib.Path(path).read_text(errors="replace") for path in listed_files()}
    found = list(objections_to(files, errors_page.read_table()))
    page = ROOT / errors_page.PAGE
    if not found and (not page.is_file() or page.read_text() != errors_page.made()):
        found.append((errors_page.PAGE, 1, f"this is not what the table and {errors_page.STATUSES} say; {WRITE}"))
    return finish(found)


if __name__ == "__main__":
    sys.exit(main())
