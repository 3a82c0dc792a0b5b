#pragma once

#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/base/result.hpp"
#include "kit/durable/flow.hpp"
#include "kit/sql/statement.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "proto/catalog.tw.hpp"
#include "proto/payment.tw.hpp"
#include "services/order/order_changes.hpp"
#include "services/order/order_metrics.hpp"
#include "services/order/order_store.hpp"

#include <functional>
#include <string>

namespace tw::order {

/// What the flows of orders work with. It belongs to one loop and outlives the flows.
struct FlowParts {
    OrderStore& orders;
    ::payment::PaymentServiceClient payments;
    ::catalog::CatalogServiceClient catalog;
    const Clock& clock;
    Random& random;
    telemetry::Telemetry telemetry;
    OrderMetrics& metrics;
};

/// Options of a step that asks another service. The service gives the same answer to the same step
/// again, so the answer needs no commit of its own. An error that may pass is waited out for about
/// a day. After that the flow is parked.
durable::StepOptions patient_step();

/// Options of a step that must succeed: every error lets it run again. After about ten minutes the
/// flow is parked, so that somebody looks at it.
durable::StepOptions compensating_step();

/// Returns what an order shows as the reason of a failed payment: the provider's code if the
/// provider has declined.
std::string reason_shown(const Error& error);

/// Cancels the order's payment in the payment service. Fails if the payment was captured meanwhile,
/// and with FAILED_PRECONDITION (PAYMENT_DECLINED) if the provider refuses.
Task<Result<durable::Done>> void_payment(const CallContext& ctx, FlowParts& parts, std::string payment_id, std::string reason);

/// Captures the payment. Fails with FAILED_PRECONDITION (PAYMENT_DECLINED) if the provider refuses;
/// the detail is the provider's code.
Task<Result<durable::Done>> capture_payment(const CallContext& ctx, FlowParts& parts, std::string payment_id);

/// Releases the stock that is reserved for the order, or puts back what was taken for it. Succeeds
/// if there is none.
Task<Result<durable::Done>> return_stock(const CallContext& ctx, FlowParts& parts, OrderId id, std::string reason);

/// Reads the order without its lines, decides its change, and returns the unit of the change and
/// its event, for `commit` and `finish`. If `decide` refuses, its error is the answer.
using Decision = std::function<Result<OrderChange>(Order order)>;
Task<Result<sql::Unit>> change_order(const CallContext& ctx, FlowParts& parts, OrderId id, Decision decide);

}  // namespace tw::order
