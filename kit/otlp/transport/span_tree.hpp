#pragma once

#include <cstddef>
#include <cstdint>
#include <opentelemetry/proto/trace/v1/trace.pb.h>
#include <string>
#include <string_view>
#include <vector>

namespace tw::otlp {

/// A finished span, as far as a tree of spans shows it. Ids are bytes, and `parent` is empty for
/// the first span of a trace. Times are Unix time in nanoseconds.
struct TreeSpan {
    std::string id;
    std::string parent;
    /// Whether the parent is a span of another process.
    bool parent_remote = false;
    std::string service;
    std::string name;
    std::string_view kind;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    /// The status that an HTTP or gRPC span has: "201", "OK", "NOT_FOUND"; empty if it has none.
    std::string status;
    bool failed = false;
    /// Why the span failed: `error.type` or the status message; empty if there is nothing beside
    /// the status.
    std::string failure;

    static TreeSpan of(const opentelemetry::proto::trace::v1::Span& span, std::string_view service);

    /// Whether no parent of this span can come from this process.
    bool is_local_root() const { return parent.empty() || parent_remote; }
};

/// Whether each span's parent is among `spans`, except for those of local roots. Nothing more is
/// expected then, but for work that a request has left behind.
bool is_whole(const std::vector<TreeSpan>& spans);

/// Returns when the first of the spans started. There is at least one.
std::uint64_t first_start(const std::vector<TreeSpan>& spans);

/// Writes spans of one trace as an indented tree: a heading, then a line for each span with its
/// start, its duration, its service, name, kind and status. Children are in the order of their
/// start. `trace_id` is bytes. Control characters are shown as "?".
std::string format_tree(std::string_view trace_id, const std::vector<TreeSpan>& spans);

}  // namespace tw::otlp
