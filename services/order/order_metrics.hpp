#pragma once

#include "kit/base/money.hpp"
#include "kit/telemetry/metrics.hpp"

#include <utility>
#include <vector>

namespace tw::order {

inline constexpr telemetry::Instrument kOrdersCreated{"shop.orders.created", "{order}", "Orders placed.",
                                                      telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kOrdersValue{"shop.orders.value", "{minor_unit}",
                                                    "Totals of the orders placed, in the minor unit of shop.currency.",
                                                    telemetry::InstrumentKind::counter};

/// Counts orders and their totals. Each loop has its own instance.
class OrderMetrics {
 public:
    explicit OrderMetrics(telemetry::Meter& meter) : meter_{meter}, created_{meter.counter(kOrdersCreated)} {}

    void placed(const Money& total);

 private:
    telemetry::Meter& meter_;
    telemetry::Counter created_;
    /// The series of each currency. A shop has few currencies.
    std::vector<std::pair<Currency, telemetry::Counter>> value_;
};

}  // namespace tw::order
