#pragma once

#include "services/console/archive.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tw::console {

/// A request that waits to be stored.
struct Waiting {
    telemetry::Signal signal = telemetry::Signal::traces;
    std::string request;
    Archive::Done done;
    /// Who has sent it. Equal numbers share what one sender may have in the queue.
    std::size_t sender = 0;
};

/// The queue between senders and the thread that stores. Its size is bounded in bytes, with those
/// that are being stored. One sender may have half of it, so that a sender that floods the queue
/// leaves room for others. Thread-safe.
///
/// Requests that nobody waits for may be collected for a while, because many of them cost little
/// more to store than one. Whoever asks a question calls `hurry` before.
class Intake {
 public:
    enum class Pushed : std::uint8_t {
        taken,
        /// There is no room for anybody.
        full,
        /// There is room, but this sender has its share of it.
        share_full,
    };

    /// How many bytes are not collected any longer.
    static constexpr std::size_t kCollectedBytesMax = 1024UL * 1024;
    /// The longest time that `hurry` takes.
    static constexpr std::chrono::milliseconds kHurryMax{200};

    explicit Intake(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    /// How long requests are collected from now on; not at all at first.
    void collect_for(std::chrono::milliseconds time) {
        const std::scoped_lock lock{mutex_};
        collect_for_ = time;
        if (time == std::chrono::milliseconds{0}) hurried_ = true;
        changed_.notify_one();
    }
    /// Ends the collecting, and waits until what was collected is stored.
    void hurry() {
        std::unique_lock lock{mutex_};
        if (queue_.empty()) return;
        hurried_ = true;
        changed_.notify_one();
        if (!collecting_) return;
        const auto round = rounds_;
        stored_.wait_for(lock, kHurryMax, [&] { return rounds_ != round || closed_; });
    }

    /// Takes the request out of `waiting`, or leaves it there if there is no room for it. A request
    /// that is larger than half of the queue is taken from a sender of whom nothing else waits.
    Pushed push(Waiting& waiting) {
        const std::scoped_lock lock{mutex_};
        const auto size = waiting.request.size();
        const auto found = bytes_of_.find(waiting.sender);
        const auto of_sender = found == bytes_of_.end() ? 0 : found->second;
        if (of_sender > 0 && of_sender + size > bytes_max_ / 2) return Pushed::share_full;
        if (bytes_ + size > bytes_max_) return Pushed::full;
        bytes_ += size;
        bytes_of_[waiting.sender] += size;
        hurried_ |= waiting.done != nullptr;
        queue_.push_back(std::move(waiting));
        changed_.notify_one();
        return Pushed::taken;
    }

    /// Waits for requests, for `idle_max` at most, and returns those that came first, about `bytes`
    /// of them. The first one may be the first of those that are collected. After `close` it does
    /// not wait.
    std::vector<Waiting> take(std::size_t bytes, std::chrono::milliseconds idle_max) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, idle_max, [this] { return closed_ || !queue_.empty(); });
        if (!queue_.empty()) {
            collecting_ = true;
            changed_.wait_for(lock, collect_for_, [this] { return closed_ || hurried_ || bytes_ >= kCollectedBytesMax; });
            collecting_ = false;
        }
        std::vector<Waiting> taken;
        for (std::size_t sum = 0; sum < bytes && !queue_.empty(); queue_.pop_front()) {
            sum += queue_.front().request.size();
            taken.push_back(std::move(queue_.front()));
        }
        if (queue_.empty()) hurried_ = false;
        return taken;
    }

    /// Requests that have been stored, by sender and size.
    using Stored = std::vector<std::pair<std::size_t, std::size_t>>;

    /// Makes room for others.
    void stored(const Stored& requests) {
        const std::scoped_lock lock{mutex_};
        for (const auto& [sender, size] : requests) {
            bytes_ -= size;
            const auto at = bytes_of_.find(sender);
            at->second -= size;
            if (at->second == 0) bytes_of_.erase(at);
        }
        ++rounds_;
        stored_.notify_all();
    }
    /// How many bytes wait, with those that are being stored.
    std::size_t bytes() const {
        const std::scoped_lock lock{mutex_};
        return bytes_;
    }

    void close() {
        const std::scoped_lock lock{mutex_};
        closed_ = true;
        changed_.notify_one();
        stored_.notify_all();
    }
    /// Whether it is closed and nothing waits.
    bool finished() const {
        const std::scoped_lock lock{mutex_};
        return closed_ && queue_.empty();
    }

 private:
    const std::size_t bytes_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable stored_;
    std::deque<Waiting> queue_;
    std::size_t bytes_ = 0;
    std::unordered_map<std::size_t, std::size_t> bytes_of_;
    bool closed_ = false;
    std::chrono::milliseconds collect_for_{0};
    bool collecting_ = false;
    /// Something that waits is wanted soon.
    bool hurried_ = false;
    /// How often something was stored.
    std::uint64_t rounds_ = 0;
};

}  // namespace tw::console
