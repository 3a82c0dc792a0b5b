#include "services/order/order.hpp"

#include <utility>

namespace tw::order {
namespace {

constexpr std::array kStatusNames{
    std::pair{Status::pending, std::string_view{"pending"}},     std::pair{Status::confirmed, std::string_view{"confirmed"}},
    std::pair{Status::fulfilled, std::string_view{"fulfilled"}}, std::pair{Status::completed, std::string_view{"completed"}},
    std::pair{Status::canceling, std::string_view{"canceling"}}, std::pair{Status::canceled, std::string_view{"canceled"}},
    std::pair{Status::expired, std::string_view{"expired"}},
};

constexpr std::array kPaymentStatusNames{
    std::pair{PaymentStatus::none, std::string_view{"none"}},
    std::pair{PaymentStatus::processing, std::string_view{"processing"}},
    std::pair{PaymentStatus::authorized, std::string_view{"authorized"}},
    std::pair{PaymentStatus::paid, std::string_view{"paid"}},
    std::pair{PaymentStatus::partially_refunded, std::string_view{"partially_refunded"}},
    std::pair{PaymentStatus::refunded, std::string_view{"refunded"}},
    std::pair{PaymentStatus::failed, std::string_view{"failed"}},
};

template <class Names, class Status>
std::string_view name_in(const Names& names, Status status) {
    for (const auto& [known, name] : names) {
        if (known == status) return name;
    }
    return {};
}

template <class Status, class Names>
std::optional<Status> find_in(const Names& names, std::string_view name) {
    for (const auto& [status, known] : names) {
        if (known == name) return status;
    }
    return std::nullopt;
}

Error too_large() { return Error{Code::failed_precondition, "AMOUNT_TOO_LARGE", "the total is larger than any amount can be"}; }

}  // namespace

std::string_view status_name(Status status) { return name_in(kStatusNames, status); }
std::optional<Status> parse_status(std::string_view name) { return find_in<Status>(kStatusNames, name); }
std::string_view payment_status_name(PaymentStatus status) { return name_in(kPaymentStatusNames, status); }
std::optional<PaymentStatus> parse_payment_status(std::string_view name) {
    return find_in<PaymentStatus>(kPaymentStatusNames, name);
}

Result<Totals> add_up(const std::vector<Line>& lines) {
    const Money nothing{0, lines.front().unit_price.currency()};
    Money subtotal = nothing;
    for (const auto& line : lines) {
        if (line.unit_price.currency() != nothing.currency()) {
            return Error{Code::failed_precondition, "CURRENCY_MIXED", "the products' prices are in different currencies"};
        }
        const auto price = line.unit_price.times(line.quantity);
        const auto sum = price ? subtotal.plus(*price) : std::nullopt;
        if (!sum) return too_large();
        subtotal = *sum;
    }
    return Totals{.subtotal = subtotal, .shipping = nothing, .tax = nothing, .total = subtotal};
}

Result<Order> after(Order order, Event event, Timestamp now) {
    const auto status = next(order.status, event);
    if (!status) {
        return Error{Code::failed_precondition, "ILLEGAL_TRANSITION",
                     "an order that is " + std::string{status_name(order.status)} + " does not allow this"};
    }
    order.status = *status;
    order.updated_at = now;
    ++order.version;
    return order;
}

}  // namespace tw::order
