#include "kit/sql/sqlite/sqlite_transaction.hpp"

#include "kit/sql/reasons.hpp"

namespace tw::sql {

/// Returns why no further statement may run.
Error SqliteTransaction::refuse(const CallContext& ctx) {
    if (!failure_) failure_ = *ctx.over();
    if (ctx.over()) return *ctx.over();
    return Error{Code::failed_precondition, reason::kTransactionFailed, "an earlier statement of the transaction failed"};
}

Task<Result<Rows>> SqliteTransaction::do_query(const CallContext& ctx, const Statement& statement,
                                               std::vector<Value> parameters) {
    if (failure_ || ctx.over()) co_return refuse(ctx);
    auto finishing = finish(ctx, statement, session_->query(statement, std::move(parameters)));
    auto answer = co_await std::move(finishing);
    if (!answer) co_return answer.error();
    co_return std::move(answer->rows);
}

Task<Result<std::int64_t>> SqliteTransaction::do_execute(const CallContext& ctx, const Statement& statement,
                                                         std::vector<Value> parameters) {
    if (failure_ || ctx.over()) co_return refuse(ctx);
    auto finishing = finish(ctx, statement, session_->execute(statement, std::move(parameters)));
    const auto answer = co_await std::move(finishing);
    if (!answer) co_return answer.error();
    co_return answer->rows_changed;
}

Task<Result<StepAnswer>> SqliteTransaction::finish(const CallContext& ctx, const Statement& statement,
                                                   std::shared_ptr<JobFor<StepAnswer>> step) {
    auto operation = observer_.begin(ctx, statement);
    auto waiting = outcome_of<StepAnswer>(ctx, std::move(step));
    auto answer = co_await std::move(waiting);
    if (!answer) {
        operation.fail(answer.error());
        if (!failure_) failure_ = answer.error();
    }
    co_return answer;
}

}  // namespace tw::sql
