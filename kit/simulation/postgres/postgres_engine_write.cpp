// How the model writes rows: the locks that a statement takes, the constraints that it checks, and
// the errors of a refused write.
#include "kit/simulation/postgres/postgres_engine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using Kind = PostgresStatement::Kind;

std::string row_name(const PostgresTable& table, const Cells& key) { return fmt::format("{} {}", table.name, describe(key)); }

bool is_integer(PostgresType type) {
    return type == PostgresType::int8 || type == PostgresType::int4 || type == PostgresType::int2;
}

std::string tag_of(Kind kind, std::size_t rows) {
    switch (kind) {
        case Kind::insert:
            return fmt::format("INSERT 0 {}", rows);
        case Kind::update:
            return fmt::format("UPDATE {}", rows);
        default:
            return fmt::format("DELETE {}", rows);
    }
}

/// Returns whether the row itself violates a constraint: CHECK or NOT NULL.
bool is_check(const PostgresSqlite::Failure& failure) {
    return failure.message.starts_with("CHECK constraint failed") || failure.message.starts_with("NOT NULL constraint failed");
}

SqlError missing_parent(const PostgresTable& child, const std::string& constraint) {
    return {
        .state = "23503",
        .message = fmt::format("insert or update on table \"{}\" violates foreign key constraint \"{}\"", child.name, constraint),
        .constraint = constraint,
        .table = child.name};
}

}  // namespace

PostgresEngine::Outcome PostgresEngine::write(PostgresTransaction& transaction, const PostgresPlan& plan,
                                              const Cells& parameters) {
    const auto& table = *catalog_.find(plan.statement.table);
    apply(&transaction);
    if (auto waits = lock(transaction, "table " + table.name, LockMode::table_rows)) return *std::move(waits);
    Writing writing{transaction, plan, parameters, table};
    if (auto failed = choose(writing)) return *std::move(failed);
    database_.must_run("SAVEPOINT statement");
    const auto take_back = [this] {
        database_.must_run("ROLLBACK TO statement");
        database_.must_run("RELEASE statement");
    };
    auto rows = database_.run(plan.run, parameters);
    // The new row is checked before the row is locked, and again if the statement had to wait for
    // it.
    const bool checked_first = !rows && writing.chosen.size() <= 1 && is_check(rows.error());
    auto waits = checked_first ? std::nullopt : lock_chosen(writing);
    if (waits || !rows) {
        take_back();
        return waits ? *std::move(waits) : refuse(writing, rows.error());
    }
    const auto columns = static_cast<std::ptrdiff_t>(plan.row_columns);
    for (auto& row : *rows) {
        writing.after.emplace_back(row.begin(), row.begin() + columns);
        row.erase(row.begin(), row.begin() + columns);
    }
    if (auto refusal = check_rows(writing)) {
        take_back();
        return *std::move(refusal);
    }
    database_.must_run("RELEASE statement");
    note(writing);
    auto tag = tag_of(plan.statement.kind, rows->size());
    if (!plan.statement.returns) rows->clear();
    return Done{*std::move(rows), std::move(tag)};
}

/// Finds the rows of the statement, in the order in which it finds them.
PostgresEngine::Refusal PostgresEngine::choose(Writing& writing) {
    if (writing.plan.choose.empty()) return std::nullopt;
    auto rows = database_.run(writing.plan.choose, writing.parameters);
    if (!rows) return error_of(&writing.table, rows.error(), writing.plan.choose);
    for (auto& row : *rows) {
        auto name = row_name(writing.table, writing.table.key_of(row));
        writing.before.emplace(name, std::move(row));
        writing.chosen.push_back(std::move(name));
    }
    return std::nullopt;
}

PostgresEngine::Refusal PostgresEngine::lock_chosen(Writing& writing) {
    const auto mode = writing.plan.statement.kind == Kind::update ? LockMode::no_key_update : LockMode::update;
    for (const auto& name : writing.chosen) {
        if (auto waits = lock(writing.transaction, name, mode)) return waits;
    }
    return std::nullopt;
}

PostgresEngine::Refusal PostgresEngine::check_rows(Writing& writing) {
    const auto& table = writing.table;
    const auto kind = writing.plan.statement.kind;
    for (const auto& row : writing.after) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (is_integer(table.columns[i].type) && std::holds_alternative<double>(row[i])) {
                return SqlError{.state = "22003", .message = "bigint out of range"};
            }
        }
        const auto name = row_name(table, table.key_of(row));
        const auto before = writing.before.find(name);
        const auto* const old = before == writing.before.end() ? nullptr : &before->second;
        if (kind == Kind::update && old == nullptr) throw NotModelled{"the model of PostgreSQL: UPDATE of a primary key"};
        if (kind == Kind::insert) {
            if (auto waits = lock(writing.transaction, name, LockMode::update)) return waits;
        }
        if (auto refusal = check_keys(writing, old, kind == Kind::erase ? nullptr : &row)) return refusal;
    }
    for (const auto& row : writing.after) {
        const auto before = writing.before.find(row_name(table, table.key_of(row)));
        const auto* const old = before == writing.before.end() ? nullptr : &before->second;
        auto refusal = kind == Kind::erase ? check_referrers(writing, row) : check_references(writing, old, row);
        if (refusal) return refusal;
    }
    return std::nullopt;
}

std::optional<Cells> PostgresEngine::unique_key_of(const UniqueKey& key, const Cells& row) {
    std::vector<Cells> found;
    if (key.columns.empty()) {
        found = database_.must_run(key.query, row);
    } else {
        auto& cells = found.emplace_back();
        for (const auto column : key.columns) cells.push_back(row[column]);
    }
    if (found.empty()) return std::nullopt;
    const auto is_null = [](const Cell& cell) { return std::holds_alternative<std::monostate>(cell); };
    if (std::ranges::any_of(found.front(), is_null)) return std::nullopt;
    return std::move(found.front());
}

/// Locks the keys that the row gets or gives up. Whether another transaction may have them depends
/// on the end of this transaction.
PostgresEngine::Refusal PostgresEngine::check_keys(Writing& writing, const Cells* before, const Cells* after) {
    for (const auto& key : writing.table.unique_keys) {
        const auto old = before == nullptr ? std::nullopt : unique_key_of(key, *before);
        const auto now = after == nullptr ? std::nullopt : unique_key_of(key, *after);
        if (old == now) continue;
        for (const auto& one : {old, now}) {
            if (!one) continue;
            if (auto waits = lock(writing.transaction, fmt::format("{} {}", key.name, describe(*one)), LockMode::update))
                return waits;
        }
        if (before == nullptr || !key.where.empty()) continue;
        // Another row may refer to such a key.
        const auto name = row_name(writing.table, writing.table.key_of(*before));
        if (auto waits = lock(writing.transaction, name, LockMode::update)) return waits;
    }
    return std::nullopt;
}

bool PostgresEngine::exists(const PostgresTable& table, const Cells& key) {
    return !database_.must_run(table.exists, key).empty();
}

PostgresEngine::Refusal PostgresEngine::check_references(Writing& writing, const Cells* before, const Cells& after) {
    for (const auto& reference : writing.table.foreign_keys) {
        const auto* const parent = catalog_.find(reference.parent);
        if (parent == nullptr || parent->primary_key.size() != reference.columns.size()) {
            throw NotModelled{fmt::format("the model of PostgreSQL: the foreign key {}", reference.name)};
        }
        Cells key;
        bool changed = before == nullptr;
        for (const auto column : reference.columns) {
            key.push_back(after[column]);
            changed |= before != nullptr && (*before)[column] != after[column];
        }
        const auto is_null = [](const Cell& cell) { return std::holds_alternative<std::monostate>(cell); };
        if (!changed || std::ranges::any_of(key, is_null)) continue;
        if (!exists(*parent, key)) {
            if (!reference.deferred) return missing_parent(writing.table, reference.name);
            writing.transaction.deferred.push_back({writing.table.name, reference.name, writing.table.key_of(after)});
        } else if (auto waits = lock(writing.transaction, row_name(*parent, key), LockMode::key_share)) {
            return waits;
        }
    }
    return std::nullopt;
}

/// Checks the rows that refer to a row that is deleted.
PostgresEngine::Refusal PostgresEngine::check_referrers(Writing& writing, const Cells& row) {
    const auto key = writing.table.key_of(row);
    for (const auto& [name, child] : catalog_.tables()) {
        for (const auto& reference : child.foreign_keys) {
            if (reference.parent != writing.table.name) continue;
            if (reference.deferred) throw NotModelled{"the model of PostgreSQL: DELETE where a deferred reference may point at"};
            std::string condition;
            for (std::size_t i = 0; i < reference.columns.size(); ++i) {
                condition += fmt::format("{}{} = ${}", i == 0 ? "" : " AND ", child.columns[reference.columns[i]].name, i + 1);
            }
            if (database_.must_run(fmt::format("SELECT 1 FROM {} WHERE {} LIMIT 1", name, condition), key).empty()) continue;
            return SqlError{
                .state = "23503",
                .message = fmt::format("update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
                                       writing.table.name, reference.name, name),
                .constraint = reference.name,
                .table = name};
        }
    }
    return std::nullopt;
}

std::optional<SqlError> PostgresEngine::check_deferred(PostgresTransaction& transaction) {
    for (const auto& [table, constraint, key] : transaction.deferred) {
        apply(&transaction);
        const auto& child = *catalog_.find(table);
        const auto& reference = *std::ranges::find(child.foreign_keys, constraint, &ForeignKey::name);
        const auto& parent = *catalog_.find(reference.parent);
        const auto rows = database_.must_run(
            fmt::format("SELECT {} FROM {} WHERE {}", child.column_list(), child.name, child.key_condition()), key);
        if (rows.empty()) continue;
        Cells wanted;
        for (const auto column : reference.columns) wanted.push_back(rows.front()[column]);
        if (!exists(parent, wanted)) return missing_parent(child, constraint);
    }
    return std::nullopt;
}

void PostgresEngine::note(Writing& writing) {
    for (auto& row : writing.after) {
        auto key = writing.table.key_of(row);
        const auto name = row_name(writing.table, key);
        const bool erased = writing.plan.statement.kind == Kind::erase;
        std::optional<Cells> before;
        if (const auto earlier = writing.transaction.changes.extract(name)) {
            before = std::move(earlier.mapped().before);
        } else if (const auto known = writing.before.find(name); known != writing.before.end()) {
            before = known->second;
        }
        writing.transaction.changes.emplace(
            name, PostgresTransaction::Change{writing.table.name, std::move(key),
                                              erased ? std::nullopt : std::optional{std::move(row)}, std::move(before)});
    }
}

// Refusals.

PostgresEngine::Outcome PostgresEngine::refuse(Writing& writing, const PostgresSqlite::Failure& failure) {
    auto error = error_of(&writing.table, failure, writing.plan.run);
    if (error.state == "23505") {
        if (auto waits = wait_for_remover(writing)) return *std::move(waits);
    }
    return error;
}

/// A committed row has the key. If an open transaction has given the key up, PostgreSQL waits for
/// the end of that transaction.
PostgresEngine::Refusal PostgresEngine::wait_for_remover(Writing& writing) {
    for (const auto& [id, other] : open_) {
        const auto in_table = [&](const auto& change) { return change.second.table == writing.table.name; };
        if (other == &writing.transaction || std::ranges::none_of(other->changes, in_table)) continue;
        database_.must_run("SAVEPOINT probe");
        for (const auto& [name, change] : other->changes) {
            database_.must_run(catalog_.find(change.table)->remove, change.key);
        }
        for (const auto& [name, change] : other->changes) {
            if (change.row) put(change);
        }
        const auto rows = database_.run(writing.plan.run, writing.parameters);
        const bool free = rows || error_of(&writing.table, rows.error(), writing.plan.run).state != "23505";
        database_.must_run("ROLLBACK TO probe");
        database_.must_run("RELEASE probe");
        if (free) return Outcome{Waits{id, "a key of " + writing.table.name}};
    }
    return std::nullopt;
}

SqlError PostgresEngine::unique_error(const PostgresTable& table, const std::string& message) const {
    const auto list = message.substr(message.find(": ") + 2);
    std::string name;
    if (list.starts_with("index '")) {
        name = list.substr(7, list.size() - 8);
    } else {
        // The list has the form "users.id, users.name".
        std::vector<std::string> columns;
        for (const auto& item : items_of(list)) columns.push_back(item.substr(item.find('.') + 1));
        std::vector<std::string> key;
        for (const auto column : table.primary_key) key.push_back(table.columns[column].name);
        if (columns == key) name = table.primary_key_name;
        for (const auto& unique : table.unique_keys) {
            if (name.empty() && items_of(unique.parts) == columns) name = unique.name;
        }
    }
    return {.state = "23505",
            .message = fmt::format("duplicate key value violates unique constraint \"{}\"", name),
            .constraint = name,
            .table = table.name};
}

SqlError PostgresEngine::error_of(const PostgresTable* table, const PostgresSqlite::Failure& failure,
                                  const std::string& sql) const {
    const auto after = [&](std::string_view mark) -> std::optional<std::string> {
        const auto at = failure.message.find(mark);
        if (at == std::string::npos) return std::nullopt;
        return failure.message.substr(at + mark.size());
    };
    if (table != nullptr) {
        if (after("UNIQUE constraint failed: ")) return unique_error(*table, failure.message);
        if (const auto name = after("CHECK constraint failed: ")) {
            return {.state = "23514",
                    .message = fmt::format("new row for relation \"{}\" violates check constraint \"{}\"", table->name, *name),
                    .constraint = *name,
                    .table = table->name};
        }
        if (const auto column = after("NOT NULL constraint failed: ")) {
            const auto name = column->substr(column->find('.') + 1);
            return {.state = "23502",
                    .message = fmt::format("null value in column \"{}\" of relation \"{}\" violates not-null constraint", name,
                                           table->name),
                    .table = table->name,
                    .column = name};
        }
    }
    if (failure.message == "integer overflow") return SqlError{.state = "22003", .message = "bigint out of range"};
    if (const auto name = after("no such table: "))
        return SqlError{.state = "42P01", .message = fmt::format("relation \"{}\" does not exist", *name)};
    if (const auto name = after("no such column: "))
        return SqlError{.state = "42703", .message = fmt::format("column \"{}\" does not exist", *name)};
    if (after(" already exists")) return SqlError{.state = "42P07", .message = "relation already exists"};
    throw NotModelled{fmt::format("the model of PostgreSQL: {}: {}", failure.message, sql)};
}

}  // namespace tw::simulation
