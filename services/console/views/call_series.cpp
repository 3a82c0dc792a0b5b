#include "services/console/views/call_series.hpp"

namespace tw::console {
namespace {

constexpr std::string_view kOtherNode = "other";
constexpr std::string_view kOtherOperations = "other operations";

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
    const KeyView key{static_cast<std::uint32_t>(kind), name};
    if (const auto found = nodes_by_name_.find(key); found != nodes_by_name_.end()) return found->second;
    if (nodes_.size() >= kNodesMax && name != kOtherNode) return node(kind, kOtherNode);
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({kind, std::string{name}});
    nodes_by_name_.emplace(Key{key.number, std::string{name}}, number);
    return number;
}

std::uint32_t CallNames::operation(std::uint32_t service, std::string_view name, bool served) {
    const KeyView key{service, name};
    if (const auto found = operations_by_name_.find(key); found != operations_by_name_.end()) {
        series_[found->second].served |= served;
        return found->second;
    }
    if (operations_ >= kOperationsMax && name != kOtherOperations) return operation(service, kOtherOperations, served);
    ++operations_;
    const auto number =
        add_series({.kind = CallSeries::Kind::operation, .node = service, .name = std::string{name}, .served = served});
    operations_by_name_.emplace(Key{service, std::string{name}}, number);
    return number;
}

std::uint32_t CallNames::edge(std::uint32_t from, std::uint32_t to) {
    const auto key = std::uint64_t{from} << 32U | to;
    if (const auto found = edges_by_nodes_.find(key); found != edges_by_nodes_.end()) return found->second;
    if (edges_ >= kEdgesMax && nodes_[to].name != kOtherNode) return edge(from, node(nodes_[to].kind, kOtherNode));
    ++edges_;
    const auto number = add_series({.kind = CallSeries::Kind::edge, .node = from, .target = to});
    edges_by_nodes_.emplace(key, number);
    return number;
}

std::uint32_t CallNames::add_series(CallSeries series) {
    series_.push_back(std::move(series));
    return static_cast<std::uint32_t>(series_.size() - 1);
}

}  // namespace tw::console
