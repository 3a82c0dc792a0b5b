#include "kit/sql/sqlite/writer.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/share_commit.hpp"
#include "kit/sql/sqlite/control.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tw::sql {
namespace {

/// The length of the log that starts a checkpoint, in pages. It is SQLite's own default of 4 MiB.
constexpr int kLogPagesMax = 1000;
constexpr std::chrono::milliseconds kProbeInterval{200};

constexpr Statement kReadUserVersion{"PRAGMA user_version", "PRAGMA user_version"};

/// Delivers the jobs to their loops, those of one loop together, in the order of the loops' first
/// jobs.
void deliver(std::span<std::shared_ptr<UnitJob>> batch, SteadyTime not_before) {
    for (auto first = batch.begin(); first != batch.end();) {
        const auto inbox = (*first)->inbox;
        const auto end = std::stable_partition(first, batch.end(), [&inbox](const auto& job) { return job->inbox == inbox; });
        inbox->deliver(std::vector<std::shared_ptr<Job>>(first, end), not_before);
        first = end;
    }
}

std::vector<UnitOfCommit> committed(std::span<const std::shared_ptr<UnitJob>> batch) {
    std::vector<UnitOfCommit> units;
    for (const auto& job : batch) {
        if (!job->outcome || !*job->outcome) continue;
        units.push_back({&job->span, &job->commit, &job->tells_commit, job->abandoned().load(std::memory_order_relaxed)});
    }
    return units;
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection)
    : connection_{std::move(connection)}, thread_{TurnThread::start("tw-sqlite", [this] { return turn(); })} {}

Writer::~Writer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    thread_->finish();
    // The checkpoint is not needed for durability, since the next start reads the log. It leaves
    // one file instead of three.
    static_cast<void>(connection_->checkpoint(Connection::Checkpoint::truncate));
}

void Writer::submit(std::span<Work> work) {
    bool in_transaction = false;
    {
        const std::lock_guard lock{mutex_};
        std::ranges::move(work, std::back_inserter(queue_));
        queued_.store(queue_.size(), std::memory_order_relaxed);
        in_transaction = session_ != nullptr;
    }
    // During a transaction the writer is not woken; it looks at the queue when the transaction has
    // ended.
    if (!in_transaction) thread_->wake();
}

Result<void> Writer::do_exclusively(Exclusive work) {
    if (LoopDriver::current() != nullptr) {
        while (queued() > 0 || session_) {
            if (do_next() != TurnThread::kAtOnce) return database_busy("a transaction is under way");
        }
        work(*connection_);
        finish_work();
        return {};
    }
    std::promise<void> done;
    Work item{Exclusive{[&](Connection& connection) {
        work(connection);
        done.set_value();
    }}};
    submit(std::span{&item, 1});
    done.get_future().wait();
    return {};
}

std::shared_ptr<Session> Writer::new_session(std::shared_ptr<LoopInbox> inbox, Deadline deadline) {
    return std::make_shared<Session>(std::move(inbox), deadline, health_, thread_);
}

StoreStats Writer::stats() const {
    return {.units = units_.load(std::memory_order_relaxed), .commits = commits_.load(std::memory_order_relaxed)};
}

std::optional<SteadyTime> Writer::turn() {
    // In a simulation the disk may be slow: the last operation takes until this time.
    if (const auto until = connection_->busy_until(); until > steady_now() && !stopping()) return until;
    return do_next();
}

/// Does the work of a turn, whether or not the disk is still busy. Returns what TurnThread::Turn
/// returns.
std::optional<SteadyTime> Writer::do_next() {
    if (session_) return continue_session();
    Exclusive exclusive;
    switch (take(exclusive)) {
        case Taken::units:
            run_batch();
            batch_.clear();
            break;
        case Taken::transaction:
            return TurnThread::kAtOnce;
        case Taken::exclusive:
            exclusive(*connection_);
            break;
        case Taken::nothing:
            return look_after_storage();
        case Taken::end:
            return std::nullopt;
    }
    finish_work();
    return TurnThread::kAtOnce;
}

std::optional<SteadyTime> Writer::continue_session() {
    const auto when = session_->turn(*connection_);
    if (when == TurnThread::kAtOnce) return when;
    if (when) {
        if (!stopping()) return when;
        session_->stop(*connection_);
    }
    {
        const std::lock_guard lock{mutex_};
        session_.reset();
    }
    finish_work();
    return TurnThread::kAtOnce;
}

/// Finds out when writing is possible again after a storage failure. The process is not ready
/// meanwhile, so no caller's write would show it.
std::optional<SteadyTime> Writer::look_after_storage() {
    if (health_.get()) return TurnThread::kNever;
    if (steady_now() < probe_due_) return probe_due_;
    if (can_store()) health_.succeeded();
    finish_work();
    return TurnThread::kAtOnce;
}

/// Takes work from the queue, into batch_, session_ or `exclusive`.
Writer::Taken Writer::take(Exclusive& exclusive) {
    const std::lock_guard lock{mutex_};
    if (queue_.empty()) return stopping_ ? Taken::end : Taken::nothing;
    auto taken = Taken::units;
    if (auto* work = std::get_if<Exclusive>(&queue_.front())) {
        exclusive = std::move(*work);
        taken = Taken::exclusive;
    } else if (auto* session = std::get_if<std::shared_ptr<Session>>(&queue_.front())) {
        session_ = std::move(*session);
        taken = Taken::transaction;
    }
    if (taken != Taken::units) queue_.pop_front();
    while (taken == Taken::units && !queue_.empty() && batch_.size() < kBatchUnitsMax) {
        auto* job = std::get_if<std::shared_ptr<UnitJob>>(&queue_.front());
        if (job == nullptr) break;
        batch_.push_back(std::move(*job));
        queue_.pop_front();
    }
    queued_.store(queue_.size(), std::memory_order_relaxed);
    return taken;
}

bool Writer::stopping() {
    const std::lock_guard lock{mutex_};
    return stopping_;
}

void Writer::run_batch() {
    std::erase_if(batch_, [](const auto& job) { return !job->start(); });
    if (batch_.empty()) return;
    const auto began = clock_.now();
    const auto commits = commit_units(*connection_, batch_);
    // More than one commit means that each unit was committed alone.
    if (commits == 1 && batch_.size() > 1) share_commit(committed(batch_), began, clock_.now(), ids_);

    std::uint64_t units = 0;
    const Error* storage_failure = nullptr;
    for (const auto& job : batch_) {
        if (!job->outcome) continue;
        if (*job->outcome) {
            ++units;
        } else if (is_storage_failure(job->outcome->error())) {
            storage_failure = &job->outcome->error();
        }
    }
    // Damage may concern one page only. That alone does not make the database unhealthy.
    const bool damaged = storage_failure != nullptr && storage_failure->reason() == reason::kDatabaseCorrupt;
    if (storage_failure != nullptr && !(damaged && can_store())) {
        health_.failed(*storage_failure);
    } else if (commits > 0) {
        health_.succeeded();
    }
    units_.fetch_add(units, std::memory_order_relaxed);
    commits_.fetch_add(commits, std::memory_order_relaxed);
    deliver(batch_, connection_->busy_until());
}

/// Follows every piece of work. After a storage failure the storage is probed again a while later.
void Writer::finish_work() {
    keep_log_short();
    probe_due_ = steady_now() + kProbeInterval;
}

/// Moves a long log into the database file. This happens between commits, so only the next caller
/// waits for it.
void Writer::keep_log_short() {
    if (connection_->wal_pages() < kLogPagesMax) return;
    if (auto done = connection_->checkpoint(Connection::Checkpoint::passive); !done) health_.failed(done.error());
}

bool Writer::can_store() {
    if (!connection_->check_files()) return false;
    const auto version = connection_->query_row(kReadUserVersion);
    if (!version || !*version) return false;
    // Writing the number that is already stored is a real commit.
    const auto text = fmt::format("BEGIN IMMEDIATE; PRAGMA user_version={}; COMMIT", (**version).get<std::int64_t>(0));
    const auto written = connection_->run_script(text);
    roll_back(*connection_);
    return written.has_value();
}

}  // namespace tw::sql
