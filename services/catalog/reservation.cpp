#include "services/catalog/reservation.hpp"

#include "kit/base/enum_names.hpp"

#include <algorithm>

namespace tw::catalog {
namespace {

constexpr auto kReservationStatusNames = enum_names<ReservationStatus>({{ReservationStatus::held, "held"},
                                                                        {ReservationStatus::committed, "committed"},
                                                                        {ReservationStatus::released, "released"},
                                                                        {ReservationStatus::expired, "expired"},
                                                                        {ReservationStatus::restocked, "restocked"}});

}  // namespace

std::string_view status_name(ReservationStatus status) { return kReservationStatusNames.name_of(status); }
std::optional<ReservationStatus> parse_reservation_status(std::string_view name) { return kReservationStatusNames.parse(name); }

bool has_lines(const Reservation& reservation, const std::vector<LineRequest>& lines) {
    return std::ranges::equal(reservation.lines, lines, [](const ReservedLine& line, const LineRequest& wanted) {
        return line.product_id.text() == wanted.product_id && line.quantity == wanted.quantity;
    });
}

}  // namespace tw::catalog
