#include "kit/rpc/network/outliers.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tw::rpc {
namespace {

double share_failed(std::uint64_t succeeded, std::uint64_t failed) {
    const auto calls = succeeded + failed;
    return calls == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(calls);
}

double share_failed(const Outliers::Record& record) { return share_failed(record.succeeded, record.failed); }

}  // namespace

bool Outliers::is_outlier(const Record& record, std::span<Record* const> records) const {
    if (record.succeeded + record.failed < options_.calls_least || share_failed(record) < options_.failure_share) return false;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    for (const auto* const other : records) {
        if (other == &record) continue;
        succeeded += other->succeeded;
        failed += other->failed;
    }
    return succeeded + failed > 0 && share_failed(succeeded, failed) < options_.failure_share;
}

void Outliers::eject(Record& record, SteadyTime now) const {
    auto time = options_.ejection_first;
    for (int i = 0; i < record.ejections && time < options_.ejection_last; ++i) time *= 2;
    record.ejected_until = now + std::min(time, options_.ejection_last);
    ++record.ejections;
}

int Outliers::judge(std::span<Record* const> records, SteadyTime now) {
    judged_at_ = now;
    const auto most = static_cast<std::size_t>(options_.ejected_share_max * static_cast<double>(records.size()));
    std::vector<Record*> outliers;
    std::size_t ejected = 0;
    for (auto* const record : records) {
        if (record->ejected(now)) {
            ++ejected;
        } else if (is_outlier(*record, records)) {
            outliers.push_back(record);
        } else if (record->ejections > 0) {
            --record->ejections;
        }
    }
    std::ranges::sort(outliers, std::greater<>{}, [](const Record* record) { return share_failed(*record); });
    int newly = 0;
    for (auto* const record : outliers) {
        if (ejected == most) break;
        eject(*record, now);
        ++ejected;
        ++newly;
    }
    for (auto* const record : records) record->succeeded = record->failed = 0;
    return newly;
}

}  // namespace tw::rpc
