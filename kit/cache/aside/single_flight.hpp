#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/wait_list.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace tw::cache {

/// Lets callers who want the same value at the same time wait for the first of them. It belongs to
/// one loop and outlives its flights.
template <class Outcome>
class SingleFlight {
 public:
    class Waiter;

    class Lead;

    /// One read under way. Its first caller settles it or gives it up; the others wait.
    class Flight {
     public:
        explicit Flight(std::uint64_t epoch) : epoch_{epoch} {}
        std::uint64_t epoch() const { return epoch_; }
        bool over() const { return over_; }
        /// The outcome; nothing if the first caller went away before there was one. The waiter then
        /// reads for itself.
        const std::optional<Outcome>& outcome() const { return outcome_; }

        void settle(std::optional<Outcome> outcome) {
            outcome_ = std::move(outcome);
            over_ = true;
            waiters_.wake_all();
        }

     private:
        friend SingleFlight;
        std::uint64_t epoch_;
        bool over_ = false;
        std::optional<Outcome> outcome_;
        WaitList waiters_;
    };

    /// `co_await waiter;` suspends until the flight is over, or the caller's context is.
    class Waiter : public WaitList::Waiter {
     public:
        Waiter(const CallContext& ctx, Flight& flight) : WaitList::Waiter{flight.waiters_, ctx.loop(), ctx.scope()} {}
    };

    /// Returns the flight to share: one that is under way and began at this epoch. Returns null if
    /// there is none.
    std::shared_ptr<Flight> find(const std::string& key, std::uint64_t epoch) const {
        const auto found = flights_.find(key);
        return found != flights_.end() && found->second->epoch() == epoch ? found->second : nullptr;
    }
    /// Begins a flight, in place of an earlier one for the key. Callers who wait for the earlier
    /// one still get its outcome.
    Lead begin(const std::string& key, std::uint64_t epoch) {
        auto flight = std::make_shared<Flight>(epoch);
        flights_.insert_or_assign(key, flight);
        return Lead{*this, key, std::move(flight)};
    }

 private:
    void end(const std::string& key, const std::shared_ptr<Flight>& flight, std::optional<Outcome> outcome) {
        if (const auto found = flights_.find(key); found != flights_.end() && found->second == flight) flights_.erase(found);
        flight->settle(std::move(outcome));
    }

    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

/// The handle of a flight's first caller. If it is destroyed before `end`, because an exception
/// passes or the caller is destroyed, the flight is given up. The others then read for themselves
/// instead of waiting for ever.
template <class Outcome>
class [[nodiscard]] SingleFlight<Outcome>::Lead {
 public:
    Lead(SingleFlight& flights, std::string key, std::shared_ptr<Flight> flight)
        : flights_{flights}, key_{std::move(key)}, flight_{std::move(flight)} {}
    Lead(const Lead&) = delete;
    Lead& operator=(const Lead&) = delete;
    ~Lead() { end(std::nullopt); }

    /// Whether other callers wait for the outcome.
    bool has_waiters() const { return flight_ != nullptr && !flight_->waiters_.empty(); }
    /// Ends the flight and wakes its waiters. `outcome` is nothing if this caller went away before
    /// there was an answer. Only the first call counts.
    void end(std::optional<Outcome> outcome) {
        if (const auto flight = std::exchange(flight_, nullptr)) flights_.end(key_, flight, std::move(outcome));
    }

 private:
    SingleFlight& flights_;
    std::string key_;
    std::shared_ptr<Flight> flight_;
};

}  // namespace tw::cache
