#pragma once

#include "kit/base/clock.hpp"
#include "kit/telemetry/resource.hpp"
#include "services/console/record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <unordered_map>
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
/// bounds of size and of age.
class LeftOut {
 public:
    static constexpr std::chrono::seconds kAgeMax{10};

    struct Records {
        telemetry::Signal signal = telemetry::Signal::traces;
        /// An export request (protobuf) with records of one trace.
        std::string request;
        std::size_t count = 0;
    };

    explicit LeftOut(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    void add(const TraceId& trace, Records records, SteadyTime now);
    /// Takes out what there is of a trace.
    std::vector<Records> take(const TraceId& trace);
    /// Takes back the last calls of `add`.
    void undo(std::size_t calls);
    /// Forgets what is too old or too much, and returns how many records that were, by signal.
    std::unordered_map<telemetry::Signal, std::uint64_t> forget(SteadyTime now);

    std::size_t bytes() const { return bytes_; }

 private:
    struct Entry {
        TraceId trace{};
        Records records;
        SteadyTime added;
    };

    void remove_index(const TraceId& trace, std::uint64_t number);

    const std::size_t bytes_max_;
    std::deque<Entry> entries_;
    /// The number of the first entry.
    std::uint64_t first_ = 0;
    std::unordered_map<TraceId, std::vector<std::uint64_t>, TraceIdHash> numbers_;
    std::size_t bytes_ = 0;
};

}  // namespace tw::console
