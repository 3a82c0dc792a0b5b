#include "kit/sql/postgres/group_attempt.hpp"

#include "kit/sql/errors.hpp"
#include "kit/sql/postgres/postgres_error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// The COMMIT was sent, and no answer says whether it took place.
GroupFailure unknown(const Error& lost) { return {.error = outcome_unknown(lost.cause()), .final = true}; }

/// The transaction was rolled back for a reason that concerns everybody.
GroupFailure final_failure(const Error& error) { return {.error = not_done(error), .final = true}; }

/// The connection has gone, and the transaction with it.
GroupFailure undone(const Error& error, bool never_ran) {
    return {.error = not_done(error), .final = true, .elsewhere = true, .never_ran = never_ran};
}

/// What the server answered to a COMMIT. An error of it says that the transaction was rolled back, but for a few.
GroupFailure refused_commit(const Error& error) {
    // A server that ends the session while it commits may have committed.
    if (is_lost_connection(error) || error.reason() == "OUTCOME_UNKNOWN") return unknown(error);
    if (is_storage_failure(error)) return final_failure(error);
    return {.error = not_done(error)};
}

/// No answer to a COMMIT that was sent, at the end of this batch.
GroupFailure unanswered_commit(const Batch& batch) {
    const auto& loss = *batch.lost();
    return loss.unanswered_did_not_run ? undone(loss.error, !batch.answer(0)) : unknown(loss.error);
}

}  // namespace

GroupAttempt::GroupAttempt(Jobs jobs, SteadyTime now, const PostgresOptions& options)
    : jobs_{jobs}, batch_{std::make_shared<Batch>()} {
    batch_->add(kBegin);
    // As long as the most patient of them waits; who gives up before has the transaction stopped.
    const auto patient = std::ranges::max(jobs, {}, [](const auto& job) { return job->deadline; })->deadline;
    if (!patient.is_never()) {
        if (auto limit = statement_limit(patient.remaining(now), options)) {
            limit_.push_back(std::move(*limit));
            batch_->add(kLimitStatements, limit_);
            ++first_;
        }
    }
    for (const auto& job : jobs) {
        for (const auto& step : job->unit.steps()) {
            batch_->add(*step.statement, step.parameters);
            if (step.rows_expected) commits_at_once_ = false;
        }
    }
    if (commits_at_once_) batch_->add(kCommit);
}

std::optional<std::size_t> GroupAttempt::unit_of(std::size_t command) const {
    auto end = first_;
    if (command < end) return std::nullopt;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        end += jobs_[i]->unit.steps().size();
        if (command < end) return i;
    }
    return std::nullopt;
}

std::optional<GroupFailure> GroupAttempt::failure() const {
    if (const auto failed = batch_->failed()) {
        const auto& error = batch_->answer(*failed)->error();
        const bool at_commit = commits_at_once_ && *failed + 1 == batch_->size();
        if (at_commit) return refused_commit(error);
        if (is_lost_connection(error)) return undone(error, *failed == 0);
        if (is_storage_failure(error)) return final_failure(error);
        return GroupFailure{.error = not_done(error), .unit = unit_of(*failed)};
    }
    if (batch_->lost()) {
        if (!commits_at_once_) return undone(batch_->lost()->error, !batch_->answer(0));
        if (!batch_->answer(batch_->size() - 1)) return unanswered_commit(*batch_);
        return std::nullopt;
    }
    if (!batch_->all_answered()) return final_failure(internal("statements were skipped, and none had failed"));
    if (auto unexpected = unexpected_rows()) return unexpected;
    return commits_at_once_ ? std::nullopt : given_up();
}

/// Who gave up before the COMMIT was told that nothing would be done.
std::optional<GroupFailure> GroupAttempt::given_up() const {
    const auto left = std::ranges::find_if(jobs_, [](const auto& job) { return job->abandoned; });
    if (left == jobs_.end()) return std::nullopt;
    return GroupFailure{.error = not_done(cancelled()), .unit = static_cast<std::size_t>(left - jobs_.begin())};
}

std::optional<GroupFailure> GroupAttempt::unexpected_rows() const {
    auto command = first_;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        for (const auto& step : jobs_[i]->unit.steps()) {
            const auto changed = (**batch_->answer(command++)).rows_changed;
            if (!step.rows_expected || *step.rows_expected == changed) continue;
            return GroupFailure{.error = rows_unexpected(
                                    fmt::format("{} rows instead of {}: {}", changed, *step.rows_expected, step.statement->text)),
                                .unit = i};
        }
    }
    return std::nullopt;
}

std::optional<GroupFailure> GroupAttempt::failure_of_commit(const Batch& batch) {
    if (batch.failed()) return refused_commit(batch.answer(0)->error());
    if (batch.lost() && !batch.answer(0)) return unanswered_commit(batch);
    if (!batch.all_answered()) return final_failure(internal("COMMIT was skipped"));
    return std::nullopt;
}

}  // namespace tw::sql::pg
