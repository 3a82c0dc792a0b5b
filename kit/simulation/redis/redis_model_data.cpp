#include "kit/simulation/redis/redis_model_data.hpp"

#include <charconv>

namespace tw::simulation {

std::optional<RedisEntryId> RedisEntryId::parse(std::string_view text, std::uint64_t sequence_otherwise) {
    RedisEntryId id{.millis = 0, .sequence = sequence_otherwise};
    const auto* const end = text.data() + text.size();
    const auto [dash, failure] = std::from_chars(text.data(), end, id.millis);
    if (failure != std::errc{}) return std::nullopt;
    if (dash == end) return id;
    if (*dash != '-') return std::nullopt;
    const auto [last, wrong] = std::from_chars(dash + 1, end, id.sequence);
    if (wrong != std::errc{} || last != end) return std::nullopt;
    return id;
}

RedisKeys::Value* RedisKeys::find(const std::string& key) {
    const auto found = values_.find(key);
    if (found == values_.end()) return nullptr;
    if (found->second.ends_at_ms && *found->second.ends_at_ms <= now_ms_) {
        values_.erase(found);
        return nullptr;
    }
    return &found->second;
}

bool RedisKeys::erase(const std::string& key) { return find(key) != nullptr && values_.erase(key) > 0; }

std::size_t RedisKeys::size() {
    std::erase_if(values_, [this](const auto& entry) { return entry.second.ends_at_ms && *entry.second.ends_at_ms <= now_ms_; });
    return values_.size();
}

}  // namespace tw::simulation
