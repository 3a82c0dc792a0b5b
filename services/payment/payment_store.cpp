#include "services/payment/payment_store.hpp"

#include "services/mapping/version.hpp"

namespace tw::payment {
namespace {

constexpr sql::Statement kInsert{
    .summary = "INSERT payments",
    .text =
        "INSERT INTO payments (id, order_id, attempt, user_id, currency, amount_minor, capturable_minor, captured_minor, "
        "refunded_minor, status, capture_method, provider, provider_ref, last_error, created_at, updated_at, version, charging, "
        "token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"};

constexpr sql::Statement kFind{
    .summary = "SELECT payments",
    .text =
        "SELECT id, order_id, attempt, user_id, currency, amount_minor, capturable_minor, captured_minor, refunded_minor, "
        "status, capture_method, provider_ref, last_error, created_at, updated_at, version, token_hash FROM payments "
        "WHERE id = $1"};

constexpr sql::Statement kFindAttempt{
    .summary = "SELECT payments by attempt",
    .text =
        "SELECT id, order_id, attempt, user_id, currency, amount_minor, capturable_minor, captured_minor, refunded_minor, "
        "status, capture_method, provider_ref, last_error, created_at, updated_at, version, token_hash FROM payments "
        "WHERE order_id = $1 AND attempt = $2"};

constexpr sql::Statement kFindCharging{
    .summary = "SELECT payments charging",
    .text =
        "SELECT id, order_id, attempt, user_id, currency, amount_minor, capturable_minor, captured_minor, refunded_minor, "
        "status, capture_method, provider_ref, last_error, created_at, updated_at, version, token_hash FROM payments "
        "WHERE order_id = $1 AND charging"};

constexpr sql::Statement kUpdate{
    .summary = "UPDATE payments",
    .text =
        "UPDATE payments SET status = $3, capturable_minor = $4, captured_minor = $5, refunded_minor = $6, provider_ref = $7, "
        "last_error = $8, updated_at = $9, charging = $10, token_hash = $11, version = $2 + 1 WHERE id = $1 AND version = $2"};

Payment payment_of_row(const sql::Row& row) {
    const auto currency = row.parsed(4, Currency::from_stored);
    const auto money = [&](std::size_t column) { return Money{row.get<std::int64_t>(column), currency}; };
    return {.id = row.get<PaymentId>(0),
            .order_id = row.get<OrderId>(1),
            .attempt = row.get<std::int32_t>(2),
            .user_id = row.get<UserId>(3),
            .amount = money(5),
            .capturable = money(6),
            .captured = money(7),
            .refunded = money(8),
            .status = row.parsed(9, parse_status),
            .capture_method = row.parsed(10, parse_capture_method),
            .token_hash = row.get<std::string>(16),
            .provider_ref = row.get<std::string>(11),
            .last_error = row.get<std::string>(12),
            .created_at = row.get<Timestamp>(13),
            .updated_at = row.get<Timestamp>(14),
            .version = row.get<std::int64_t>(15)};
}

Error explain(Error error) {
    if (sql::violates(error, "payments_order_attempt_key")) {
        return Error{Code::already_exists, "ATTEMPT_EXISTS", "the order has this attempt"};
    }
    if (sql::violates(error, "payments_order_charging_key")) {
        return Error{Code::already_exists, "ORDER_CHARGED", "another attempt charges the order, or has charged it"};
    }
    if (error.reason() == "ROWS_UNEXPECTED") return contended();
    return error;
}

}  // namespace

Task<Result<void>> PaymentStore::insert(const CallContext& ctx, Payment payment, std::string_view provider) {
    sql::Unit unit;
    unit.add(kInsert, payment.id, payment.order_id, payment.attempt, payment.user_id, payment.amount.currency().code(),
             payment.amount.minor(), payment.capturable.minor(), payment.captured.minor(), payment.refunded.minor(),
             status_name(payment.status), capture_method_name(payment.capture_method), provider, payment.provider_ref,
             payment.last_error, payment.created_at, payment.updated_at, payment.version, is_charging(payment.status),
             payment.token_hash);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain(std::move(written).error());
    co_return written;
}

Task<Result<Payment>> PaymentStore::find(const CallContext& ctx, PaymentId id) {
    auto row = co_await database_.query_row(ctx, kFind, id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return not_found("payment", id.to_string());
    co_return reader_.read(ctx, **row, payment_of_row);
}

Task<Result<std::optional<Payment>>> PaymentStore::find_attempt(const CallContext& ctx, OrderId order_id, std::int32_t attempt) {
    return read_one(ctx, database_.query_row(ctx, kFindAttempt, order_id, attempt));
}

Task<Result<std::optional<Payment>>> PaymentStore::find_charging(const CallContext& ctx, OrderId order_id) {
    return read_one(ctx, database_.query_row(ctx, kFindCharging, order_id));
}

Task<Result<std::optional<Payment>>> PaymentStore::read_one(const CallContext& ctx,
                                                            Task<Result<std::optional<sql::Row>>> reading) {
    auto row = co_await std::move(reading);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<Payment>{};
    auto payment = reader_.read(ctx, **row, payment_of_row);
    if (!payment) co_return std::move(payment).error();
    co_return std::optional{*std::move(payment)};
}

Task<Result<void>> PaymentStore::update(const CallContext& ctx, Payment payment) {
    sql::Unit unit;
    unit.add_one_row(kUpdate, payment.id, payment.version - 1, status_name(payment.status), payment.capturable.minor(),
                     payment.captured.minor(), payment.refunded.minor(), payment.provider_ref, payment.last_error,
                     payment.updated_at, is_charging(payment.status), payment.token_hash);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain(std::move(written).error());
    co_return written;
}

}  // namespace tw::payment
