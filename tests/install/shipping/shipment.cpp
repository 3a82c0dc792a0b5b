#include "shipment.hpp"

namespace shipping {

std::string_view status_name(Status status) { return status == Status::delivered ? "delivered" : "on_its_way"; }

std::optional<Status> parse_status(std::string_view name) {
    for (const auto status : {Status::on_its_way, Status::delivered}) {
        if (status_name(status) == name) return status;
    }
    return std::nullopt;
}

bool can_be_shipped(std::string_view order_status) {
    return order_status != "canceling" && order_status != "canceled" && order_status != "expired";
}

std::string tracking_number(std::string_view prefix, ShipmentId id) {
    constexpr std::size_t kRandomEnd = 12;
    const auto text = id.to_string();
    return std::string{prefix} + text.substr(text.size() - kRandomEnd);
}

}  // namespace shipping
