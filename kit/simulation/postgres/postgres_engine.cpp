#include "kit/simulation/postgres/postgres_engine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using Kind = PostgresStatement::Kind;

std::string text_of(const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
    if (const auto* real = std::get_if<double>(&cell)) return std::to_string(*real);
    return {};
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

std::expected<PostgresEngine::Plan, SqlError> PostgresEngine::plan(const std::string& sql,
                                                                   const std::vector<PostgresType>& declared) {
    std::pair key{sql, declared};
    if (const auto known = plans_.find(key); known != plans_.end()) return known->second;
    auto made = make_plan(sql, declared);
    if (!made) return std::unexpected{std::move(made).error()};
    auto plan = std::make_shared<const PostgresPlan>(*std::move(made));
    plans_.emplace(std::move(key), plan);
    return plan;
}

std::expected<PostgresPlan, SqlError> PostgresEngine::make_plan(const std::string& sql,
                                                                const std::vector<PostgresType>& declared) {
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
        return std::unexpected{
            SqlError{.state = "42P01", .message = fmt::format("relation \"{}\" does not exist", statement.table)}};
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

// The transaction whose changes are in the database in memory.

void PostgresEngine::put(const PostgresTransaction::Change& change) {
    database_.must_run(catalog_.find(change.table)->put, *change.row);
}

void PostgresEngine::apply(PostgresTransaction* transaction) {
    if (applied_ == transaction) return;
    put_back();
    if (transaction == nullptr) return;
    database_.must_run("BEGIN");
    applied_ = transaction;
    // A key may move from one row to another, so all old rows are deleted first.
    for (const auto& [name, change] : transaction->changes) {
        database_.must_run(catalog_.find(change.table)->remove, change.key);
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
        tell_watchers(transaction);
    } else if (applied_ == &transaction) {
        put_back();
    }
    locks_.release(transaction.id);
    open_.erase(transaction.id);
}

void PostgresEngine::tell_watchers(const PostgresTransaction& transaction) const {
    if (watched_.empty()) return;
    for (const auto& [name, change] : transaction.changes) {
        const auto watcher = watched_.find(change.table);
        if (watcher == watched_.end()) continue;
        const auto& table = *catalog_.find(change.table);
        const auto named = [&](const std::optional<Cells>& row) {
            PostgresModel::NamedRow cells;
            for (std::size_t i = 0; row && i < row->size(); ++i) cells[table.columns[i].name] = text_of((*row)[i]);
            return cells;
        };
        watcher->second(
            {.application = transaction.host->application(), .before = named(change.before), .after = named(change.row)});
    }
}

void PostgresEngine::roll_back(PostgresTransaction& transaction) {
    if (applied_ == &transaction) {
        database_.must_run("ROLLBACK");
        applied_ = nullptr;
        if (transaction.changed_tables) {
            catalog_.reload();
            plans_.clear();
        }
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
    auto tag = fmt::format("SELECT {}", rows->size());
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
        plans_.clear();
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

std::vector<Cells> PostgresEngine::read(const PostgresPlan& plan, const Cells& parameters) {
    apply(nullptr);
    return database_.must_run(plan.run, parameters);
}

}  // namespace tw::simulation
