#pragma once

#include "kit/simulation/postgres/postgres_catalog.hpp"
#include "kit/simulation/postgres/postgres_cell.hpp"
#include "kit/simulation/postgres/postgres_locks.hpp"
#include "kit/simulation/postgres/postgres_sqlite.hpp"
#include "kit/simulation/postgres/postgres_text.hpp"
#include "kit/simulation/postgres_model.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tw::simulation {

/// A session as the functions of SQL see it.
class PostgresHost {
 public:
    virtual ~PostgresHost() = default;
    virtual int backend_pid() const = 0;
    /// Returns the application_name of the client.
    virtual const std::string& application() const = 0;
    /// Returns when the session's transaction began, in microseconds since 1970.
    virtual std::int64_t transaction_time() const = 0;
    /// Sets a setting for the rest of the transaction. Returns the value as the server shows it.
    virtual std::string set_local(const std::string& name, const std::string& value) = 0;
    virtual void sleep(double seconds) = 0;
};

/// The changes that a transaction has made so far, which no other transaction sees.
/// PostgresEngine::begin makes the object.
struct PostgresTransaction {
    struct Change {
        const std::string table;
        Cells key;
        /// The row; nothing if it was deleted.
        std::optional<Cells> row;
        /// The row before the transaction; nothing if it was not there.
        std::optional<Cells> before;
    };
    TransactionId id = 0;
    PostgresHost* host = nullptr;
    /// The changes by table and key.
    std::map<std::string, Change> changes;
    bool changed_tables = false;
    /// References that must be valid at the COMMIT.
    struct Reference {
        std::string table;
        std::string constraint;
        Cells child_key;
    };
    std::vector<Reference> deferred;
};

/// A statement that PostgreSQL would have planned.
struct PostgresPlan {
    PostgresStatement statement;
    struct Column {
        std::string name;
        PostgresType type;
    };
    std::vector<Column> columns;
    /// The types of parameters, from $1 on; `unknown` if neither the client nor the statement
    /// states the type.
    std::vector<PostgresType> parameters;
    /// The statement that SQLite runs. `choose` is the one that finds the rows to lock before.
    std::string run;
    std::string choose;
    /// The number of columns of `run` that hold the whole row. They come before the columns that
    /// the client asked for.
    std::size_t row_columns = 0;
};

/// Statements, transactions and locks of the model, with isolation READ COMMITTED. The engine knows
/// no time and no connections. If a statement has to wait, the caller is told for which
/// transaction, and runs the statement again when that transaction has ended.
///
/// The database in memory holds the committed rows and, while a transaction is `applied_`, also its
/// changes.
class PostgresEngine {
 public:
    struct Done {
        std::vector<Cells> rows;
        std::string tag;
    };
    struct Waits {
        TransactionId holder;
        /// The name of the lock, such as "stock p1".
        std::string lock;
    };
    using Outcome = std::variant<Done, SqlError, Waits>;

    PostgresEngine();

    std::unique_ptr<PostgresTransaction> begin(PostgresHost& host);
    using Plan = std::shared_ptr<const PostgresPlan>;
    /// Returns the plan of a statement. Plans are kept until a table changes.
    std::expected<Plan, SqlError> plan(const std::string& sql, const std::vector<PostgresType>& declared);
    /// Runs a statement. Its locks are kept, even if the statement has to wait. After an error the
    /// caller must roll the transaction back.
    Outcome run(PostgresTransaction& transaction, const PostgresPlan& plan, const Cells& parameters);
    /// Checks deferred references. It must be called before `commit`.
    std::optional<SqlError> check_deferred(PostgresTransaction& transaction);
    /// `commit` and `roll_back` release the transaction's locks.
    void commit(PostgresTransaction& transaction);
    /// Calls `on_change` for each row of this table that a transaction commits.
    void watch(std::string table, PostgresModel::OnChange on_change) { watched_[std::move(table)] = std::move(on_change); }
    void roll_back(PostgresTransaction& transaction);

    /// Returns the committed result of a query.
    std::vector<Cells> read(const PostgresPlan& plan, const Cells& parameters = {});

 private:
    /// One run of a statement that changes rows.
    struct Writing {
        PostgresTransaction& transaction;
        const PostgresPlan& plan;
        const Cells& parameters;
        const PostgresTable& table;
        /// The rows that are locked, in order. `before` holds their values before the statement.
        std::vector<std::string> chosen{};
        std::map<std::string, Cells> before{};
        std::vector<Cells> after{};
    };
    using Refusal = std::optional<Outcome>;

    void tell_watchers(const PostgresTransaction& transaction) const;
    void add_functions();
    std::expected<PostgresPlan, SqlError> make_plan(const std::string& sql, const std::vector<PostgresType>& declared);
    void describe_columns(PostgresPlan& plan, const std::vector<PostgresSqlite::Column>& columns) const;
    void complete(PostgresPlan& plan);
    void apply(PostgresTransaction* transaction);
    void put_back();
    void put(const PostgresTransaction::Change& change);

    Outcome select(PostgresTransaction& transaction, const PostgresPlan& plan, const Cells& parameters);
    Outcome write(PostgresTransaction& transaction, const PostgresPlan& plan, const Cells& parameters);
    Outcome change_tables(PostgresTransaction& transaction, const PostgresPlan& plan);
    Refusal choose(Writing& writing);
    Refusal lock_chosen(Writing& writing);
    Refusal lock(PostgresTransaction& transaction, const std::string& name, LockMode mode);
    Refusal check_rows(Writing& writing);
    Refusal check_keys(Writing& writing, const Cells* before, const Cells* after);
    Refusal check_references(Writing& writing, const Cells* before, const Cells& after);
    Refusal check_referrers(Writing& writing, const Cells& row);
    Outcome refuse(Writing& writing, const PostgresSqlite::Failure& failure);
    Refusal wait_for_remover(Writing& writing);
    void note(Writing& writing);

    bool exists(const PostgresTable& table, const Cells& key);
    std::optional<Cells> unique_key_of(const UniqueKey& key, const Cells& row);
    SqlError unique_error(const PostgresTable& table, const std::string& message) const;
    SqlError error_of(const PostgresTable* table, const PostgresSqlite::Failure& failure, const std::string& sql) const;
    Refusal take_advisory(PostgresTransaction& transaction, const PostgresPlan& plan);

    PostgresSqlite database_;
    PostgresCatalog catalog_{database_};
    PostgresLocks locks_;
    TransactionId last_ = 0;
    /// All transactions that have begun and not ended, by their ids.
    std::map<TransactionId, PostgresTransaction*> open_;
    PostgresTransaction* applied_ = nullptr;
    PostgresTransaction* running_ = nullptr;
    /// By the text and the types of its parameters.
    std::map<std::pair<std::string, std::vector<PostgresType>>, Plan> plans_;
    std::map<std::string, PostgresModel::OnChange> watched_;
};

}  // namespace tw::simulation
