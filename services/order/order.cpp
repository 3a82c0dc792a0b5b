#include "services/order/order.hpp"

#include "kit/base/enum_names.hpp"
#include "services/order/reasons.hpp"

#include <algorithm>
#include <utility>

namespace tw::order {
namespace {

constexpr auto kStatusNames = enum_names<Status>({{Status::pending, "pending"},
                                                  {Status::confirmed, "confirmed"},
                                                  {Status::fulfilled, "fulfilled"},
                                                  {Status::completed, "completed"},
                                                  {Status::canceling, "canceling"},
                                                  {Status::canceled, "canceled"},
                                                  {Status::expired, "expired"}});

constexpr auto kPaymentStatusNames = enum_names<PaymentStatus>({{PaymentStatus::none, "none"},
                                                                {PaymentStatus::processing, "processing"},
                                                                {PaymentStatus::authorized, "authorized"},
                                                                {PaymentStatus::paid, "paid"},
                                                                {PaymentStatus::partially_refunded, "partially_refunded"},
                                                                {PaymentStatus::refunded, "refunded"},
                                                                {PaymentStatus::failed, "failed"}});

constexpr auto kCaptureNames =
    enum_names<Capture>({{Capture::automatic, "automatic"}, {Capture::on_fulfilment, "on_fulfilment"}});

Error too_large() {
    return Error{Code::failed_precondition, reason::kAmountTooLarge, "the total is larger than any amount can be"};
}

}  // namespace

std::string_view status_name(Status status) { return kStatusNames.name_of(status); }
std::optional<Status> parse_status(std::string_view name) { return kStatusNames.parse(name); }
std::string_view payment_status_name(PaymentStatus status) { return kPaymentStatusNames.name_of(status); }
std::optional<PaymentStatus> parse_payment_status(std::string_view name) { return kPaymentStatusNames.parse(name); }
std::string_view capture_name(Capture capture) { return kCaptureNames.name_of(capture); }
std::optional<Capture> parse_capture(std::string_view name) { return kCaptureNames.parse(name); }

Result<Totals> add_up(const std::vector<Line>& lines) {
    const Money nothing{0, lines.front().unit_price.currency()};
    Money subtotal = nothing;
    for (const auto& line : lines) {
        if (line.unit_price.currency() != nothing.currency()) {
            return Error{Code::failed_precondition, reason::kCurrencyMixed, "the products' prices are in different currencies"};
        }
        const auto price = line.unit_price.times(line.quantity);
        const auto sum = price ? subtotal.plus(*price) : std::nullopt;
        if (!sum) return too_large();
        subtotal = *sum;
    }
    return Totals{.subtotal = subtotal, .shipping = nothing, .tax = nothing, .total = subtotal};
}

Order changed(Order order, Timestamp now) {
    order.updated_at = std::max(now, order.updated_at + std::chrono::microseconds{1});
    ++order.version;
    return order;
}

Result<Order> after(Order order, Event event, Timestamp now) {
    const auto status = next(order.status, event);
    if (!status) return illegal_transition("an order", status_name(order.status));
    order.status = *status;
    return changed(std::move(order), now);
}

}  // namespace tw::order
