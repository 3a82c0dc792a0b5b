"""PostgreSQL's own parser, and how its trees are walked. pglast lies in the environment that ./dev makes for lint."""

import glob
import pathlib
import site
import sys

_ENVIRONMENT = pathlib.Path(__file__).resolve().parents[2] / "build/lint/venv"
for _folder in glob.glob(str(_ENVIRONMENT / "lib/python3*/site-packages")):
    site.addsitedir(_folder)

try:
    import pglast
    from pglast import ast
except ImportError:
    sys.exit("lint needs pglast, PostgreSQL's parser: ./dev lint installs it")


class Refused(Exception):
    """The text is no SQL to PostgreSQL; says why."""


def parsed(text):
    """The statements of `text`, as (statement, offset)."""
    try:
        return [(raw.stmt, raw.stmt_location or 0) for raw in pglast.parse_sql(text)]
    except pglast.parser.ParseError as error:
        raise Refused(f"PostgreSQL cannot parse it: {error.args[0]}") from error


def children(node):
    """What lies directly below a node."""
    return _nodes(tuple(getattr(node, name) for name in node))


def _nodes(values):
    for value in values:
        if isinstance(value, ast.Node):
            yield value
        elif isinstance(value, tuple):
            yield from _nodes(value)


def walk(node):
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def names(strings):
    return tuple(string.sval for string in strings or () if isinstance(string, ast.String))


def conjuncts(condition):
    """The parts of a condition that all must hold."""
    if condition is None:
        return []
    if isinstance(condition, ast.BoolExpr) and condition.boolop.name == "AND_EXPR":
        return [part for argument in condition.args for part in conjuncts(argument)]
    return [condition]


def is_equality(node):
    return isinstance(node, ast.A_Expr) and node.kind.name == "AEXPR_OP" and names(node.name) == ("=",)


def column_name(node):
    """("o", "id") of o.id, ("", "id") of id; None of anything else."""
    if not isinstance(node, ast.ColumnRef):
        return None
    parts = names(node.fields)
    if len(parts) != len(node.fields) or len(parts) > 2:
        return None
    return ("", parts[0]) if len(parts) == 1 else parts
