#pragma once

#include "kit/rpc/policy.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace tw::rpc {

/// Refuses calls with UNAVAILABLE and the reason OVERLOADED while as many calls as allowed are
/// being served. A refused call has done nothing, so a channel tries it again, at another replica
/// if there is one. gRPC's standard methods (health, reflection) are neither counted nor refused.
class ConcurrencyLimit final : public Policy {
 public:
    /// The number of calls that are being served. The policies of all loops share it.
    using Count = std::atomic<std::uint32_t>;

    ConcurrencyLimit(std::shared_ptr<Count> count, std::uint32_t calls_max) : count_{std::move(count)}, calls_max_{calls_max} {}

    Part part_in(const Method& method) const override;
    bool reads_metadata() const override { return false; }
    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override;
    void after(CallInfo& call) noexcept override;

 private:
    std::shared_ptr<Count> count_;
    std::uint32_t calls_max_;
};

}  // namespace tw::rpc
