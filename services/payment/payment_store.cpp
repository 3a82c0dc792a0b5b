#include "services/payment/payment_store.hpp"

#include "kit/rpc/call_info.hpp"
#include "kit/sql/text.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/row_page.hpp"
#include "services/payment/reasons.hpp"

namespace tw::payment {
namespace {

/// The columns that a Payment is read from.
constexpr sql::Text kColumns{
    "id, order_id, attempt, user_id, currency, amount_minor, capturable_minor, captured_minor, refunded_minor, status, "
    "capture_method, token_hash, provider_ref, last_error, cancel_reason, under_way, reconcile_attempts, created_at, updated_at, "
    "version, capture_key, capture_refusals"};

constexpr sql::Statement kInsert{.summary = "INSERT payments",
                                 .text = sql::insert<"payments", sql::list<kColumns, "provider, charging">>};

constexpr sql::Statement kFind{.summary = "SELECT payments",
                               .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE id = $1">};

// The owner is part of the statement, so that the payments of others are not found.
constexpr sql::Statement kFindOfUser{.summary = "SELECT payments of user",
                                     .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE id = $1 AND user_id = $2">};

constexpr sql::Statement kFindAttempt{
    .summary = "SELECT payments by attempt",
    .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE order_id = $1 AND attempt = $2">};

constexpr sql::Statement kFindCharging{.summary = "SELECT payments charging",
                                       .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE order_id = $1 AND charging">};

constexpr sql::Statement kListPayments{
    .summary = "SELECT payments page",
    .text = sql::text<"SELECT ", kColumns, " FROM payments WHERE id > $1 AND ($2 = '' OR status = $2) ORDER BY id LIMIT $3">};

constexpr sql::Statement kListOfOrder{
    .summary = "SELECT payments page of order",
    .text = sql::text<"SELECT ", kColumns,
                      " FROM payments WHERE order_id = $1 AND id > $2 AND ($3 = '' OR status = $3) ORDER BY id LIMIT $4">};

constexpr sql::Statement kListNewestFirst{
    .summary = "SELECT payments newest",
    .text =
        sql::text<"SELECT ", kColumns, " FROM payments WHERE id < $1 AND ($2 = '' OR status = $2) ORDER BY id DESC LIMIT $3">};

constexpr sql::Statement kListOfOrderNewestFirst{
    .summary = "SELECT payments newest of order",
    .text = sql::text<"SELECT ", kColumns,
                      " FROM payments WHERE order_id = $1 AND id < $2 AND ($3 = '' OR status = $3) ORDER BY id DESC LIMIT $4">};

// A payment that has changed is asked about as if it were new, so the columns of the reconciler
// begin again.
constexpr sql::Statement kUpdate{
    .summary = "UPDATE payments",
    .text =
        "UPDATE payments SET status = $3, capturable_minor = $4, captured_minor = $5, refunded_minor = $6, provider_ref = $7, "
        "last_error = $8, updated_at = $9, charging = $10, token_hash = $11, cancel_reason = $12, under_way = $13, "
        "next_reconcile_at = $14, capture_key = $15, capture_refusals = $16, reconcile_attempts = 0, version = $2 + 1 "
        "WHERE id = $1 AND version = $2"};

// The condition in parentheses is that of the index.
constexpr sql::Statement kCountUnsettled{
    .summary = "SELECT payments unsettled",
    .text = "SELECT count(*), min(updated_at) FROM payments WHERE (status = 'processing' OR under_way <> '') LIMIT 1"};

constexpr sql::Statement kFindDue{
    .summary = "SELECT payments due",
    .text = sql::text<"SELECT ", kColumns,
                      " FROM payments WHERE (status = 'processing' OR under_way <> '') AND next_reconcile_at <= $1 AND "
                      "updated_at <= $2 ORDER BY next_reconcile_at LIMIT $3">};

constexpr sql::Statement kClaim{.summary = "UPDATE payments reconcile",
                                .text =
                                    "UPDATE payments SET next_reconcile_at = $4, reconcile_attempts = $3 + 1 "
                                    "WHERE id = $1 AND version = $2 AND reconcile_attempts = $3"};

std::string_view under_way_name(Status status) {
    return status == Status::capturing ? "capture" : status == Status::voiding ? "void" : "";
}

/// Reads the status from its two columns.
Status read_status(const sql::Row& row) {
    const auto status = row.parsed(kColumns.at("status"), parse_status);
    const auto under_way = row.get<std::string>(kColumns.at("under_way"));
    if (under_way.empty() && status == public_status(status)) return status;
    for (const auto candidate : {Status::capturing, Status::voiding}) {
        if (under_way == under_way_name(candidate) && status == public_status(candidate)) return candidate;
    }
    throw sql::UnreadableValue{"a status that does not fit to what is under way"};
}

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
            .status = read_status(row),
            .capture_method = row.parsed(kColumns.at("capture_method"), parse_capture_method),
            .token_hash = row.get<std::string>(kColumns.at("token_hash")),
            .provider_ref = row.get<std::string>(kColumns.at("provider_ref")),
            .last_error = row.get<std::string>(kColumns.at("last_error")),
            .cancel_reason = row.get<std::string>(kColumns.at("cancel_reason")),
            .capture_key = row.get<std::string>(kColumns.at("capture_key")),
            .capture_refusals = row.get<std::string>(kColumns.at("capture_refusals")),
            .reconcile_attempts = row.get<std::int32_t>(kColumns.at("reconcile_attempts")),
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
             status_name(public_status(payment.status)), capture_method_name(payment.capture_method), payment.token_hash,
             payment.provider_ref, payment.last_error, payment.cancel_reason, under_way_name(payment.status),
             payment.reconcile_attempts, payment.created_at, payment.updated_at, payment.version, payment.capture_key,
             payment.capture_refusals, provider, is_charging(payment.status));
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain(std::move(written).error());
    co_return written;
}

Task<Result<Payment>> PaymentStore::find(const CallContext& ctx, PaymentId id) {
    const auto owner = rpc::owner_limit(ctx);
    const auto user_id = owner ? UserId::parse(*owner) : std::nullopt;
    if (owner && !user_id) co_return not_found("payment", id.to_string());
    auto reading = user_id ? database_.query_row(ctx, kFindOfUser, id, *user_id) : database_.query_row(ctx, kFind, id);
    auto row = co_await std::move(reading);
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
    unit.add_one_row(kUpdate, payment.id, payment.version - 1, status_name(public_status(payment.status)),
                     payment.capturable.minor(), payment.captured.minor(), payment.refunded.minor(), payment.provider_ref,
                     payment.last_error, payment.updated_at, is_charging(payment.status), payment.token_hash,
                     payment.cancel_reason, under_way_name(payment.status), Timestamp{}, payment.capture_key,
                     payment.capture_refusals);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain(std::move(written).error());
    co_return written;
}

Task<Result<Page<Payment>>> PaymentStore::list(const CallContext& ctx, PageRequest page, std::optional<OrderId> order_id,
                                               std::optional<Status> status) {
    const std::string wanted{status ? status_name(*status) : ""};
    const auto& of_order = page.newest_first ? kListOfOrderNewestFirst : kListOfOrder;
    const auto& of_all = page.newest_first ? kListNewestFirst : kListPayments;
    auto reading = order_id ? database_.query(ctx, of_order, *order_id, page.after, wanted, page.size + 1)
                            : database_.query(ctx, of_all, page.after, wanted, page.size + 1);
    auto rows = co_await std::move(reading);
    if (!rows) co_return std::move(rows).error();
    co_return read_page(ctx, reader_, *rows, page.size, read_payment);
}

Task<Result<Unsettled>> PaymentStore::count_unsettled(const CallContext& ctx) {
    auto row = co_await database_.query_row(ctx, kCountUnsettled);
    if (!row) co_return std::move(row).error();
    co_return Unsettled{.payments = (**row).get<std::int64_t>(0), .oldest = (**row).get<std::optional<Timestamp>>(1)};
}

Task<Result<std::vector<Payment>>> PaymentStore::find_due(const CallContext& ctx, Timestamp now, Timestamp changed_before,
                                                          std::int32_t count_max) {
    auto rows = co_await database_.query(ctx, kFindDue, now, changed_before, count_max);
    if (!rows) co_return std::move(rows).error();
    std::vector<Payment> due;
    for (const auto& row : *rows) {
        // A row that cannot be read is logged by the reader.
        if (auto payment = reader_.read(ctx, row, read_payment)) due.push_back(*std::move(payment));
    }
    co_return due;
}

Task<Result<void>> PaymentStore::claim(const CallContext& ctx, Payment payment, Timestamp next) {
    sql::Unit unit;
    unit.add_one_row(kClaim, payment.id, payment.version, payment.reconcile_attempts, next);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain_update(std::move(written).error());
    co_return written;
}

}  // namespace tw::payment
