#include "services/console/archive/whole_trace.hpp"

#include "kit/base/encoding.hpp"
#include "services/console/archive/key_blocks.hpp"
#include "services/console/archive/otlp_reader.hpp"
#include "services/console/views.hpp"

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace tw::console {

Result<std::unique_ptr<WholeTrace>> WholeTrace::read(const std::vector<FilePtr>& files, std::optional<PinnedBytes> pinned,
                                                     std::string_view trace_id) {
    TraceId id{};
    if (!read_hex(trace_id, id)) return invalid("/trace_id", "is not 32 hexadecimal digits");
    auto trace = std::make_unique<WholeTrace>();
    // The oldest file first, so that spans are in the order of their arrival.
    for (const auto& file : files | std::views::reverse) {
        if (!file->contents().empty()) trace->read_from(file, id);
    }
    trace->pinned_ = std::move(pinned);
    trace->read_pinned();
    if (trace->batch_.spans.empty()) return not_found("trace", trace_id);
    trace->drop_repeated();
    return trace;
}

void WholeTrace::read_from(const FilePtr& file, const TraceId& trace_id) {
    auto lease = std::make_unique<ReaderLease>(file);
    const auto spans = batch_.spans.size();
    const auto logs_before = batch_.logs.size();
    auto& database = lease->database();
    const auto found = rows_with_key(database, key_of(trace_id));
    for (const auto row : found.traces) {
        constexpr const char* kIsIt = "SELECT id FROM trace WHERE id = ?1 AND trace_id = ?2 AND moved = 0";
        if (database.integer(kIsIt, row, id_bytes(trace_id)) == row) lease->stored().read_trace(row, batch_);
    }
    for (const auto row : found.logs | std::views::reverse) {
        auto log = database.query("SELECT source, bytes FROM log WHERE id = ?1 AND trace_id = ?2", row, id_bytes(trace_id));
        if (log.next()) lease->stored().read_log(log.integer(0), log.blob(1), batch_);
    }
    if (batch_.spans.size() > spans || batch_.logs.size() > logs_before) leases_.push_back(std::move(lease));
}

/// Adds what the files do not have any more.
void WholeTrace::read_pinned() {
    if (!pinned_) return;
    static_cast<void>(read_request(telemetry::Signal::traces, pinned_->spans, batch_));
    const auto first = batch_.logs.size();
    static_cast<void>(read_request(telemetry::Signal::logs, pinned_->logs, batch_));
    const std::unordered_set<std::string_view> there(batch_.log_bytes.begin(),
                                                     batch_.log_bytes.begin() + static_cast<std::ptrdiff_t>(first));
    auto kept = first;
    for (auto i = first; i < batch_.logs.size(); ++i) {
        if (there.contains(batch_.log_bytes[i])) continue;
        if (kept != i) {
            batch_.logs[kept] = std::move(batch_.logs[i]);
            batch_.log_bytes[kept] = batch_.log_bytes[i];
        }
        ++kept;
    }
    batch_.truncate(batch_.spans.size(), kept);
}

/// Drops spans that came twice, because a sender that got no answer has sent them again.
void WholeTrace::drop_repeated() {
    std::unordered_set<std::string_view> seen;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < batch_.spans.size(); ++i) {
        if (!seen.insert(batch_.span_bytes[i]).second) continue;
        if (kept != i) {
            batch_.spans[kept] = std::move(batch_.spans[i]);
            batch_.span_bytes[kept] = batch_.span_bytes[i];
        }
        ++kept;
    }
    batch_.truncate(kept, batch_.logs.size());
}

std::map<SpanId, int> WholeTrace::count_logs() const {
    std::map<SpanId, int> counts;
    for (const auto& log : batch_.logs) ++counts[log.span_id];
    return counts;
}

::console::Trace WholeTrace::view() const {
    auto trace = view_of(batch_.spans, count_logs());
    trace.set_pinned(pinned_.has_value());
    return trace;
}

Result<::console::Span> WholeTrace::span(const std::string& span_id) const {
    SpanId id{};
    if (!read_hex(span_id, id)) return invalid("/span_id", "is not 16 hexadecimal digits");
    const auto found = std::ranges::find(batch_.spans, id, &SpanRecord::span_id);
    if (found == batch_.spans.end()) return not_found("span", span_id);
    return view_of(*found);
}

std::string WholeTrace::otlp() const {
    std::string request;
    std::string fields;
    const auto& spans = batch_.spans;
    for (std::size_t i = 0; i < spans.size();) {
        const auto* source = spans[i].source;
        fields.clear();
        for (; i < spans.size() && spans[i].source == source; ++i) fields += batch_.span_bytes[i];
        append_resource_records(request, static_cast<const ReadSource&>(*source), fields);
    }
    return request;
}

std::string WholeTrace::otlp_logs() const {
    std::string request;
    for (std::size_t i = 0; i < batch_.logs.size(); ++i)
        append_resource_log(request, read_source_of(batch_.logs[i]), batch_.log_bytes[i]);
    return request;
}

}  // namespace tw::console
