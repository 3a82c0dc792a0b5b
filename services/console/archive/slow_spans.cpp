#include "services/console/archive/slow_spans.hpp"

#include "services/console/views/span_texts.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace tw::console {
namespace {

constexpr int kServerKind = 2;
constexpr int kConsumerKind = 5;
/// How many calls pass until the bound is set anew.
constexpr std::uint32_t kBoundInterval = 200;

bool begins_work(const SpanRecord& span) { return span.kind == kServerKind || span.kind == kConsumerKind || !span.has_parent(); }

std::size_t operation_of(const SpanRecord& span) {
    constexpr std::hash<std::string_view> kHash;
    return kHash(service_of(span)) * 31 + kHash(span.name);
}

}  // namespace

std::size_t SlowSpans::bucket_of(std::int64_t duration_ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration_ns, 8));
    const auto octave = static_cast<std::size_t>(std::bit_width(value) - 1);
    const auto part = (value >> (octave - 3)) & 7;
    return std::min((octave - 3) * 8 + part, kBuckets - 1);
}

void SlowSpans::set_bound(Operation& operation) {
    std::uint32_t above = operation.sum / 100;
    operation.bound = kBuckets;
    while (operation.bound > 0 && operation.calls[operation.bound - 1] <= above) above -= operation.calls[--operation.bound];
    if (operation.bound > 0) --operation.bound;
    operation.until_next_bound = kBoundInterval;
    if (operation.sum < kCallsKept) return;
    operation.sum = 0;
    for (auto& calls : operation.calls) operation.sum += (calls /= 2);
}

bool SlowSpans::add(const SpanRecord& span) {
    if (!begins_work(span)) return false;
    auto at = operations_.find(operation_of(span));
    if (at == operations_.end()) {
        if (operations_.size() >= kOperationsMax) return false;
        at = operations_.try_emplace(operation_of(span)).first;
    }
    auto& operation = at->second;
    const auto bucket = bucket_of(span.duration_ns());
    const bool slow = bucket > operation.bound;
    ++operation.calls[bucket];
    ++operation.sum;
    if (--operation.until_next_bound == 0) set_bound(operation);
    return slow;
}

}  // namespace tw::console
