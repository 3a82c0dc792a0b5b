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

/// What a transaction's body talks to. Valid until the body ends. After a statement failed the others fail too (reason
/// TRANSACTION_FAILED), and nothing is committed whatever the body returns: that is how PostgreSQL has it.
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
    /// The number of rows changed.
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

/// One loop's access to one database. Use on that loop only; every call gives up with the context's error when the call is
/// over (a commit that was already under way may still take effect: DEADLINE_EXCEEDED and CANCELLED leave the outcome open).
///
/// Errors, beside those: ALREADY_EXISTS with reason UNIQUE_VIOLATION and FAILED_PRECONDITION with reason CHECK_VIOLATION,
/// NOT_NULL_VIOLATION or FOREIGN_KEY_VIOLATION (`violates` tells which constraint), UNAVAILABLE when the database is busy
/// (DATABASE_BUSY), full or gone (STORAGE_FAILED), DATA_LOSS when it is corrupt, INTERNAL for statements that are wrong.
class Database {
 public:
    virtual ~Database() = default;

    /// At most one row, read on the loop where the engine allows it: for look-ups by key, which take microseconds.
    template <class... Args>
    Task<Result<std::optional<Row>>> query_row(const CallContext& ctx, const Statement& statement, Args&&... parameters) {
        return do_query_row(ctx, statement, to_values(std::forward<Args>(parameters)...));
    }
    /// All rows, off the loop where the engine blocks: for scans. Bound it with LIMIT.
    template <class... Args>
    Task<Result<Rows>> query(const CallContext& ctx, const Statement& statement, Args&&... parameters) {
        return do_query(ctx, statement, to_values(std::forward<Args>(parameters)...));
    }

    /// Applies `unit` as a whole and returns once it is durable. Units that arrive while a commit is under way share the
    /// next one; each still succeeds or fails alone.
    virtual Task<Result<void>> write(const CallContext& ctx, Unit unit) = 0;

    /// Runs `body` in a read-modify-write transaction (SQLite: BEGIN IMMEDIATE) and commits if it returns a value; rolls
    /// back if it returns an error or throws. Do only database work inside: others wait for it, and one that takes longer
    /// than ten seconds, or than its call has, is rolled back (ABORTED with reason TRANSACTION_EXPIRED, or DEADLINE_EXCEEDED).
    /// `body` is called anew, a few times at most, where PostgreSQL rolled back in favour of another transaction (a deadlock or
    /// a failed serialisation; each comes out as ABORTED once the attempts are used up): leave nothing outside of the
    /// transaction changed by it.
    using Body = std::move_only_function<Task<Result<void>>(Transaction&)>;
    virtual Task<Result<void>> transaction(const CallContext& ctx, Body body) = 0;

 private:
    virtual Task<Result<std::optional<Row>>> do_query_row(const CallContext& ctx, const Statement& statement,
                                                          std::vector<Value> parameters) = 0;
    virtual Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) = 0;
};

/// Whether `error` says that the constraint or unique index `name` refused a write. Names are the same in both engines: give
/// every constraint and index one in the migration ("users_email_folded_key").
bool violates(const Error& error, std::string_view name);

}  // namespace tw::sql
