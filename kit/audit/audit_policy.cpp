#include "kit/audit/audit_policy.hpp"

#include "kit/audit/denial_service.hpp"
#include "kit/rpc/standard_method.hpp"

#include <optional>
#include <utility>

namespace tw::audit {
namespace {

/// Attaches the call for as long as it is being served, also if the handler throws.
class Attached {
 public:
    Attached(rpc::CallInfo& info, AuditedCall& call) : info_{info} { info_.audited = &call; }
    ~Attached() { info_.audited = nullptr; }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

 private:
    rpc::CallInfo& info_;
};

}  // namespace

rpc::Policy::Part AuditPolicy::part_in(const rpc::Method& method) const {
    const bool changes = method.idempotency != rpc::Idempotency::safe && !rpc::is_standard(method);
    // What a gateway tells of its denials becomes records of its own.
    return {.before = false, .around = changes && method.service != kDenialService};
}

Task<Result<void>> AuditPolicy::around(const CallContext& ctx, rpc::CallInfo& info, const rpc::Message& request,
                                       rpc::Message& response, Next next) {
    AuditedCall call{info.method.path, kind_of(info.method)};
    call.add_ids_of(request);
    const Attached attached{info, call};
    auto served = co_await next(ctx);
    if (served && !call.recorded()) call.add_ids_of(response);
    conclude(ctx, call, served);
    co_return served;
}

Task<Result<void>> AuditPolicy::around_stream(const CallContext& ctx, rpc::CallInfo& info, rpc::ServerStream& stream,
                                              NextStream next) {
    AuditedCall call{info.method.path, kind_of(info.method)};
    const Attached attached{info, call};
    auto served = co_await next(ctx, stream);
    conclude(ctx, call, served);
    co_return served;
}

void AuditPolicy::conclude(const CallContext& ctx, const AuditedCall& call, const Result<void>& served) {
    if (!served) return trail_.note(ctx, call, served.error());
    if (!call.recorded()) trail_.note(ctx, call, std::nullopt);
}

}  // namespace tw::audit
