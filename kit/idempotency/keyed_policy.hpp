#pragma once

#include "kit/idempotency/key_store.hpp"
#include "kit/idempotency/keys_in_progress.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/policy.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tw::idempotency {

/// Gives a KEYED method one effect for each idempotency key
/// (draft-ietf-httpapi-idempotency-key-header). The keys belong to their caller and method: to the
/// user who is authenticated, or to nobody in particular.
///
/// - The first call of a key is served. If it succeeds, RecordingDatabase has stored the key with
///   the answer in the transaction of the change.
/// - A later call with an equal request gets the same answer, and rpc::kReplayedField.
/// - A later call with another request fails with INVALID_ARGUMENT, reason IDEMPOTENCY_KEY_REUSED.
/// - A call while another one of its key is being served in this process fails with ABORTED, reason
///   IDEMPOTENCY_IN_PROGRESS, which may be retried. Two processes may serve calls of one key at the
///   same time: only one of them can store its change, and the other one answers what that one did.
/// - A call that fails stores nothing; its key may be used again.
///
/// The rows in caches that a call changes (cache::CacheAside::change) are stored with its key.
/// Before a later call gets the answer, the caches are told of these rows again, since the process
/// that made the change may have died before it could tell them. So a read after the answer is not
/// older than the change. A handler that tells a cache of a row only after its write has a bug: the
/// call fails with INTERNAL.
///
/// A handler that succeeds without a write, because there was nothing to change, needs to say
/// nothing: the policy stores the key and the answer. A handler that has written without having
/// said its answer, or that answers something else than it said, has a bug: the call fails with
/// INTERNAL.
///
/// Belongs to one loop.
class KeyedPolicy final : public rpc::Policy {
 public:
    /// Tells the cache that the row under `key` has come to `version`.
    using TellCache = std::function<Task<void>(const CallContext& ctx, std::string key, std::int64_t version)>;

    /// `database` is the module's, and outlives the policy. All loops of the module share
    /// `in_progress`. A module without a cache needs no `tell_cache`.
    KeyedPolicy(sql::Database& database, const Clock& clock, std::shared_ptr<KeysInProgress> in_progress,
                telemetry::Telemetry telemetry, TellCache tell_cache = {});

    Part part_in(const rpc::Method& method) const override;
    bool reads_metadata() const override { return false; }
    Task<Result<void>> around(const CallContext& ctx, rpc::CallInfo& call, const rpc::Message& request, rpc::Message& response,
                              Next next) override;

 private:
    class Progress;

    Task<Result<void>> serve(const CallContext& ctx, rpc::CallInfo& info, KeyedCall& call, rpc::Message& response, Next next);
    /// Returns the outcome of a call whose handler failed, or whose key could not be stored. It is
    /// the stored answer if there is one, and otherwise `failure`. If the store cannot be read, a
    /// refusal becomes the error of the store.
    Task<Result<void>> explain_failure(const CallContext& ctx, rpc::CallInfo& info, const KeyedCall& call, rpc::Message& response,
                                       Error failure);
    /// Stores the key of a call that changed nothing.
    Task<Result<void>> record_alone(const CallContext& ctx, KeyedCall& call, const rpc::Message& response);
    /// Fills `response`, and tells caches of changed rows, if the key is stored. Returns false if
    /// it is not.
    Task<Result<bool>> replay(const CallContext& ctx, rpc::CallInfo& info, const KeyedCall& call, rpc::Message& response);
    void count(std::string_view outcome);

    KeyStore keys_;
    const Clock& clock_;
    std::shared_ptr<KeysInProgress> in_progress_;
    telemetry::Telemetry telemetry_;
    TellCache tell_cache_;
};

}  // namespace tw::idempotency
