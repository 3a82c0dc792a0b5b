#include "apps/tradewind/console/telemetry_lines.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr int kWarn = 13;
constexpr int kSeverityError = 17;
constexpr int kStatusError = 2;
/// How much of a value is shown; --json has all of it.
constexpr std::size_t kValueBytesMax = 400;

/// Cuts text between two characters.
std::string clipped(std::string_view text) {
    if (text.size() <= kValueBytesMax) return visible(text);
    auto end = kValueBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return visible(text.substr(0, end)) + "…";
}

std::string_view severity_word(int severity) {
    constexpr std::array<std::string_view, 6> kWords{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    return kWords[static_cast<std::size_t>(std::clamp((severity - 1) / 4, 0, 5))];
}

std::string painted_by_severity(const Painter& paint, int severity, std::string_view text) {
    if (severity >= kSeverityError) return paint(Colour::red, text);
    return severity >= kWarn ? paint(Colour::yellow, text) : std::string{text};
}

std::string_view kind_word(int kind) {
    constexpr std::array<std::string_view, 6> kWords{"", "internal", "server", "client", "producer", "consumer"};
    return kWords[static_cast<std::size_t>(std::clamp(kind, 0, 5))];
}

std::string_view text_at(const ::console::Trace& trace, int place) {
    if (place < 0 || place >= trace.texts_size()) return {};
    return trace.texts(place);
}

/// Returns the depth of each span. A parent stands before its children.
std::vector<std::size_t> depths_of(const ::console::Trace& trace) {
    std::vector<std::size_t> depths;
    for (int i = 0; i < trace.span_ids_size(); ++i) {
        const int parent = i < trace.parents_size() ? trace.parents(i) : -1;
        depths.push_back(parent >= 0 && parent < i ? depths[static_cast<std::size_t>(parent)] + 1 : 0);
    }
    return depths;
}

/// Returns the places of the spans in the order of a tree: a span, then all below it. The lists of
/// the answer have a span behind its parent, but not always next to it.
std::vector<int> tree_order(const ::console::Trace& trace) {
    const auto count = static_cast<std::size_t>(trace.span_ids_size());
    std::vector<std::vector<int>> children(count + 1);
    for (int i = 0; i < trace.span_ids_size(); ++i) {
        const int parent = i < trace.parents_size() ? trace.parents(i) : -1;
        children[parent >= 0 && parent < i ? static_cast<std::size_t>(parent) : count].push_back(i);
    }
    std::vector<int> order;
    std::vector<int> waiting{children[count].rbegin(), children[count].rend()};
    while (!waiting.empty()) {
        const int next = waiting.back();
        waiting.pop_back();
        order.push_back(next);
        const auto& below = children[static_cast<std::size_t>(next)];
        waiting.insert(waiting.end(), below.rbegin(), below.rend());
    }
    return order;
}

std::string span_line(const Painter& paint, const ::console::Trace& trace, int i, std::size_t depth) {
    constexpr std::size_t kIndentMax = 60;
    const auto millis = [](std::int64_t ns) { return static_cast<double>(ns) / 1e6; };
    auto line = fmt::format("{:10.2f} {:10.2f}  {:{}}{}: {}", millis(trace.start_ns(i)), millis(trace.duration_ns(i)), "",
                            std::min(depth * 2, kIndentMax), clipped(text_at(trace, trace.services(i))),
                            clipped(text_at(trace, trace.names(i))));
    if (const auto kind = kind_word(trace.kinds(i)); !kind.empty()) line += fmt::format(" ({})", kind);
    const bool failed = trace.statuses(i) == kStatusError;
    if (const auto note = clipped(text_at(trace, trace.notes(i))); !note.empty() || failed)
        line += "  " + (failed ? paint(Colour::red, note.empty() ? "failed" : "failed: " + note) : note);
    if (trace.logs(i) > 0)
        line += paint(Colour::faint, fmt::format("  [{} log {}]", trace.logs(i), trace.logs(i) == 1 ? "record" : "records"));
    if (trace.orphans(i)) line += paint(Colour::faint, "  [its parent is not here]");
    return line + "\n";
}

}  // namespace

std::string log_line(const Painter& paint, const ::console::LogRecord& log) {
    auto line = fmt::format("{}  {}  {}", paint(Colour::faint, local_time(log.time_us())),
                            painted_by_severity(paint, log.severity(), fmt::format("{:<5}", severity_word(log.severity()))),
                            clipped(log.service()));
    if (!log.event_name().empty()) line += "  " + clipped(log.event_name());
    if (!log.body().empty() && log.body() != log.event_name()) line += "  " + clipped(log.body());
    for (const auto& attribute : log.attributes())
        line += fmt::format("  {}{}", paint(Colour::faint, clipped(attribute.key()) + "="), clipped(attribute.value()));
    if (!log.trace_id().empty()) line += paint(Colour::faint, "  trace " + clipped(log.trace_id()));
    return line + "\n";
}

std::string trace_line(const Painter& paint, const ::console::TraceSummary& trace) {
    auto line = fmt::format("{}  {:>12}  {:>4} {}  {}  {}: {}", paint(Colour::faint, local_time(trace.start_us())),
                            millis_text(trace.duration_ns()), trace.spans(), trace.spans() == 1 ? "span " : "spans",
                            trace.trace_id(), clipped(trace.service()), clipped(trace.name()));
    if (trace.root_missing()) line += paint(Colour::faint, "  [its first span is not here]");
    if (!trace.status().empty()) line += "  " + clipped(trace.status());
    if (trace.errors() > 0)
        line += "  " + paint(Colour::red, trace.error().empty() ? "failed" : "failed: " + clipped(trace.error()));
    return line + "\n";
}

std::string trace_tree(const Painter& paint, const ::console::Trace& trace) {
    const auto& summary = trace.summary();
    auto text =
        fmt::format("trace {}, {} {}, {}, {}\n  start ms    took ms\n", summary.trace_id(), summary.spans(),
                    summary.spans() == 1 ? "span" : "spans", millis_text(summary.duration_ns()), local_time(summary.start_us()));
    const auto depths = depths_of(trace);
    for (const int i : tree_order(trace)) text += span_line(paint, trace, i, depths[static_cast<std::size_t>(i)]);
    if (trace.spans_left_out() > 0)
        text += fmt::format("{} more spans are not shown: the trace is too large\n", trace.spans_left_out());
    return text;
}

}  // namespace tw::app
