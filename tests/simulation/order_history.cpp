#include "tests/simulation/order_history.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

/// Every change of status that an order may make. It is written here a second time, so that nothing
/// comes from the code under test.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kChanges{{{"pending", "confirmed"},
                                                                                 {"pending", "expired"},
                                                                                 {"pending", "canceling"},
                                                                                 {"confirmed", "canceling"},
                                                                                 {"canceling", "canceled"},
                                                                                 {"confirmed", "fulfilled"},
                                                                                 {"fulfilled", "completed"}}};
/// The clock of a service may be ahead by so much.
constexpr std::int64_t kAheadMicros = 31'000'000;

}  // namespace

bool is_final(std::string_view status) { return status == "canceled" || status == "expired" || status == "completed"; }

bool may_become(std::string_view before, std::string_view after) {
    if (before == after) return true;
    return std::ranges::any_of(kChanges,
                               [&](const auto& change) { return change.first == before && may_become(change.second, after); });
}

std::optional<std::string> fault_of_status(const Journal::Order& order, const std::string& status,
                                           const std::string& payment_status, std::int64_t now) {
    if (!order.status.empty() && !may_become(order.status, status))
        return fmt::format("is {} after it was {}", status, order.status);
    if (order.payment_status == "paid" && payment_status != "paid")
        return fmt::format("has the payment status {} after it was paid", payment_status);
    if ((status == "canceling" || status == "canceled") && !order.cancel_asked)
        return "is " + status + ", which nobody asked for";
    if (status == "confirmed" && !order.pay_asked) return "is confirmed, and nobody has paid it";
    if (status == "fulfilled" && !order.fulfil_asked) return "is fulfilled, which nobody asked for";
    if (status == "completed" && !order.complete_asked) return "is completed, which nobody asked for";
    if (payment_status != "none" && !order.pay_asked)
        return "has the payment status " + payment_status + ", and nobody has paid it";
    if (status == "expired" && order.expires_at > now + kAheadMicros) return "is expired before its time";
    return std::nullopt;
}

}  // namespace tw::shop
