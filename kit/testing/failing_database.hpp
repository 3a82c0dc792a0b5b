#pragma once

#include "kit/sql/database_decorator.hpp"

#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace tw::test {

/// A database whose writes and reads fail as a test says. A write that fails may have been done.
/// Everything else is answered by the database `behind`, which must outlive this one.
class FailingDatabase final : public sql::DatabaseDecorator {
 public:
    explicit FailingDatabase(sql::Database& behind) : DatabaseDecorator{behind} {}

    /// The error of writes, from the write with number `writes_fail_from` on. If unset, writes do
    /// not fail.
    std::optional<Error> write_error;
    int writes_fail_from = 1;
    /// The number of writes that still fail.
    int failures_left = std::numeric_limits<int>::max();
    /// Whether a write that fails is done nevertheless.
    bool done_nevertheless = false;
    /// Whether a write that fails is done just before the next write, as by a COMMIT whose answer
    /// comes late.
    bool done_late = false;
    /// The error of reads, once `reads_fail_after_writes` writes have been asked for. If unset,
    /// reads do not fail.
    std::optional<Error> read_error;
    int reads_fail_after_writes = 0;

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override {
        ++writes_;
        if (auto late = std::exchange(late_, std::nullopt)) {
            if (auto done = co_await behind().write(ctx, *std::move(late)); !done) co_return done;
        }
        const bool fails = write_error && writes_ >= writes_fail_from && failures_left > 0;
        if (!fails) co_return co_await behind().write(ctx, std::move(unit));
        --failures_left;
        if (done_nevertheless) {
            if (auto done = co_await behind().write(ctx, std::move(unit)); !done) co_return done;
        } else if (done_late) {
            late_ = std::move(unit);
        }
        co_return *write_error;
    }

 private:
    bool reads_fail() const { return read_error && writes_ >= reads_fail_after_writes; }

    Task<Result<std::optional<sql::Row>>> do_query_row(const CallContext& ctx, const sql::Statement& statement,
                                                       std::vector<sql::Value> parameters) override {
        if (reads_fail()) co_return *read_error;
        co_return co_await DatabaseDecorator::do_query_row(ctx, statement, std::move(parameters));
    }
    Task<Result<sql::Rows>> do_query(const CallContext& ctx, const sql::Statement& statement,
                                     std::vector<sql::Value> parameters) override {
        if (reads_fail()) co_return *read_error;
        co_return co_await DatabaseDecorator::do_query(ctx, statement, std::move(parameters));
    }

    int writes_ = 0;
    std::optional<sql::Unit> late_;
};

}  // namespace tw::test
