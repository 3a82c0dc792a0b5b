"""Reads migrations into tables, and objects to what not every engine takes or what cannot be spread over shards."""

import dataclasses

from statements_exceptions import ONLY_SQLITE, REFERENCE_TABLES, WHOLE_ON_CITUS
from statements_grammar import node_objections
from statements_tree import Refused, ast, names, parsed, walk

TYPES = {"text", "int8", "int4", "bool", "timestamptz", "float8", "bytea"}
INSTEAD_OF_TYPE = {
    **dict.fromkeys(("serial", "bigserial", "smallserial"), "no serial: ids are the program's, UUIDv7 as text"),
    **dict.fromkeys(("json", "jsonb"), "keep the text and read it in the program"),
    "uuid": "ids are text",
    "timestamp": "timestamptz",
}
INSTEAD_OF_STATEMENT = {
    "CreateSeqStmt": "no sequences: the program makes a UUIDv7",
    "CreateTrigStmt": "no triggers: do it in the statement's own unit",
    "CreateFunctionStmt": "no stored functions: do it in the program",
    "CreateTableAsStmt": "name the columns and types of a table",
}
ALTERATIONS = {"AT_AddColumn", "AT_DropColumn", "AT_AddConstraint", "AT_DropConstraint", "AT_ValidateConstraint"}
ALTERATIONS |= {"AT_ColumnDefault", "AT_DropNotNull", "AT_SetNotNull"}


@dataclasses.dataclass
class Table:
    name: str
    path: str
    line: int
    columns: list = dataclasses.field(default_factory=list)
    primary_key: tuple = ()
    uniques: dict = dataclasses.field(default_factory=dict)
    foreign_keys: dict = dataclasses.field(default_factory=dict)
    constraints: set = dataclasses.field(default_factory=set)

    @property
    def shard_key(self):
        """What rows are spread by: the first column of the primary key."""
        return self.primary_key[0] if self.primary_key else None


def constraint_objections(constraint):
    kind = constraint.contype.name
    if kind == "CONSTR_IDENTITY":
        yield "no identity columns: ids are the program's, UUIDv7 as text"
    elif kind == "CONSTR_GENERATED":
        yield "no generated columns: the program computes them"
    elif kind in ("CONSTR_CHECK", "CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_FOREIGN") and not constraint.conname:
        yield "name the constraint: errors are told apart by its name"
    elif kind == "CONSTR_EXCLUSION":
        yield "no EXCLUDE: not every engine has it"
    if constraint.deferrable:
        yield "no deferred constraints: not every engine has them"
    if constraint.raw_expr is not None:
        for node in walk(constraint.raw_expr):
            yield from (text for text in node_objections(node, "") if text)


def type_objection(column):
    name = names(column.typeName.names)[-1] if column.typeName else "text"
    if name in TYPES and not column.typeName.arrayBounds:
        return None
    return f"{column.colname}: type {name} is not one of every engine; {INSTEAD_OF_TYPE.get(name, 'those are ' + ', '.join(sorted(TYPES)))}"


class Migrations:
    """The tables of one module after its migrations, and what is wrong with these."""

    def __init__(self):
        self.tables = {}
        self.objections = []
        self._place = ("", 0)

    def object(self, text):
        self.objections.append((*self._place, text))

    def apply(self, path, text):
        try:
            statements = parsed(text)
        except Refused as refused:
            self.objections.append((path, 1, str(refused)))
            return
        for statement, offset in statements:
            start = offset + len(text[offset:]) - len(text[offset:].lstrip())
            self._place = (path, text.count("\n", 0, start) + 1)
            self._apply(statement)

    def _apply(self, statement):
        kind = type(statement).__name__
        if isinstance(statement, ast.CreateStmt):
            self._create(statement)
        elif isinstance(statement, ast.IndexStmt):
            self._index(statement)
        elif isinstance(statement, ast.AlterTableStmt):
            self._alter(statement)
        elif isinstance(statement, ast.DropStmt) and statement.removeType.name in ("OBJECT_TABLE", "OBJECT_INDEX"):
            self._drop({names(item)[-1] for item in statement.objects})
        elif isinstance(statement, ast.RenameStmt):
            self.object("no renaming while replicas of both versions run: add, copy, then drop")
        elif isinstance(statement, (ast.UpdateStmt, ast.DeleteStmt, ast.InsertStmt)):
            for node in walk(statement):
                for text in filter(None, node_objections(node, "")):
                    self.object(text)
        else:
            self.object(INSTEAD_OF_STATEMENT.get(kind, f"{kind}: not a part of SQL that every engine has"))

    def _create(self, statement):
        if statement.relation.relpersistence != "p":
            self.object("no temporary and unlogged tables: engines differ, and pools share sessions")
        if statement.partspec is not None or statement.inhRelations:
            self.object("no partitions in migrations: how rows are spread is each engine's own (docs/guide/scaling.md)")
        table = Table(statement.relation.relname, *self._place)
        self.tables[table.name] = table
        for element in statement.tableElts or ():
            if isinstance(element, ast.ColumnDef):
                self._column(table, element)
            elif isinstance(element, ast.Constraint):
                self._constrain(table, element, names(element.keys))
            else:
                self.object("no LIKE: name the columns and types of a table")
        self._check_table(table)

    def _column(self, table, column):
        table.columns.append(column.colname)
        objection = type_objection(column)
        if objection:
            self.object(objection)
        for constraint in column.constraints or ():
            self._constrain(table, constraint, (column.colname,))

    def _constrain(self, table, constraint, columns):
        for text in constraint_objections(constraint):
            self.object(text)
        kind = constraint.contype.name
        if constraint.conname:
            table.constraints.add(constraint.conname)
        if kind == "CONSTR_PRIMARY":
            table.primary_key = columns
        elif kind == "CONSTR_UNIQUE":
            table.uniques[constraint.conname] = columns
        elif kind == "CONSTR_FOREIGN":
            own = names(constraint.fk_attrs) or columns
            table.foreign_keys[constraint.conname] = (own, constraint.pktable.relname, names(constraint.pk_attrs))

    def _check_unique(self, table, name):
        if table.shard_key not in table.uniques[name] and table.name not in WHOLE_ON_CITUS:
            self.object(
                f"{name}: a unique index contains what its table is sharded by ({table.name}.{table.shard_key}), or Citus cannot "
                "keep it; put it in, or give the table its entry and reason in WHOLE_ON_CITUS of tests/lint/statements_exceptions.py"
            )

    def _check_table(self, table):
        if not table.primary_key:
            self.object(f"{table.name} has no primary key: its first column is what rows are spread by")
        for name in table.uniques:
            self._check_unique(table, name)
        for name in table.foreign_keys:
            self._check_foreign_key(table, name)

    def _check_added(self, table, constraint):
        if constraint.conname in table.uniques:
            self._check_unique(table, constraint.conname)
        if constraint.conname in table.foreign_keys:
            self._check_foreign_key(table, constraint.conname)

    def _check_foreign_key(self, table, name):
        own, target_name, referred = table.foreign_keys[name]
        target = self.tables.get(target_name)
        if target is None:
            self.object(f"{name}: {target_name} is no table of this module")
            return
        pairs = dict(zip(own, referred or target.primary_key))
        if target_name in REFERENCE_TABLES or pairs.get(table.shard_key) == target.shard_key:
            return
        self.object(
            f"{name}: a foreign key stays within a shard: {table.name} is sharded by {table.shard_key}, and that must refer to "
            f"{target_name}.{target.shard_key}; else check it in the program, or name {target_name} in REFERENCE_TABLES of "
            "tests/lint/statements_exceptions.py with the reason"
        )

    def _index(self, statement):
        if not statement.idxname:
            self.object("name the index: errors are told apart by its name")
        if statement.concurrent:
            self.object("no CONCURRENTLY: a migration is one transaction")
        if statement.accessMethod != "btree" or statement.indexIncludingParams:
            self.object("indexes are plain: no USING and no INCLUDE")
        columns = tuple(element.name for element in statement.indexParams)
        if None in columns:
            self.object("no index on an expression: keep what it computes in a column")
        table = self.tables.get(statement.relation.relname)
        if table is None:
            self.object(f"{statement.relation.relname} is no table of this module")
        else:
            table.constraints.add(statement.idxname)
            if statement.unique:
                table.uniques[statement.idxname] = columns
                self._check_unique(table, statement.idxname)

    def _alter(self, statement):
        table = self.tables.get(statement.relation.relname)
        if table is None:
            self.object(f"{statement.relation.relname} is no table of this module")
            return
        for command in statement.cmds:
            kind = command.subtype.name
            if kind not in ALTERATIONS:
                self.object(f"{kind[3:]}: not a change of a table that every engine makes; add a column, copy, then drop")
            elif kind == "AT_AddColumn":
                self._column(table, command.def_)
                for constraint in command.def_.constraints or ():
                    self._check_added(table, constraint)
            elif kind == "AT_AddConstraint":
                self._constrain(table, command.def_, names(command.def_.keys))
                self._check_added(table, command.def_)
            elif kind == "AT_DropColumn":
                table.columns = [name for name in table.columns if name != command.name]
            elif kind == "AT_DropConstraint":
                self._forget(table, command.name)

    def _drop(self, dropped):
        for name in dropped:
            self.tables.pop(name, None)
            for table in self.tables.values():
                self._forget(table, name)

    @staticmethod
    def _forget(table, name):
        table.constraints.discard(name)
        table.uniques.pop(name, None)
        table.foreign_keys.pop(name, None)


def shape(tables):
    """What must be alike in both engines: tables with their columns, keys and the names of what errors are told apart by."""
    return {
        name: (table.columns, table.primary_key, sorted(set(table.constraints) - set(ONLY_SQLITE)), sorted(table.foreign_keys))
        for name, table in tables.items()
    }
