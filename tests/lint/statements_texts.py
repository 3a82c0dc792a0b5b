"""Finds the texts of SQL statements in C++: every `sql::Statement` constant, its literals put together as the compiler does."""

import dataclasses
import re

from report import _end_of_piece, code_only
from statements_lists import with_literals
from statements_values import value_of

# A constant; also what can't be read, so that it is refused: arrays, containers, parentheses, a Statement without a name.
DECLARED = re.compile(r"\bStatement\b(?:\s*(?:,\s*\w+\s*)?>)?\s*(\w*)\s*(?:\[\w*\]\s*)?(?:=\s*)?[({]")
TYPE_ITSELF = re.compile(r"\b(struct|class)\s+$")
FALLBACK = re.compile(r"\bFallback: (\w+)")


@dataclasses.dataclass
class Found:
    """`text` is None where it is more than literals; `fallback` is the constant that the comment above names."""

    path: str
    line: int
    name: str
    text: str | None
    fallback: str = ""


def _pieces(source, start):
    """The arguments of the braces that open before `start`: lists of (kind, text), kind "literal" or "code"."""
    arguments, depth, i = [[]], 0, start
    while i < len(source):
        end = _end_of_piece(source, i)
        piece = source[i:end]
        if end > i and piece[0] in "\"R":
            arguments[-1].append(("literal", piece))
        elif end == i and source[i] == "}" and depth == 0:
            break
        elif end == i and source[i] == "," and depth == 0:
            arguments.append([])
        elif end == i:
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(source[i], 0)
            if not source[i].isspace():
                arguments[-1].append(("code", source[i]))
        i = max(end, i + 1)
    return [argument for argument in arguments if argument]


def _text_of(arguments):
    """The text of a Statement with these arguments; None where it is more than literals."""
    named = {}
    for position, argument in enumerate(arguments):
        code = "".join(text for kind, text in argument if kind == "code")
        designator = re.fullmatch(r"\.(\w+)=", code)
        if code and not designator:
            continue
        key = designator.group(1) if designator else ("summary", "text")[min(position, 1)]
        named[key] = "".join(value_of(text) for kind, text in argument if kind == "literal")
    return named.get("text")


def _comment_above(source, start):
    lines = source[:start].splitlines()[:-1]
    comment = []
    while lines and lines[-1].lstrip().startswith("//"):
        comment.insert(0, lines.pop().lstrip("/ "))
    return " ".join(comment)


def statements_in(path, source):
    """Every Statement that `source` makes."""
    source = with_literals(source)
    code = code_only(source)
    found = []
    for match in DECLARED.finditer(code):
        if TYPE_ITSELF.search(code[: match.start()]) or TYPE_ITSELF.search(code[: match.start(1)] if match.group(1) else ""):
            continue
        line = code.count("\n", 0, match.start()) + 1
        fallback = FALLBACK.search(_comment_above(source, code.rfind("\n", 0, match.start()) + 2))
        text = _text_of(_pieces(source, match.end()))
        found.append(Found(path, line, match.group(1) or "a Statement without a name", text, fallback.group(1) if fallback else ""))
    return found
