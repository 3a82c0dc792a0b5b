#pragma once

#include "kit/rpc/policy.hpp"

namespace tw::rpc {

/// Ends each call at the deadline of its method in the contract, if the caller has set a later
/// deadline or none. Methods without a time limit are left alone.
class DeadlineLimit final : public Policy {
 public:
    Part part_in(const Method& method) const override;
    bool reads_metadata() const override { return false; }
    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override;
};

}  // namespace tw::rpc
