#include "services/console/views/call_series.hpp"

namespace tw::console {
namespace {

constexpr std::string_view kOtherNode = "other";
constexpr std::string_view kOtherOperations = "other operations";

/// A key that begins with a letter and numbers, before a name that may hold any bytes.
std::string series_key(char kind, std::uint32_t number, std::string_view name) {
    std::string key{kind};
    key += std::to_string(number);
    key += ' ';
    key += name;
    return key;
}

}  // namespace

std::string_view node_kind_name(NodeKind kind) {
    switch (kind) {
        case NodeKind::service:
            return "service";
        case NodeKind::database:
            return "database";
        case NodeKind::queue:
            return "queue";
        case NodeKind::remote:
            return "remote";
    }
    return "remote";
}

std::uint32_t CallNames::node(NodeKind kind, std::string_view name) {
    auto key = series_key('n', static_cast<std::uint32_t>(kind), name);
    if (const auto found = nodes_by_name_.find(key); found != nodes_by_name_.end()) return found->second;
    if (nodes_.size() >= kNodesMax && name != kOtherNode) return node(kind, kOtherNode);
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({kind, std::string{name}});
    nodes_by_name_.emplace(std::move(key), number);
    return number;
}

std::uint32_t CallNames::operation(std::uint32_t service, std::string_view name, bool served) {
    const auto key = series_key('o', service, name);
    if (const auto found = series_by_name_.find(key); found != series_by_name_.end()) {
        series_[found->second].served |= served;
        return found->second;
    }
    if (operations_ >= kOperationsMax && name != kOtherOperations) return operation(service, kOtherOperations, served);
    ++operations_;
    return add_series(key, {.kind = CallSeries::Kind::operation, .node = service, .name = std::string{name}, .served = served});
}

std::uint32_t CallNames::edge(std::uint32_t from, std::uint32_t to) {
    const auto key = series_key('e', from, std::to_string(to));
    if (const auto found = series_by_name_.find(key); found != series_by_name_.end()) return found->second;
    if (edges_ >= kEdgesMax && nodes_[to].name != kOtherNode) return edge(from, node(nodes_[to].kind, kOtherNode));
    ++edges_;
    return add_series(key, {.kind = CallSeries::Kind::edge, .node = from, .target = to});
}

std::uint32_t CallNames::add_series(const std::string& key, CallSeries series) {
    const auto number = static_cast<std::uint32_t>(series_.size());
    series_.push_back(std::move(series));
    series_by_name_.emplace(key, number);
    return number;
}

}  // namespace tw::console
