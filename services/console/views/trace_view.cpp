#include "services/console/views.hpp"
#include "services/console/views/call_outcome.hpp"
#include "services/console/views/critical_path.hpp"
#include "services/console/views/span_texts.hpp"
#include "services/console/views/span_tree.hpp"
#include "services/console/views/times.hpp"

#include <algorithm>
#include <unordered_map>

namespace tw::console {
namespace {

/// The place of the span that explains the trace's errors; null if there is no error. It is the
/// deepest of the spans with an error, since errors are passed on to callers. Of several with the
/// same depth it is the one that ended first.
const SpanRecord* cause_of_errors(std::span<const SpanRecord> trace, const SpanTree& tree) {
    const SpanRecord* cause = nullptr;
    int depth = -1;
    for (const auto& place : tree.places) {
        const auto& span = trace[place.span];
        if (span.status != kStatusOfError || place.depth < depth) continue;
        if (place.depth == depth && span.end_ns >= cause->end_ns) continue;
        cause = &span;
        depth = place.depth;
    }
    return cause;
}

void add_services(std::span<const SpanRecord> trace, const SpanTree& tree, ::console::TraceSummary& summary) {
    for (const auto& place : tree.places) {
        const auto service = service_of(trace[place.span]);
        if (std::ranges::find(summary.services(), service) == summary.services().end())
            summary.add_services(std::string{service});
    }
}

::console::TraceSummary summarize(std::span<const SpanRecord> trace, const SpanTree& tree) {
    const auto root = root_of(trace);
    const auto& first = trace[root.span];
    ::console::TraceSummary summary;
    summary.set_trace_id(id_text(first.trace_id));
    const auto start_ns = std::ranges::min(trace, {}, &SpanRecord::start_ns).start_ns;
    auto end_ns = start_ns;
    for (const auto& span : trace) end_ns = std::max({end_ns, span.start_ns, span.end_ns});
    summary.set_start_us(micros_of(start_ns));
    summary.set_duration_ns(elapsed_ns(start_ns, end_ns));
    summary.set_service(std::string{service_of(first)});
    summary.set_name(std::string{first.name});
    summary.set_status(status_of(first));
    summary.set_outcome(std::string{outcome_name(outcome_of(first))});
    summary.set_spans(static_cast<int>(trace.size()));
    summary.set_errors(static_cast<int>(std::ranges::count(trace, kStatusOfError, &SpanRecord::status)));
    if (const auto* cause = cause_of_errors(trace, tree)) summary.set_error(error_of(*cause));
    add_services(trace, tree, summary);
    summary.set_root_missing(root.missing);
    return summary;
}

/// Fills the lists of a trace.
class TraceColumns {
 public:
    TraceColumns(::console::Trace& out, const std::map<SpanId, int>& logs) : out_{out}, logs_{logs} { place_of(""); }

    void add(const SpanRecord& span, const SpanTree::Place& place, std::int64_t trace_start_ns) {
        out_.add_span_ids(id_text(span.span_id));
        out_.add_parents(place.parent);
        out_.add_orphans(place.orphan);
        out_.add_start_ns(elapsed_ns(trace_start_ns, span.start_ns));
        out_.add_duration_ns(elapsed_ns(span.start_ns, span.end_ns));
        out_.add_names(place_of(span.name));
        out_.add_services(place_of(service_of(span)));
        out_.add_kinds(span.kind);
        out_.add_statuses(span.status);
        out_.add_notes(place_of(span.status == kStatusOfError ? error_of(span) : status_of(span)));
        const auto found = logs_.find(span.span_id);
        out_.add_logs(found == logs_.end() ? 0 : found->second);
    }

 private:
    int place_of(std::string_view text) {
        const auto [found, added] = places_.try_emplace(std::string{text}, out_.texts_size());
        if (added) out_.add_texts(std::string{text});
        return found->second;
    }

    ::console::Trace& out_;
    const std::map<SpanId, int>& logs_;
    std::unordered_map<std::string, int> places_;
};

void add_critical_path(std::span<const SpanRecord> trace, std::span<const SpanTree::Place> places, std::int64_t trace_start_ns,
                       ::console::Trace& out) {
    const auto root = root_of(trace).span;
    const auto found = std::ranges::find(places, root, &SpanTree::Place::span);
    if (found == places.end()) return;
    for (const auto& part : critical_path(trace, places, static_cast<int>(found - places.begin()))) {
        auto* added = out.add_critical_path();
        added->set_span(part.place);
        added->set_start_ns(elapsed_ns(trace_start_ns, part.start_ns));
        added->set_duration_ns(elapsed_ns(part.start_ns, part.end_ns));
    }
}

}  // namespace

::console::TraceSummary summarize(std::span<const SpanRecord> trace) { return summarize(trace, arrange(trace)); }

::console::Trace view_of(std::span<const SpanRecord> trace, const std::map<SpanId, int>& logs, std::size_t spans_max) {
    const auto tree = arrange(trace);
    const auto places = std::span{tree.places}.first(std::min(spans_max, tree.places.size()));
    ::console::Trace out;
    *out.mutable_summary() = summarize(trace, tree);
    // Offsets count from the time that the summary has, which is rounded down to microseconds.
    const auto trace_start_ns = out.summary().start_us() * 1000;
    TraceColumns columns{out, logs};
    for (const auto& place : places) columns.add(trace[place.span], place, trace_start_ns);
    add_critical_path(trace, places, trace_start_ns, out);
    out.set_spans_left_out(static_cast<int>(tree.places.size() - places.size()));
    return out;
}

}  // namespace tw::console
