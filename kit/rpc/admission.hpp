#pragma once

#include "kit/async/value_task.hpp"
#include "kit/rpc/method_policies.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace tw::rpc {

/// Asks the policies of one call whether it may pass (Policy::before). When the object is
/// destroyed, the policies that let the call pass are told that it has ended, the last one first.
/// The object cannot be moved. `policies` and `info` must outlive it.
class Admission {
 public:
    Admission(const MethodPolicies& policies, CallInfo& info) : policies_{policies}, info_{info} {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;
    ~Admission() { close(); }

    /// Asks each policy in turn. Fails with the error of the first one that refuses; the outcome of
    /// that error is not open. Fails with the reason why the call is over, if it is over before all
    /// policies have answered. `ctx` must outlive the call.
    ValueTask<Result<void>> ask(const CallContext& ctx);
    /// The context of a call that may pass: the `ctx` of ask(), with the principal, the baggage and
    /// the deadline that policies have set.
    const CallContext& context() const { return changed_ ? changed_->context : *given_; }
    /// Returns the outcome of the call, given that of its handler. A handler's success becomes
    /// DEADLINE_EXCEEDED if the deadline that a policy set has passed.
    Result<void> conclude(Result<void> outcome) const;
    /// Tells the policies at once that the call has ended. The destructor then does nothing.
    void close();

 private:
    /// The context of a call for which policies have set something. It has its own allocation, so
    /// that the frames of all other calls stay small enough for malloc's fast path (1,032 bytes).
    struct Changed {
        explicit Changed(const CallContext& given) : context{given} {}
        CallContext context;
        std::optional<CancelScope> scope{};
    };

    Task<Result<void>> ask_others(const CallContext& ctx, ValueTask<Result<void>> answer);
    Result<void> pass(const CallContext& ctx);

    const MethodPolicies& policies_;
    CallInfo& info_;
    std::size_t passed_ = 0;
    const CallContext* given_ = nullptr;
    std::unique_ptr<Changed> changed_;
};

}  // namespace tw::rpc
