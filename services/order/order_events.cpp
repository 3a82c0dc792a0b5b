#include "services/order/order_events.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/outbox/outbox.hpp"
#include "services/mapping/actor.hpp"
#include "services/order/order_store.hpp"

#include <string>

namespace tw::order {
namespace {

std::string trace_id_of(const CallContext& ctx) {
    if (!ctx.trace().valid()) return {};
    const auto& trace_id = ctx.trace().trace_id;
    std::string hex(2 * trace_id.size(), '\0');
    write_hex(trace_id, hex.data());
    return hex;
}

void add_event(sql::Unit& unit, const CallContext& ctx, Random& random, const OrderChange& change, std::string_view actor) {
    std::string payload;
    http::write_json(entry_of(ctx, change, actor), payload);
    outbox::add(unit, ctx, random,
                {.stream = kOrderStream,
                 .type = change.type,
                 .aggregate_id = change.order.id.to_string(),
                 .payload = std::move(payload),
                 .at = change.order.updated_at});
}

}  // namespace

std::string caller_name(const CallContext& ctx) { return actor_of(ctx.principal()); }

::order::TimelineEntry entry_of(const CallContext& ctx, const OrderChange& change, std::string_view actor) {
    const auto& order = change.order;
    ::order::TimelineEntry entry;
    entry.set_type(std::string{change.type});
    entry.set_at(order.updated_at.to_string());
    entry.set_actor(std::string{actor});
    entry.set_status(std::string{status_name(order.status)});
    entry.set_payment_status(std::string{payment_status_name(order.payment_status)});
    entry.set_payment_id(order.payment_id);
    entry.set_reason(order.reason);
    entry.set_trace_id(trace_id_of(ctx));
    entry.set_version(order.version);
    entry.set_order_id(order.id.to_string());
    return entry;
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
