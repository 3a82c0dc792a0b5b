#include "services/console/archive/whole_trace.hpp"

#include "kit/base/encoding.hpp"
#include "services/console/archive/otlp_reader.hpp"
#include "services/console/views.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace tw::console {

Result<std::unique_ptr<WholeTrace>> WholeTrace::read(const std::vector<FilePtr>& files, std::string_view trace_id) {
    TraceId id{};
    if (!read_hex(trace_id, id)) return invalid("/trace_id", "is not 32 hexadecimal digits");
    auto trace = std::make_unique<WholeTrace>();
    // The oldest file first, so that spans are in the order of their arrival.
    for (const auto& file : files | std::views::reverse) {
        if (!file->contents().empty()) trace->read_from(file, id_bytes(id));
    }
    if (trace->batch_.spans.empty()) return not_found("trace", trace_id);
    trace->drop_repeated();
    return trace;
}

void WholeTrace::read_from(const FilePtr& file, std::string_view trace_id) {
    auto lease = std::make_unique<ReaderLease>(file);
    const auto spans = batch_.spans.size();
    const auto row = lease->database().integer("SELECT id FROM trace WHERE trace_id = ?1 AND moved = 0", trace_id);
    if (row > 0) lease->stored().read_trace(row, batch_);
    auto logs = lease->database().query("SELECT source, bytes FROM log WHERE trace_id = ?1", trace_id);
    const auto logs_before = batch_.logs.size();
    while (logs.next()) lease->stored().read_log(logs.integer(0), logs.blob(1), batch_);
    if (batch_.spans.size() > spans || batch_.logs.size() > logs_before) leases_.push_back(std::move(lease));
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

::console::Trace WholeTrace::view() const { return view_of(batch_.spans, count_logs()); }

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

}  // namespace tw::console
