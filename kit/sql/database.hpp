#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/sql/row.hpp"
#include "kit/sql/statement.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::sql {

/// The transaction as its body sees it. It is valid until the body ends. After one statement failed
/// all others fail too (reason TRANSACTION_FAILED), and nothing is committed whatever the body
/// returns, as in PostgreSQL.
class Transaction {
 public:
    virtual ~Transaction() = default;

    template <class... Args>
    Task<Result<Rows>> query(const CallContext& ctx, const Statement& statement, Args&&... parameters) {
        return do_query(ctx, statement, to_values(std::forward<Args>(parameters)...));
    }
    template <class... Args>
    Task<Result<std::optional<Row>>> query_row(const CallContext& ctx, const Statement& statement, Args&&... parameters) {
        return do_query_row(ctx, statement, to_values(std::forward<Args>(parameters)...));
    }
    /// Returns the number of rows changed.
    template <class... Args>
    Task<Result<std::int64_t>> execute(const CallContext& ctx, const Statement& statement, Args&&... parameters) {
        return do_execute(ctx, statement, to_values(std::forward<Args>(parameters)...));
    }

 private:
    virtual Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) = 0;
    virtual Task<Result<std::int64_t>> do_execute(const CallContext& ctx, const Statement& statement,
                                                  std::vector<Value> parameters) = 0;
    Task<Result<std::optional<Row>>> do_query_row(const CallContext& ctx, const Statement& statement,
                                                  std::vector<Value> parameters);
};

/// One loop's access to one database. Use it on that loop only. Every call ends with the context's
/// error when the context is over. A commit that was already under way may still take effect:
/// DEADLINE_EXCEEDED and CANCELLED then leave the outcome open.
///
/// The other errors are:
/// - ALREADY_EXISTS, reason UNIQUE_VIOLATION, and FAILED_PRECONDITION, reason CHECK_VIOLATION,
///   NOT_NULL_VIOLATION or FOREIGN_KEY_VIOLATION. `violates` says which constraint it was.
/// - UNAVAILABLE when the database is busy (DATABASE_BUSY), full or gone (STORAGE_FAILED).
/// - DATA_LOSS when it is corrupt.
/// - INTERNAL for a wrong statement.
class Database {
 public:
    virtual ~Database() = default;

    /// Reads at most one row, on the loop if the engine allows it. It is meant for look-ups by key,
    /// which take microseconds.
    template <class... Args>
    Task<Result<std::optional<Row>>> query_row(const CallContext& ctx, const Statement& statement, Args&&... parameters) {
        return do_query_row(ctx, statement, to_values(std::forward<Args>(parameters)...));
    }
    /// Reads all rows, on another thread if the engine blocks. It is meant for scans; bound the
    /// statement with LIMIT.
    template <class... Args>
    Task<Result<Rows>> query(const CallContext& ctx, const Statement& statement, Args&&... parameters) {
        return do_query(ctx, statement, to_values(std::forward<Args>(parameters)...));
    }

    /// Applies `unit` as a whole and returns once it is durable. Units that arrive while a commit
    /// is under way share the next commit. Each of them still succeeds or fails alone.
    virtual Task<Result<void>> write(const CallContext& ctx, Unit unit) = 0;

    /// Runs `body` in a read-modify-write transaction (SQLite: BEGIN IMMEDIATE). The transaction is
    /// committed if the body returns a value, and rolled back if it returns an error or throws. Do
    /// only database work in the body, since others wait for it. A transaction that takes longer
    /// than ten seconds, or than its call has, is rolled back (ABORTED with reason
    /// TRANSACTION_EXPIRED, or DEADLINE_EXCEEDED).
    ///
    /// `body` is called again, a few times at most, if PostgreSQL rolled back for a reason that a
    /// repetition may repair: a deadlock, a failed serialisation, a cancellation by somebody else,
    /// an outdated plan, or a connection that was lost before COMMIT. A deadlock and a failed
    /// serialisation are ABORTED after the last attempt. The body must therefore change nothing
    /// outside of the transaction.
    using Body = std::move_only_function<Task<Result<void>>(Transaction&)>;
    virtual Task<Result<void>> transaction(const CallContext& ctx, Body body) = 0;

 private:
    friend class DatabaseDecorator;
    virtual Task<Result<std::optional<Row>>> do_query_row(const CallContext& ctx, const Statement& statement,
                                                          std::vector<Value> parameters) = 0;
    virtual Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) = 0;
};

/// Whether `error` says that the constraint or unique index `name` refused a write. Names are the
/// same in both engines: name every constraint and index in the migration
/// ("users_email_folded_key").
bool violates(const Error& error, std::string_view name);

}  // namespace tw::sql
