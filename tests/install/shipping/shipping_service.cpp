#include "shipping_service.hpp"

#include <utility>

namespace shipping {
namespace {

v1::Shipment to_proto(const Shipment& shipment) {
    v1::Shipment message;
    message.set_id(shipment.id.to_string());
    message.set_order_id(shipment.order_id.to_string());
    message.set_carrier(shipment.carrier);
    message.set_address(shipment.address);
    message.set_status(std::string{status_name(shipment.status)});
    message.set_tracking(shipment.tracking);
    message.set_created_at(shipment.created_at.to_string());
    message.set_version(shipment.version);
    return message;
}

tw::Error order_not_found() {
    return tw::Error{tw::Code::invalid_argument, "ORDER_NOT_FOUND", "There is no such order."}.with_violation(
        "/order_id", "There is no such order.");
}

}  // namespace

tw::Task<tw::Result<v1::Shipment>> ShippingService::create_shipment(const tw::CallContext& ctx,
                                                                    const v1::CreateShipmentRequest& request) {
    const auto order_id = OrderId::parse(request.order_id());
    // A malformed id names no order.
    if (!order_id) co_return order_not_found();
    if (auto checked = co_await check_order(ctx, *order_id); !checked) co_return std::move(checked).error();

    const auto now = clock_.now();
    Shipment shipment{.id = ShipmentId{random_.uuid_v7(now)},
                      .order_id = *order_id,
                      .carrier = request.carrier(),
                      .address = request.address(),
                      .tracking = {},
                      .created_at = now};
    auto tracking = co_await book(ctx, shipment);
    if (!tracking) co_return std::move(tracking).error();
    shipment.tracking = std::move(*tracking);
    if (auto stored = co_await shipments_.insert(ctx, shipment); !stored) co_return std::move(stored).error();
    created_.add();
    co_return to_proto(shipment);
}

tw::Task<tw::Result<void>> ShippingService::check_order(const tw::CallContext& ctx, OrderId id) {
    order::GetOrderRequest request;
    request.set_id(id.to_string());
    const auto order = co_await orders_.get_order(ctx, request);
    if (!order && order.error().code() == tw::Code::not_found) co_return order_not_found();
    if (!order) co_return order.error();
    if (!can_be_shipped(order->status())) {
        co_return tw::Error{tw::Code::failed_precondition, "ORDER_NOT_SHIPPABLE", "The order is " + order->status() + "."};
    }
    co_return tw::Result<void>{};
}

tw::Task<tw::Result<std::string>> ShippingService::book(const tw::CallContext& ctx, const Shipment& shipment) {
    auto span = telemetry_.tracer.start(ctx, "shipping.book", tw::telemetry::SpanKind::internal);
    span.set("shipping.carrier", shipment.carrier);
    // A call to the carrier's API would stand here. It takes span.context(), so that its span is a
    // child of this one.
    co_return tracking_number(settings_.tracking_prefix, shipment.id);
}

tw::Task<tw::Result<v1::Shipment>> ShippingService::get_shipment(const tw::CallContext& ctx,
                                                                 const v1::GetShipmentRequest& request) {
    const auto id = ShipmentId::parse(request.id());
    if (!id) co_return tw::not_found("shipment", request.id());
    const auto shipment = co_await shipments_.find(ctx, *id);
    if (!shipment) co_return shipment.error();
    co_return to_proto(*shipment);
}

tw::Task<tw::Result<v1::ListShipmentsResponse>> ShippingService::list_shipments(const tw::CallContext& ctx,
                                                                                const v1::ListShipmentsRequest& request) {
    v1::ListShipmentsResponse response;
    const auto order_id = OrderId::parse(request.order_id());
    if (!order_id) co_return response;
    const auto shipments = co_await shipments_.list(ctx, *order_id, settings_.listed_max);
    if (!shipments) co_return shipments.error();
    for (const auto& shipment : *shipments) *response.add_shipments() = to_proto(shipment);
    co_return response;
}

tw::Task<tw::Result<v1::Shipment>> ShippingService::mark_delivered(const tw::CallContext& ctx,
                                                                   const v1::MarkDeliveredRequest& request) {
    const auto id = ShipmentId::parse(request.id());
    if (!id) co_return tw::not_found("shipment", request.id());
    auto shipment = co_await shipments_.find(ctx, *id);
    if (!shipment) co_return std::move(shipment).error();
    if (shipment->status == Status::delivered) co_return to_proto(*shipment);

    shipment->status = Status::delivered;
    if (auto stored = co_await shipments_.update(ctx, *shipment); !stored) co_return std::move(stored).error();
    ++shipment->version;
    telemetry_.log.info(ctx, "shipment.delivered", {{"shipping.shipment.id", shipment->id.to_string()}},
                        "a shipment has arrived");
    co_return to_proto(*shipment);
}

}  // namespace shipping
