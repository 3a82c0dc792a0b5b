#include "kit/sql/sqlite/session.hpp"

#include "kit/sql/errors.hpp"
#include "kit/sql/sqlite/control.hpp"
#include "kit/sql/sqlite/sqlite_error.hpp"

#include <algorithm>

namespace tw::sql {
namespace {

Error over() {
    return not_done({Code::failed_precondition, "TRANSACTION_FAILED", "the transaction has ended; nothing of it took effect"});
}

}  // namespace

/// What a step hears when time is up: it is the call's own time, or ours was less.
Error Session::expired(SteadyTime until) const {
    if (until == deadline_.when()) return not_done(deadline_exceeded());
    return Error{Code::aborted, "TRANSACTION_EXPIRED", "the transaction took too long and was rolled back"};
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
    wake_.notify_one();
    return step;
}

void Session::serve(Connection& connection) {
    if (begun_->abandoned().load(std::memory_order_relaxed)) return end(over());
    auto begun = connection.execute(kBegin);
    begun_->outcome = begun ? Result<void>{} : Result<void>{begun.error()};
    inbox_->deliver(begun_);
    auto why = over();
    if (begun) why = serve_steps(connection, std::min(deadline_.when(), steady_now() + hold_));
    tw::sql::roll_back(connection);
    end(std::move(why));
}

/// Why there are no more.
Error Session::serve_steps(Connection& connection, SteadyTime until) {
    while (const auto step = next(until)) {
        // Whoever asked has given up, so it will not commit either; a commit that nobody waits for is better not begun.
        if (step->kind == Kind::rollback || !step->start()) return over();
        step->outcome = run(connection, *step, until);
        const bool done = step->kind == Kind::commit || !*step->outcome || !connection.in_transaction();
        // The lock goes before the news: who hears of a failure may write at once.
        if (done) tw::sql::roll_back(connection);
        inbox_->deliver(step);
        if (done) return over();
    }
    return expired(until);
}

/// The next step; null when time is up.
std::shared_ptr<Session::Step> Session::next(SteadyTime until) {
    std::unique_lock lock{mutex_};
    if (!wake_.wait_until(lock, until, [this] { return !steps_.empty(); })) return nullptr;
    auto step = std::move(steps_.front());
    steps_.pop_front();
    return step;
}

Result<StepAnswer> Session::run(Connection& connection, const Step& step, SteadyTime until) {
    if (step.kind == Kind::commit) {
        if (auto committed = tw::sql::commit(connection); !committed) {
            health_.failed(committed.error());
            return committed.error();
        }
        health_.succeeded();
        return StepAnswer{};
    }
    const Limit limit{.abandoned = &step.abandoned(), .until = until};
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
    // Damage may be of one page; whether the database can store anything is seen at commits.
    if (failure->reason() != "DATABASE_CORRUPT") health_.failed(*failure);
    return is_interrupted(*failure) ? expired(until) : std::move(*failure);
}

void Session::end(Error why) {
    std::deque<std::shared_ptr<Step>> left;
    {
        const std::lock_guard lock{mutex_};
        ended_ = why;
        left.swap(steps_);
    }
    for (const auto& step : left) {
        step->outcome = why;
        inbox_->deliver(step);
    }
}

}  // namespace tw::sql
