#include "kit/sql/sqlite/writer.hpp"

#include "kit/sql/share_commit.hpp"
#include "kit/sql/sqlite/control.hpp"

#include <algorithm>
#include <chrono>
#include <pthread.h>
#include <utility>

#include <fmt/format.h>

namespace tw::sql {
namespace {

/// SQLite's own default: 4 MiB of log.
constexpr int kLogPagesMax = 1000;
constexpr std::chrono::milliseconds kProbeInterval{200};

constexpr Statement kReadUserVersion{"PRAGMA user_version", "PRAGMA user_version"};

/// Gives the jobs back, those of one loop together.
void deliver(std::span<std::shared_ptr<UnitJob>> batch) {
    std::ranges::stable_sort(batch, {}, [](const auto& job) { return job->inbox.get(); });
    std::vector<std::shared_ptr<Job>> jobs;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        jobs.push_back(batch[i]);
        if (i + 1 < batch.size() && batch[i + 1]->inbox == batch[i]->inbox) continue;
        batch[i]->inbox->deliver(jobs);
        jobs.clear();
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

Writer::Writer(std::unique_ptr<Connection> connection) : connection_{std::move(connection)}, thread_{[this] { serve(); }} {
    pthread_setname_np(thread_.native_handle(), "tw-sqlite");
}

Writer::~Writer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    // Not needed for durability: the next start reads the log. It leaves one file instead of three.
    static_cast<void>(connection_->checkpoint(Connection::Checkpoint::truncate));
}

void Writer::submit(std::span<Work> work) {
    {
        const std::lock_guard lock{mutex_};
        std::ranges::move(work, std::back_inserter(queue_));
        queued_.store(queue_.size(), std::memory_order_relaxed);
    }
    wake_.notify_one();
}

StoreStats Writer::stats() const {
    return {.units = units_.load(std::memory_order_relaxed), .commits = commits_.load(std::memory_order_relaxed)};
}

void Writer::serve() {
    Batch batch;
    Exclusive exclusive;
    while (next(batch, exclusive)) {
        if (exclusive) {
            exclusive(*connection_);
            exclusive = nullptr;
        } else if (!batch.empty()) {
            run(batch);
            batch.clear();
        } else {
            probe();
        }
        keep_log_short();
    }
}

/// Waits for work and takes it: exclusive work, or units, or neither when it is time to look whether storage has recovered.
/// False at the end.
bool Writer::next(Batch& batch, Exclusive& exclusive) {
    std::unique_lock lock{mutex_};
    const auto ready = [this] { return stopping_ || !queue_.empty(); };
    if (health_.get()) {
        wake_.wait(lock, ready);
    } else if (!wake_.wait_for(lock, kProbeInterval, ready)) {
        return true;
    }
    if (queue_.empty()) return false;
    if (auto* work = std::get_if<Exclusive>(&queue_.front())) {
        exclusive = std::move(*work);
        queue_.pop_front();
    } else {
        while (!queue_.empty() && batch.size() < kBatchUnitsMax) {
            auto* job = std::get_if<std::shared_ptr<UnitJob>>(&queue_.front());
            if (job == nullptr) break;
            batch.push_back(std::move(*job));
            queue_.pop_front();
        }
    }
    queued_.store(queue_.size(), std::memory_order_relaxed);
    return true;
}

void Writer::run(Batch& batch) {
    std::erase_if(batch, [](const auto& job) { return !job->start(); });
    if (batch.empty()) return;
    const auto began = clock_.now();
    const auto commits = commit_units(*connection_, batch);
    // More than one: they were committed each alone.
    if (commits == 1 && batch.size() > 1) share_commit(committed(batch), began, clock_.now(), ids_);

    std::uint64_t units = 0;
    const Error* storage_failure = nullptr;
    for (const auto& job : batch) {
        if (!job->outcome) continue;
        if (*job->outcome) {
            ++units;
        } else if (is_storage_failure(job->outcome->error())) {
            storage_failure = &job->outcome->error();
        }
    }
    // Damage may be of one page, which is no reason to turn everybody away.
    const bool damaged = storage_failure != nullptr && storage_failure->reason() == "DATABASE_CORRUPT";
    if (storage_failure != nullptr && !(damaged && can_store())) {
        health_.failed(*storage_failure);
    } else if (commits > 0) {
        health_.succeeded();
    }
    units_.fetch_add(units, std::memory_order_relaxed);
    commits_.fetch_add(commits, std::memory_order_relaxed);
    deliver(batch);
}

/// Between commits, so that nobody waits for it but who comes next.
void Writer::keep_log_short() {
    if (connection_->wal_pages() < kLogPagesMax) return;
    if (auto done = connection_->checkpoint(Connection::Checkpoint::passive); !done) health_.failed(done.error());
}

/// Readiness is off after a storage failure, so nobody may write any more: this finds out when that is possible again.
void Writer::probe() {
    if (can_store()) health_.succeeded();
}

bool Writer::can_store() {
    if (!connection_->check_files()) return false;
    const auto version = connection_->query_row(kReadUserVersion);
    if (!version || !*version) return false;
    // Writing the number that is there already is a real commit.
    const auto text = fmt::format("BEGIN IMMEDIATE; PRAGMA user_version={}; COMMIT", (**version).get<std::int64_t>(0));
    const auto written = connection_->run_script(text);
    roll_back(*connection_);
    return written.has_value();
}

}  // namespace tw::sql
