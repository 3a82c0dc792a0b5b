#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/mapping/page.hpp"
#include "services/payment/payment.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace tw::payment {

/// How many payments are unsettled (see is_unsettled), and since when the oldest of them is.
struct Unsettled {
    std::int64_t payments = 0;
    std::optional<Timestamp> oldest;
};

/// Reads and writes payments. A store belongs to one loop, as its database does. Every call may
/// fail as sql::Database does. A stored payment that cannot be read is DATA_LOSS (ROW_UNREADABLE).
/// Each function names its other errors.
class PaymentStore {
 public:
    PaymentStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "payments"} {}

    /// Stores a payment. `provider` is the name of the provider that will be asked for the money.
    /// Fails with ALREADY_EXISTS: the reason is ATTEMPT_EXISTS if the order has this attempt, and
    /// ORDER_CHARGED if the payment is charging and another payment of the order is, too. If both
    /// are true, the reason is either of them.
    Task<Result<void>> insert(const CallContext& ctx, Payment payment, std::string_view provider);

    /// Fails with NOT_FOUND (PAYMENT_NOT_FOUND).
    Task<Result<Payment>> find(const CallContext& ctx, PaymentId id);
    /// Finds the payment that charges the order, whichever attempt it is.
    Task<Result<std::optional<Payment>>> find_charging(const CallContext& ctx, OrderId order_id);
    Task<Result<std::optional<Payment>>> find_attempt(const CallContext& ctx, OrderId order_id, std::int32_t attempt);

    /// Writes what may change of `payment` over the row whose version is one less. Fails with
    /// ABORTED (CONTENDED) if the row has another version by now, and with ALREADY_EXISTS
    /// (ORDER_CHARGED) as `insert` does.
    Task<Result<void>> update(const CallContext& ctx, Payment payment);

    /// Lists payments in the order of the page. `status` is one that callers see.
    Task<Result<Page<Payment>>> list(const CallContext& ctx, PageRequest page, std::optional<OrderId> order_id,
                                     std::optional<Status> status);

    Task<Result<Unsettled>> count_unsettled(const CallContext& ctx);
    /// Returns unsettled payments that the reconciler has to ask about: their last change is not
    /// after `changed_before`, and the time of the next question has come. Rows that cannot be read
    /// are left out.
    Task<Result<std::vector<Payment>>> find_due(const CallContext& ctx, Timestamp now, Timestamp changed_before,
                                                std::int32_t count_max);
    /// Counts a question of the reconciler, and says when the next one may be asked. Fails with
    /// ABORTED (CONTENDED) if the payment was changed or another reconciler has claimed it.
    Task<Result<void>> claim(const CallContext& ctx, Payment payment, Timestamp next);

 private:
    Task<Result<std::optional<Payment>>> read_one(const CallContext& ctx, Task<Result<std::optional<sql::Row>>> reading);

    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::payment
