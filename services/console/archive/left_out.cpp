#include "services/console/archive/left_out.hpp"

#include "services/console/archive/otlp_reader.hpp"

#include <algorithm>
#include <utility>

namespace tw::console {

void LeftOut::begin(SteadyTime now) {
    current_ = {};
    current_.added = now;
}

/// Adds an entry for the records that are added next.
void LeftOut::add_entry(const Batch& batch, const TraceId& trace, std::size_t count, telemetry::Signal signal) {
    if (current_.entries.empty()) {
        // What a source refers to may end with the batch.
        for (const auto& source : batch.sources)
            current_.origins.push_back({std::string{source.resource_bytes}, std::string{source.scope_bytes}});
    }
    current_.entries.push_back({.trace = trace,
                                .first = static_cast<std::uint32_t>(current_.records.size()),
                                .count = static_cast<std::uint32_t>(count),
                                .signal = signal});
}

void LeftOut::add_spans(const Batch& batch, std::size_t first, std::size_t count) {
    add_entry(batch, batch.spans[first].trace_id, count, telemetry::Signal::traces);
    for (auto i = first; i < first + count; ++i)
        current_.records.push_back({.bytes = batch.span_bytes[i], .origin = read_source_of(batch.spans[i]).number});
}

void LeftOut::add_log(const Batch& batch, std::size_t index) {
    add_entry(batch, batch.logs[index].trace_id, 1, telemetry::Signal::logs);
    current_.records.push_back({.bytes = batch.log_bytes[index], .origin = read_source_of(batch.logs[index]).number});
}

void LeftOut::hold(std::vector<std::string> requests) {
    if (current_.entries.empty()) return;
    current_.requests = std::move(requests);
    for (const auto& request : current_.requests) current_.bytes += request.size();
    current_.by_trace.reserve(current_.entries.size());
    for (std::uint32_t i = 0; i < current_.entries.size(); ++i)
        current_.by_trace.emplace_back(TraceIdHash{}(current_.entries[i].trace), i);
    std::ranges::sort(current_.by_trace);
    bytes_ += current_.bytes;
    chunks_.push_back(std::exchange(current_, {}));
}

LeftOut::Records LeftOut::read(const Chunk& chunk, const Entry& entry) {
    Records records{entry.signal, {}, entry.count};
    ReadSource source;
    std::string run;
    const auto end = entry.first + entry.count;
    for (auto i = entry.first; i < end;) {
        const auto origin = chunk.records[i].origin;
        source.resource_bytes = chunk.origins[origin].resource;
        source.scope_bytes = chunk.origins[origin].scope;
        if (entry.signal == telemetry::Signal::logs) {
            append_resource_log(records.request, source, chunk.records[i++].bytes);
            continue;
        }
        run.clear();
        for (; i < end && chunk.records[i].origin == origin; ++i) run += chunk.records[i].bytes;
        append_resource_records(records.request, source, run);
    }
    return records;
}

std::vector<LeftOut::Records> LeftOut::take(const TraceId& trace) {
    std::vector<Records> taken;
    const auto hash = TraceIdHash{}(trace);
    for (auto& chunk : chunks_) {
        const auto found = std::ranges::equal_range(chunk.by_trace, hash, {}, &std::pair<std::size_t, std::uint32_t>::first);
        for (const auto& [same, place] : found) {
            auto& entry = chunk.entries[place];
            if (entry.trace != trace || entry.count == 0) continue;
            taken.push_back(read(chunk, entry));
            entry.count = 0;
        }
    }
    return taken;
}

std::unordered_map<telemetry::Signal, std::uint64_t> LeftOut::forget(SteadyTime now) {
    std::unordered_map<telemetry::Signal, std::uint64_t> forgotten;
    const auto too_many = [&] { return bytes_ > bytes_max_ && chunks_.size() > 1; };
    while (!chunks_.empty() && (too_many() || now - chunks_.front().added > kAgeMax)) {
        for (const auto& entry : chunks_.front().entries) {
            if (entry.count > 0) forgotten[entry.signal] += entry.count;
        }
        bytes_ -= chunks_.front().bytes;
        chunks_.pop_front();
    }
    return forgotten;
}

}  // namespace tw::console
