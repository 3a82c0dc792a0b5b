#include "services/console/archive/fair_shares.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace tw::console {

std::uint64_t FairShares::Service::sum() const { return std::accumulate(records.begin(), records.end(), std::uint64_t{0}); }

void FairShares::advance(SteadyTime now) {
    if (now - slot_began_ >= kSlot * (kSlots + 1)) {
        services_.clear();
        slot_began_ = now;
        return;
    }
    for (; now - slot_began_ >= kSlot; slot_began_ += kSlot) clear_slot();
}

void FairShares::clear_slot() {
    slot_ = (slot_ + 1) % kSlots;
    for (auto& [name, service] : services_) service.records[slot_] = 0;
    std::erase_if(services_, [](const auto& each) { return each.second.sum() == 0; });
}

void FairShares::count(std::string_view service, std::size_t records) {
    auto at = services_.find(service);
    if (at == services_.end()) at = services_.try_emplace(services_.size() < kServicesMax ? std::string{service} : "").first;
    at->second.records[slot_] += records;
}

void FairShares::divide() {
    std::vector<std::pair<std::uint64_t, Service*>> by_rate;
    std::uint64_t total = 0;
    for (auto& [name, service] : services_) {
        service.share = 1;
        by_rate.emplace_back(service.sum(), &service);
        total += by_rate.back().first;
    }
    share_of_all_ = 1;
    if (per_second_max_ == 0 || total <= per_second_max_) return;
    share_of_all_ = static_cast<double>(per_second_max_) / static_cast<double>(total);
    std::ranges::sort(by_rate, {}, &std::pair<std::uint64_t, Service*>::first);
    auto left = static_cast<double>(per_second_max_);
    auto others = static_cast<double>(by_rate.size());
    for (auto& [rate, service] : by_rate) {
        const auto wanted = static_cast<double>(rate);
        const auto given = std::min(wanted, left / others);
        service->share = wanted > 0 ? given / wanted : 1;
        left -= given;
        others -= 1;
    }
}

double FairShares::of(std::string_view service) const {
    auto at = services_.find(service);
    if (at == services_.end()) at = services_.find("");
    return at == services_.end() ? 1 : at->second.share;
}

}  // namespace tw::console
