"""Reads statements that share lists of columns: the templates of kit/sql/text.hpp, computed as the compiler does."""

import json
import re

from report import _end_of_piece, code_only
from statements_values import value_of

CONSTANT = re.compile(r"\bText\s+(\w+)\s*\{")
WORD = re.compile(r"[\w:]+")
MADE = re.compile(r"\bsql::(?:text|insert|insert_many)\s*<")
ROWS_MANY = 16


def _columns(text):
    return text.split(", ")


def _insert(table, columns):
    parameters = ", ".join(f"${number}" for number, _ in enumerate(_columns(columns), 1))
    return f"INSERT INTO {table} ({columns}) VALUES ({parameters})"


def _insert_many(table, columns):
    count = len(_columns(columns))
    rows = ("(" + ", ".join(f"${row * count + column}" for column in range(1, count + 1)) + ")" for row in range(ROWS_MANY))
    return f"INSERT INTO {table} ({columns}) VALUES {', '.join(rows)}"


MAKERS = {
    "sql::text": lambda *parts: "".join(parts),
    "sql::list": lambda *lists: ", ".join(lists),
    "sql::qualified": lambda alias, columns: ", ".join(f"{alias}.{column}" for column in _columns(columns)),
    "sql::insert": _insert,
    "sql::insert_many": _insert_many,
}


class Reader:
    """Reads the arguments of templates. `texts` are the constants of the file by name."""

    def __init__(self, source):
        self.source = source
        self.texts = {}

    def behind_space(self, i):
        while i < len(self.source):
            comment = self.source.startswith(("//", "/*"), i)
            if not comment and not self.source[i].isspace():
                break
            i = _end_of_piece(self.source, i) if comment else i + 1
        return i

    def argument(self, i):
        """(text, index behind it) of the argument at `i`. The text is None where it cannot be computed."""
        i = self.behind_space(i)
        if self.source[i : i + 1] == '"' or self.source.startswith('R"', i):
            return self.literals(i)
        word = WORD.match(self.source, i)
        if not word:
            return None, i
        end = self.behind_space(word.end())
        if self.source[end : end + 1] != "<":
            return self.texts.get(word.group()), word.end()
        return self.made(word.group(), end + 1)

    def literals(self, i):
        text = ""
        while self.source[i : i + 1] == '"' or self.source.startswith('R"', i):
            end = _end_of_piece(self.source, i)
            text += value_of(self.source[i:end])
            i = self.behind_space(end)
        return text, i

    def made(self, name, i):
        """(text, index behind it) of the template whose arguments begin at `i`."""
        arguments = []
        while True:
            text, i = self.argument(i)
            arguments.append(text)
            i = self.behind_space(i)
            if self.source[i : i + 1] != ",":
                break
            i += 1
        if self.source[i : i + 1] != ">" or name not in MAKERS or None in arguments:
            return None, i
        return MAKERS[name](*arguments), i + 1


def with_literals(source):
    """The source with a literal in place of each text that the templates make. What cannot be computed becomes a name, which no
    text of a statement may have. Every line stays where it was."""
    reader = Reader(source)
    code = code_only(source)
    for constant in CONSTANT.finditer(code):
        reader.texts[constant.group(1)] = reader.argument(constant.end())[0]
    out, done = [], 0
    for made in MADE.finditer(code):
        if made.start() < done:
            continue
        text, end = reader.argument(made.start())
        lines = "\n" * source.count("\n", made.start(), end)
        out += [source[done : made.start()], "unknown" if text is None else json.dumps(text), lines]
        done = end
    return "".join([*out, source[done:]])
