#pragma once

#include "kit/base/clock.hpp"
#include "kit/telemetry/resource.hpp"
#include "services/console/archive/batch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tw::console {

/// Ids of traces are random, so that a part of them is a good hash.
struct TraceIdHash {
    std::size_t operator()(const TraceId& id) const {
        std::size_t half = 0;
        std::memcpy(&half, id.data() + 8, sizeof half);
        return half;
    }
};

/// What was left out in the last seconds, since it may turn out that it has to be stored. It has
/// bounds of size and of age. The requests themselves are kept, and the places of records in them,
/// so that leaving out a record copies nothing.
class LeftOut {
 public:
    static constexpr std::chrono::seconds kAgeMax{10};

    struct Records {
        telemetry::Signal signal = telemetry::Signal::traces;
        /// An export request (protobuf) with records of one trace.
        std::string request;
        std::size_t count = 0;
    };

    /// `bytes_max`: of the requests. The last ones are kept however large they are.
    explicit LeftOut(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    /// Begins a batch. What the one before has left out is forgotten, unless `hold` was called.
    void begin(SteadyTime now);
    /// Leaves out `count` spans of one trace that stand together in the batch.
    void add_spans(const Batch& batch, std::size_t first, std::size_t count);
    /// Leaves out a log record of the batch.
    void add_log(const Batch& batch, std::size_t index);
    /// Ends the batch: it was stored. `requests` are those that it was read from.
    void hold(std::vector<std::string> requests);

    /// Takes out what earlier batches left out of a trace.
    std::vector<Records> take(const TraceId& trace);
    /// Forgets what is too old or too much, and returns how many records that were, by signal.
    std::unordered_map<telemetry::Signal, std::uint64_t> forget(SteadyTime now);

    std::size_t bytes() const { return bytes_; }

 private:
    /// The bytes of a source.
    struct Origin {
        std::string resource;
        std::string scope;
    };
    struct Record {
        std::string_view bytes;
        std::size_t origin = 0;
    };
    /// Records of one trace that stand together.
    struct Entry {
        TraceId trace{};
        std::uint32_t first = 0;
        /// 0: taken.
        std::uint32_t count = 0;
        telemetry::Signal signal = telemetry::Signal::traces;
    };
    /// What one batch has left out.
    struct Chunk {
        SteadyTime added;
        std::vector<std::string> requests;
        std::size_t bytes = 0;
        std::vector<Origin> origins;
        std::vector<Record> records;
        std::vector<Entry> entries;
        /// The entries by the hashes of their traces, sorted.
        std::vector<std::pair<std::size_t, std::uint32_t>> by_trace;
    };

    void add_entry(const Batch& batch, const TraceId& trace, std::size_t count, telemetry::Signal signal);
    static Records read(const Chunk& chunk, const Entry& entry);

    const std::size_t bytes_max_;
    Chunk current_;
    std::deque<Chunk> chunks_;
    std::size_t bytes_ = 0;
};

}  // namespace tw::console
