#pragma once

#include "kit/base/clock.hpp"
#include "services/console/archive/batch.hpp"
#include "services/console/archive/fair_shares.hpp"
#include "services/console/archive/left_out.hpp"
#include "services/console/archive/slow_spans.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tw::console {

/// The place of a trace's spans in a batch in which they stand together.
struct TraceGroup {
    std::size_t begin = 0;
    std::size_t count = 0;
};

/// Chooses which traces are stored when more records come than can be stored. A trace is stored or
/// left out as a whole, by its id, so that all of its spans have the same fate whenever they come.
/// Each service has a fair share of what is stored. A trace with an error, or with a call that is
/// slower than 99 of 100 of its operation, is always stored: what was left out of it in the last
/// seconds is brought back. Log records share the fate of their trace. Warnings, errors and those
/// without a trace are always stored.
class Sampler {
 public:
    /// `per_second_max` 0: everything is stored.
    Sampler(std::size_t per_second_max, std::size_t left_out_bytes_max)
        : shares_{per_second_max}, left_out_{left_out_bytes_max} {}

    /// Removes from `traces` the groups that are left out, and from `batch` the log records. The
    /// spans stay in the batch, since all of them are counted. Then either `bring_back` and `hold`
    /// are called, or neither: the batch could not be stored, and its senders will send it again.
    void choose(Batch& batch, std::vector<TraceGroup>& traces, SteadyTime now);
    /// The batch is stored. Returns what has to be stored in addition.
    std::vector<LeftOut::Records> bring_back();
    /// Takes the requests that the batch was read from, since a part of what was left out of them
    /// may have to be stored later.
    void hold(std::vector<std::string> requests) { left_out_.hold(std::move(requests)); }
    /// Forgets what is left out for good, and returns how many records that were, by signal.
    std::unordered_map<telemetry::Signal, std::uint64_t> forget(SteadyTime now) { return left_out_.forget(now); }

    /// The share of all records that is stored now.
    double share() const { return shares_.of_all(); }

 private:
    void count(const Batch& batch);
    bool is_kept(std::span<const SpanRecord> trace);
    bool is_kept(const LogEntry& log) const;
    void remember(const TraceId& trace, SteadyTime now);
    void leave_out_logs(Batch& batch);

    FairShares shares_;
    SlowSpans slow_;
    LeftOut left_out_;
    /// The traces that were stored in the last seconds, and when the last of their spans came.
    std::unordered_map<TraceId, SteadyTime, TraceIdHash> kept_;
    std::deque<std::pair<SteadyTime, TraceId>> kept_in_order_;
    /// The traces of the last batch that are stored.
    std::vector<TraceId> stored_;
};

}  // namespace tw::console
