#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/cache/cache.hpp"
#include "kit/cache/invalidations.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tw::cache {

/// Says to the call which is being served, if there is one, that it changes the row that a cache
/// keeps under `key`. See rpc::CallExtension.
void note_row_change(const CallContext& ctx, std::string_view key, std::int64_t version);

/// Tells this process and the cache that the row under `key` has come to `version`. Returns whether
/// the cache heard of it. Only the loop and the trace are taken from `ctx`. All arguments must stay
/// valid until the task ends.
Task<bool> invalidate_row(const CallContext& ctx, Cache& cache, Invalidations& invalidations, const std::string& key,
                          std::int64_t version);

/// Tells the cache of rows that an earlier call has changed, when that call is repeated: see
/// idempotency::KeyedPolicy. The cache must outlive the function.
std::function<Task<void>(const CallContext& ctx, std::string key, std::int64_t version)> tell_changed(
    Cache& cache, std::shared_ptr<Invalidations> invalidations);

}  // namespace tw::cache
