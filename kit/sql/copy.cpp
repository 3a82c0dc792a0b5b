#include "kit/sql/copy.hpp"

#include "kit/sql/history.hpp"
#include "kit/sql/postgres/blocking_connection.hpp"
#include "kit/sql/postgres/copy_text.hpp"
#include "kit/sql/postgres/migrate.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/migrate.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include <fmt/format.h>

namespace tw::sql {
namespace {

constexpr Statement kTables{
    "SELECT sqlite_schema",
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'tw_migrations' "
    "ORDER BY name"};
constexpr Statement kColumns{"SELECT pragma_table_info", "SELECT name FROM pragma_table_info($1) ORDER BY cid"};
constexpr Statement kParents{"SELECT pragma_foreign_key_list", "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)"};
/// Finds the columns that PostgreSQL keeps as moments in time; SQLite keeps them as counts of
/// microseconds.
constexpr const char* kMoments =
    "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND atttypid = "
    "'timestamptz'::regtype";

struct Table {
    std::string name;
    std::vector<std::string> columns;
    std::vector<bool> moments;
    std::vector<std::string> parents;
};

std::string quoted_name(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string{"\"\""} : std::string(1, c);
    return text + "\"";
}

std::string column_list(const Table& table) {
    std::string list;
    for (const auto& column : table.columns) list += (list.empty() ? "" : ", ") + quoted_name(column);
    return list;
}

Error failed(const Table& table, const Error& why) {
    return Error{Code::failed_precondition, "COPY_FAILED",
                 fmt::format("the table {} cannot be copied: {}", table.name, why.cause().empty() ? why.detail() : why.cause())}
        .with_cause(why.cause());
}

Result<std::vector<std::string>> names(Connection& file, const Statement& statement, std::span<const Value> parameters = {}) {
    const auto rows = file.query(statement, parameters);
    if (!rows) return rows.error();
    std::vector<std::string> found;
    for (const auto& row : *rows) found.push_back(row.get<std::string>(0));
    return found;
}

Result<Table> describe(Connection& file, pg::BlockingConnection& server, const std::string& name) {
    Table table{.name = name, .columns = {}, .moments = {}, .parents = {}};
    auto columns = names(file, kColumns, to_values(name));
    if (!columns) return std::move(columns).error();
    auto parents = names(file, kParents, to_values(name));
    if (!parents) return std::move(parents).error();
    const auto moments = server.query(kMoments, {quoted_name(name)});
    if (!moments) return moments.error();
    table.columns = std::move(*columns);
    table.parents = std::move(*parents);
    for (const auto& column : table.columns) {
        table.moments.push_back(std::ranges::any_of(*moments, [&](const auto& row) { return row.front() == column; }));
    }
    return table;
}

/// Sorts the tables so that each comes after those that it refers to.
std::vector<Table> in_order(std::vector<Table> tables) {
    std::vector<Table> ordered;
    while (!tables.empty()) {
        const auto waits = [&](const Table& table) {
            return std::ranges::any_of(table.parents, [&](const std::string& parent) {
                return parent != table.name && std::ranges::find(tables, parent, &Table::name) != tables.end();
            });
        };
        auto next = std::ranges::find_if_not(tables, waits);
        // Tables that refer to each other in a circle need deferred constraints; then any order
        // will do.
        if (next == tables.end()) next = tables.begin();
        ordered.push_back(std::move(*next));
        tables.erase(next);
    }
    return ordered;
}

Result<void> check_empty(pg::BlockingConnection& server, const Table& table, std::string_view program) {
    const auto any = server.query(fmt::format("SELECT EXISTS (SELECT 1 FROM {})", quoted_name(table.name)));
    if (!any) return failed(table, any.error());
    if (any->front().front() == "f") return {};
    return Error{Code::failed_precondition, "COPY_NOT_EMPTY",
                 fmt::format("the table {} of {} is not empty; copy to a new database, before {} has started on it", table.name,
                             server.target().to_string(), program)};
}

Result<CopiedTable> copy_table(Connection& file, pg::BlockingConnection& server, const Table& table) {
    const auto text = fmt::format("SELECT {} FROM {}", column_list(table), quoted_name(table.name));
    const Statement read{"SELECT table", text};
    CopiedTable copied{.name = table.name};
    const auto begin = server.begin_copy(fmt::format("COPY {} ({}) FROM STDIN", quoted_name(table.name), column_list(table)));
    if (!begin) return failed(table, begin.error());
    std::string line;
    const auto send = [&](const Row& row) -> Result<void> {
        line.clear();
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) line += '\t';
            pg::append_copy_value(line, row.get<Value>(i), table.moments[i]);
        }
        line += '\n';
        ++copied.rows;
        return server.send_copy(line);
    };
    const auto read_all = file.visit(read, send);
    // The copy is ended in any case, since the connection accepts no other command during a copy.
    const auto ended = server.end_copy(read_all.has_value());
    if (!read_all) return failed(table, read_all.error());
    if (!ended) return failed(table, ended.error());
    return copied;
}

/// Adds the schema to the list, after those that it uses. Each is listed once.
void add_with_used(std::vector<Schema>& list, const Schema& schema) {
    for (const auto& used : schema.uses) add_with_used(list, used());
    if (std::ranges::find(list, schema.name, &Schema::name) == list.end()) list.push_back(schema);
}

/// Adds the names of the tables that the migrations of a schema make.
void add_tables_of(std::vector<std::string>& tables, const Schema& schema) {
    constexpr std::string_view kCreate = "CREATE TABLE ";
    for (const auto& migration : schema.sqlite) {
        for (auto at = migration.text.find(kCreate); at != std::string_view::npos; at = migration.text.find(kCreate, at)) {
            at += kCreate.size();
            tables.emplace_back(migration.text.substr(at, migration.text.find_first_of(" (", at) - at));
        }
    }
}

/// Returns the tables of the schemas that `schemas` use. Files of other modules may have such
/// tables, too, and are copied to the same ones.
std::vector<std::string> shared_tables(std::span<const Schema> schemas) {
    std::vector<Schema> used;
    for (const auto& schema : schemas) {
        for (const auto& one : schema.uses) add_with_used(used, one());
    }
    std::vector<std::string> tables;
    for (const auto& schema : used) add_tables_of(tables, schema);
    return tables;
}

Result<std::vector<CopiedTable>> copy_tables(Connection& file, pg::BlockingConnection& server, std::string_view program,
                                             const std::vector<std::string>& shared) {
    const auto found = names(file, kTables);
    if (!found) return found.error();
    std::vector<Table> tables;
    for (const auto& name : *found) {
        auto table = describe(file, server, name);
        if (!table) return std::move(table).error();
        tables.push_back(std::move(*table));
    }
    if (auto begun = server.run("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0");
        !begun) {
        return begun.error();
    }
    // Other modules may have filled the tables that they share.
    for (const auto& table : tables) {
        if (std::ranges::find(shared, table.name) != shared.end()) continue;
        if (auto empty = check_empty(server, table, program); !empty) return empty.error();
    }
    std::vector<CopiedTable> copied;
    for (const auto& table : in_order(std::move(tables))) {
        auto done = copy_table(file, server, table);
        if (!done) return std::move(done).error();
        copied.push_back(std::move(*done));
    }
    if (auto committed = server.run("COMMIT"); !committed) return committed.error();
    return copied;
}

}  // namespace

Result<std::vector<CopiedTable>> copy_to_postgres(const std::string& sqlite_path, std::string_view postgres_url,
                                                  std::span<const Schema> schemas, std::string_view program,
                                                  const pg::PostgresOptions& options) {
    std::vector<Schema> all;
    for (const auto& schema : schemas) add_with_used(all, schema);
    const auto shared = shared_tables(schemas);
    // The file is opened as a writer, although it is only read, so that other processes are kept
    // out.
    auto file = Connection::open(sqlite_path, Connection::Role::writer);
    if (!file) return std::move(file).error();
    for (const auto& schema : all) {
        const auto states = list_migrations(**file, schema);
        if (!states) return states.error();
        if (std::ranges::all_of(*states, &MigrationState::applied)) continue;
        return Error{Code::failed_precondition, "COPY_BEHIND",
                     fmt::format("{} lacks migrations of this version; run {} migrate first", sqlite_path, program)};
    }
    const auto target = pg::Target::parse(postgres_url, options);
    if (!target) return target.error();
    auto server = pg::BlockingConnection::open(*target, options);
    if (!server) return std::move(server).error();
    for (const auto& schema : all) {
        if (auto migrated = pg::apply_migrations(*server, schema, options); !migrated) return migrated.error();
    }
    return copy_tables(**file, *server, program, shared);
}

}  // namespace tw::sql
