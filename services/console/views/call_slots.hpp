#pragma once

#include "services/console/views/call_cell.hpp"

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace tw::console {

/// Counts calls of several series by time: in slots of 10 s for the last hour, and of 5 min for the
/// last 48 h. Their memory is limited. Where it is used up, slots become 5 min long earlier, and
/// then the oldest ones are forgotten.
class CallSlots {
 public:
    /// `buckets_max` limits the buckets in use; each of them takes 8 bytes.
    explicit CallSlots(std::size_t buckets_max = 2'000'000) : buckets_max_{buckets_max} {}

    /// Counts a call that ended at `time_ns`. A time in the future, or longer ago than is kept,
    /// counts as `now_ns`.
    void add(std::uint32_t series, std::int64_t time_ns, std::int64_t now_ns, CallOutcome outcome, std::int64_t duration_ns);
    /// Returns a cell for each of `series_count` series, with all slots that overlap this time.
    std::vector<CallCell> collect(std::int64_t from_ns, std::int64_t to_ns, std::size_t series_count) const;
    /// The start of the oldest slot; nothing was counted or kept before. 0 without any slot.
    std::int64_t first_ns() const;
    /// How many buckets are in use; a cell counts as several of them.
    std::size_t buckets() const { return buckets_; }

 private:
    using Cells = std::unordered_map<std::uint32_t, CallCell>;
    /// By start.
    using Slots = std::map<std::int64_t, Cells>;

    void age(std::int64_t now_ns);
    void keep_within_memory();
    void merge_oldest_fine();
    void forget(Slots& slots, Slots::iterator slot);
    template <class Change>
    void change(Cells& cells, std::uint32_t series, Change change);

    std::size_t buckets_max_;
    std::size_t buckets_ = 0;
    std::int64_t aged_at_ns_ = 0;
    Slots fine_;
    Slots coarse_;
};

}  // namespace tw::console
