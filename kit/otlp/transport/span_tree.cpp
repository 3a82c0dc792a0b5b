#include "kit/otlp/transport/span_tree.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace tw::otlp {
namespace {

namespace proto = opentelemetry::proto;

constexpr std::uint32_t kParentIsRemote = proto::trace::v1::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK;
/// Deeper spans are not indented any further, so that lines stay readable.
constexpr std::size_t kDepthShownMax = 40;

std::string_view kind_name(proto::trace::v1::Span::SpanKind kind) {
    constexpr std::array<std::string_view, 6> kNames{"internal", "internal", "server", "client", "producer", "consumer"};
    const auto index = static_cast<std::size_t>(kind);
    return index < kNames.size() ? kNames[index] : kNames[0];
}

std::string text_of(const proto::common::v1::AnyValue& value) {
    return value.has_int_value() ? std::to_string(value.int_value()) : value.string_value();
}

std::string hex(std::string_view bytes) {
    std::string digits(bytes.size() * 2, '0');
    write_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, digits.data());
    return digits;
}

void append_printable(std::string& out, std::string_view text) {
    constexpr unsigned char kDelete = 0x7F;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < ' ' || byte == kDelete ? '?' : c;
    }
}

double millis(std::uint64_t nanos) {
    constexpr double kNanosPerMilli = 1e6;
    return static_cast<double>(nanos) / kNanosPerMilli;
}

/// The spans of one trace and how they belong together.
class Tree {
 public:
    explicit Tree(const std::vector<TreeSpan>& spans) : spans_{spans} {
        for (const auto& span : spans) ids_.emplace(span.id, &span);
        for (const auto& span : spans) (has_parent(span) ? children_[span.parent] : tops_).push_back(&span);
        for (auto& [parent, children] : children_) sort(children);
        sort(tops_);
    }

    bool has_parent(const TreeSpan& span) const { return !span.parent.empty() && ids_.contains(span.parent); }

    /// Calls `visit(span, depth)` for each span, parents before their children. It does not
    /// recurse, since a chain of spans may be long.
    template <class Visit>
    void for_each(Visit visit) const {
        std::vector<std::pair<const TreeSpan*, std::size_t>> stack;
        const auto push = [&stack](const std::vector<const TreeSpan*>& spans, std::size_t depth) {
            std::transform(spans.rbegin(), spans.rend(), std::back_inserter(stack),
                           [depth](const TreeSpan* span) { return std::pair{span, depth}; });
        };
        push(tops_, 0);
        while (!stack.empty()) {
            const auto [span, depth] = stack.back();
            stack.pop_back();
            visit(*span, depth);
            if (const auto found = children_.find(span->id); found != children_.end()) push(found->second, depth + 1);
        }
    }

 private:
    static void sort(std::vector<const TreeSpan*>& spans) {
        std::ranges::stable_sort(spans, {}, [](const TreeSpan* span) { return span->start; });
    }

    const std::vector<TreeSpan>& spans_;
    std::unordered_map<std::string_view, const TreeSpan*> ids_;
    std::unordered_map<std::string_view, std::vector<const TreeSpan*>> children_;
    std::vector<const TreeSpan*> tops_;
};

void append_outcome(std::string& out, const TreeSpan& span) {
    if (!span.status.empty()) fmt::format_to(std::back_inserter(out), "  {}", span.status);
    if (!span.failed) return;
    out += "  failed";
    if (span.failure.empty()) return;
    out += ": ";
    append_printable(out, span.failure);
}

void append_line(std::string& out, const TreeSpan& span, std::size_t depth, std::uint64_t began, bool parent_missing) {
    fmt::format_to(std::back_inserter(out), "{:>10.2f} {:>10.2f}  {:{}}", millis(span.start - began),
                   millis(span.end - span.start), "", std::min(depth, kDepthShownMax) * 2);
    append_printable(out, span.service);
    out += ": ";
    append_printable(out, span.name);
    fmt::format_to(std::back_inserter(out), " ({})", span.kind);
    append_outcome(out, span);
    if (parent_missing) {
        fmt::format_to(std::back_inserter(out), "  [parent {} {}]", hex(span.parent),
                       span.parent_remote ? "is in another process" : "is not shown here");
    }
    out += '\n';
}

}  // namespace

TreeSpan TreeSpan::of(const proto::trace::v1::Span& span, std::string_view service) {
    TreeSpan out{.id = span.span_id(),
                 .parent = span.parent_span_id(),
                 .parent_remote = (span.flags() & kParentIsRemote) != 0,
                 .service = std::string{service},
                 .name = span.name(),
                 .kind = kind_name(span.kind()),
                 .start = span.start_time_unix_nano(),
                 .end = span.end_time_unix_nano()};
    std::string error_type;
    for (const auto& attribute : span.attributes()) {
        const auto& key = attribute.key();
        if (key == "http.response.status_code" || key == "rpc.response.status_code") out.status = text_of(attribute.value());
        if (key == "error.type") error_type = text_of(attribute.value());
    }
    out.failed = span.status().code() == proto::trace::v1::Status::STATUS_CODE_ERROR;
    if (error_type == out.status) error_type.clear();
    out.failure = span.status().message().empty() ? std::move(error_type) : span.status().message();
    return out;
}

std::uint64_t first_start(const std::vector<TreeSpan>& spans) {
    return std::ranges::min_element(spans, {}, &TreeSpan::start)->start;
}

bool is_whole(const std::vector<TreeSpan>& spans) {
    const Tree tree{spans};
    return std::ranges::all_of(spans, [&](const TreeSpan& span) { return span.is_local_root() || tree.has_parent(span); });
}

std::string format_tree(std::string_view trace_id, const std::vector<TreeSpan>& spans) {
    if (spans.empty()) return {};
    const Tree tree{spans};
    const auto began = first_start(spans);
    const auto ended = std::ranges::max_element(spans, {}, &TreeSpan::end)->end;
    auto out = fmt::format("trace {}, {} {}, {:.2f} ms\n  start ms    took ms\n", hex(trace_id), spans.size(),
                           spans.size() == 1 ? "span" : "spans", millis(ended - began));
    tree.for_each([&](const TreeSpan& span, std::size_t depth) {
        append_line(out, span, depth, began, !span.parent.empty() && !tree.has_parent(span));
    });
    return out;
}

}  // namespace tw::otlp
