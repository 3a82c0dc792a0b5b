#include "services/order/flows/pay_order.hpp"

#include "kit/base/encoding.hpp"
#include "services/mapping/money.hpp"
#include "services/mapping/reasons.hpp"
#include "services/order/order_events.hpp"
#include "services/order/reasons.hpp"

#include <array>
#include <chrono>
#include <openssl/evp.h>
#include <sstream>
#include <utility>

namespace tw::order {
namespace {

using durable::Change;
using durable::Done;
using durable::Flow;

constexpr std::string_view kProcessing = "processing";

/// How a payment is asked for again while the payment service does not know its outcome. There is
/// no end to it in practice: the payment service finds the outcome out.
durable::StepOptions polling_step() {
    auto options = patient_step();
    options.retry_first = std::chrono::milliseconds{100};
    options.retry_last = std::chrono::seconds{5};
    options.attempts_max = 1'000'000;
    return options;
}

/// Makes the payment of the attempt, or finds it. Without a token the payment is not charged, and
/// a later call with the token is refused once the payment is canceled.
Task<Result<::payment::Payment>> create_payment(const CallContext& ctx, FlowParts& parts, const Payment& attempt,
                                                std::string_view token) {
    ::payment::CreatePaymentRequest request;
    request.set_order_id(attempt.order_id.to_string());
    request.set_user_id(attempt.user_id.to_string());
    *request.mutable_amount() = tw::to_proto(attempt.amount);
    request.set_attempt(attempt.attempt);
    request.set_capture_method("manual");
    request.set_payment_token(std::string{token});
    co_return co_await parts.payments.create_payment(ctx, request);
}

/// Returns the payment once its outcome is known. Until then it fails in a way that lets the step
/// run again.
Task<Result<::payment::Payment>> settled_payment(const CallContext& ctx, FlowParts& parts, std::string id) {
    ::payment::GetPaymentRequest request;
    request.set_id(std::move(id));
    auto payment = co_await parts.payments.get_payment(ctx, request);
    if (payment && payment->status() == kProcessing) co_return payment_in_progress();
    co_return payment;
}

Task<Result<Done>> commit_stock(const CallContext& ctx, FlowParts& parts, OrderId id) {
    ::catalog::CommitRequest request;
    request.set_order_id(id.to_string());
    const auto reservation = co_await parts.catalog.commit(ctx, request);
    if (!reservation) co_return reservation.error();
    co_return Done{};
}

/// Confirms the order. The answer is empty, or the reason why the payment must be voided: the stock
/// is gone, or the order is no longer pending.
Task<Result<Change<std::string>>> confirm_order(const CallContext& ctx, FlowParts& parts, const Payment& attempt,
                                                const std::string& payment_id, bool has_stock) {
    Change<std::string> change;
    change.answer = reason::kOutOfStock;
    if (!has_stock) co_return change;
    const auto decide = [&](Order order) { return confirm(std::move(order), payment_id, attempt.capture, parts.clock.now()); };
    auto unit = co_await change_order(ctx, parts, attempt.order_id, decide);
    if (!unit && unit.error().reason() != reason::kIllegalTransition) co_return std::move(unit).error();
    change.answer = unit ? std::string{} : unit.error().reason();
    if (unit) change.unit = *std::move(unit);
    co_return change;
}

/// The last step of an attempt after which nothing is charged.
Task<Result<Change<PaymentOutcome>>> record_failure(const CallContext& ctx, FlowParts& parts, OrderId id,
                                                    const std::string& payment_id, const std::string& why,
                                                    const PaymentOutcome& outcome) {
    const auto decide = [&](Order order) -> Result<OrderChange> {
        return fail_payment(std::move(order), payment_id, why, parts.clock.now());
    };
    auto unit = co_await change_order(ctx, parts, id, decide);
    if (!unit) co_return std::move(unit).error();
    Change<PaymentOutcome> change{.unit = *std::move(unit), .answer = outcome};
    co_return change;
}

Task<Result<Change<PaymentOutcome>>> record_capture(const CallContext& ctx, FlowParts& parts, OrderId id) {
    const auto decide = [&](Order order) -> Result<OrderChange> { return mark_paid(std::move(order), parts.clock.now()); };
    auto unit = co_await change_order(ctx, parts, id, decide);
    if (!unit) co_return std::move(unit).error();
    Change<PaymentOutcome> change{.unit = *std::move(unit), .answer = {}};
    co_return change;
}

/// Makes the payment, and waits until its outcome is known.
Task<Result<::payment::Payment>> authorize(Flow& flow, FlowParts& parts, const Payment& attempt) {
    auto payment = co_await flow.step(
        "create payment", [&](const CallContext& ctx) { return create_payment(ctx, parts, attempt, attempt.token); },
        patient_step());
    if (!payment || payment->status() != kProcessing) co_return payment;
    const std::string id = payment->id();
    co_return co_await flow.step(
        "await payment", [&](const CallContext& ctx) { return settled_payment(ctx, parts, id); }, polling_step());
}

/// Ends the flow with an attempt after which nothing is charged. `why` is the reason that the order
/// shows.
Task<Result<PaymentOutcome>> fail(Flow& flow, FlowParts& parts, const Payment& attempt, std::string payment_id, std::string why,
                                  PaymentOutcome outcome) {
    auto ended = co_await flow.finish("record failure", [&](const CallContext& ctx) {
        return record_failure(ctx, parts, attempt.order_id, payment_id, why, outcome);
    });
    if (ended) parts.metrics.checkout(ended->reason, parts.clock.now() - attempt.started_at);
    co_return ended;
}

/// Goes on with an authorised payment whose order cannot be confirmed.
Task<Result<PaymentOutcome>> give_back(Flow& flow, FlowParts& parts, const Payment& attempt, std::string payment_id,
                                       std::string why) {
    const auto voided = co_await flow.step(
        "void payment", [&](const CallContext& ctx) { return void_payment(ctx, parts, payment_id, why); }, compensating_step());
    if (!voided) co_return voided.error();
    PaymentOutcome outcome{.reason = why, .detail = "the order is no longer pending; the payment was voided"};
    if (why == reason::kOutOfStock) outcome.detail = "the stock was sold to others meanwhile; the payment was voided";
    co_return co_await fail(flow, parts, attempt, payment_id, why, outcome);
}

Task<Result<PaymentOutcome>> capture(Flow& flow, FlowParts& parts, const Payment& attempt, std::string payment_id) {
    const auto captured = co_await flow.step(
        "capture payment", [&](const CallContext& ctx) { return capture_payment(ctx, parts, payment_id); }, patient_step());
    if (!captured) {
        const auto why = reason_shown(captured.error());
        const PaymentOutcome outcome{.reason = captured.error().reason(), .detail = captured.error().detail()};
        parts.telemetry.log.log(telemetry::Severity::error, "order.capture_refused",
                                {{"shop.order.id", attempt.order_id.to_string()}, {"error.type", why}},
                                "the order is confirmed, and its payment cannot be captured");
        co_return co_await fail(flow, parts, attempt, payment_id, why, outcome);
    }
    auto ended = co_await flow.finish("record capture",
                                      [&](const CallContext& ctx) { return record_capture(ctx, parts, attempt.order_id); });
    if (ended) parts.metrics.checkout("paid", parts.clock.now() - attempt.started_at);
    co_return ended;
}

/// Returns whether the flow is the one that is changing the order's payment. Nobody else can end
/// that, so the answer stays true until the flow has done so.
Task<Result<bool>> has_order(const CallContext& ctx, FlowParts& parts, OrderId id, const std::string& flow_id) {
    const auto order = co_await parts.orders.find_without_lines(ctx, id);
    if (!order) co_return order.error();
    co_return order->active_flow == flow_id;
}

/// Cancels the payment. Returns false if it is captured already.
Task<Result<bool>> cancel_or_keep(const CallContext& ctx, FlowParts& parts, std::string payment_id) {
    const auto voided = co_await void_payment(ctx, parts, payment_id, std::string{reason::kFlowCanceled});
    if (voided) co_return true;
    if (voided.error().reason() != reason::kIllegalTransition) co_return voided.error();
    ::payment::GetPaymentRequest request;
    request.set_id(std::move(payment_id));
    const auto payment = co_await parts.payments.get_payment(ctx, request);
    if (!payment) co_return payment.error();
    if (payment->status() != "succeeded") co_return voided.error();
    co_return false;
}

}  // namespace

Task<Result<PaymentOutcome>> cancel_payment_attempt(Flow& flow, FlowParts& parts, Payment attempt) {
    const PaymentOutcome outcome{.reason = std::string{reason::kFlowCanceled}, .detail = "an operator has ended the payment"};
    const auto has = co_await flow.step(
        "look at order", [&](const CallContext& ctx) { return has_order(ctx, parts, attempt.order_id, flow.id()); },
        compensating_step());
    if (!has) co_return has.error();
    if (!*has) co_return PaymentOutcome{};
    const auto payment = co_await flow.step(
        "find payment", [&](const CallContext& ctx) { return create_payment(ctx, parts, attempt, {}); }, patient_step());
    std::string payment_id;
    if (payment) payment_id = payment->id();
    if (!payment_id.empty()) {
        const auto canceled = co_await flow.step(
            "cancel payment", [&](const CallContext& ctx) { return cancel_or_keep(ctx, parts, payment_id); }, polling_step());
        if (!canceled) co_return canceled.error();
        if (!*canceled) {
            co_return co_await flow.finish("record capture",
                                           [&](const CallContext& ctx) { return record_capture(ctx, parts, attempt.order_id); });
        }
    }
    co_return co_await fail(flow, parts, attempt, payment_id, outcome.reason, outcome);
}

std::string pay_flow_id(OrderId id, std::string_view token) {
    std::array<std::uint8_t, 32> digest{};
    EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string hex(32, '\0');
    write_hex(std::span{digest}.first(16), hex.data());
    return "pay/" + id.to_string() + "/" + hex;
}

Task<Result<PaymentOutcome>> pay_order(Flow& flow, FlowParts& parts, Payment attempt) {
    auto payment = co_await authorize(flow, parts, attempt);
    if (!payment) {
        const PaymentOutcome outcome{.reason = payment.error().reason(), .detail = payment.error().detail()};
        const std::string no_payment;
        co_return co_await fail(flow, parts, attempt, no_payment, outcome.reason, outcome);
    }
    const std::string payment_id = payment->id();
    if (payment->status() != "requires_capture" && payment->status() != "succeeded") {
        const std::string why = payment->last_error().empty() ? payment->status() : payment->last_error();
        const PaymentOutcome outcome{.reason = std::string{reason::kPaymentDeclined}, .detail = why};
        co_return co_await fail(flow, parts, attempt, payment_id, why, outcome);
    }

    const auto stock = co_await flow.step(
        "commit stock", [&](const CallContext& ctx) { return commit_stock(ctx, parts, attempt.order_id); }, patient_step());
    const bool has_stock = stock.has_value();
    const auto refusal = co_await flow.commit(
        "confirm order", [&](const CallContext& ctx) { return confirm_order(ctx, parts, attempt, payment_id, has_stock); });
    if (!refusal) co_return refusal.error();
    if (!refusal->empty()) co_return co_await give_back(flow, parts, attempt, payment_id, *refusal);
    if (attempt.capture == Capture::automatic) co_return co_await capture(flow, parts, attempt, payment_id);
    parts.metrics.checkout("authorized", parts.clock.now() - attempt.started_at);
    co_return PaymentOutcome{};
}

}  // namespace tw::order

std::string tw::durable::Codec<tw::order::Payment>::encode(const tw::order::Payment& payment) {
    std::ostringstream text;
    text << payment.order_id.to_string() << ' ' << payment.user_id.to_string() << ' ' << payment.amount.minor() << ' '
         << payment.amount.currency().code() << ' ' << payment.attempt << ' ' << tw::order::capture_name(payment.capture) << ' '
         << payment.started_at.unix_micros() << ' ' << tw::base64_encode(payment.token);
    return text.str();
}

tw::order::Payment tw::durable::Codec<tw::order::Payment>::decode(std::string_view text) {
    std::istringstream in{std::string{text}};
    std::string order, user, currency, capture, token;
    std::int64_t minor = 0, started_at = 0;
    std::int32_t attempt = 0;
    in >> order >> user >> minor >> currency >> attempt >> capture >> started_at >> token;
    const auto order_id = tw::order::OrderId::parse(order);
    const auto user_id = tw::order::UserId::parse(user);
    const auto known = tw::Currency::from_stored(currency);
    const auto when = tw::order::parse_capture(capture);
    auto plain = tw::base64_decode(token);
    if (!in || !order_id || !user_id || !known || !when || !plain) throw Unreadable{"a stored text is no payment"};
    return {.order_id = *order_id,
            .user_id = *user_id,
            .amount = tw::Money{minor, *known},
            .attempt = attempt,
            .capture = *when,
            .started_at = tw::Timestamp::from_unix_micros(started_at),
            .token = *std::move(plain)};
}
