#pragma once

#include "kit/async/value_task.hpp"
#include "kit/rpc/method_policies.hpp"

#include <cstddef>
#include <memory>
#include <optional>

namespace tw::rpc {

/// One call's way past the `before` of its policies. Those that let it pass are told of its end when this is destroyed, the last
/// one first. Stays in place. `policies` and `info` outlive it.
class Admission {
 public:
    Admission(const MethodPolicies& policies, CallInfo& info) : policies_{policies}, info_{info} {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;
    ~Admission() { close(); }

    /// Asks each policy in turn. The error of the first one that refuses, whose outcome is not open; or why the call was over
    /// before they had answered. `ctx` outlives the call.
    ValueTask<Result<void>> ask(const CallContext& ctx);
    /// What the call goes on with once it may pass: `ctx` of ask(), with the principal and the deadline that policies have set.
    const CallContext& context() const { return changed_ ? changed_->context : *given_; }
    /// The call's outcome, which is DEADLINE_EXCEEDED where a policy's deadline has passed, whatever the handler says.
    Result<void> conclude(Result<void> outcome) const;
    /// Tells the policies of the end now.
    void close();

 private:
    /// For the calls of which policies have set something. Apart, so that the frames of all others stay small enough for malloc's
    /// fast path (1,032 bytes).
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
