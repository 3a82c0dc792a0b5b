#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::catalog {

inline constexpr telemetry::Instrument kStockReserved{"shop.stock.reserved", "{item}", "Items reserved for orders.",
                                                      telemetry::InstrumentKind::counter};

}  // namespace tw::catalog
