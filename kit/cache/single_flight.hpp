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

/// Has many callers who want the same thing at the same time wait for the one who asked first. Belongs to one loop.
template <class Outcome>
class SingleFlight {
 public:
    class Waiter;

    /// One question under way. Its first caller settles it or gives it up; the others wait.
    class Flight {
     public:
        explicit Flight(std::uint64_t epoch) : epoch_{epoch} {}
        std::uint64_t epoch() const { return epoch_; }
        bool over() const { return over_; }
        /// Nothing where who asked went away before there was an answer: ask yourself.
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

    /// `co_await waiter;` until the flight is over, or the caller's context is.
    class Waiter : public WaitList::Waiter {
     public:
        Waiter(const CallContext& ctx, Flight& flight) : WaitList::Waiter{flight.waiters_, ctx.loop(), ctx.scope()} {}
    };

    /// The flight to share: one that is under way, and began at this epoch. Null where there is none.
    std::shared_ptr<Flight> find(const std::string& key, std::uint64_t epoch) const {
        const auto found = flights_.find(key);
        return found != flights_.end() && found->second->epoch() == epoch ? found->second : nullptr;
    }
    /// In place of one that began earlier, which those who wait for it still end with.
    std::shared_ptr<Flight> begin(const std::string& key, std::uint64_t epoch) {
        auto flight = std::make_shared<Flight>(epoch);
        flights_.insert_or_assign(key, flight);
        return flight;
    }
    void end(const std::string& key, const std::shared_ptr<Flight>& flight, std::optional<Outcome> outcome) {
        if (const auto found = flights_.find(key); found != flights_.end() && found->second == flight) flights_.erase(found);
        flight->settle(std::move(outcome));
    }

 private:
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace tw::cache
