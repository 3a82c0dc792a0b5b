#pragma once

#include "services/console/archive.hpp"

#include <chrono>
#include <condition_variable>
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
class Intake {
 public:
    enum class Pushed : std::uint8_t {
        taken,
        /// There is no room for anybody.
        full,
        /// There is room, but this sender has its share of it.
        share_full,
    };

    explicit Intake(std::size_t bytes_max) : bytes_max_{bytes_max} {}

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
        queue_.push_back(std::move(waiting));
        changed_.notify_one();
        return Pushed::taken;
    }

    /// Waits for requests, for `idle_max` at most, and returns those that came first, about `bytes`
    /// of them. After `close` it does not wait.
    std::vector<Waiting> take(std::size_t bytes, std::chrono::milliseconds idle_max) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, idle_max, [this] { return closed_ || !queue_.empty(); });
        std::vector<Waiting> taken;
        for (std::size_t sum = 0; sum < bytes && !queue_.empty(); queue_.pop_front()) {
            sum += queue_.front().request.size();
            taken.push_back(std::move(queue_.front()));
        }
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
    std::deque<Waiting> queue_;
    std::size_t bytes_ = 0;
    std::unordered_map<std::size_t, std::size_t> bytes_of_;
    bool closed_ = false;
};

}  // namespace tw::console
