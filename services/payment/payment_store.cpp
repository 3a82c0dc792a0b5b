#include "services/payment/payment_store.hpp"

#include "kit/sql/text.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/row_page.hpp"
#include "services/payment/reasons.hpp"

namespace tw::payment {
namespace {

/// The columns that a Payment is read from.
constexpr sql::Text kColumns{
    "id, order_id, attempt, user_id, currency, amount_minor, capturable_minor, captured_minor, refunded_minor, status, "
    "capture_method, token_hash, provider_ref, last_error, created_at, updated_at, version"};

constexpr sql::Statement kInsert{.summary = "INSERT payments",
                                 .text = sql::insert<"payments", sql::list<kColumns, "provider, charging">>};

constexpr sql::Statement kFind{.summary = "SELECT payments",
                               .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE id = $1">};

constexpr sql::Statement kFindAttempt{
    .summary = "SELECT payments by attempt",
    .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE order_id = $1 AND attempt = $2">};

constexpr sql::Statement kFindCharging{.summary = "SELECT payments charging",
                                       .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE order_id = $1 AND charging">};

constexpr sql::Statement kUpdate{
    .summary = "UPDATE payments",
    .text =
        "UPDATE payments SET status = $3, capturable_minor = $4, captured_minor = $5, refunded_minor = $6, provider_ref = $7, "
        "last_error = $8, updated_at = $9, charging = $10, token_hash = $11, version = $2 + 1 WHERE id = $1 AND version = $2"};

Payment read_payment(const sql::Row& row) {
    const auto currency = row.parsed(kColumns.at("currency"), Currency::from_stored);
    const auto money = [&](std::size_t column) { return Money{row.get<std::int64_t>(column), currency}; };
    return {.id = row.get<PaymentId>(kColumns.at("id")),
            .order_id = row.get<OrderId>(kColumns.at("order_id")),
            .attempt = row.get<std::int32_t>(kColumns.at("attempt")),
            .user_id = row.get<UserId>(kColumns.at("user_id")),
            .amount = money(kColumns.at("amount_minor")),
            .capturable = money(kColumns.at("capturable_minor")),
            .captured = money(kColumns.at("captured_minor")),
            .refunded = money(kColumns.at("refunded_minor")),
            .status = row.parsed(kColumns.at("status"), parse_status),
            .capture_method = row.parsed(kColumns.at("capture_method"), parse_capture_method),
            .token_hash = row.get<std::string>(kColumns.at("token_hash")),
            .provider_ref = row.get<std::string>(kColumns.at("provider_ref")),
            .last_error = row.get<std::string>(kColumns.at("last_error")),
            .created_at = row.get<Timestamp>(kColumns.at("created_at")),
            .updated_at = row.get<Timestamp>(kColumns.at("updated_at")),
            .version = row.get<std::int64_t>(kColumns.at("version"))};
}

Error explain(Error error) {
    if (sql::violates(error, "payments_order_attempt_key")) {
        return Error{Code::already_exists, reason::kAttemptExists, "the order has this attempt"};
    }
    if (sql::violates(error, "payments_order_charging_key")) {
        return Error{Code::already_exists, reason::kOrderCharged, "another attempt charges the order, or has charged it"};
    }
    return explain_update(std::move(error));
}

}  // namespace

Task<Result<void>> PaymentStore::insert(const CallContext& ctx, Payment payment, std::string_view provider) {
    sql::Unit unit;
    unit.add(kInsert, payment.id, payment.order_id, payment.attempt, payment.user_id, payment.amount.currency().code(),
             payment.amount.minor(), payment.capturable.minor(), payment.captured.minor(), payment.refunded.minor(),
             status_name(payment.status), capture_method_name(payment.capture_method), payment.token_hash, payment.provider_ref,
             payment.last_error, payment.created_at, payment.updated_at, payment.version, provider, is_charging(payment.status));
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain(std::move(written).error());
    co_return written;
}

Task<Result<Payment>> PaymentStore::find(const CallContext& ctx, PaymentId id) {
    auto row = co_await database_.query_row(ctx, kFind, id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return not_found("payment", id.to_string());
    co_return reader_.read(ctx, **row, read_payment);
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
    co_return read_if_found(ctx, reader_, std::move(row), read_payment);
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
