"""The grammar that a statement keeps to: what SQLite, PostgreSQL, CockroachDB, YugabyteDB and Citus all take, as a list of what is
allowed. What is not on it is refused, with what to write instead where that is known."""

from statements_tree import Refused, ast, names, parsed, walk

STATEMENTS = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt)
ALLOWED = STATEMENTS + (
    ast.ResTarget, ast.ColumnRef, ast.String, ast.ParamRef, ast.A_Const, ast.Integer, ast.Float, ast.Boolean, ast.A_Expr,
    ast.BoolExpr, ast.SubLink, ast.FuncCall, ast.NullTest, ast.CaseExpr, ast.CaseWhen, ast.CoalesceExpr, ast.RowExpr,
    ast.TypeCast, ast.TypeName, ast.RangeVar, ast.RangeSubselect, ast.Alias, ast.JoinExpr, ast.SortBy, ast.LockingClause,
    ast.OnConflictClause, ast.InferClause, ast.IndexElem, ast.ReturningClause,
)  # fmt: skip
OPERATORS = {"=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "||", "~~", "!~~", "BETWEEN", "NOT BETWEEN"}
OPERATOR_KINDS = {"AEXPR_OP", "AEXPR_LIKE", "AEXPR_IN", "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_NULLIF"}
# octet_length is for migrations of PostgreSQL: SQLite has it from 3.43 on, and refuses the statement where it is older.
FUNCTIONS = {"count", "sum", "min", "max", "abs", "length", "like_escape", "octet_length"}
# blob is for migrations of SQLite, as octet_length is for those of PostgreSQL, which refuses it.
CASTS = {"int8", "text", "blob"}

BY_PROGRAM = "ids, times and chance are the program's: pass a parameter"
INSTEAD_OF_FUNCTION = {
    **dict.fromkeys(("now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"), BY_PROGRAM),
    **dict.fromkeys(("gen_random_uuid", "random", "setseed"), BY_PROGRAM),
    **dict.fromkeys(("nextval", "currval", "setval", "lastval"), "no sequences: the program makes a UUIDv7"),
    **dict.fromkeys(("lower", "upper"), "engines fold differently: the program folds, into a column of its own (email_folded)"),
}
ADVISORY = "no advisory locks, which CockroachDB only pretends to have: lock a row with FOR UPDATE"
INSTEAD_OF_NODE = {
    "A_Star": "name the columns: * changes with the table",
    "SQLValueFunction": BY_PROGRAM,
    "WithClause": "no WITH: write one statement after the other",
    "WindowDef": "no window functions: Citus computes them within one shard only",
    "MinMaxExpr": "SQLite has no GREATEST and LEAST: write CASE",
    "SetToDefault": "pass a value instead of DEFAULT",
    "A_ArrayExpr": "no arrays: SQLite has none",
    "A_Indirection": "no arrays and composite types: SQLite has none",
    "BooleanTest": "write = TRUE instead of IS TRUE",
    "TransactionStmt": "transactions and savepoints are the driver's: use Database::write or Database::transaction",
    "LockStmt": "no LOCK TABLE: lock rows with FOR UPDATE",
    "ListenStmt": "no LISTEN: ask again, or use the bus",
    "NotifyStmt": "no NOTIFY: write to the outbox",
    "DeclareCursorStmt": "no cursors: read by pages, WHERE id > $1 ORDER BY id LIMIT $2",
    "VariableSetStmt": "sessions are the driver's",
    "CallStmt": "no stored procedures",
    "DoStmt": "no procedural code",
    "MergeStmt": "no MERGE: INSERT … ON CONFLICT",
}


def function_objection(call):
    name = names(call.funcname)[-1]
    if name in INSTEAD_OF_FUNCTION:
        return f"{name}(): {INSTEAD_OF_FUNCTION[name]}"
    if "advisory" in name:
        return f"{name}(): {ADVISORY}"
    if "uuid" in name:
        return f"{name}(): {BY_PROGRAM}"
    if name not in FUNCTIONS:
        return f"{name}(): not a function of every engine; those are {', '.join(sorted(FUNCTIONS - {'like_escape', 'octet_length'}))}"
    return None


def operator_objection(node):
    kind, name = node.kind.name, names(node.name)[-1]
    if kind == "AEXPR_ILIKE":
        return "no ILIKE: keep a folded column and use LIKE"
    if kind == "AEXPR_OP_ANY":
        return "no = ANY(array): SQLite has no arrays; write IN ($1, $2, …) or one statement each"
    if kind not in OPERATOR_KINDS or name not in OPERATORS:
        return f"operator {name}: not one of every engine"
    return None


def select_objections(select):
    if select.limitOffset is not None:
        yield "no OFFSET: it reads what it skips; continue after the last key, WHERE id > $1 ORDER BY id LIMIT $2"
    if select.limitOption is not None and select.limitOption.name == "LIMIT_OPTION_WITH_TIES":
        yield "no WITH TIES: LIMIT"
    if select.op.name != "SETOP_NONE":
        yield "no UNION, INTERSECT, EXCEPT: write one statement after the other"
    if select.distinctClause and any(isinstance(item, ast.Node) for item in select.distinctClause):
        yield "no DISTINCT ON: GROUP BY"
    if select.intoClause is not None:
        yield "no SELECT INTO: tables are made by migrations"


def insert_objections(insert):
    if not insert.cols:
        yield "name the columns that INSERT fills"
    if insert.selectStmt is None or not insert.selectStmt.valuesLists:
        yield "INSERT takes VALUES: read first, in the same transaction"
    conflict = insert.onConflictClause
    if conflict is not None and conflict.infer is None:
        yield "name the columns of the conflict: ON CONFLICT (id)"
    elif conflict is not None and conflict.infer.conname:
        yield "SQLite has no ON CONFLICT ON CONSTRAINT: name its columns"
    elif conflict is not None and conflict.infer.whereClause is not None:
        yield "no ON CONFLICT on a partial index: engines choose it differently"


def change_objections(change):
    if change.whereClause is None:
        yield "UPDATE and DELETE have a WHERE"
    if getattr(change, "fromClause", None) or getattr(change, "usingClause", None):
        yield "UPDATE and DELETE name one table: no FROM and no USING"


def lock_objection(lock, fallback):
    if lock.strength.name != "LCS_FORUPDATE":
        return "of the row locks only FOR UPDATE: the others are not the same everywhere"
    if lock.lockedRels:
        return "no FOR UPDATE OF: lock the rows of one table"
    if lock.waitPolicy.name == "LockWaitError":
        return "no NOWAIT: the call's deadline bounds the wait"
    if lock.waitPolicy.name == "LockWaitSkip" and not fallback:
        return (
            "SKIP LOCKED is not taken by every engine: name the statement that does without, "
            "in a comment above this one: // Fallback: kNameOfIt"
        )
    return None


def returning_objections(statement):
    clause = getattr(statement, "returningClause", None)
    for node in walk(clause) if clause is not None else ():
        if isinstance(node, ast.SubLink):
            yield "no subquery in RETURNING: SQLite takes columns only"


def node_objections(node, fallback):
    """What is wrong with one node, without what is below it."""
    kind = type(node).__name__
    if not isinstance(node, ALLOWED):
        if kind != "A_Star":
            yield INSTEAD_OF_NODE.get(kind, f"{kind}: not a part of SQL that every engine has")
    elif isinstance(node, ast.FuncCall):
        yield function_objection(node)
    elif isinstance(node, ast.A_Expr):
        yield operator_objection(node)
    elif isinstance(node, ast.TypeCast) and names(node.typeName.names)[-1] not in CASTS:
        yield f"a cast to {names(node.typeName.names)[-1]}: CAST(… AS bigint) and CAST(… AS text) are those of every engine"
    elif isinstance(node, ast.RangeVar) and node.schemaname:
        yield "no schema before a table: where it lies is the database URL's"
    elif isinstance(node, ast.SelectStmt):
        yield from select_objections(node)
    elif isinstance(node, ast.InsertStmt):
        yield from insert_objections(node)
    elif isinstance(node, (ast.UpdateStmt, ast.DeleteStmt)):
        yield from change_objections(node)
    elif isinstance(node, ast.LockingClause):
        yield lock_objection(node, fallback)
    if isinstance(node, STATEMENTS):
        yield from returning_objections(node)


def star_objections(statement):
    """A * may stand in a derived table, from which the outer SELECT picks by name; nowhere else."""
    derived = {id(node.subquery) for node in walk(statement) if isinstance(node, ast.RangeSubselect)}
    inside = {id(below) for node in walk(statement) if id(node) in derived for target in node.targetList or () for below in walk(target)}
    for node in walk(statement):
        if isinstance(node, ast.A_Star) and id(node) not in inside:
            yield INSTEAD_OF_NODE["A_Star"]


def parameter_objections(statement):
    numbers = {node.number for node in walk(statement) if isinstance(node, ast.ParamRef)}
    missing = set(range(1, max(numbers, default=0) + 1)) - numbers
    if missing:
        yield f"${min(missing)} is not used: parameters count from $1 without gaps"


def check_text(text, fallback=""):
    """(statement, objections) of one statement's text; the statement is None where it does not parse."""
    try:
        statements = parsed(text)
    except Refused as refused:
        return None, [str(refused)]
    if len(statements) != 1:
        return None, ["one statement a text"]
    statement = statements[0][0]
    if not isinstance(statement, STATEMENTS):
        kind = type(statement).__name__
        return None, [INSTEAD_OF_NODE.get(kind, f"{kind}: statements are SELECT, INSERT, UPDATE and DELETE; the rest is for migrations")]
    found = [text for node in walk(statement) for text in node_objections(node, fallback) if text]
    found += [*star_objections(statement), *parameter_objections(statement)]
    return statement, list(dict.fromkeys(found))
