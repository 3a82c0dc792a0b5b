#include "kit/sql/postgres/postgres_transaction.hpp"

#include "kit/sql/postgres/group_attempt.hpp"
#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/postgres/value_codec.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"

#include <algorithm>
#include <utility>

namespace tw::sql::pg {
namespace {

Error expired() { return Error{Code::aborted, reason::kTransactionExpired, "the transaction took too long and was rolled back"}; }

Deadline deadline_of(const CallContext& ctx, const PoolParts& parts) {
    return std::min(ctx.deadline(), Deadline::after(parts.loop.now(), parts.shared->options.transaction_time_max));
}

/// A batch and the values that its last command refers to. The batch may outlive the transaction
/// that submitted it.
struct Kept {
    explicit Kept(std::vector<Value> values) : parameters{std::move(values)} {}
    const std::vector<Value> parameters;
    std::vector<Value> limit;
    Batch batch;
};

}  // namespace

PostgresTransaction::PostgresTransaction(const CallContext& ctx, PoolParts& parts, Lease lease, Observer& observer)
    : parts_{parts},
      deadline_{deadline_of(ctx, parts)},
      lease_{std::move(lease)},
      observer_{observer},
      hook_{ctx.scope(), [this](const Error& why) { end(why); }},
      timer_{parts.loop.timers(), [this] { end(expired()); }} {
    timer_.arm(deadline_.when());
}

PostgresTransaction::~PostgresTransaction() { roll_back(); }

Error PostgresTransaction::refuse() const {
    if (over_) return *over_;
    return Error{Code::failed_precondition, reason::kTransactionFailed, "an earlier statement of the transaction failed"};
}

Task<Result<Rows>> PostgresTransaction::do_query(const CallContext& ctx, const Statement& statement,
                                                 std::vector<Value> parameters) {
    auto running = run(ctx, statement, std::move(parameters));
    auto answer = co_await std::move(running);
    if (!answer) co_return answer.error();
    co_return std::move(answer->rows);
}

Task<Result<std::int64_t>> PostgresTransaction::do_execute(const CallContext& ctx, const Statement& statement,
                                                           std::vector<Value> parameters) {
    auto running = run(ctx, statement, std::move(parameters));
    const auto answer = co_await std::move(running);
    if (!answer) co_return answer.error();
    co_return answer->rows_changed;
}

Task<Result<Answer>> PostgresTransaction::run(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) {
    if (ctx.over() && !over_) end(*ctx.over());
    if (failure_ || over_) co_return refuse();
    if (current_) co_return internal("a transaction runs one statement at a time");
    auto operation = observer_.begin(ctx, statement);
    Result<Answer> answer = Answer{};
    if (auto checked = check_text(parameters); !checked) {
        answer = checked.error();
    } else {
        auto exchanging = exchange(ctx, statement, std::move(parameters));
        answer = co_await std::move(exchanging);
    }
    if (!answer) {
        operation.fail(answer.error());
        if (!failure_) failure_ = answer.error();
    }
    co_return answer;
}

Task<Result<Answer>> PostgresTransaction::exchange(const CallContext& ctx, const Statement& statement,
                                                   std::vector<Value> parameters) {
    const auto kept = std::make_shared<Kept>(std::move(parameters));
    const std::shared_ptr<Batch> batch{kept, &kept->batch};
    if (!begun_) begin(kept->batch, kept->limit);
    batch->add(statement, kept->parameters);
    current_ = batch;
    // The statement's own context may be over before the transaction's.
    const CancelScope::Hook hook{ctx.scope(), [this](const Error& why) { end(why); }};
    lease_.link().submit(batch);
    co_await batch->done();
    current_ = nullptr;
    if (over_) co_return *over_;
    if (const auto failed = batch->failed()) co_return batch->answer(*failed)->error();
    if (batch->lost()) co_return batch->lost()->error;
    if (!batch->all_answered()) co_return internal("a statement was skipped, and none had failed");
    co_return std::move(**batch->answer(batch->size() - 1));
}

void PostgresTransaction::begin(Batch& batch, std::vector<Value>& kept_limit) {
    begun_ = true;
    lease_.link().look();
    batch.add(kBegin);
    auto limit = statement_limit(deadline_.remaining(parts_.loop.now()), parts_.shared->options);
    if (!limit) return;
    kept_limit.push_back(std::move(*limit));
    batch.add(kLimitStatements, kept_limit);
}

void PostgresTransaction::end(Error why) {
    if (committing_) return leave_commit(std::move(why));
    if (ended_ || over_) return;
    over_ = std::move(why);
    const auto current = std::exchange(current_, nullptr);
    roll_back();
    if (!current) return;
    current->give_up();
    lease_.link().give_up();
    // The caller of the current statement is resumed at once.
    if (!current->done().is_set()) current->done().set(true);
}

void PostgresTransaction::roll_back() {
    timer_.cancel();
    if (std::exchange(ended_, true) || !begun_ || !lease_.link().usable()) return;
    const auto undoing = std::make_shared<Batch>(Batch::Leaves::idle);
    undoing->add(kRollback);
    lease_.link().submit(undoing);
}

Task<Result<void>> PostgresTransaction::commit() {
    if (over_) co_return not_done(*over_);
    timer_.cancel();
    ended_ = true;
    if (!begun_) co_return Result<void>{};
    const auto committing = std::make_shared<Batch>(Batch::Leaves::idle);
    committing->add(kCommit);
    committing_ = committing;
    lease_.link().submit(committing);
    co_await committing->done();
    committing_ = nullptr;
    if (left_) co_return std::move(*left_);
    if (const auto failure = GroupAttempt::failure_of_commit(*committing)) co_return failure->error;
    co_return Result<void>{};
}

/// Stops waiting for a COMMIT that was sent, without cancelling it. The server decides whether it
/// takes place. The connection is closed once it has answered.
void PostgresTransaction::leave_commit(Error why) {
    const auto committing = std::exchange(committing_, nullptr);
    if (committing->done().is_set()) return;
    lease_.retire();
    left_ = std::move(why).with_outcome_open(true);
    committing->done().set(true);
}

}  // namespace tw::sql::pg
