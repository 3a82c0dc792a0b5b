#include "services/order/order_events.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/json_text.hpp"
#include "kit/outbox/outbox.hpp"
#include "services/mapping/actor.hpp"
#include "services/order/order_store.hpp"

#include <cstddef>
#include <string>

namespace tw::order {
namespace {

/// Longer than nearly every payload, so that one allocation is enough.
constexpr std::size_t kPayloadBytes = 512;

std::string trace_id_of(const CallContext& ctx) {
    if (!ctx.trace().valid()) return {};
    const auto& trace_id = ctx.trace().trace_id;
    std::string hex(2 * trace_id.size(), '\0');
    write_hex(trace_id, hex.data());
    return hex;
}

void add_event(sql::Unit& unit, const CallContext& ctx, Random& random, const OrderChange& change, std::string_view actor) {
    outbox::add(unit, ctx, random,
                {.stream = kOrderStream,
                 .type = change.type,
                 .aggregate_id = change.order.id.to_string(),
                 .payload = payload_of(ctx, change, actor),
                 .at = change.order.updated_at});
}

}  // namespace

std::string caller_name(const CallContext& ctx) { return actor_of(ctx.principal()); }

std::string payload_of(const CallContext& ctx, const OrderChange& change, std::string_view actor) {
    // The text is written without the message, which would cost four times as much for each change.
    const auto& order = change.order;
    std::string json;
    json.reserve(kPayloadBytes);
    json += '{';
    append_json_member(json, "type", change.type);
    append_json_member(json, "at", order.updated_at.to_string());
    append_json_member(json, "actor", actor);
    append_json_member(json, "status", status_name(order.status));
    append_json_member(json, "payment_status", payment_status_name(order.payment_status));
    append_json_member(json, "payment_id", order.payment_id);
    append_json_member(json, "reason", order.reason);
    append_json_member(json, "trace_id", trace_id_of(ctx));
    append_json_name(json, "version");
    json += std::to_string(order.version);
    append_json_member(json, "order_id", order.id.to_string());
    json += '}';
    return json;
}

void record(sql::Unit& unit, const CallContext& ctx, Random& random, const OrderChange& change, std::string_view actor) {
    OrderStore::update(unit, change.order);
    add_event(unit, ctx, random, change, actor);
}

void record_new(sql::Unit& unit, const CallContext& ctx, Random& random, const Order& order, std::string_view actor) {
    OrderStore::insert(unit, order);
    add_event(unit, ctx, random, {order, kOrderCreated}, actor);
}

}  // namespace tw::order
