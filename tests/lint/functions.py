#!/usr/bin/env python3
"""Fails on functions that are too long to be read at once. Files to check come on standard input.

Counted are the lines from the opening brace to the closing one; lambdas belong to the function that they stand in.
"""

import pathlib
import re
import sys

from report import code_only, finish, listed_files

LINES_MAX = 70
SCOPE = re.compile(r"^(template )?(inline )?(namespace|class|struct|union|enum|extern)\b")
# What stands before a brace that holds values.
VALUES = re.compile(r"(=|\breturn|,|\()$")
MEMBER = re.compile(r"\)[^;]*:[^:;]*[\w>]$")


def innermost_removed(text, pattern, replacement):
    """`text` with the pairs that the pattern names replaced, from the inner ones outwards."""
    count = 1
    while count:
        text, count = re.subn(pattern, replacement, text)
    return text


def opens_function(head):
    """Whether a brace behind `head` (the text since the last `;`, `{` or `}` on the outer level) opens a function's body."""
    head = re.sub(r"^\s*#.*$", "", head, flags=re.MULTILINE)
    head = innermost_removed(head, r"\([^()]+\)", "()")
    head = innermost_removed(head, r"(?<!operator)<[^<>]*>", "")
    head = " ".join(re.sub(r"\[\[.*?\]\]|\balignas\(\)|\b(public|private|protected)\s*:(?!:)", "", head).split())
    if VALUES.search(head):
        return False
    return "()" in head if not SCOPE.search(head) else bool(re.search(r"\w\(\)", head))


def skip_braces(code, start):
    """Index behind the brace that closes the one at `start`."""
    depth, i = 0, start
    for i in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[i], 0)
        if depth == 0:
            break
    return i + 1


def is_member_initialiser(head, code, end):
    """Whether the braces that ended before `end` belong to a constructor's `: member_{value}, …`; the body comes later."""
    rest = code[end:].lstrip()[:1]
    return bool(MEMBER.search(head.rstrip())) and rest in (",", "{")


def functions(text):
    """(first line, lines) of every function's body."""
    code = code_only(text)
    resume, head_start = 0, 0
    for brace in re.finditer(r"[{};]", code):
        i = brace.start()
        if i < resume:
            continue
        head = code[head_start:i] if code[i] == "{" else ""
        if head and is_member_initialiser(head, code, skip_braces(code, i)):
            resume = skip_braces(code, i)
            continue
        head_start = i + 1
        if head and opens_function(head):
            resume = head_start = skip_braces(code, i)
            yield code.count("\n", 0, i) + 1, code.count("\n", i, resume) + 1


def check(paths):
    objections = []
    for path in paths:
        for first, lines in functions(pathlib.Path(path).read_text(errors="replace")):
            if lines > LINES_MAX:
                objections.append((path, first, f"a function of {lines} lines; {LINES_MAX} are allowed, 50 are the aim"))
    return objections


if __name__ == "__main__":
    sys.exit(finish(check(listed_files())))
