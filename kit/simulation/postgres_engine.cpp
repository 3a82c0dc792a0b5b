#include "kit/simulation/postgres_engine.hpp"

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

SqlError sql_error(std::string state, std::string message) { return {.state = std::move(state), .message = std::move(message)}; }

std::string tag_of(Kind kind, std::size_t rows) {
    switch (kind) {
        case Kind::insert:
            return fmt::format("INSERT 0 {}", rows);
        case Kind::update:
            return fmt::format("UPDATE {}", rows);
        case Kind::erase:
            return fmt::format("DELETE {}", rows);
        default:
            return fmt::format("SELECT {}", rows);
    }
}

/// Of the row by itself: CHECK or NOT NULL.
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

PostgresEngine::PostgresEngine() {
    add_functions();
    database_.must_run("CREATE TABLE pg_settings (name text PRIMARY KEY, setting text) WITHOUT ROWID");
    database_.must_run(
        "INSERT INTO pg_settings VALUES ('fsync', 'on'), ('full_page_writes', 'on'), ('synchronous_commit', 'on')");
}

void PostgresEngine::add_functions() {
    database_.add_function("now", 0, [this](const Cells&) -> Cell { return running_->host->transaction_time(); });
    database_.add_function("pg_backend_pid", 0,
                           [this](const Cells&) -> Cell { return std::int64_t{running_->host->backend_pid()}; });
    database_.add_function("current_schema", 0, [](const Cells&) -> Cell { return std::string{"public"}; });
    database_.add_function("pg_advisory_xact_lock", 1, [](const Cells&) -> Cell { return std::string{}; });
    database_.add_function("to_regclass", 1, [this](const Cells& arguments) -> Cell {
        const auto& name = std::get<std::string>(arguments[0]);
        return catalog_.find(name) == nullptr ? Cell{} : Cell{name};
    });
    database_.add_function("octet_length", 1, [](const Cells& arguments) -> Cell {
        const auto* const text = std::get_if<std::string>(arguments.data());
        return text == nullptr ? Cell{} : Cell{static_cast<std::int64_t>(text->size())};
    });
    database_.add_function("set_config", 3, [this](const Cells& arguments) -> Cell {
        if (arguments[2] != Cell{std::int64_t{1}}) throw NotModelled{"the model of PostgreSQL: set_config for the session"};
        return running_->host->set_local(std::get<std::string>(arguments[0]), std::get<std::string>(arguments[1]));
    });
    database_.add_function("pg_sleep", 1, [this](const Cells& arguments) -> Cell {
        const auto* const real = std::get_if<double>(arguments.data());
        running_->host->sleep(real != nullptr ? *real : static_cast<double>(std::get<std::int64_t>(arguments[0])));
        return std::string{};
    });
}

std::unique_ptr<PostgresTransaction> PostgresEngine::begin(PostgresHost& host) {
    auto transaction = std::make_unique<PostgresTransaction>();
    transaction->id = ++last_;
    transaction->host = &host;
    open_[transaction->id] = transaction.get();
    return transaction;
}

// Plans.

std::expected<PostgresPlan, SqlError> PostgresEngine::plan(const std::string& sql, const std::vector<PostgresType>& declared) {
    PostgresPlan plan;
    plan.statement = parse_statement(sql);
    const auto& statement = plan.statement;
    auto tables = statement.sources;
    if (!statement.table.empty()) tables.insert(tables.begin(), statement.table);
    for (std::size_t i = 0; i < statement.parameter_columns.size(); ++i) {
        auto type = i < declared.size() ? declared[i] : PostgresType::unknown;
        const auto& column = statement.parameter_columns[i];
        if (type == PostgresType::unknown && !column.empty()) {
            type = catalog_.type_of_column(tables, column).value_or(PostgresType::unknown);
        }
        plan.parameters.push_back(type == PostgresType::unknown ? PostgresType::text : type);
    }
    if (statement.kind != Kind::select && !statement.changes_rows()) return plan;
    if (statement.changes_rows() && catalog_.find(statement.table) == nullptr) {
        return std::unexpected{sql_error("42P01", fmt::format("relation \"{}\" does not exist", statement.table))};
    }
    complete(plan);
    const auto columns = database_.columns(plan.run);
    if (!columns) return std::unexpected{error_of(nullptr, columns.error(), sql)};
    describe_columns(plan, *columns);
    return plan;
}

void PostgresEngine::complete(PostgresPlan& plan) {
    const auto& statement = plan.statement;
    plan.run = statement.text;
    const auto* const table = catalog_.find(statement.table);
    if (table == nullptr) return;
    if (statement.kind == Kind::update || statement.kind == Kind::erase || statement.for_update) {
        plan.choose = fmt::format("SELECT {} FROM {} {}", table->column_list(), table->name, statement.choice);
    }
    if (!statement.changes_rows()) return;
    plan.row_columns = table->columns.size();
    plan.run += " RETURNING " + table->column_list();
    for (const auto& item : statement.items) plan.run += ", " + item;
}

void PostgresEngine::describe_columns(PostgresPlan& plan, const std::vector<PostgresSqlite::Column>& columns) const {
    const auto& statement = plan.statement;
    auto as_select = statement;
    if (as_select.sources.empty()) as_select.sources.push_back(statement.table);
    const bool item_by_item = statement.items.size() == columns.size() - plan.row_columns;
    for (auto i = plan.row_columns; i < columns.size(); ++i) {
        const auto& item = item_by_item ? statement.items[i - plan.row_columns] : columns[i].name;
        plan.columns.push_back({columns[i].name, catalog_.type_of(as_select, columns[i], item)});
    }
}

// Whose changes the database in memory has.

void PostgresEngine::put(const PostgresTransaction::Change& change) {
    const auto& table = *catalog_.find(change.table);
    std::string places;
    for (std::size_t i = 1; i <= table.columns.size(); ++i) places += fmt::format("{}${}", i == 1 ? "" : ", ", i);
    database_.must_run(fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, table.column_list(), places), *change.row);
}

void PostgresEngine::apply(PostgresTransaction* transaction) {
    if (applied_ == transaction) return;
    put_back();
    if (transaction == nullptr) return;
    database_.must_run("BEGIN");
    applied_ = transaction;
    // Keys move from row to row, so that all old rows go first.
    for (const auto& [name, change] : transaction->changes) {
        const auto& table = *catalog_.find(change.table);
        database_.must_run(fmt::format("DELETE FROM {} WHERE {}", table.name, table.key_condition()), change.key);
    }
    for (const auto& [name, change] : transaction->changes) {
        if (change.row) put(change);
    }
}

void PostgresEngine::put_back() {
    if (applied_ == nullptr) return;
    if (applied_->changed_tables) throw NotModelled{"the model of PostgreSQL: a migration beside other transactions"};
    database_.must_run("ROLLBACK");
    applied_ = nullptr;
}

void PostgresEngine::commit(PostgresTransaction& transaction) {
    if (!transaction.changes.empty() || transaction.changed_tables) {
        apply(&transaction);
        database_.must_run("COMMIT");
        applied_ = nullptr;
        if (transaction.changed_tables) catalog_.keep();
    } else if (applied_ == &transaction) {
        put_back();
    }
    locks_.release(transaction.id);
    open_.erase(transaction.id);
}

void PostgresEngine::roll_back(PostgresTransaction& transaction) {
    if (applied_ == &transaction) {
        database_.must_run("ROLLBACK");
        applied_ = nullptr;
        if (transaction.changed_tables) catalog_.reload();
    }
    locks_.release(transaction.id);
    open_.erase(transaction.id);
}

// Statements.

PostgresEngine::Outcome PostgresEngine::run(PostgresTransaction& transaction, const PostgresPlan& plan, const Cells& parameters) {
    running_ = &transaction;
    const auto& statement = plan.statement;
    if (statement.kind == Kind::select) return select(transaction, plan, parameters);
    if (statement.changes_rows()) return write(transaction, plan, parameters);
    if (statement.changes_tables()) return change_tables(transaction, plan);
    if (statement.kind == Kind::lock_table) {
        if (auto waits = lock(transaction, "table " + statement.table, LockMode::table_share)) return *std::move(waits);
        return Done{{}, "LOCK TABLE"};
    }
    throw NotModelled{fmt::format("the model of PostgreSQL: {}", statement.text)};
}

PostgresEngine::Refusal PostgresEngine::lock(PostgresTransaction& transaction, const std::string& name, LockMode mode) {
    if (const auto other = locks_.take(transaction.id, name, mode)) return Outcome{Waits{*other, name}};
    return std::nullopt;
}

PostgresEngine::Refusal PostgresEngine::take_advisory(PostgresTransaction& transaction, const PostgresPlan& plan) {
    constexpr std::string_view kCall = "pg_advisory_xact_lock(";
    const auto& items = plan.statement.items;
    if (items.empty() || !items.front().starts_with(kCall)) return std::nullopt;
    return lock(transaction, "advisory lock " + items.front().substr(kCall.size()), LockMode::update);
}

PostgresEngine::Outcome PostgresEngine::select(PostgresTransaction& transaction, const PostgresPlan& plan,
                                               const Cells& parameters) {
    apply(transaction.changes.empty() && !transaction.changed_tables ? nullptr : &transaction);
    if (auto waits = take_advisory(transaction, plan)) return *std::move(waits);
    if (plan.statement.for_update) {
        Writing locking{transaction, plan, parameters, *catalog_.find(plan.statement.table)};
        if (auto failed = choose(locking)) return *std::move(failed);
        if (auto waits = lock_chosen(locking)) return *std::move(waits);
    }
    auto rows = database_.run(plan.run, parameters);
    if (!rows) return error_of(nullptr, rows.error(), plan.run);
    auto tag = tag_of(Kind::select, rows->size());
    return Done{*std::move(rows), std::move(tag)};
}

PostgresEngine::Outcome PostgresEngine::change_tables(PostgresTransaction& transaction, const PostgresPlan& plan) {
    const auto& statement = plan.statement;
    const bool exists = catalog_.find(statement.table) != nullptr;
    if (statement.kind != Kind::create_table || !(statement.if_not_exists && exists)) {
        for (const auto& [id, other] : open_) {
            if (other != &transaction && !other->changes.empty()) {
                throw NotModelled{"the model of PostgreSQL: a migration beside other transactions"};
            }
        }
        apply(&transaction);
        if (const auto failed = catalog_.change(statement)) return error_of(nullptr, *failed, statement.text);
        transaction.changed_tables = true;
    }
    switch (statement.kind) {
        case Kind::create_table:
            return Done{{}, "CREATE TABLE"};
        case Kind::create_index:
            return Done{{}, "CREATE INDEX"};
        default:
            return Done{{}, "ALTER TABLE"};
    }
}

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
    // What a row would become is checked before the row is locked, and again when it had to be waited for.
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

/// The rows that the statement finds, in the order in which it finds them.
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
                return sql_error("22003", "bigint out of range");
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

std::optional<Cells> PostgresEngine::unique_key_of(const PostgresTable& table, const UniqueKey& key, const Cells& row) {
    std::string columns;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        columns += fmt::format("{}${} AS {}", i == 0 ? "" : ", ", i + 1, table.columns[i].name);
    }
    const auto where = key.where.empty() ? std::string{} : " WHERE " + key.where;
    auto found = database_.must_run(fmt::format("SELECT {} FROM (SELECT {}){}", key.parts, columns, where), row);
    if (found.empty()) return std::nullopt;
    const auto is_null = [](const Cell& cell) { return std::holds_alternative<std::monostate>(cell); };
    if (std::ranges::any_of(found.front(), is_null)) return std::nullopt;
    return std::move(found.front());
}

/// Keys that the row gets or gives up are locked: whether another transaction may have them depends on how this one ends.
PostgresEngine::Refusal PostgresEngine::check_keys(Writing& writing, const Cells* before, const Cells* after) {
    for (const auto& key : writing.table.unique_keys) {
        const auto old = before == nullptr ? std::nullopt : unique_key_of(writing.table, key, *before);
        const auto now = after == nullptr ? std::nullopt : unique_key_of(writing.table, key, *after);
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
    return !database_.must_run(fmt::format("SELECT 1 FROM {} WHERE {}", table.name, table.key_condition()), key).empty();
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

/// Of a row that is deleted.
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
        writing.transaction.changes.erase(name);
        writing.transaction.changes.emplace(name,
                                            PostgresTransaction::Change{writing.table.name, std::move(key),
                                                                        erased ? std::nullopt : std::optional{std::move(row)}});
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

/// A key is taken, by what is committed. Where an open transaction has given it up, PostgreSQL waits for how that one ends.
PostgresEngine::Refusal PostgresEngine::wait_for_remover(Writing& writing) {
    for (const auto& [id, other] : open_) {
        const auto in_table = [&](const auto& change) { return change.second.table == writing.table.name; };
        if (other == &writing.transaction || std::ranges::none_of(other->changes, in_table)) continue;
        database_.must_run("SAVEPOINT probe");
        for (const auto& [name, change] : other->changes) {
            const auto& table = *catalog_.find(change.table);
            database_.must_run(fmt::format("DELETE FROM {} WHERE {}", table.name, table.key_condition()), change.key);
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
        // "users.id, users.name"
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
    if (failure.message == "integer overflow") return sql_error("22003", "bigint out of range");
    if (const auto name = after("no such table: "))
        return sql_error("42P01", fmt::format("relation \"{}\" does not exist", *name));
    if (const auto name = after("no such column: "))
        return sql_error("42703", fmt::format("column \"{}\" does not exist", *name));
    if (after(" already exists")) return sql_error("42P07", "relation already exists");
    throw NotModelled{fmt::format("the model of PostgreSQL: {}: {}", failure.message, sql)};
}

std::vector<Cells> PostgresEngine::read(const PostgresPlan& plan) {
    apply(nullptr);
    return database_.must_run(plan.run);
}

}  // namespace tw::simulation
