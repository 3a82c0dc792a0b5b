#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::payment {

inline constexpr telemetry::Instrument kPaymentsAuthorized{"shop.payments.authorized", "{payment}",
                                                           "Payments that the provider authorised, captured or not.",
                                                           telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kPaymentsDeclined{"shop.payments.declined", "{payment}",
                                                         "Payments that the provider refused, by its reason as error.type.",
                                                         telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kPaymentsConflicted{
    "shop.payments.conflicted", "{payment}", "Payments for which the provider has another amount than was asked for.",
    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kPaymentsReconciled{
    "shop.payments.reconciled", "{payment}",
    "Questions of the reconciler, by the payment's status afterwards, or \"unknown\", as shop.payment.outcome.",
    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kPaymentsUnsettled{"shop.payments.unsettled", "{payment}",
                                                          "Payments whose outcome at the provider is not known.",
                                                          telemetry::InstrumentKind::gauge};
inline constexpr telemetry::Instrument kPaymentsUnsettledAge{"shop.payments.unsettled.age", "s",
                                                             "Time since the oldest unsettled payment was last changed.",
                                                             telemetry::InstrumentKind::gauge};

}  // namespace tw::payment
