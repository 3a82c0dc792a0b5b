#include "services/console/views/open_calls.hpp"

#include <string_view>

namespace tw::console {

std::size_t OpenCalls::Hash::operator()(const Key& key) const {
    const auto bytes_of = [](const auto& id) { return std::string_view{reinterpret_cast<const char*>(id.data()), id.size()}; };
    const std::hash<std::string_view> hash;
    return hash(bytes_of(key.trace)) * 31 + hash(bytes_of(key.span));
}

std::optional<std::uint32_t> OpenCalls::add_client(const Key& key, ClientCall call, std::int64_t now_ns) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        keep({.key = key, .since_ns = now_ns, .client = std::move(call)});
        return std::nullopt;
    }
    // A span that is sent twice waits once.
    if (found->second->client) return std::nullopt;
    const auto server = found->second->server;
    drop(found->second);
    return server;
}

std::optional<ClientCall> OpenCalls::add_server(const Key& key, std::uint32_t service, std::int64_t now_ns) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        keep({.key = key, .since_ns = now_ns, .client = std::nullopt, .server = service});
        return std::nullopt;
    }
    auto client = std::move(found->second->client);
    if (client) drop(found->second);
    return client;
}

std::optional<ClientCall> OpenCalls::take_expired(std::int64_t now_ns) {
    while (!open_.empty() && (open_.size() > kOpenMax || open_.front().since_ns < now_ns - kWaitNs)) {
        auto client = std::move(open_.front().client);
        drop(open_.begin());
        if (client) return client;
    }
    return std::nullopt;
}

void OpenCalls::keep(Open open) {
    open_.push_back(std::move(open));
    by_key_.emplace(open_.back().key, std::prev(open_.end()));
}

void OpenCalls::drop(Entries::iterator entry) {
    by_key_.erase(entry->key);
    open_.erase(entry);
}

}  // namespace tw::console
