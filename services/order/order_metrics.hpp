#pragma once

#include "kit/base/money.hpp"
#include "kit/telemetry/metrics.hpp"
#include "services/order/order.hpp"

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::order {

inline constexpr telemetry::Instrument kOrdersCreated{"shop.orders.created", "{order}", "Orders placed.",
                                                      telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kOrdersValue{"shop.orders.value", "{minor_unit}",
                                                    "Totals of the orders placed, in the minor unit of shop.currency.",
                                                    telemetry::InstrumentKind::counter};

inline constexpr telemetry::Instrument kOrdersEnded{"shop.orders.ended", "{order}",
                                                    "Orders after which nothing more will happen, by their last status.",
                                                    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kCheckoutDuration{
    "shop.checkout.duration", "s", "How long it takes from the request to pay an order until the outcome is known.",
    telemetry::InstrumentKind::histogram, telemetry::kDurationBounds};

/// Counts orders and their totals. Each loop has its own instance.
class OrderMetrics {
 public:
    explicit OrderMetrics(telemetry::Meter& meter) : meter_{meter}, created_{meter.counter(kOrdersCreated)} {}

    void placed(const Money& total);
    /// An order has reached a status that it keeps.
    void ended(Status status);
    /// An attempt to pay has an outcome: "paid", "authorized", or the reason of its failure.
    void checkout(std::string_view outcome, std::chrono::microseconds duration);

 private:
    telemetry::Meter& meter_;
    telemetry::Counter created_;
    /// The series of each currency. A shop has few currencies.
    std::vector<std::pair<Currency, telemetry::Counter>> value_;
};

}  // namespace tw::order
