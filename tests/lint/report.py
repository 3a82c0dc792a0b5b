"""What the lint rules share: the places that they object to, and how they read C++."""

import re
import sys
import typing

RAW_STRING = re.compile(r'R"([^\s()\\]{0,16})\(')


def finish(objections):
    """Prints one line a place, in the form that editors can jump to, and gives the exit code."""
    for path, line, text in sorted(objections):
        print(f"{path}:{line}: {text}")
    return 1 if objections else 0


def listed_files():
    """The files to look at: one a line on standard input."""
    return [line for line in sys.stdin.read().splitlines() if line]


def _end_of_quoted(text, start):
    """Index behind a string or character literal that opens at `start`."""
    quote, i = text[start], start + 1
    while i < len(text) and text[i] not in (quote, "\n"):
        i += 2 if text[i] == "\\" else 1
    return min(i + 1, len(text))


def _end_of_piece(text, i):
    """Index behind the comment or literal that begins at `i`; `i` itself where none does."""
    if text.startswith("//", i):
        end = text.find("\n", i)
        return len(text) if end < 0 else end
    if text.startswith("/*", i):
        end = text.find("*/", i + 2)
        return len(text) if end < 0 else end + 2
    raw = RAW_STRING.match(text, i)
    if raw:
        close = f"){raw.group(1)}\""
        end = text.find(close, raw.end())
        return len(text) if end < 0 else end + len(close)
    # A quote between digits separates them: 10'000.
    if text[i] == '"' or (text[i] == "'" and not (i and text[i - 1].isalnum())):
        return _end_of_quoted(text, i)
    return i


def code_only(text):
    """The text with comments and literals blanked out; every line stays where it was."""
    out, i = [], 0
    while i < len(text):
        end = _end_of_piece(text, i)
        if end == i:
            out.append(text[i])
            i += 1
        else:
            out.append(re.sub(r"[^\n]", " ", text[i:end]))
            i = end
    return "".join(out)


class Comment(typing.NamedTuple):
    """One line of a // or /// comment."""

    line: int
    text: str  # without the slashes and the blanks around it
    owns_line: bool  # False where it stands behind code
    columns: int  # where the line ends


def comments(text):
    """The lines of // and /// comments, from the first to the last. What looks like one inside a literal is none."""
    i = 0
    while i < len(text):
        end = _end_of_piece(text, i)
        if end > i and text.startswith("//", i):
            start = text.rfind("\n", 0, i) + 1
            words = text[i:end].lstrip("/").removeprefix("<").strip()
            yield Comment(text.count("\n", 0, i) + 1, words, not text[start:i].strip(), end - start)
        i = max(end, i + 1)
