#pragma once

#include "kit/rpc/policy.hpp"

namespace tw::rpc {

/// Ends a call at the latest when the contract says, where its caller has given it more time or none.
class DeadlineLimit final : public Policy {
 public:
    Part part_in(const Method& method) const override;
    bool reads_metadata() const override { return false; }
    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override;
};

}  // namespace tw::rpc
