#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/shared/observe.hpp"
#include "kit/sql/sqlite/session.hpp"

#include <memory>
#include <optional>

namespace tw::sql {

/// The loop's side of a Session.
class SqliteTransaction final : public Transaction {
 public:
    SqliteTransaction(std::shared_ptr<Session> session, Observer& observer) : session_{std::move(session)}, observer_{observer} {}

    /// The failure of the first statement that failed. Nothing may be committed after it.
    const std::optional<Error>& failure() const { return failure_; }

 private:
    Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) override;
    Task<Result<std::int64_t>> do_execute(const CallContext& ctx, const Statement& statement,
                                          std::vector<Value> parameters) override;
    Task<Result<StepAnswer>> finish(const CallContext& ctx, const Statement& statement, std::shared_ptr<JobFor<StepAnswer>> step);
    Error refuse(const CallContext& ctx);

    std::shared_ptr<Session> session_;
    Observer& observer_;
    std::optional<Error> failure_;
};

}  // namespace tw::sql
