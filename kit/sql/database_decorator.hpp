#pragma once

#include "kit/sql/database.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace tw::sql {

/// A database that passes everything on to another one, which must outlive it. Derive from it to
/// change some of that.
class DatabaseDecorator : public Database {
 public:
    explicit DatabaseDecorator(Database& behind) : behind_{behind} {}

    Task<Result<void>> write(const CallContext& ctx, Unit unit) override { return behind_.write(ctx, std::move(unit)); }
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override {
        return behind_.transaction(ctx, std::move(body));
    }

 protected:
    Database& behind() { return behind_; }

    Task<Result<std::optional<Row>>> do_query_row(const CallContext& ctx, const Statement& statement,
                                                  std::vector<Value> parameters) override {
        return behind_.do_query_row(ctx, statement, std::move(parameters));
    }
    Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) override {
        return behind_.do_query(ctx, statement, std::move(parameters));
    }

 private:
    Database& behind_;
};

}  // namespace tw::sql
