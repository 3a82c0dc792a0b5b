#pragma once

#include "kit/async/task.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/auth/jwks_location.hpp"
#include "kit/auth/refreshed_keys.hpp"
#include "kit/auth/token_verifier.hpp"
#include "kit/rpc/policy.hpp"
#include "kit/runtime/callers/process_auth.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <memory>
#include <vector>

namespace tw::runtime {

/// Returns the place of an issuer's keys, as the settings say. The referents must outlive it.
std::unique_ptr<auth::JwksLocation> location_of_keys(const ProcessAuth& process, const ConfiguredIssuer& issuer, EventLoop& loop,
                                                     WorkerPool& workers);

/// Knows the callers of all modules on one event loop. The modules share the keys of the issuers
/// and the memory of verified tokens. Await stop() before destroying it.
class LoopAuth {
 public:
    /// The referents, and what `telemetry` refers to, must outlive the object.
    LoopAuth(std::shared_ptr<const ProcessAuth> process, EventLoop& loop, WorkerPool& workers, const Clock& clock,
             telemetry::Telemetry telemetry);
    ~LoopAuth();

    const ProcessAuth& process() const { return *process_; }
    /// Makes the policies that know a call's caller and decide whether it may call, in this order,
    /// for one module. `on_refusal` is told of each call that they refuse.
    std::vector<std::unique_ptr<rpc::Policy>> make_policies(telemetry::Telemetry telemetry,
                                                            const auth::OnRefusal& on_refusal = {});
    /// Ends the reading of keys.
    Task<void> stop();

 private:
    std::shared_ptr<auth::KeySource> keys_of(const ConfiguredIssuer& issuer, EventLoop& loop, WorkerPool& workers,
                                             const Clock& clock, telemetry::Telemetry telemetry);

    std::shared_ptr<const ProcessAuth> process_;
    std::vector<std::shared_ptr<auth::RefreshedKeys>> keys_;
    std::unique_ptr<auth::TokenVerifier> verifier_;
};

}  // namespace tw::runtime
