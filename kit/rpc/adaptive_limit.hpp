#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/rpc/policies/deadline_budget.hpp"
#include "kit/rpc/policies/gradient_limit.hpp"
#include "kit/rpc/policies/queue_limit.hpp"
#include "kit/rpc/policy.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tw::rpc {

struct AdaptiveLimitOptions {
    GradientOptions gradient{};
    /// Whether calls beyond the limit are refused.
    bool limits_calls = true;
    /// Whether calls are refused whose deadline is too near.
    bool checks_deadlines = true;
    /// How many calls of each priority may wait for room, and how long. Payments wait twice as
    /// long.
    std::size_t calls_waiting_max = 200;
    std::chrono::milliseconds wait_max{250};
};

/// Limits how many unary calls a module serves at once on one loop. The limit adapts to the
/// latency of the calls (GradientLimit). Calls beyond it wait for a short time in a burst. They are
/// refused at once when their turn would come too late or overload lasts (QueueLimit): with
/// UNAVAILABLE, the reason OVERLOADED and a time to retry. A refused call has done nothing.
///
/// The last part of the limit is kept for calls that matter more: payments may use all of it,
/// writes 90%, reads 80%, and background calls half. Streams and the methods of gRPC's own services
/// (health, reflection) are neither counted nor refused.
///
/// A call whose deadline is nearer than its method has ever needed is refused with
/// DEADLINE_EXCEEDED.
class AdaptiveLimit final : public Policy {
 public:
    AdaptiveLimit(EventLoop& loop, telemetry::Meter& meter, const AdaptiveLimitOptions& options);

    Part part_in(const Method& method) const override;
    bool reads_metadata() const override { return false; }
    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override;
    void after(CallInfo& call) noexcept override;

    std::uint32_t limit() const { return gradient_.limit(); }
    std::uint32_t in_flight() const { return in_flight_; }

 private:
    struct Waiter : WaitList::Waiter {
        using WaitList::Waiter::Waiter;
        bool admitted = false;
    };
    /// What is known about one method.
    struct Known {
        std::size_t number;
        DeadlineBudget budget{};
    };
    struct PerPriority {
        WaitList waiters{};
        std::size_t waiting = 0;
        /// How many calls may be served when one of this priority is admitted.
        std::uint32_t room = 0;
    };

    Known& known(const Method& method);
    static std::size_t index(const CallInfo& call) { return static_cast<std::size_t>(call.method.priority); }
    ValueTask<Result<void>> wait_or_refuse(const CallContext& ctx, CallInfo& call, SteadyTime now);
    bool may_wait(const CallInfo& call, SteadyTime now);
    Task<Result<void>> wait(const CallContext& ctx, CallInfo& call, SteadyTime until);
    void admit(CallInfo& call, SteadyTime now) {
        ++in_flight_;
        call.admitted_at = now;
    }
    Error overloaded(const CallInfo& call);
    void admit_waiters();
    void refuse_waiters();
    void divide_limit();

    EventLoop& loop_;
    AdaptiveLimitOptions options_;
    GradientLimit gradient_;
    QueueLimit queue_;
    std::unordered_map<const Method*, Known> known_;
    std::pair<const Method* const, Known>* last_asked_ = nullptr;
    std::array<PerPriority, kPriorities> priorities_;
    std::uint32_t in_flight_ = 0;
    std::size_t waiting_ = 0;
    telemetry::Counter limit_metric_;
    telemetry::Counter waiting_metric_;
    std::vector<telemetry::Counter> refused_metrics_;
    std::vector<telemetry::Counter> late_metrics_;
};

}  // namespace tw::rpc
