#pragma once

#include "kit/base/random.hpp"
#include "kit/rpc/fault.hpp"
#include "kit/rpc/policy.hpp"
#include "kit/rpc/standing_faults.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::rpc {

/// The metadata by which a caller asks for faults: the header field x-tw-fault at the HTTP port.
inline constexpr std::string_view kFaultField = "x-tw-fault";
/// The member of W3C baggage by which faults travel with a request to all services.
inline constexpr std::string_view kFaultMember = "tw.fault";

/// Takes faults over from the metadata of a call (kFaultField) into the baggage of the calls that
/// follow from it. Fails with INVALID_ARGUMENT, reason MALFORMED_FAULT, if they cannot be read. It
/// injects nothing, so it is the policy for the edge, in front of the services.
class FaultRequests : public Policy {
 public:
    Part part_in(const Method& method) const override;
    std::span<const std::string_view> metadata_names() const override;
    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override;

 protected:
    /// Sets the baggage of `call`, if its caller asks for faults.
    Result<void> take_over(const CallContext& ctx, CallInfo& call) const;
};

/// Injects the faults that the caller of a call, or of a call before it, has asked for, and then
/// those of the process. The first one that concerns the method, and whose share of calls includes
/// this call, is injected. It is logged as `rpc.fault_injected`, and is the attribute `tw.fault` of
/// the call's span.
///
/// It is for development: whoever may call may make calls fail.
class FaultInjection final : public FaultRequests {
 public:
    /// What the arguments refer to must outlive the policy. `standing` are the faults of the
    /// process; null: it has none.
    FaultInjection(Random& random, telemetry::Telemetry telemetry, std::shared_ptr<const StandingFaults> standing = nullptr)
        : random_{random}, telemetry_{telemetry}, standing_{std::move(standing)} {}

    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override;

 private:
    std::optional<Fault> choose(const CallContext& ctx, const CallInfo& call);
    std::optional<Fault> first_of(const std::vector<Fault>& faults, const CallInfo& call);
    Task<Result<void>> inject(const CallContext& ctx, CallInfo& call, Fault fault);

    Random& random_;
    telemetry::Telemetry telemetry_;
    std::shared_ptr<const StandingFaults> standing_;
};

}  // namespace tw::rpc
