#pragma once

#include "kit/sql/database.hpp"

#include <optional>

namespace tw::order {

/// A database whose writes fail as a test says, done or not. Reads and transactions are those of the database behind it.
class FailingDatabase final : public sql::Database {
 public:
    explicit FailingDatabase(sql::Database& behind) : behind_{behind} {}

    /// What the next writes answer; nothing: what the database behind answers.
    std::optional<Error> write_error;
    /// Whether a write that fails is done nevertheless.
    bool done_nevertheless = false;

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override {
        if (!write_error) co_return co_await behind_.write(ctx, std::move(unit));
        if (done_nevertheless) {
            if (auto done = co_await behind_.write(ctx, std::move(unit)); !done) co_return done;
        }
        co_return *write_error;
    }
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override {
        return behind_.transaction(ctx, std::move(body));
    }

 private:
    Task<Result<std::optional<sql::Row>>> do_query_row(const CallContext& ctx, const sql::Statement& statement,
                                                       std::vector<sql::Value> parameters) override {
        if (parameters.size() != 1) co_return internal("only rows by their key are read here");
        co_return co_await behind_.query_row(ctx, statement, parameters[0]);
    }
    Task<Result<sql::Rows>> do_query(const CallContext& ctx, const sql::Statement& statement,
                                     std::vector<sql::Value> parameters) override {
        if (parameters.size() != 1) co_return internal("only rows by their key are read here");
        co_return co_await behind_.query(ctx, statement, parameters[0]);
    }

    sql::Database& behind_;
};

}  // namespace tw::order
