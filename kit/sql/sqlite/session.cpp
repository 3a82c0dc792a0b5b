#include "kit/sql/sqlite/session.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/sqlite/control.hpp"
#include "kit/sql/sqlite/sqlite_error.hpp"

#include <algorithm>

namespace tw::sql {
namespace {

Error over() {
    return not_done(
        {Code::failed_precondition, reason::kTransactionFailed, "the transaction has ended; nothing of it took effect"});
}

}  // namespace

/// Returns the error of a step after the time has run out: the call's deadline, or the shorter
/// limit of a transaction.
Error Session::expired() const {
    if (*until_ == deadline_.when()) return not_done(deadline_exceeded());
    return Error{Code::aborted, reason::kTransactionExpired, "the transaction took too long and was rolled back"};
}

std::shared_ptr<JobFor<StepAnswer>> Session::query(const Statement& statement, std::vector<Value> parameters) {
    return push(Kind::query, &statement, std::move(parameters));
}

std::shared_ptr<JobFor<StepAnswer>> Session::execute(const Statement& statement, std::vector<Value> parameters) {
    return push(Kind::execute, &statement, std::move(parameters));
}

std::shared_ptr<JobFor<StepAnswer>> Session::commit() { return push(Kind::commit, nullptr, {}); }

void Session::roll_back() { push(Kind::rollback, nullptr, {}); }

std::shared_ptr<JobFor<StepAnswer>> Session::push(Kind kind, const Statement* statement, std::vector<Value> parameters) {
    auto step = std::make_shared<Step>(kind, statement, std::move(parameters));
    {
        const std::lock_guard lock{mutex_};
        if (ended_) {
            step->outcome = *ended_;
            step->wake();
            return step;
        }
        steps_.push_back(step);
    }
    writer_->wake();
    return step;
}

std::optional<SteadyTime> Session::turn(Connection& connection) {
    if (!until_) {
        if (begin(connection)) return TurnThread::kAtOnce;
        return std::nullopt;
    }
    if (const auto step = take()) {
        if (serve(connection, step)) return TurnThread::kAtOnce;
        end(connection, over());
        return std::nullopt;
    }
    if (steady_now() < *until_) return until_;
    stop(connection);
    return std::nullopt;
}

void Session::stop(Connection& connection) { end(connection, expired()); }

/// Begins the transaction. Returns false if that failed and the session has ended.
bool Session::begin(Connection& connection) {
    if (begun_->abandoned().load(std::memory_order_relaxed)) {
        end(connection, over());
        return false;
    }
    const auto begun = connection.execute(kBegin);
    until_ = std::min(deadline_.when(), steady_now() + hold_);
    begun_->outcome = begun ? Result<void>{} : Result<void>{begun.error()};
    inbox_->deliver(begun_, connection.busy_until());
    if (!begun) end(connection, over());
    return begun.has_value();
}

/// Does a step. Returns whether another may follow.
bool Session::serve(Connection& connection, const std::shared_ptr<Step>& step) {
    // A caller who gave up this step will not commit either. A commit that nobody waits for is not
    // begun.
    if (step->kind == Kind::rollback || !step->start()) return false;
    step->outcome = run(connection, *step);
    const bool done = step->kind == Kind::commit || !*step->outcome || !connection.in_transaction();
    // The lock is released before the caller is notified, since a caller that failed may write at
    // once.
    if (done) tw::sql::roll_back(connection);
    inbox_->deliver(step, connection.busy_until());
    return !done;
}

/// Returns the next step, or null if there is none.
std::shared_ptr<Session::Step> Session::take() {
    const std::lock_guard lock{mutex_};
    if (steps_.empty()) return nullptr;
    auto step = std::move(steps_.front());
    steps_.pop_front();
    return step;
}

Result<StepAnswer> Session::run(Connection& connection, const Step& step) {
    if (step.kind == Kind::commit) {
        if (auto committed = tw::sql::commit(connection); !committed) {
            health_.failed(committed.error());
            return committed.error();
        }
        health_.succeeded();
        return StepAnswer{};
    }
    const Limit limit{.abandoned = &step.abandoned(), .until = *until_};
    StepAnswer answer;
    std::optional<Error> failure;
    if (step.kind == Kind::query) {
        auto rows = connection.query(*step.statement, step.parameters, limit);
        if (rows)
            answer.rows = std::move(*rows);
        else
            failure = rows.error();
    } else {
        const auto changed = connection.execute(*step.statement, step.parameters, limit);
        if (changed)
            answer.rows_changed = *changed;
        else
            failure = changed.error();
    }
    if (!failure) return answer;
    // Damage may concern one page only. Commits show whether the database can store anything.
    if (failure->reason() != reason::kDatabaseCorrupt) health_.failed(*failure);
    return is_interrupted(*failure) ? expired() : std::move(*failure);
}

/// Rolls back an open transaction, and answers the remaining and all later steps with `why`.
void Session::end(Connection& connection, const Error& why) {
    tw::sql::roll_back(connection);
    std::deque<std::shared_ptr<Step>> left;
    {
        const std::lock_guard lock{mutex_};
        ended_ = why;
        left.swap(steps_);
    }
    for (const auto& step : left) {
        step->outcome = why;
        inbox_->deliver(step, connection.busy_until());
    }
}

}  // namespace tw::sql
