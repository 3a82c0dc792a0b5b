#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::payment {

inline constexpr telemetry::Instrument kPaymentsAuthorized{"shop.payments.authorized", "{payment}",
                                                           "Payments that the provider granted, captured at once or not.",
                                                           telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kPaymentsDeclined{"shop.payments.declined", "{payment}",
                                                         "Payments that the provider refused, by its reason as error.type.",
                                                         telemetry::InstrumentKind::counter};

}  // namespace tw::payment
