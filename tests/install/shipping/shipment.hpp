#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shipping {

struct Shipment;
using ShipmentId = tw::Id<Shipment>;
/// The id of an order, which the order service keeps.
using OrderId = tw::Id<struct Order>;

enum class Status : std::uint8_t { on_its_way, delivered };

std::string_view status_name(Status status);
std::optional<Status> parse_status(std::string_view name);

struct Shipment {
    ShipmentId id;
    OrderId order_id;
    std::string carrier;
    std::string address;
    Status status = Status::on_its_way;
    std::string tracking;
    tw::Timestamp created_at;
    std::int64_t version = 1;
};

/// Whether an order in this status may be sent.
bool can_be_shipped(std::string_view order_status);

/// Returns the number by which a customer follows a parcel: the prefix and the end of the id.
std::string tracking_number(std::string_view prefix, ShipmentId id);

}  // namespace shipping
