#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tw::console {

enum class NodeKind : std::uint8_t { service, database, queue, remote };

std::string_view node_kind_name(NodeKind kind);

struct CallNode {
    NodeKind kind;
    std::string name;
};

/// What calls are counted for: an operation of a service, or calls from one node to another.
struct CallSeries {
    enum class Kind : std::uint8_t { operation, edge } kind;
    /// The operation's service, or where the calls come from.
    std::uint32_t node;
    /// Where the calls go; only of an edge.
    std::uint32_t target = 0;
    /// The operation's name.
    std::string name;
    /// Whether somebody calls the operation. Background work is not called.
    bool served = false;
};

/// Numbers nodes and series in the order in which they appear. Their number is limited, since names
/// come from senders. Nodes beyond the limit share one node of their kind, which is named "other".
/// Operations beyond it are counted as "other operations" of their service, and edges as edges to
/// the other node.
class CallNames {
 public:
    static constexpr std::size_t kNodesMax = 500;
    static constexpr std::size_t kOperationsMax = 2'000;
    static constexpr std::size_t kEdgesMax = 5'000;

    std::uint32_t node(NodeKind kind, std::string_view name);
    std::uint32_t operation(std::uint32_t service, std::string_view name, bool served);
    std::uint32_t edge(std::uint32_t from, std::uint32_t to);

    const std::vector<CallNode>& nodes() const { return nodes_; }
    const std::vector<CallSeries>& series() const { return series_; }

 private:
    /// A name, and the number of the kind or the service that it belongs to.
    struct Key {
        std::uint32_t number;
        std::string name;
    };
    struct KeyView {
        KeyView(std::uint32_t of, std::string_view text) : number{of}, name{text} {}
        KeyView(const Key& key) : number{key.number}, name{key.name} {}
        bool operator==(const KeyView&) const = default;

        std::uint32_t number;
        std::string_view name;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const KeyView& key) const { return std::hash<std::string_view>{}(key.name) + key.number; }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const KeyView& left, const KeyView& right) const { return left == right; }
    };
    using Numbers = std::unordered_map<Key, std::uint32_t, Hash, Equal>;

    std::uint32_t add_series(CallSeries series);

    std::vector<CallNode> nodes_;
    std::vector<CallSeries> series_;
    Numbers nodes_by_name_;
    Numbers operations_by_name_;
    /// By both nodes, the first in the upper half.
    std::unordered_map<std::uint64_t, std::uint32_t> edges_by_nodes_;
    std::size_t operations_ = 0;
    std::size_t edges_ = 0;
};

}  // namespace tw::console
