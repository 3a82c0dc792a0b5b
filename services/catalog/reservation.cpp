#include "services/catalog/reservation.hpp"

#include <algorithm>
#include <utility>

namespace tw::catalog {
namespace {

constexpr std::array kReservationStatusNames{
    std::pair{ReservationStatus::held, std::string_view{"held"}},
    std::pair{ReservationStatus::committed, std::string_view{"committed"}},
    std::pair{ReservationStatus::released, std::string_view{"released"}},
    std::pair{ReservationStatus::expired, std::string_view{"expired"}},
};

}  // namespace

std::string_view status_name(ReservationStatus status) {
    for (const auto& [known, name] : kReservationStatusNames) {
        if (known == status) return name;
    }
    return {};
}

std::optional<ReservationStatus> parse_reservation_status(std::string_view name) {
    for (const auto& [status, known] : kReservationStatusNames) {
        if (known == name) return status;
    }
    return std::nullopt;
}

bool holds(const Reservation& reservation, const std::vector<LineRequest>& lines) {
    return std::ranges::equal(reservation.lines, lines, [](const ReservedLine& held, const LineRequest& wanted) {
        return held.product_id.text() == wanted.product_id && held.quantity == wanted.quantity;
    });
}

}  // namespace tw::catalog
