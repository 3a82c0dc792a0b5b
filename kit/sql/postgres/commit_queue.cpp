#include "kit/sql/postgres/commit_queue.hpp"

#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/shared/share_commit.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace tw::sql::pg {
namespace {

/// After this many attempts with failed units, the units that are left get a transaction each.
constexpr int kRoundsMax = 8;
/// A unit whose transaction was lost with its connection is tried again on another connection. It
/// is tried twice if its statements had begun to run, because the unit may be what ends the
/// connections, and more often if they had not.
constexpr int kCommitLossesMax = 16;
constexpr int kLossOfRunning = 8;
/// The longest pause before the next attempt of a unit that lost to another.
constexpr std::chrono::milliseconds kPauseMax{20};
/// How often a unit may wait for a lock in vain before it fails.
constexpr int kLockWaitsMax = 20;

/// lock_not_available: the statement waited for a lock for the whole lock_timeout.
bool waited_for_lock(const Error& error) { return sqlstate_of(error) == "55P03"; }

}  // namespace

CommitQueue::CommitQueue(PoolParts& parts, ReadLines& lines)
    : parts_{parts},
      lines_{lines},
      ids_{parts.random},
      later_timer_{parts.loop.timers(),
                   [this] {
                       apart_.insert(apart_.end(), later_.begin(), later_.end());
                       later_.clear();
                       pump();
                   }},
      turn_end_{[this] { pump(); }},
      pause_timer_{parts.loop.timers(), [this] {
                       if (pause_ != nullptr) std::exchange(pause_, nullptr)->set(true);
                   }} {}

Result<void> CommitQueue::add(std::shared_ptr<UnitJob> job) {
    if (queue_.size() + later_.size() + apart_.size() >= parts_.shared->options.units_max)
        return database_busy("too many units wait for a commit");
    queue_.push_back(std::move(job));
    if (!link_) parts_.loop.at_turn_end(turn_end_);
    return {};
}

bool CommitQueue::give_up(UnitJob& job) {
    job.abandoned = true;
    if (job.under_way && current_) {
        current_->give_up();
        link_->give_up();
    }
    return job.commit_sent;
}

void CommitQueue::close() {
    closed_ = true;
    if (pause_ != nullptr) std::exchange(pause_, nullptr)->set(true);
    later_timer_.cancel();
    queue_.insert(queue_.end(), later_.begin(), later_.end());
    queue_.insert(queue_.end(), apart_.begin(), apart_.end());
    later_.clear();
    apart_.clear();
    for (const auto& job : std::exchange(queue_, {})) {
        if (!job->outcome.is_set()) job->outcome.set(database_unreachable("the pool was closed"));
    }
}

void CommitQueue::pump() {
    if (link_ || (queue_.empty() && apart_.empty()) || closed_) return;
    if (const auto* why = lines_.write_failure()) {
        auto all = std::exchange(apart_, {});
        all.insert(all.end(), queue_.begin(), queue_.end());
        queue_.clear();
        return fail(all, **why);
    }
    link_ = lines_.lend();
    if (link_) spawn(gate_, serve(link_));
}

Task<void> CommitQueue::serve(std::shared_ptr<PipelinedConnection> link) {
    auto committing = commit(link, take());
    co_await std::move(committing);
    link_ = nullptr;
    lines_.give_back();
    // The callers that were just resumed may write more. What they write until the end of the turn
    // joins the next commit.
    if (!closed_) parts_.loop.at_turn_end(turn_end_);
}

CommitQueue::Group CommitQueue::take() {
    auto group = std::exchange(apart_, {});
    std::erase_if(group, [](const auto& job) { return job->abandoned; });
    if (!group.empty()) return group;
    while (!queue_.empty() && group.size() < parts_.shared->options.group_units_max) {
        if (!queue_.front()->abandoned) group.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return group;
}

Task<void> CommitQueue::commit(std::shared_ptr<PipelinedConnection> link, Group group) {
    Group aside;
    for (int round = 0; group.size() > 1; ++round) {
        const auto began = clock_.now();
        auto trying = attempt(link, group);
        const auto failure = co_await std::move(trying);
        if (!failure) {
            succeed(group, began);
            group.clear();
            break;
        }
        if (failure->elsewhere) {
            group.insert(group.end(), aside.begin(), aside.end());
            co_return try_elsewhere(std::move(group), *failure);
        }
        if (failure->final) {
            fail(group, failure->error);
            // The units in `aside` were undone by an earlier rollback.
            fail(aside, is_storage_failure(failure->error) ? failure->error : database_unreachable(failure->error.cause()));
            co_return;
        }
        if (failure->units.empty() || round + 1 == kRoundsMax) break;
        for (const auto& one : failure->units) set_aside(std::exchange(group[one.unit], nullptr), one, aside);
        std::erase_if(group, [](const auto& job) { return job == nullptr || job->abandoned; });
    }
    group.insert(group.end(), std::make_move_iterator(aside.begin()), std::make_move_iterator(aside.end()));
    for (auto& job : group) {
        auto alone = commit_alone(link, std::move(job));
        co_await std::move(alone);
    }
}

/// Takes a failed unit out of its group. The group is then tried again without it.
void CommitQueue::set_aside(std::shared_ptr<UnitJob> job, const UnitFailure& failure, Group& aside) {
    if (waited_for_lock(failure.error)) return try_later(std::move(job));
    if (failure.certain) return fail({std::move(job)}, failure.error);
    aside.push_back(std::move(job));
}

void CommitQueue::try_later(std::shared_ptr<UnitJob> job) {
    if (closed_ || ++job->lock_waits > kLockWaitsMax) return fail({std::move(job)}, database_busy("waited too long for a lock"));
    later_.push_back(std::move(job));
    if (!later_timer_.armed()) later_timer_.arm(parts_.loop.now() + lock_wait());
}

Task<void> CommitQueue::commit_alone(std::shared_ptr<PipelinedConnection> link, std::shared_ptr<UnitJob> job) {
    const Group group{job};
    for (int tries = 1; !job->abandoned; ++tries) {
        const auto began = clock_.now();
        auto trying = attempt(link, group);
        const auto failure = co_await std::move(trying);
        if (!failure) co_return succeed(group, began);
        if (failure->elsewhere) co_return try_elsewhere(group, *failure);
        if (waited_for_lock(failure->error)) co_return try_later(std::move(job));
        if (failure->final || !is_transient(failure->error) || tries == parts_.shared->options.attempts_max || closed_) {
            co_return fail(group, for_caller(failure->error));
        }
        // Transactions that met in a deadlock should not meet again.
        if (failure->error.code() == Code::aborted) {
            auto pausing = pause();
            co_await std::move(pausing);
        }
    }
}

Task<std::optional<GroupFailure>> CommitQueue::attempt(std::shared_ptr<PipelinedConnection> link, const Group& group) {
    const GroupAttempt attempt{group, parts_.loop.now(), lock_wait(), parts_.shared->options};
    current_ = attempt.batch();
    for (const auto& job : group) {
        job->under_way = true;
        job->commit_sent = attempt.commits_at_once();
    }
    link->look();
    link->submit(attempt.batch());
    co_await attempt.batch()->done();
    current_ = nullptr;
    for (const auto& job : group) job->under_way = false;

    auto failure = attempt.failure();
    if (!failure && !attempt.commits_at_once()) {
        for (const auto& job : group) job->commit_sent = true;
        link->submit(attempt.ending());
        co_await attempt.ending()->done();
        failure = attempt.failure_of_ending();
    }
    for (const auto& job : group) job->commit_sent = false;
    if (link->usable() && link->in_transaction()) {
        auto cleaning = clean_up(link);
        co_await std::move(cleaning);
    }
    co_return failure;
}

/// Rolls back a transaction that is still open: one that failed, or one whose COMMIT was cancelled
/// before it took place. The answer is waited for, because a cancellation may also hit the
/// ROLLBACK; the connection is dropped then.
Task<void> CommitQueue::clean_up(std::shared_ptr<PipelinedConnection> link) {
    const auto undoing = std::make_shared<Batch>(Batch::Leaves::idle);
    undoing->add(kRollback);
    link->submit(undoing);
    co_await undoing->done();
}

/// Puts units that had no effect here first in the next commit, on another connection.
void CommitQueue::try_elsewhere(Group group, const GroupFailure& failure) {
    for (auto& job : std::views::reverse(group)) {
        if (job->abandoned) continue;
        job->losses += failure.never_ran ? 1 : kLossOfRunning;
        if (closed_ || job->losses > kCommitLossesMax) {
            fail({job}, failure.error);
        } else {
            queue_.push_front(std::move(job));
        }
    }
}

/// The time is random, so that two groups that wait for each other do not give up at the same
/// moment.
std::chrono::milliseconds CommitQueue::lock_wait() {
    const auto longest = parts_.shared->options.lock_wait_max;
    const auto share = 0.5 + parts_.random.uniform() / 2;
    return std::max(std::chrono::milliseconds{1}, std::chrono::duration_cast<std::chrono::milliseconds>(longest * share));
}

Task<void> CommitQueue::pause() {
    OneShot<bool> over;
    pause_ = &over;
    const auto delay = std::chrono::duration_cast<std::chrono::nanoseconds>(kPauseMax * parts_.random.uniform());
    pause_timer_.arm(parts_.loop.now() + delay);
    co_await over;
}

void CommitQueue::succeed(const Group& group, Timestamp began) {
    parts_.shared->units.fetch_add(group.size(), std::memory_order_relaxed);
    parts_.shared->commits.fetch_add(1, std::memory_order_relaxed);
    parts_.shared->health.stored();
    if (group.size() > 1) {
        std::vector<UnitOfCommit> units;
        for (const auto& job : group) units.push_back({&job->span, &job->commit, &job->tells_commit, job->abandoned});
        share_commit(units, began, clock_.now(), ids_);
    }
    for (const auto& job : group) {
        if (!job->outcome.is_set()) job->outcome.set({});
    }
}

void CommitQueue::fail(const Group& group, const Error& why) {
    parts_.shared->health.failed(why);
    for (const auto& job : group) {
        if (!job->outcome.is_set()) job->outcome.set(why);
    }
}

}  // namespace tw::sql::pg
