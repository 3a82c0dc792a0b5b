"""Reads a page as the steps that a reader follows: its blocks of shell commands, in order, with what they print.

A block ```sh is run. A block ```text right behind it is what it prints. An HTML comment before a block says more:

    <!-- follow: stays until TEXT -->   the block is a program that stays; the reader goes on when it has printed TEXT
    <!-- follow: fails -->              the block ends with an exit code that is not 0
    <!-- follow: not run, REASON -->    the block cannot be run in a minimal Debian

`<!-- follow: Ctrl-C -->` by itself is the reader who ends all programs that stay. A block with the sign … in it has a place that
the reader fills in, so it is not run.
"""

import re
import typing

PLACEHOLDER = "it has a place (…) that the reader fills in"
PIECE = re.compile(
    r"^(?P<fence>(?P<indent> *)```(?P<language>[\w-]*)(?P<info>[^\n]*)\n(?P<body>.*?)^ *```$)|^ *<!-- follow: (?P<mark>.*?) -->$",
    re.MULTILINE | re.DOTALL,
)


class Step(typing.NamedTuple):
    page: str
    line: int  # of the fence, or of the comment
    kind: str  # run, stays, fails, not run, Ctrl-C
    detail: str  # what `stays` waits for, why a block is not run
    commands: str
    prints: tuple  # lines of the blocks of text behind it

    @property
    def name(self):
        return f"{self.page}:{self.line}"


def parse_mark(mark, where):
    """(kind, detail) of a comment."""
    for kind, pattern in (("stays", r"stays until (.+)"), ("not run", r"not run, (.+)"), ("fails", r"fails()"), ("Ctrl-C", r"Ctrl-C()")):
        found = re.fullmatch(pattern, mark)
        if found:
            return kind, found.group(1)
    raise ValueError(f"{where}: there is no mark 'follow: {mark}'")


def without_indent(piece):
    indent = len(piece["indent"])
    return "".join(line[indent:] if line[:indent].isspace() else line for line in piece["body"].splitlines(keepends=True))


def steps_of(page, text):
    """The steps of a page; ValueError names a comment that nobody understands or that no block follows."""
    steps, mark, end = [], None, 0
    for piece in PIECE.finditer(text):
        line = text.count("\n", 0, piece.start()) + 1
        between, end = text[end : piece.start()].strip(), piece.end()
        if piece["mark"]:
            if mark:
                raise ValueError(f"{page}:{line}: no block of sh follows the mark before this one")
            mark = (*parse_mark(piece["mark"], f"{page}:{line}"), line)
            if mark[0] == "Ctrl-C":
                steps.append(Step(page, line, "Ctrl-C", "", "", ()))
                mark = None
        elif piece["language"] == "sh" and not piece["info"].strip():
            kind, detail, _ = mark or ("run", "", line)
            body = without_indent(piece)
            if not mark and "…" in body:
                kind, detail = "not run", PLACEHOLDER
            steps.append(Step(page, line, kind, detail, body, ()))
            mark = None
        elif piece["language"] == "text" and steps and not between and steps[-1].kind != "Ctrl-C" and not mark:
            steps[-1] = steps[-1]._replace(prints=(*steps[-1].prints, *without_indent(piece).splitlines()))
    if mark:
        raise ValueError(f"{page}:{mark[2]}: no block of sh follows this mark")
    return steps
