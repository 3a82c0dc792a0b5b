#!/usr/bin/env python3
"""README.zh-CN.md is the translation of the README.md that lies beside it: it states the SHA-256 of the text that it translates.

A translation that is up to date again is marked so by `tests/lint/translation.py --done`.
"""

import hashlib
import pathlib
import re
import sys

from report import finish

ORIGINAL, TRANSLATION = "README.md", "README.zh-CN.md"
MARK = re.compile(r"^<!-- Translates README\.md with SHA-256 ([0-9a-f]{64})\. -->$", re.MULTILINE)
FENCE = re.compile(r"^```(?:sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def digest(original):
    return hashlib.sha256(original.encode()).hexdigest()


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def objections_to(original, translation):
    """(file, line, what is wrong)."""
    mark = MARK.search(translation)
    if not mark:
        yield TRANSLATION, 1, "the line '<!-- Translates README.md with SHA-256 … -->' is missing: tests/lint/translation.py --done adds it"
    elif mark.group(1) != digest(original):
        line = line_of(translation, mark.start())
        yield TRANSLATION, line, (
            f"{ORIGINAL} has changed since it was translated: bring what `git log -p {ORIGINAL}` shows into {TRANSLATION}, "
            "then run tests/lint/translation.py --done"
        )
    blocks = [[(found.group(1), line_of(text, found.start())) for found in FENCE.finditer(text)] for text in (original, translation)]
    without_comments = [[re.sub(r" +#[^\n]*", "", block) for block, _ in one] for one in blocks]
    for number, (block, line) in enumerate(blocks[1]):
        if number >= len(blocks[0]) or without_comments[1][number] != without_comments[0][number]:
            yield TRANSLATION, line, f"this block of code is not the one that {ORIGINAL} has here"
            return
    if len(blocks[1]) < len(blocks[0]):
        yield TRANSLATION, 1, f"{len(blocks[0]) - len(blocks[1])} blocks of code of {ORIGINAL} are missing at the end"


def marked(original, translation):
    """The translation with the mark that fits the original."""
    line = f"<!-- Translates README.md with SHA-256 {digest(original)}. -->"
    return MARK.sub(line, translation) if MARK.search(translation) else f"{translation.rstrip()}\n\n{line}\n"


def main():
    original, translation = (pathlib.Path(path).read_text() for path in (ORIGINAL, TRANSLATION))
    if sys.argv[1:] == ["--done"]:
        pathlib.Path(TRANSLATION).write_text(marked(original, translation))
        return 0
    return finish([*objections_to(original, translation)])


if __name__ == "__main__":
    sys.exit(main())
