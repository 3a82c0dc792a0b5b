#include "services/console/query.hpp"
#include "services/console/views.hpp"
#include "services/console/views/call_series.hpp"
#include "services/console/views/call_slots.hpp"
#include "services/console/views/open_calls.hpp"
#include "services/console/views/span_texts.hpp"
#include "services/console/views/times.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace tw::console {
namespace {

constexpr int kInternal = 1;
constexpr int kServer = 2;
constexpr int kClient = 3;
constexpr int kProducer = 4;
constexpr int kConsumer = 5;

std::string text_at(const SpanRecord& span, std::string_view key) {
    const auto* attribute = find_attribute(span.attributes, key);
    return attribute == nullptr ? std::string{} : value_text(*attribute);
}

/// Returns the first of these attributes that has a value.
std::string first_text(const SpanRecord& span, std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) {
        if (auto text = text_at(span, key); !text.empty()) return text;
    }
    return {};
}

/// The name of the database that a span talks to; empty if it talks to none. Redis numbers its
/// databases, and a number alone says too little.
std::string database_of(const SpanRecord& span) {
    const bool any =
        find_attribute(span.attributes, "db.system.name") != nullptr || find_attribute(span.attributes, "db.system") != nullptr;
    if (!any) return {};
    auto system = first_text(span, {"db.system.name", "db.system"});
    if (system.empty()) return {};
    auto name = first_text(span, {"db.namespace", "db.name"});
    if (name.empty()) name = text_at(span, "server.address");
    if (name.empty()) return system;
    return name.find_first_not_of("0123456789") == std::string::npos ? system + " " + name : name;
}

std::string queue_of(const SpanRecord& span) { return first_text(span, {"messaging.destination.name", "messaging.destination"}); }

/// Where a call goes whose callee sends no telemetry.
std::string remote_of(const SpanRecord& span) {
    auto address = text_at(span, "server.address");
    const auto port = text_at(span, "server.port");
    if (address.empty() || port.empty() || port == "80" || port == "443") return address;
    return address + ":" + port;
}

void fill_counts(const CallCell& cell, ::console::Counts& out) {
    out.set_calls(static_cast<std::int64_t>(cell.calls()));
    out.set_refused(static_cast<std::int64_t>(cell.refused()));
    out.set_errors(static_cast<std::int64_t>(cell.errors()));
    out.set_p50_ns(cell.quantile_ns(0.5));
    out.set_p95_ns(cell.quantile_ns(0.95));
    out.set_p99_ns(cell.quantile_ns(0.99));
}

/// Nodes as the map has them. A remote node with the name of a service is that service, since one
/// of its spans may have been lost. Other nodes of equal names are told apart by their kinds.
class MapNodes {
 public:
    MapNodes(const std::vector<CallNode>& nodes, ::console::Map& map) : nodes_{nodes}, map_{map} {
        std::unordered_map<std::string_view, std::set<NodeKind>> kinds;
        for (const auto& node : nodes) kinds[node.name].insert(node.kind);
        for (const auto& node : nodes) {
            const bool unique = kinds[node.name].size() == 1;
            const bool known = node.kind == NodeKind::remote && kinds[node.name].contains(NodeKind::service);
            if (node.kind == NodeKind::service || unique || known) {
                names_.push_back(node.name);
            } else {
                names_.push_back(node.name + " (" + std::string{node_kind_name(node.kind)} + ")");
            }
            if (!known) add(node);
        }
    }

    const std::string& name(std::uint32_t node) const { return names_[node]; }
    bool is_service(std::uint32_t node) const {
        const auto found = by_name_.find(names_[node]);
        return found != by_name_.end() && map_.nodes(found->second).kind() == node_kind_name(NodeKind::service);
    }

    void count(std::uint32_t node, const CallCell& cell) {
        const auto found = by_name_.find(names_[node]);
        if (found == by_name_.end()) return;
        auto* counted = map_.mutable_nodes(found->second);
        counted->set_calls(counted->calls() + static_cast<std::int64_t>(cell.calls()));
        counted->set_errors(counted->errors() + static_cast<std::int64_t>(cell.errors()));
    }

 private:
    void add(const CallNode& node) {
        by_name_.emplace(names_.back(), map_.nodes_size());
        auto* added = map_.add_nodes();
        added->set_name(names_.back());
        added->set_kind(std::string{node_kind_name(node.kind)});
    }

    const std::vector<CallNode>& nodes_;
    ::console::Map& map_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, int> by_name_;
};

/// Edges by the names of their nodes, in the order in which they appear.
class MapEdges {
 public:
    void add(const std::string& from, const std::string& to, const CallCell& cell) {
        const auto [found, added] = places_.try_emplace(std::pair{from, to}, cells_.size());
        if (added) cells_.emplace_back(&found->first, CallCell{});
        cells_[found->second].second.add(cell);
    }

    void write(::console::Map& map) const {
        for (const auto& [names, cell] : cells_) {
            auto* edge = map.add_edges();
            edge->set_from(names->first);
            edge->set_to(names->second);
            fill_counts(cell, *edge->mutable_counts());
        }
    }

 private:
    using Names = std::pair<std::string, std::string>;
    std::map<Names, std::size_t> places_;
    std::vector<std::pair<const Names*, CallCell>> cells_;
};

}  // namespace

class CallCounts::State {
 public:
    void add(std::span<const SpanRecord> spans, std::int64_t now_ns) {
        now_ns_ = std::max(now_ns_, now_ns);
        if (began_ns_ == 0) began_ns_ = now_ns;
        for (const auto& span : spans) add(span);
        while (auto alone = open_.take_expired(now_ns_)) {
            if (!alone->target.empty()) count_edge(*alone, names_.node(alone->target_kind, alone->target));
        }
    }

    void add_service(std::string_view name) { names_.node(NodeKind::service, name); }

    ::console::Map map(std::int64_t from_us, std::int64_t to_us) const {
        const auto to_ns = to_us == 0 ? std::numeric_limits<std::int64_t>::max() : saturated_ns(to_us);
        const auto cells = slots_.collect(saturated_ns(from_us), to_ns, names_.series().size());
        ::console::Map map;
        MapNodes nodes{names_.nodes(), map};
        MapEdges edges;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (cells[i].calls() > 0) add_series(names_.series()[i], cells[i], nodes, edges, map);
        }
        edges.write(map);
        std::ranges::sort(*map.mutable_operations(),
                          [](const auto& left, const auto& right) { return left.counts().calls() > right.counts().calls(); });
        const auto first_ns = slots_.first_ns() == 0 ? began_ns_ : slots_.first_ns();
        map.set_from_us(std::max(from_us, micros_of(first_ns)));
        map.set_to_us(to_us == 0 ? micros_of(now_ns_) : to_us);
        return map;
    }

 private:
    static std::int64_t saturated_ns(std::int64_t micros) {
        return std::min(micros, std::numeric_limits<std::int64_t>::max() / 1000) * 1000;
    }

    void add(const SpanRecord& span) {
        const auto service = service_node(span);
        const bool called = span.kind == kServer || span.kind == kConsumer;
        const bool work = span.kind <= kInternal && !span.has_parent();
        if (called || work) {
            const auto operation = names_.operation(service, span.name, called);
            slots_.add(operation, span.end_ns, now_ns_, outcome_of(span), span.duration_ns());
        }
        if (span.kind == kClient || span.kind == kProducer) add_call(span, service);
        if (called) add_served(span, service);
    }

    /// Spans of one sender follow each other.
    std::uint32_t service_node(const SpanRecord& span) {
        const auto name = service_of(span);
        if (service_ && names_.nodes()[*service_].name == name) return *service_;
        service_ = names_.node(NodeKind::service, name);
        return *service_;
    }

    /// Counts what a client or producer span says. A call to a database or a queue is counted at
    /// once, since nobody there sends a span.
    void add_call(const SpanRecord& span, std::uint32_t service) {
        ClientCall call{
            .service = service, .outcome = outcome_of(span), .duration_ns = span.duration_ns(), .end_ns = span.end_ns};
        if (const auto database = database_of(span); !database.empty()) {
            count_edge(call, names_.node(NodeKind::database, database));
            return;
        }
        auto queue = queue_of(span);
        if (span.kind == kProducer && !queue.empty()) {
            count_edge(call, names_.node(NodeKind::queue, queue));
            return;
        }
        call.target_kind = queue.empty() ? NodeKind::remote : NodeKind::queue;
        call.target = queue.empty() ? remote_of(span) : std::move(queue);
        const auto known = call;
        const auto server = open_.add_client({span.trace_id, span.span_id}, std::move(call), now_ns_);
        if (server) count_edge(known, *server);
    }

    /// Counts what a server or consumer span says about its caller.
    void add_served(const SpanRecord& span, std::uint32_t service) {
        if (const auto queue = queue_of(span); span.kind == kConsumer && !queue.empty()) {
            const auto from = names_.node(NodeKind::queue, queue);
            slots_.add(names_.edge(from, service), span.end_ns, now_ns_, outcome_of(span), span.duration_ns());
            return;
        }
        if (!span.has_parent()) return;
        const auto client = open_.add_server({span.trace_id, span.parent_span_id}, service, now_ns_);
        if (client) count_edge(*client, service);
    }

    /// A service that calls itself makes no edge.
    void count_edge(const ClientCall& call, std::uint32_t target) {
        if (call.service == target) return;
        slots_.add(names_.edge(call.service, target), call.end_ns, now_ns_, call.outcome, call.duration_ns);
    }

    static void add_series(const CallSeries& series, const CallCell& cell, MapNodes& nodes, MapEdges& edges,
                           ::console::Map& map) {
        if (series.kind == CallSeries::Kind::operation) {
            auto* operation = map.add_operations();
            operation->set_service(nodes.name(series.node));
            operation->set_name(series.name);
            fill_counts(cell, *operation->mutable_counts());
            if (series.served) nodes.count(series.node, cell);
            return;
        }
        edges.add(nodes.name(series.node), nodes.name(series.target), cell);
        // Services count the calls that they serve by themselves.
        if (!nodes.is_service(series.target)) nodes.count(series.target, cell);
    }

    CallNames names_;
    CallSlots slots_;
    OpenCalls open_;
    std::optional<std::uint32_t> service_;
    std::int64_t began_ns_ = 0;
    std::int64_t now_ns_ = 0;
};

CallCounts::CallCounts() : state_{std::make_unique<State>()} {}
CallCounts::~CallCounts() = default;

void CallCounts::add(std::span<const SpanRecord> spans, std::int64_t now_ns) { state_->add(spans, now_ns); }

void CallCounts::add_service(std::string_view name) { state_->add_service(name); }

::console::Map CallCounts::map(std::int64_t from_us, std::int64_t to_us) const { return state_->map(from_us, to_us); }

}  // namespace tw::console
