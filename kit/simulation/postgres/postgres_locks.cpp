#include "kit/simulation/postgres/postgres_locks.hpp"

#include <algorithm>

namespace tw::simulation {

bool PostgresLocks::conflict(LockMode one, LockMode other) {
    if (one == LockMode::table_rows || one == LockMode::table_share) return one != other;
    if (one == LockMode::key_share) return other == LockMode::update;
    return other != LockMode::key_share || one == LockMode::update;
}

std::optional<TransactionId> PostgresLocks::in_the_way(TransactionId transaction, const std::string& name, LockMode mode) const {
    const auto found = held_.find(name);
    if (found == held_.end()) return std::nullopt;
    const auto other = std::ranges::find_if(
        found->second, [&](const Held& held) { return held.transaction != transaction && conflict(held.mode, mode); });
    return other == found->second.end() ? std::nullopt : std::optional{other->transaction};
}

bool PostgresLocks::is_free(TransactionId transaction, const std::string& name, LockMode mode) const {
    return !in_the_way(transaction, name, mode);
}

std::optional<TransactionId> PostgresLocks::take(TransactionId transaction, const std::string& name, LockMode mode) {
    if (const auto other = in_the_way(transaction, name, mode)) return other;
    auto& held = held_[name];
    const auto same = [&](const Held& one) { return one.transaction == transaction && one.mode == mode; };
    if (std::ranges::any_of(held, same)) return std::nullopt;
    held.push_back({transaction, mode});
    names_[transaction].push_back(name);
    return std::nullopt;
}

void PostgresLocks::release(TransactionId transaction) {
    const auto found = names_.find(transaction);
    if (found == names_.end()) return;
    for (const auto& name : found->second) {
        const auto held = held_.find(name);
        if (held == held_.end()) continue;
        std::erase_if(held->second, [&](const Held& one) { return one.transaction == transaction; });
        if (held->second.empty()) held_.erase(held);
    }
    names_.erase(found);
}

}  // namespace tw::simulation
