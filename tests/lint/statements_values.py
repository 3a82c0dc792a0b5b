"""What a literal of C++ says."""

import ast

from report import RAW_STRING


def value_of(literal):
    raw = RAW_STRING.match(literal)
    if raw:
        return literal[raw.end() : -len(raw.group(1)) - 2]
    return ast.literal_eval(literal)
