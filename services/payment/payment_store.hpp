#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/payment/payment.hpp"

namespace tw::payment {

/// Payments in the database. Belongs to one loop, as its database does. Beside what is named below, every call fails as
/// sql::Database does; a stored payment that cannot be read is DATA_LOSS (ROW_UNREADABLE).
class PaymentStore {
 public:
    PaymentStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "payments"} {}

    /// `provider` will be asked for the money. ALREADY_EXISTS, ATTEMPT_EXISTS when the order has this attempt or, for a payment
    /// that is charging, ORDER_CHARGED when another one of the order is; where both hold, either.
    Task<Result<void>> insert(const CallContext& ctx, Payment payment, std::string_view provider);

    /// NOT_FOUND (PAYMENT_NOT_FOUND).
    Task<Result<Payment>> find(const CallContext& ctx, PaymentId id);
    /// The payment that charges the order, whichever attempt it is.
    Task<Result<std::optional<Payment>>> find_charging(const CallContext& ctx, OrderId order_id);
    Task<Result<std::optional<Payment>>> find_attempt(const CallContext& ctx, OrderId order_id, std::int32_t attempt);

    /// Writes what may change over the row whose version is one less. ABORTED (CONTENDED) when the row has another version
    /// by now; ALREADY_EXISTS (ORDER_CHARGED) as `insert`.
    Task<Result<void>> update(const CallContext& ctx, Payment payment);

 private:
    Task<Result<std::optional<Payment>>> read_one(const CallContext& ctx, Task<Result<std::optional<sql::Row>>> reading);

    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::payment
