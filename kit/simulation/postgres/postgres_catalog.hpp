#pragma once

#include "kit/simulation/postgres/postgres_sqlite.hpp"
#include "kit/simulation/postgres/postgres_text.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

/// The columns or expressions that make up a row's key in one unique index.
struct UniqueKey {
    std::string name;
    /// The columns or expressions as they are written.
    std::string parts;
    /// The condition of a partial index; empty for an index of all rows.
    std::string where;
    /// The columns, if the index is one of all rows and has no expressions.
    std::vector<std::size_t> columns{};
    /// The query that returns the key of the row in its parameters, or nothing if the index does
    /// not contain the row.
    std::string query{};
};

struct ForeignKey {
    std::string name;
    std::vector<std::size_t> columns;
    std::string parent;
    /// The constraint is INITIALLY DEFERRED: it is checked when the transaction commits.
    bool deferred = false;
};

struct PostgresTable {
    struct Column {
        std::string name;
        PostgresType type;
    };
    std::string name;
    std::vector<Column> columns;
    std::vector<std::size_t> primary_key;
    std::string primary_key_name;
    std::vector<UniqueKey> unique_keys;
    std::vector<ForeignKey> foreign_keys;
    /// The statements that the model runs most. The parameters of `put` are all columns, and those
    /// of `remove` and `exists` are the primary key.
    std::string put;
    std::string remove;
    std::string exists;

    std::optional<std::size_t> column(std::string_view column_name) const;
    Cells key_of(const Cells& row) const;
    /// Returns "a, b" for all columns. `key_condition` returns "a = $1 AND b = $2" for the primary
    /// key.
    std::string column_list() const;
    std::string key_condition() const;
    /// Writes the texts of the statements. It is called after each change of the table.
    void write_statements();

 private:
    void write_query(UniqueKey& key) const;
};

/// The tables of the model, as their CREATE statements made them.
class PostgresCatalog {
 public:
    explicit PostgresCatalog(PostgresSqlite& database) : database_{database} {}

    const PostgresTable* find(std::string_view table) const;
    const std::map<std::string, PostgresTable, std::less<>>& tables() const { return tables_; }
    /// Runs a statement that changes tables. A rollback of the database restores the tables, and
    /// `reload` restores the catalog.
    std::optional<PostgresSqlite::Failure> change(const PostgresStatement& statement);
    /// Restores the catalog as it was at the last `keep`.
    void reload() { tables_ = kept_; }
    void keep() { kept_ = tables_; }

    /// Returns the type of the i-th column of a statement's answer.
    PostgresType type_of(const PostgresStatement& statement, const PostgresSqlite::Column& column,
                         std::optional<std::string_view> item) const;
    /// Returns the type of a column by its name in one of the tables.
    std::optional<PostgresType> type_of_column(const std::vector<std::string>& tables, std::string_view column) const;

 private:
    void read_columns(PostgresTable& table);
    void read_constraints(PostgresTable& table, const PostgresStatement& statement);
    void add_index(const PostgresStatement& statement);

    PostgresSqlite& database_;
    std::map<std::string, PostgresTable, std::less<>> tables_;
    std::map<std::string, PostgresTable, std::less<>> kept_;
};

}  // namespace tw::simulation
