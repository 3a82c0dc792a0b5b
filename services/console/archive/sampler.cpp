#include "services/console/archive/sampler.hpp"

#include "services/console/views/span_texts.hpp"

#include <algorithm>
#include <bit>

namespace tw::console {
namespace {

constexpr int kWarningSeverity = 13;

/// A number from 0 to below 1 that belongs to the trace. Ids of some senders are not random, so
/// their bits are mixed (the finisher of MurmurHash3).
double place_of(const TraceId& trace) {
    auto bits = std::bit_cast<std::array<std::uint64_t, 2>>(trace);
    auto mixed = bits[0] ^ bits[1];
    mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdULL;
    mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    mixed ^= mixed >> 33;
    return static_cast<double>(mixed >> 11) * 0x1p-53;
}

}  // namespace

void Sampler::count(const Batch& batch) {
    const auto count_runs = [this](const auto& records) {
        for (std::size_t i = 0; i < records.size();) {
            const auto* const source = records[i].source;
            const auto begin = i;
            while (i < records.size() && records[i].source == source) ++i;
            shares_.count(source->service, i - begin);
        }
    };
    count_runs(batch.spans);
    count_runs(batch.logs);
    shares_.divide();
}

bool Sampler::is_kept(std::span<const SpanRecord> trace) {
    // Each span is looked at, since durations are counted.
    bool kept = false;
    double share = 0;
    const Source* last = nullptr;
    for (const auto& span : trace) {
        kept |= slow_.add(span);
        kept |= span.status == kStatusOfError;
        if (span.source != last) share = std::max(share, shares_.of(span.source->service));
        last = span.source;
    }
    const auto& id = trace.front().trace_id;
    return kept || kept_.contains(id) || place_of(id) < share;
}

bool Sampler::is_kept(const LogEntry& log) const {
    if (log.trace_id == TraceId{} || log.severity >= kWarningSeverity || kept_.contains(log.trace_id)) return true;
    return place_of(log.trace_id) < shares_.of(log.source->service);
}

void Sampler::choose(Batch& batch, std::vector<TraceGroup>& traces, SteadyTime now) {
    stored_.clear();
    left_out_.begin(now);
    shares_.advance(now);
    count(batch);
    while (!kept_in_order_.empty() && now - kept_in_order_.front().first > LeftOut::kAgeMax) {
        const auto at = kept_.find(kept_in_order_.front().second);
        if (at != kept_.end() && at->second == kept_in_order_.front().first) kept_.erase(at);
        kept_in_order_.pop_front();
    }
    std::erase_if(traces, [&](const TraceGroup& group) {
        const auto spans = std::span{batch.spans}.subspan(group.begin, group.count);
        const bool kept = is_kept(spans);
        if (kept) {
            remember(spans.front().trace_id, now);
        } else {
            left_out_.add_spans(batch, group.begin, group.count);
        }
        return !kept;
    });
    leave_out_logs(batch);
}

void Sampler::remember(const TraceId& trace, SteadyTime now) {
    stored_.push_back(trace);
    const auto [at, is_new] = kept_.try_emplace(trace, now);
    if (!is_new && at->second == now) return;
    at->second = now;
    kept_in_order_.emplace_back(now, trace);
}

void Sampler::leave_out_logs(Batch& batch) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < batch.logs.size(); ++i) {
        auto& log = batch.logs[i];
        if (!is_kept(log)) {
            left_out_.add_log(batch, i);
            continue;
        }
        if (kept != i) {
            batch.logs[kept] = std::move(log);
            batch.log_bytes[kept] = batch.log_bytes[i];
        }
        ++kept;
    }
    batch.logs.resize(kept);
    batch.log_bytes.resize(kept);
}

std::vector<LeftOut::Records> Sampler::bring_back() {
    std::vector<LeftOut::Records> all;
    for (const auto& trace : stored_) {
        auto records = left_out_.take(trace);
        std::ranges::move(records, std::back_inserter(all));
    }
    stored_.clear();
    return all;
}

}  // namespace tw::console
