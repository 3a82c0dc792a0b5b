#include "kit/sql/postgres/group_attempt.hpp"

#include "kit/sql/errors.hpp"
#include "kit/sql/postgres/postgres_error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// The COMMIT was sent, and no answer says whether it took place.
GroupFailure unknown(const Error& lost) { return {.error = outcome_unknown(lost.cause()), .unit = {}, .final = true}; }

GroupFailure final_failure(const Error& error) { return {.error = error, .unit = {}, .final = true}; }

bool ends_everything(const Error& error) {
    return error.reason() == "DATABASE_UNREACHABLE" || error.reason() == "OUTCOME_UNKNOWN" || is_storage_failure(error);
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
        // A server that is shut down while it commits may have committed.
        if (at_commit && error.reason() == "DATABASE_UNREACHABLE") return unknown(error);
        if (batch_->lost() || ends_everything(error)) return final_failure(error);
        return GroupFailure{.error = error, .unit = unit_of(*failed)};
    }
    if (batch_->lost()) {
        const bool committed = commits_at_once_ && batch_->answer(batch_->size() - 1).has_value();
        if (committed) return std::nullopt;
        return commits_at_once_ ? unknown(*batch_->lost()) : final_failure(*batch_->lost());
    }
    return unexpected_rows();
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

bool GroupAttempt::left_open() const {
    if (batch_->lost()) return false;
    // A COMMIT that fails has ended the transaction.
    return !commits_at_once_ || (batch_->failed() && *batch_->failed() + 1 < batch_->size());
}

std::optional<GroupFailure> GroupAttempt::failure_of_commit(const Batch& batch) {
    if (batch.failed()) {
        const auto& error = batch.answer(0)->error();
        if (error.reason() == "DATABASE_UNREACHABLE") return unknown(error);
        return GroupFailure{.error = error, .unit = {}, .final = ends_everything(error)};
    }
    if (batch.lost() && !batch.answer(0)) return unknown(*batch.lost());
    return std::nullopt;
}

}  // namespace tw::sql::pg
