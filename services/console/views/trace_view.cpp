#include "kit/base/encoding.hpp"
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

void set_text(std::string& out, std::string_view text) { out.assign(text.data(), text.size()); }

bool has_one_service(std::span<const SpanRecord> trace) {
    return std::ranges::all_of(trace, [&](const SpanRecord& span) { return service_of(span) == service_of(trace.front()); });
}

void add_services(std::span<const SpanRecord> trace, const SpanTree& tree, ::console::TraceSummary& summary) {
    for (const auto& place : tree.places) {
        const auto service = service_of(trace[place.span]);
        if (std::ranges::find(summary.services(), service) == summary.services().end())
            set_text(*summary.add_services(), service);
    }
}

/// `tree` may be empty where it makes no difference.
void summarize(std::span<const SpanRecord> trace, const SpanTree& tree, ::console::TraceSummary& summary) {
    const auto root = root_of(trace);
    const auto& first = trace[root.span];
    summary.Clear();
    auto& id = *summary.mutable_trace_id();
    id.resize(first.trace_id.size() * 2);
    write_hex(first.trace_id, id.data());
    const auto start_ns = std::ranges::min(trace, {}, &SpanRecord::start_ns).start_ns;
    auto end_ns = start_ns;
    for (const auto& span : trace) end_ns = std::max({end_ns, span.start_ns, span.end_ns});
    summary.set_start_us(micros_of(start_ns));
    summary.set_duration_ns(elapsed_ns(start_ns, end_ns));
    set_text(*summary.mutable_service(), service_of(first));
    set_text(*summary.mutable_name(), first.name);
    summary.set_status(status_of(first));
    set_text(*summary.mutable_outcome(), outcome_name(outcome_of(first)));
    summary.set_spans(static_cast<int>(trace.size()));
    summary.set_errors(static_cast<int>(std::ranges::count(trace, kStatusOfError, &SpanRecord::status)));
    if (const auto* cause = cause_of_errors(trace, tree)) summary.set_error(error_of(*cause));
    if (tree.places.empty()) set_text(*summary.add_services(), service_of(first));
    add_services(trace, tree, summary);
    summary.set_root_missing(root.missing);
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

::console::TraceSummary summarize(std::span<const SpanRecord> trace) {
    ::console::TraceSummary summary;
    summarize(trace, summary);
    return summary;
}

void summarize(std::span<const SpanRecord> trace, ::console::TraceSummary& summary) {
    // The tree says only which error is the cause, and in which order services are named.
    const bool simple = has_one_service(trace) && std::ranges::count(trace, kStatusOfError, &SpanRecord::status) == 0;
    summarize(trace, simple ? SpanTree{} : arrange(trace), summary);
}

::console::Trace view_of(std::span<const SpanRecord> trace, const std::map<SpanId, int>& logs, std::size_t spans_max) {
    const auto tree = arrange(trace);
    const auto places = std::span{tree.places}.first(std::min(spans_max, tree.places.size()));
    ::console::Trace out;
    summarize(trace, tree, *out.mutable_summary());
    // Offsets count from the time that the summary has, which is rounded down to microseconds.
    const auto trace_start_ns = out.summary().start_us() * 1000;
    TraceColumns columns{out, logs};
    for (const auto& place : places) columns.add(trace[place.span], place, trace_start_ns);
    add_critical_path(trace, places, trace_start_ns, out);
    out.set_spans_left_out(static_cast<int>(tree.places.size() - places.size()));
    return out;
}

}  // namespace tw::console
