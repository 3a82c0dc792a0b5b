#include "services/order/order_messages.hpp"

#include "services/mapping/money.hpp"

namespace tw::order {
namespace {

/// For how much longer than the order waits for its payment its stock is reserved. A payment that
/// is begun in the last moment then still finds the stock.
constexpr std::chrono::minutes kReservedLonger{5};

}  // namespace

::order::Order to_proto(const Order& order) {
    ::order::Order message;
    message.set_id(order.id.to_string());
    message.set_user_id(order.user_id.to_string());
    if (!order.lines.empty()) {
        message.set_product_id(order.lines.front().product_id);
        message.set_quantity(order.lines.front().quantity);
    }
    message.set_status(std::string{status_name(order.status)});
    message.set_created_at(order.created_at.to_string());
    for (const auto& line : order.lines) {
        auto& added = *message.add_lines();
        added.set_product_id(line.product_id);
        added.set_name(line.name);
        *added.mutable_unit_price() = tw::to_proto(line.unit_price);
        added.set_quantity(line.quantity);
    }
    *message.mutable_subtotal() = tw::to_proto(order.totals.subtotal);
    *message.mutable_shipping() = tw::to_proto(order.totals.shipping);
    *message.mutable_tax() = tw::to_proto(order.totals.tax);
    *message.mutable_total() = tw::to_proto(order.totals.total);
    message.set_payment_id(order.payment_id);
    message.set_payment_status(std::string{payment_status_name(order.payment_status)});
    message.set_reason(order.reason);
    message.set_expires_at(order.expires_at.to_string());
    message.set_updated_at(order.updated_at.to_string());
    message.set_version(order.version);
    if (order.capture) message.set_capture(std::string{capture_name(*order.capture)});
    message.set_tracking(order.tracking);
    return message;
}

::catalog::ReserveRequest reserve_request(OrderId id, const OrderDraft& draft, std::chrono::seconds payment_window) {
    ::catalog::ReserveRequest request;
    request.set_order_id(id.to_string());
    for (const auto& line : draft.lines) {
        auto& added = *request.add_lines();
        added.set_product_id(line.product_id);
        added.set_quantity(line.quantity);
    }
    request.set_ttl_seconds(static_cast<std::int32_t>((payment_window + kReservedLonger).count()));
    return request;
}

Result<std::vector<Line>> read_lines(const ::catalog::Reservation& reservation, const OrderDraft& draft) {
    std::vector<Line> lines;
    for (const auto& line : reservation.lines()) {
        auto unit_price = read_answered(line.unit_price());
        if (!unit_price) return std::move(unit_price).error();
        lines.push_back(
            {.product_id = line.product_id(), .name = line.name(), .unit_price = *unit_price, .quantity = line.quantity()});
    }
    if (lines.size() != draft.lines.size()) return internal("the catalogue reserved other lines than those of the order");
    return lines;
}

}  // namespace tw::order
