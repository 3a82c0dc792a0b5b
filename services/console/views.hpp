#pragma once

#include "proto/console.pb.h"
#include "services/console/record.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// What a list shows of a trace. `trace` has at least one span, in any order.
::console::TraceSummary summarize(std::span<const SpanRecord> trace);
/// Puts what a list shows of a trace in place of what `summary` was, whose memory is used again.
void summarize(std::span<const SpanRecord> trace, ::console::TraceSummary& summary);

/// All spans of a trace by columns, parents before children, with the critical path. `logs` says
/// how many log records name each span. Beyond `spans_max` spans the last ones are left out and
/// counted.
::console::Trace view_of(std::span<const SpanRecord> trace, const std::map<SpanId, int>& logs, std::size_t spans_max = 100'000);

::console::Span view_of(const SpanRecord& span);
/// `id` becomes the record's id.
::console::LogRecord view_of(const LogEntry& log, std::string id);

/// Counts calls from the spans that arrive: of each service and operation, and of each pair of
/// services, databases, queues and remote peers. It belongs to one thread. Counts are kept in slots
/// of 10 s for an hour, and of 5 min for 48 hours. Their memory is limited, and so is the number of
/// names: operations beyond 2,000 are counted as "other operations".
///
/// A client span and the server span below it are one call. A client span of a database goes to the
/// database at once, and a producer span with a destination to the queue. A client span without a
/// server span after 60 s goes to the queue or the address that it names.
class CallCounts {
 public:
    CallCounts();
    ~CallCounts();
    /// Counts the spans. Spans of one trace may come in several calls, children before parents.
    /// `now_ns` is the time of arrival.
    void add(std::span<const SpanRecord> spans, std::int64_t now_ns);
    /// Makes a service a node of the map although none of its spans has come, for example because
    /// it has sent log records.
    void add_service(std::string_view name);
    /// What was counted in the slots that overlap this time, by the ends of spans. 0 as `from_us`:
    /// as far back as counts are kept. 0 as `to_us`: until the last arrival.
    ::console::Map map(std::int64_t from_us, std::int64_t to_us) const;

 private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace tw::console
