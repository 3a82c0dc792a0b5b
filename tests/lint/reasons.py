#!/usr/bin/env python3
"""Each reason of an error is spelled once in kit/ and services/. Files to check come on standard input.

A reason that is made in several places, or compared, is a constant of a reasons.hpp. Tests spell reasons out, since they hold the
code to what clients see.
"""

import collections
import pathlib
import re
import sys

from report import _end_of_piece, finish, listed_files

JUDGED = re.compile(r"(kit|services)/")
BESIDE = re.compile(r"_(test|bench|fuzz|fixture)(_test)?\.[ch]pp$|(^|/)fake_|^kit/(testing|simulation)/")
DECLARED = re.compile(r'\bstd::string_view k\w+ = "([A-Z][A-Z0-9_]*)";')
MADE = re.compile(r'\bCode::\w+,\s*"([A-Z][A-Z0-9_]*)"')
COMPARED = re.compile(r'\breason(?:\(\))?\s*[!=]=\s*"([A-Z][A-Z0-9_]*)"')


def without_comments(text):
    """Every line stays where it was."""
    out, i = [], 0
    while i < len(text):
        end = _end_of_piece(text, i)
        comment = end > i and text.startswith(("//", "/*"), i)
        out.append(re.sub(r"[^\n]", " ", text[i:end]) if comment else text[i : max(end, i + 1)])
        i = max(end, i + 1)
    return "".join(out)


def places(pattern, text):
    return [(text.count("\n", 0, match.start(1)) + 1, match.group(1)) for match in pattern.finditer(text)]


def objections_to(files):
    """(path, line, what is wrong) of {path: text}."""
    spelled = collections.defaultdict(list)
    for path, text in files.items():
        if not JUDGED.match(path) or BESIDE.search(path):
            continue
        text = without_comments(text)
        pattern = DECLARED if path.endswith("/reasons.hpp") else MADE
        for line, reason in places(pattern, text):
            spelled[reason].append((path, line))
        for line, reason in places(COMPARED, text):
            yield path, line, f"{reason} is compared: write its constant of a reasons.hpp"
    for reason, found in spelled.items():
        # A constant is the place that the others should name.
        found.sort(key=lambda place: not place[0].endswith("/reasons.hpp"))
        for path, line in found[1:]:
            yield path, line, f"{reason} is spelled at {found[0][0]}:{found[0][1]}, too: write one constant of a reasons.hpp"


if __name__ == "__main__":
    sys.exit(finish(list(objections_to({path: pathlib.Path(path).read_text(errors="replace") for path in listed_files()}))))
