"""Which shards a statement touches: as few as can be, and rows of different shards together only where that is argued."""

import dataclasses

from statements_exceptions import ACROSS_SHARDS, REFERENCE_TABLES
from statements_tree import ast, column_name, conjuncts, is_equality, walk

VALUE = (ast.ParamRef, ast.A_Const)
LIST = "tests/lint/statements_exceptions.py"


@dataclasses.dataclass(eq=False)
class Occurrence:
    """A table where it stands in a statement; `same` is the occurrence whose shard it shares."""

    table: object
    fixed: set = dataclasses.field(default_factory=set)
    same: "Occurrence" = None

    def root(self):
        return self if self.same is None else self.same.root()

    def is_one_row(self):
        keys = [self.table.primary_key, *self.table.uniques.values()]
        return any(set(columns) <= self.fixed for columns in keys)


class Scope:
    """The names that one SELECT, UPDATE or DELETE sees."""

    def __init__(self, outer=None):
        self.outer = outer
        self.sources = {}

    def find(self, reference):
        """(occurrence, column) of a column's name; None where it is not a table's."""
        if reference is None:
            return None
        alias, column = reference
        for source_alias, source in self.sources.items():
            if alias and alias != source_alias:
                continue
            if isinstance(source, Scope):
                found = source.find(("", column))
                if found:
                    return found
            elif column in source.table.columns:
                return source, column
        return self.outer.find(reference) if self.outer else None


class Touched:
    """Every table that a statement names, joined to what it is equal to."""

    def __init__(self, statement, tables):
        self.tables = tables
        self.occurrences = []
        self.unknown = []
        self.by_value = {}
        self.visit(statement, None)

    def add(self, scope, node):
        if isinstance(node, ast.JoinExpr):
            self.add(scope, node.larg)
            self.add(scope, node.rarg)
        elif isinstance(node, ast.RangeSubselect):
            scope.sources[node.alias.aliasname if node.alias else ""] = self.visit(node.subquery, scope.outer)
        elif isinstance(node, ast.RangeVar):
            table = self.tables.get(node.relname)
            if table is None:
                self.unknown.append(node.relname)
                return
            occurrence = Occurrence(table)
            self.occurrences.append(occurrence)
            scope.sources[node.alias.aliasname if node.alias else node.relname] = occurrence

    def visit(self, query, outer):
        scope = Scope(outer)
        sources = getattr(query, "fromClause", None) or (getattr(query, "relation", None),)
        for source in sources:
            self.add(scope, source)
        conditions = conjuncts(getattr(query, "whereClause", None))
        for source in sources:
            joins = [node for node in walk(source) if isinstance(node, ast.JoinExpr)] if source is not None else []
            conditions += [part for join in joins for part in conjuncts(join.quals)]
        inside = self.subqueries(query, scope)
        for condition in conditions:
            self.equate(condition, scope, inside)
        return scope

    def subqueries(self, query, scope):
        """Visits the subqueries in expressions; their scopes by the identity of the SubLink."""
        found, derived = {}, set()
        for node in walk(query):
            if id(node) in derived:
                continue
            if isinstance(node, (ast.SubLink, ast.RangeSubselect)):
                below = node.subselect if isinstance(node, ast.SubLink) else node.subquery
                derived |= {id(item) for item in walk(below)}
                if isinstance(node, ast.SubLink):
                    found[id(node)] = self.visit(below, scope)
        return found

    def equate(self, condition, scope, inside):
        if is_equality(condition):
            left, right = condition.lexpr, condition.rexpr
            if isinstance(left, VALUE):
                left, right = right, left
            if isinstance(right, VALUE):
                self.fix(scope.find(column_name(left)), right)
            else:
                self.join(scope.find(column_name(left)), scope.find(column_name(right)))
        elif isinstance(condition, ast.SubLink) and condition.subLinkType.name == "ANY_SUBLINK" and not condition.operName:
            targets = condition.subselect.targetList
            inner = inside[id(condition)].find(column_name(targets[0].val))
            self.join(scope.find(column_name(condition.testexpr)), inner)

    def fix(self, found, value):
        if found is None:
            return
        occurrence, column = found
        occurrence.fixed.add(column)
        if column == occurrence.table.shard_key and isinstance(value, ast.ParamRef):
            self.join(found, self.by_value.setdefault(value.number, found))

    @staticmethod
    def join(left, right):
        if left is None or right is None or left[0].root() is right[0].root():
            return
        if left[1] == left[0].table.shard_key and right[1] == right[0].table.shard_key:
            left[0].root().same = right[0].root()

    def spread(self):
        """The occurrences that are spread over shards: all but the reference tables."""
        return [item for item in self.occurrences if item.table.name not in REFERENCE_TABLES]

    def is_on_one_shard(self):
        return any(item.table.shard_key in item.fixed for item in self.occurrences)


def select_objections(select, touched):
    if touched.is_on_one_shard() or any(item.is_one_row() for item in touched.occurrences):
        return
    selects = [node for node in walk(select) if isinstance(node, ast.SelectStmt)]
    if any(node.lockingClause for node in selects):
        lock = next(lock for node in selects for lock in node.lockingClause or ())
        if lock.waitPolicy.name != "LockWaitSkip":
            yield "FOR UPDATE names its shard, WHERE " + " and ".join(f"{t.table.shard_key} = $n" for t in touched.spread()[:1])
    if not any(node.limitCount is not None for node in selects):
        keys = ", ".join(dict.fromkeys(f"{item.table.name}.{item.table.shard_key}" for item in touched.occurrences))
        yield f"it reads every shard without a bound: ask by {keys} = $n or by a unique key, or add LIMIT"


def change_objections(change, touched):
    target = touched.tables[change.relation.relname]
    occurrence = touched.occurrences[0]
    if target.shard_key not in occurrence.fixed:
        yield f"it changes rows of every shard: WHERE {target.shard_key} = $n, one row each, or argue for it in ACROSS_SHARDS of {LIST}"
    for item in getattr(change, "targetList", None) or ():
        if item.name == target.shard_key:
            yield f"{target.shard_key} is what {target.name} is sharded by and never changes: delete and insert"


def insert_objections(insert, touched):
    table = touched.tables[insert.relation.relname]
    if table.shard_key not in [column.name for column in insert.cols or ()]:
        yield f"INSERT fills {table.shard_key}, which {table.name} is sharded by"
    conflict = insert.onConflictClause
    if conflict is not None and conflict.infer is not None and table.uniques:
        columns = {element.name for element in conflict.infer.indexElems or ()}
        if columns not in [set(key) for key in (table.primary_key, *table.uniques.values())]:
            yield "ON CONFLICT names the columns of the primary key or of a unique index"
    for item in (conflict.targetList if conflict is not None else None) or ():
        if item.name == table.shard_key:
            yield f"{table.shard_key} is what {table.name} is sharded by and never changes"


def across_objections(touched):
    if len({item.root() for item in touched.spread()}) < 2:
        return []
    named = " and ".join(dict.fromkeys(f"{item.table.name} ({item.table.shard_key})" for item in touched.spread()))
    return [f"it takes rows of different shards together, of {named}: join them on these, or ask one after the other"]


def check(statement, tables, place):
    """Objections to where the rows of `statement` lie; `place` is (path, constant)."""
    touched = Touched(statement, tables)
    if touched.unknown:
        return [f"no migration makes the table {name}" for name in touched.unknown]
    found = across_objections(touched)
    if isinstance(statement, ast.SelectStmt):
        found += select_objections(statement, touched) if touched.occurrences else []
    elif isinstance(statement, ast.InsertStmt):
        found += insert_objections(statement, touched)
    else:
        found += change_objections(statement, touched)
    if place in ACROSS_SHARDS:
        return [] if found else [f"it needs no entry in ACROSS_SHARDS of {LIST} any more"]
    return found
