#!/usr/bin/env python3
"""Pages are written in plain sentences. Pages to check come on standard input, rooted at the repository.

Three things are listed: a word that readers have to guess at, with what to write instead; a sentence of more than 35 words; a line of
prose of more than 100 columns. Code, in blocks and in `backquotes`, is not read; each cell of a table and each item of a list is a text
of its own. A block of code also has to name its language, and a comment for `tests/pages/follow` has to be one that it understands.
"""

import pathlib
import re
import sys
import typing

from prose_words import INSTEAD
from report import finish, listed_files

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "pages"))

from steps import steps_of  # noqa: E402

READ = re.compile(
    r"(README|CONTRIBUTING)\.md|docs/(guide/)?[^/]+\.md|docs/reference/(command-line|errors|http-api|operations|settings|telemetry)\.md"
    r"|(benchmarks|codegen|tests/peers)/README\.md"
)

WORDS_MAX = 35
COLUMNS_MAX = 100
FENCE = re.compile(r"^ *```(\S*)")
ITEM = re.compile(r"^ *(?:[-*]|\d+\.) +")
ROW = re.compile(r"^ *\|")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')*_]*\s+")
# What stands for a piece of inline code, which is one word of its sentence.
CODE = "\x01"


class Text(typing.NamedTuple):
    """A paragraph, an item of a list, a heading or a cell of a table."""

    line: int  # of its beginning
    words: str


def without_markup(line):
    """The words of a line: no code, no targets of links, no comments."""
    line = re.sub(r"<!--.*?-->", "", line)
    line = re.sub(r"(`+)(?!`).+?\1", CODE, line)
    line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)
    return line.replace("**", "").replace("&nbsp;", " ")


def prose_lines(text):
    """(number, line) of what is not in a block of code."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
            yield number, ""
        else:
            yield number, "" if fenced else line


def texts(text):
    """The texts of a page, in order."""
    start, gathered = 0, []

    def complete():
        words = without_markup(" ".join(gathered))
        gathered.clear()
        return [Text(start, words)] if words.strip() else []

    for number, line in prose_lines(text):
        if not line.strip() or ROW.match(line) or ITEM.match(line) or line.startswith("#"):
            yield from complete()
        if ROW.match(line):
            yield from (Text(number, cell) for cell in without_markup(line.replace(r"\|", "/")).split("|") if cell.strip(" -:"))
        elif line.startswith("#"):
            yield Text(number, without_markup(line.lstrip("# ")))
        elif line.strip():
            if not gathered:
                start = number
            gathered.append(ITEM.sub("", line).strip())
    yield from complete()


def sentences(words):
    return [sentence for sentence in SENTENCE_END.split(words) if sentence.strip()]


def length(sentence):
    return sum(1 for word in sentence.split() if re.search(r"[\w\x01]", word))


def word_objections(text):
    for piece in texts(text):
        for pattern, instead in INSTEAD:
            for found in pattern.finditer(piece.words):
                yield piece.line, f"'{found.group().strip()}': write {instead}"


def length_objections(text):
    for piece in texts(text):
        for sentence in sentences(piece.words):
            if length(sentence) > WORDS_MAX:
                start = " ".join(sentence.replace(CODE, "`…`").split()[:6])
                yield piece.line, f"a sentence of {length(sentence)} words; {WORDS_MAX} are allowed: {start} …"


def width_objections(text):
    """A line that one long word or link fills cannot be broken."""
    for number, line in prose_lines(text):
        breakable = re.sub(r"\[[^\]]*\]\([^)]*\)|`[^`]*`", "x", line).strip()
        if len(line) > COLUMNS_MAX and not ROW.match(line) and " " in breakable and not line.lstrip().startswith(("<!--", "![")):
            yield number, f"a line of {len(line)} columns; {COLUMNS_MAX} are allowed"


def fence_objections(text):
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if fence and not fenced and not fence.group(1):
            yield number, "a block of code without a language: sh for what readers run, text for what is printed"
        fenced ^= bool(fence)


def mark_objections(text):
    try:
        steps_of("", text)
    except ValueError as wrong:
        _, line, said = str(wrong).split(":", 2)
        yield int(line), said.strip()


def objections_to(text):
    """(line, what is wrong) of each place in a page's text."""
    for rule in (word_objections, length_objections, width_objections, fence_objections, mark_objections):
        yield from rule(text)


def is_read(page):
    return bool(READ.fullmatch(page))


def main():
    pages = [page for page in listed_files() if is_read(page)]
    return finish([(page, line, text) for page in pages for line, text in objections_to(pathlib.Path(page).read_text())])


if __name__ == "__main__":
    sys.exit(main())
