#include "services/console/views/call_slots.hpp"

#include <limits>

namespace tw::console {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kFineNs = 10 * kSecondNs;
constexpr std::int64_t kCoarseNs = 300 * kSecondNs;
constexpr std::int64_t kFineAgeNs = 3'600 * kSecondNs;
constexpr std::int64_t kAgeMaxNs = 48 * 3'600 * kSecondNs;
/// Even where memory is short, the last five minutes stay in short slots.
constexpr std::size_t kFineSlotsMin = 30;
/// A cell takes as much memory as this many buckets, apart from its own ones.
constexpr std::size_t kBucketsOfCell = 16;

std::int64_t start_of(std::int64_t time_ns, std::int64_t length_ns) { return time_ns - time_ns % length_ns; }

}  // namespace

template <class Change>
void CallSlots::change(Cells& cells, std::uint32_t series, Change change) {
    const auto [found, added] = cells.try_emplace(series);
    const auto before = found->second.size();
    change(found->second);
    buckets_ += found->second.size() - before + (added ? kBucketsOfCell : 0);
}

void CallSlots::add(std::uint32_t series, std::int64_t time_ns, std::int64_t now_ns, CallOutcome outcome,
                    std::int64_t duration_ns) {
    if (time_ns > now_ns || time_ns < now_ns - kAgeMaxNs) time_ns = now_ns;
    age(now_ns);
    const bool fine = time_ns >= now_ns - kFineAgeNs;
    auto& cells = fine ? fine_[start_of(time_ns, kFineNs)] : coarse_[start_of(time_ns, kCoarseNs)];
    change(cells, series, [&](CallCell& cell) { cell.add(outcome, duration_ns); });
    keep_within_memory();
}

void CallSlots::age(std::int64_t now_ns) {
    if (start_of(now_ns, kFineNs) == aged_at_ns_) return;
    aged_at_ns_ = start_of(now_ns, kFineNs);
    while (!fine_.empty() && fine_.begin()->first < now_ns - kFineAgeNs) merge_oldest_fine();
    while (!coarse_.empty() && coarse_.begin()->first < now_ns - kAgeMaxNs) forget(coarse_, coarse_.begin());
}

void CallSlots::keep_within_memory() {
    while (buckets_ > buckets_max_) {
        if (fine_.size() > kFineSlotsMin) {
            merge_oldest_fine();
        } else if (!coarse_.empty()) {
            forget(coarse_, coarse_.begin());
        } else if (fine_.size() > 1) {
            forget(fine_, fine_.begin());
        } else {
            return;
        }
    }
}

void CallSlots::merge_oldest_fine() {
    const auto oldest = fine_.begin();
    auto& target = coarse_[start_of(oldest->first, kCoarseNs)];
    for (const auto& [series, cell] : oldest->second) {
        change(target, series, [&](CallCell& into) { into.add(cell); });
    }
    forget(fine_, oldest);
}

void CallSlots::forget(Slots& slots, Slots::iterator slot) {
    for (const auto& [series, cell] : slot->second) buckets_ -= cell.size() + kBucketsOfCell;
    slots.erase(slot);
}

std::vector<CallCell> CallSlots::collect(std::int64_t from_ns, std::int64_t to_ns, std::size_t series_count) const {
    std::vector<CallCell> sums(series_count);
    const auto collect_from = [&](const Slots& slots, std::int64_t length_ns) {
        for (const auto& [start_ns, cells] : slots) {
            if (start_ns >= to_ns || start_ns + length_ns <= from_ns) continue;
            for (const auto& [series, cell] : cells) {
                if (series < series_count) sums[series].add(cell);
            }
        }
    };
    collect_from(coarse_, kCoarseNs);
    collect_from(fine_, kFineNs);
    return sums;
}

std::int64_t CallSlots::first_ns() const {
    if (!coarse_.empty()) return coarse_.begin()->first;
    return fine_.empty() ? 0 : fine_.begin()->first;
}

}  // namespace tw::console
