#pragma once

#include "kit/audit/audit_trail.hpp"
#include "kit/rpc/policy.hpp"

namespace tw::audit {

/// Records the calls of methods that change something: all but those that the contract calls SAFE,
/// gRPC's own, and the one by which a gateway tells its denials. A change is recorded by
/// AuditingDatabase. This policy records the calls that failed, and those that found nothing to
/// change. A call that has changed something and fails after that has both records.
///
/// The policy comes after those that know the caller, and before KeyedPolicy. Belongs to one loop.
class AuditPolicy final : public rpc::Policy {
 public:
    /// `trail` outlives the policy.
    explicit AuditPolicy(AuditTrail& trail) : trail_{trail} {}

    Part part_in(const rpc::Method& method) const override;
    bool reads_metadata() const override { return false; }
    Task<Result<void>> around(const CallContext& ctx, rpc::CallInfo& info, const rpc::Message& request, rpc::Message& response,
                              Next next) override;
    Task<Result<void>> around_stream(const CallContext& ctx, rpc::CallInfo& info, rpc::ServerStream& stream,
                                     NextStream next) override;

 private:
    void conclude(const CallContext& ctx, const AuditedCall& call, const Result<void>& served);

    AuditTrail& trail_;
};

}  // namespace tw::audit
