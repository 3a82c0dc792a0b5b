#pragma once

#include "kit/base/breaker.hpp"
#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"
#include "kit/rpc/network/outliers.hpp"
#include "kit/rpc/state.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace tw::rpc {

/// When a replica is called no more, because its last calls failed.
struct BreakerOptions {
    /// How many calls in a row must fail. 0 turns the breaker off.
    int failures_max = 10;
    /// The time until one call tries the replica again. It doubles from the first value to the last
    /// while that call fails.
    std::chrono::milliseconds probe_first{500};
    std::chrono::milliseconds probe_last{2'000};
    /// A unary call whose deadline passes before its answer counts as a failure only if it has
    /// waited this long. Otherwise callers with short deadlines would close a replica to all
    /// others.
    std::chrono::milliseconds deadline_min{500};
};

/// What the end of a call says about the replica that was called.
enum class Verdict : std::uint8_t {
    works,    ///< it has answered, whatever the answer says about the request
    fails,    ///< it is unavailable, or does not answer in time
    unknown,  ///< nothing
};

/// Returns what the error of a call says about the replica. UNAVAILABLE means that it fails, unless
/// it refused the call because it is overloaded. DEADLINE_EXCEEDED of a unary call means so after
/// `deadline_min`. A stream that ends by its deadline says nothing, because its caller chose how
/// long to watch, and there may have been nothing to send. A call that was cancelled says nothing.
Verdict verdict_of(const Error& error, Shape shape, std::chrono::nanoseconds took, const BreakerOptions& options);

/// What the calls to one replica have shown. It lasts longer than each connection to the replica.
class Replica {
 public:
    using Listener = std::function<void(Breaker::Change change)>;

    explicit Replica(const BreakerOptions& options);

    CallCounts& counts() { return counts_; }
    const CallCounts& counts() const { return counts_; }
    Outliers::Record& record() { return record_; }
    const Outliers::Record& record() const { return record_; }
    const BreakerOptions& options() const { return options_; }
    const Breaker& breaker() const { return breaker_; }
    /// Whether calls should go elsewhere if they can.
    bool impaired(SteadyTime now) const { return breaker_.open() || record_.ejected(now); }

    Impairment impairment(SteadyTime now) const {
        if (breaker_.open()) return Impairment::circuit_open;
        return record_.ejected(now) ? Impairment::ejected : Impairment::none;
    }

    /// Called at the start of each call. If the breaker is open, the call is its probe.
    void on_start(SteadyTime now) {
        ++counts_.started;
        if (breaker_.open()) static_cast<void>(breaker_.allows(now));
    }
    /// Called at the end of each call: one of the two.
    void on_success() {
        ++counts_.succeeded;
        learn_that_it_works();
    }
    void on_failure(Verdict verdict, SteadyTime now);
    /// Called when the answer of a stream begins. If the breaker is open, the replica works again:
    /// the stream's end may be far away, and may say nothing. Otherwise its end says more.
    void on_answer_begun() {
        if (breaker_.open()) tell(breaker_.on_success());
    }
    /// Called when a new connection is made. Whoever answers there may be another process.
    void on_connected() { tell(breaker_.on_success()); }
    /// Sets who learns that the breaker opened or closed, or that another call failed
    /// (Change::none).
    void set_listener(Listener listener) { listener_ = std::move(listener); }

 private:
    void learn_that_it_works() {
        ++record_.succeeded;
        tell(breaker_.on_success());
    }
    void tell(Breaker::Change change) {
        if (change != Breaker::Change::none && listener_) listener_(change);
    }

    BreakerOptions options_;
    CallCounts counts_;
    Breaker breaker_;
    Outliers::Record record_;
    Listener listener_;
};

}  // namespace tw::rpc
