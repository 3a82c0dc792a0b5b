#pragma once

#include "kit/base/random.hpp"
#include "kit/telemetry/metrics.hpp"
#include "proto/order.tw.hpp"
#include "shipment_store.hpp"
#include "shipping.tw.hpp"

#include <cstdint>
#include <string>

namespace shipping {

/// What can be set for the service: members with their defaults.
struct ShippingSettings {
    std::string tracking_prefix = "TW";
    std::int64_t listed_max = 100;
};

inline constexpr tw::telemetry::Instrument kShipmentsCreated{"shipping.shipments.created", "{shipment}",
                                                             "Shipments that were handed to a carrier.",
                                                             tw::telemetry::InstrumentKind::counter};

/// The methods of the contract. Each event loop has its own instance, so that it needs no lock.
class ShippingService final : public v1::ShippingService {
 public:
    ShippingService(ShipmentStore& shipments, tw::rpc::Channel& orders, ShippingSettings settings, const tw::Clock& clock,
                    tw::Random& random, tw::telemetry::Telemetry telemetry)
        : shipments_{shipments},
          orders_{orders},
          settings_{std::move(settings)},
          clock_{clock},
          random_{random},
          telemetry_{telemetry},
          created_{telemetry.meter.counter(kShipmentsCreated)} {}

    tw::Task<tw::Result<v1::Shipment>> create_shipment(const tw::CallContext& ctx,
                                                       const v1::CreateShipmentRequest& request) override;
    tw::Task<tw::Result<v1::Shipment>> get_shipment(const tw::CallContext& ctx, const v1::GetShipmentRequest& request) override;
    tw::Task<tw::Result<v1::ListShipmentsResponse>> list_shipments(const tw::CallContext& ctx,
                                                                   const v1::ListShipmentsRequest& request) override;
    tw::Task<tw::Result<v1::Shipment>> mark_delivered(const tw::CallContext& ctx,
                                                      const v1::MarkDeliveredRequest& request) override;

 private:
    /// Asks the order service whether the order may be sent.
    tw::Task<tw::Result<void>> check_order(const tw::CallContext& ctx, OrderId id);
    /// Hands the shipment to its carrier and returns the tracking number.
    tw::Task<tw::Result<std::string>> book(const tw::CallContext& ctx, const Shipment& shipment);

    ShipmentStore& shipments_;
    order::OrderServiceClient orders_;
    ShippingSettings settings_;
    const tw::Clock& clock_;
    tw::Random& random_;
    tw::telemetry::Telemetry telemetry_;
    tw::telemetry::Counter created_;
};

}  // namespace shipping
