#include "services/console/archive/left_out.hpp"

#include <algorithm>
#include <utility>

namespace tw::console {

void LeftOut::add(const TraceId& trace, Records records, SteadyTime now) {
    bytes_ += records.request.size();
    numbers_[trace].push_back(first_ + entries_.size());
    entries_.push_back({trace, std::move(records), now});
}

std::vector<LeftOut::Records> LeftOut::take(const TraceId& trace) {
    std::vector<Records> taken;
    const auto at = numbers_.find(trace);
    if (at == numbers_.end()) return taken;
    for (const auto number : at->second) {
        auto& records = entries_[number - first_].records;
        bytes_ -= records.request.size();
        taken.push_back(std::exchange(records, {}));
    }
    numbers_.erase(at);
    return taken;
}

void LeftOut::undo(std::size_t calls) {
    for (; calls > 0; --calls) {
        auto& last = entries_.back();
        bytes_ -= last.records.request.size();
        remove_index(last.trace, first_ + entries_.size() - 1);
        entries_.pop_back();
    }
}

std::unordered_map<telemetry::Signal, std::uint64_t> LeftOut::forget(SteadyTime now) {
    std::unordered_map<telemetry::Signal, std::uint64_t> forgotten;
    while (!entries_.empty() && (bytes_ > bytes_max_ || now - entries_.front().added > kAgeMax)) {
        auto& oldest = entries_.front();
        if (oldest.records.count > 0) forgotten[oldest.records.signal] += oldest.records.count;
        bytes_ -= oldest.records.request.size();
        remove_index(oldest.trace, first_);
        entries_.pop_front();
        ++first_;
    }
    return forgotten;
}

void LeftOut::remove_index(const TraceId& trace, std::uint64_t number) {
    const auto at = numbers_.find(trace);
    if (at == numbers_.end()) return;
    std::erase(at->second, number);
    if (at->second.empty()) numbers_.erase(at);
}

}  // namespace tw::console
