#include "kit/cache/changed_row.hpp"

#include "kit/rpc/call_info.hpp"

#include <chrono>
#include <utility>

namespace tw::cache {
namespace {

/// The longest time for an invalidation. A slow cache gives up long before.
constexpr std::chrono::seconds kInvalidationTime{5};

Task<void> tell_one(CallContext ctx, Cache& cache, std::shared_ptr<Invalidations> invalidations, std::string key,
                    std::int64_t version) {
    co_await invalidate_row(ctx, cache, *invalidations, key, version);
}

}  // namespace

void note_row_change(const CallContext& ctx, std::string_view key, std::int64_t version) {
    const auto* const call = rpc::served(ctx);
    if (call != nullptr && call->extension != nullptr) call->extension->on_row_change(key, version);
}

Task<bool> invalidate_row(const CallContext& ctx, Cache& cache, Invalidations& invalidations, const std::string& key,
                          std::int64_t version) {
    invalidations.on_changed(key);
    const RootCall own{ctx.loop(), Deadline::after(ctx.loop().now(), kInvalidationTime)};
    const auto inner = own.context().with_trace(ctx.trace());
    co_return co_await cache.invalidate(inner, key, version);
}

std::function<Task<void>(const CallContext& ctx, std::string key, std::int64_t version)> tell_changed(
    Cache& cache, std::shared_ptr<Invalidations> invalidations) {
    return [&cache, invalidations = std::move(invalidations)](const CallContext& ctx, std::string key, std::int64_t version) {
        return tell_one(ctx, cache, invalidations, std::move(key), version);
    };
}

}  // namespace tw::cache
