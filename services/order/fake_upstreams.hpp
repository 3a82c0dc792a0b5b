#pragma once

#include "proto/catalog.tw.hpp"
#include "proto/payment.tw.hpp"
#include "proto/user.tw.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::order {

/// A user service whose answers the test sets. By default every id is an active user.
class FakeUsers final : public ::user::UserService {
 public:
    std::string status = "active";
    std::optional<Error> error;

    Task<Result<::user::User>> get_user(const CallContext&, const ::user::GetUserRequest& request) override {
        if (error) co_return *error;
        ::user::User user;
        user.set_id(request.id());
        user.set_status(status);
        co_return user;
    }
    Task<Result<::user::User>> create_user(const CallContext&, const ::user::CreateUserRequest&) override { co_return none(); }
    Task<Result<::user::User>> update_user(const CallContext&, const ::user::UpdateUserRequest&) override { co_return none(); }
    Task<Result<::user::ListUsersResponse>> list_users(const CallContext&, const ::user::ListUsersRequest&) override {
        co_return none();
    }

 private:
    static Error none() { return Error{Code::unimplemented, "UNIMPLEMENTED", "not asked for here"}; }
};

/// A catalogue whose answers the test sets. By default every product costs 10.00 EUR and is in
/// stock. It records the calls.
class FakeCatalog : public ::catalog::CatalogService {
 public:
    std::string currency = "EUR";
    std::optional<Error> reserve_error;
    std::optional<Error> release_error;
    std::vector<::catalog::ReserveRequest> reserved;
    std::vector<std::string> released;
    /// The status of each order's reservation. A test may take the stock away: "expired".
    std::map<std::string, std::string> reservations;
    /// How many of the next calls of flows have their effect, and lose their answers.
    int answers_lost = 0;
    std::function<Task<void>()> while_committing;

    Task<Result<::catalog::Reservation>> reserve(const CallContext&, const ::catalog::ReserveRequest& request) override {
        if (reserve_error) co_return *reserve_error;
        reserved.push_back(request);
        reservations[request.order_id()] = "held";
        ::catalog::Reservation reservation;
        reservation.set_order_id(request.order_id());
        for (const auto& line : request.lines()) {
            auto& reserved_line = *reservation.add_lines();
            reserved_line.set_product_id(line.product_id());
            reserved_line.set_quantity(line.quantity());
            reserved_line.set_name("Name of " + line.product_id());
            reserved_line.mutable_unit_price()->set_minor(1000);
            reserved_line.mutable_unit_price()->set_currency(currency);
        }
        co_return reservation;
    }
    Task<Result<::catalog::Reservation>> release(const CallContext&, const ::catalog::ReleaseRequest& request) override {
        if (release_error) co_return *release_error;
        auto& status = reservations[request.order_id()];
        if (status == "committed" || status == "restocked") co_return closed(status);
        released.push_back(request.order_id());
        status = "released";
        co_return answer();
    }
    Task<Result<::catalog::Reservation>> commit(const CallContext&, const ::catalog::CommitRequest& request) override {
        if (const auto other = std::exchange(while_committing, nullptr)) co_await other();
        auto& status = reservations[request.order_id()];
        if (status != "held" && status != "committed") co_return closed(status);
        status = "committed";
        co_return answer();
    }
    Task<Result<::catalog::Reservation>> restock(const CallContext&, const ::catalog::RestockRequest& request) override {
        auto& status = reservations[request.order_id()];
        if (status != "committed" && status != "restocked") co_return closed(status);
        status = "restocked";
        co_return answer();
    }
    Task<Result<::catalog::ListStockMovementsResponse>> list_stock_movements(
        const CallContext&, const ::catalog::ListStockMovementsRequest&) override {
        co_return none();
    }
    Task<Result<::catalog::Product>> create_product(const CallContext&, const ::catalog::CreateProductRequest&) override {
        co_return none();
    }
    Task<Result<::catalog::Product>> update_product(const CallContext&, const ::catalog::UpdateProductRequest&) override {
        co_return none();
    }
    Task<Result<::catalog::Product>> get_product(const CallContext&, const ::catalog::GetProductRequest&) override {
        co_return none();
    }
    Task<Result<::catalog::BatchGetProductsResponse>> batch_get_products(const CallContext&,
                                                                         const ::catalog::BatchGetProductsRequest&) override {
        co_return none();
    }
    Task<Result<::catalog::ListProductsResponse>> list_products(const CallContext&,
                                                                const ::catalog::ListProductsRequest&) override {
        co_return none();
    }
    Task<Result<::catalog::Product>> adjust_stock(const CallContext&, const ::catalog::AdjustStockRequest&) override {
        co_return none();
    }

 private:
    static Error none() { return Error{Code::unimplemented, "UNIMPLEMENTED", "not asked for here"}; }
    static Error closed(const std::string& status) {
        return Error{Code::failed_precondition, "RESERVATION_CLOSED", "the reservation is " + status};
    }
    Result<::catalog::Reservation> answer() {
        if (answers_lost <= 0) return ::catalog::Reservation{};
        --answers_lost;
        return unavailable("the connection is lost").with_outcome_open(true);
    }
};

/// A payment service with a provider that knows these tokens: tok_ok, tok_declined, and tok_slow,
/// whose outcome is not known until the test settles it. An attempt that was made without a token
/// is charged by the next call that has one.
class FakePayments final : public ::payment::PaymentService {
 public:
    std::map<std::string, ::payment::Payment> payments;
    std::map<std::string, std::string> tokens;
    int calls = 0;
    int captures = 0;
    int voids = 0;
    /// How many of the next calls fail without effect.
    int failures = 0;
    /// How many of the next calls have their effect, and lose their answers.
    int answers_lost = 0;
    /// Whether the provider refuses captures.
    bool captures_refused = false;
    /// Called within the next call of this kind.
    std::function<Task<void>()> while_creating;
    std::function<Task<void>()> while_capturing;

    /// Settles the payments whose outcome is not known.
    void settle(bool authorized) {
        for (auto& [id, payment] : payments) {
            if (payment.status() == "processing") decide(payment, authorized ? "tok_ok" : "tok_declined");
        }
    }
    int count(std::string_view status) const {
        return static_cast<int>(
            std::ranges::count_if(payments, [&](const auto& entry) { return entry.second.status() == status; }));
    }

    Task<Result<::payment::Payment>> create_payment(const CallContext&, const ::payment::CreatePaymentRequest& request) override {
        if (auto error = begin()) co_return *std::move(error);
        if (const auto other = std::exchange(while_creating, nullptr)) co_await other();
        const auto id = request.order_id() + "#" + std::to_string(request.attempt());
        auto& payment = payments[id];
        if (payment.id().empty()) {
            payment.set_id(id);
            payment.set_order_id(request.order_id());
            *payment.mutable_amount() = request.amount();
            tokens[id] = request.payment_token();
            decide(payment, request.payment_token());
        } else if (!request.payment_token().empty() && request.payment_token() != tokens[id]) {
            if (payment.status() != "requires_confirmation")
                co_return Error{Code::already_exists, "PAYMENT_EXISTS", "the attempt was made with another token"};
            tokens[id] = request.payment_token();
            decide(payment, request.payment_token());
        }
        co_return answer(payment);
    }
    Task<Result<::payment::Payment>> get_payment(const CallContext&, const ::payment::GetPaymentRequest& request) override {
        if (auto error = begin()) co_return *std::move(error);
        const auto found = payments.find(request.id());
        if (found == payments.end()) co_return not_found("payment", request.id());
        co_return answer(found->second);
    }
    Task<Result<::payment::Payment>> capture_payment(const CallContext&,
                                                     const ::payment::CapturePaymentRequest& request) override {
        if (auto error = begin()) co_return *std::move(error);
        if (const auto other = std::exchange(while_capturing, nullptr)) co_await other();
        auto& payment = payments[request.id()];
        if (payment.status() == "canceled") co_return wrong_status(payment);
        if (captures_refused) {
            payment.set_last_error("authorization_expired");
            co_return answer(payment);
        }
        if (payment.status() == "requires_capture") ++captures;
        payment.set_status("succeeded");
        co_return answer(payment);
    }
    Task<Result<::payment::Payment>> cancel_payment(const CallContext&, const ::payment::CancelPaymentRequest& request) override {
        if (auto error = begin()) co_return *std::move(error);
        auto& payment = payments[request.id()];
        if (payment.status() == "succeeded") co_return wrong_status(payment);
        if (payment.status() == "processing") co_return Error{Code::aborted, "PAYMENT_PROCESSING", "try again"};
        if (payment.status() == "requires_capture") ++voids;
        payment.set_status("canceled");
        co_return answer(payment);
    }
    Task<Result<::payment::Payment>> confirm_payment(const CallContext&, const ::payment::ConfirmPaymentRequest&) override {
        co_return none();
    }
    Task<Result<::payment::ListPaymentsResponse>> list_payments(const CallContext&,
                                                                const ::payment::ListPaymentsRequest&) override {
        co_return none();
    }

 private:
    static Error none() { return Error{Code::unimplemented, "UNIMPLEMENTED", "not asked for here"}; }
    static void decide(::payment::Payment& payment, const std::string& token) {
        const bool known = token == "tok_ok" || token == "tok_ok_2";
        payment.set_status(known ? "requires_capture" : token == "tok_slow" ? "processing" : "requires_confirmation");
        payment.set_last_error(known || token == "tok_slow" ? "" : token == "tok_declined" ? "card_declined" : "invalid_token");
    }
    std::optional<Error> begin() {
        ++calls;
        if (failures <= 0) return std::nullopt;
        --failures;
        return unavailable("the payment service is away");
    }
    Result<::payment::Payment> answer(const ::payment::Payment& payment) {
        if (answers_lost <= 0) return payment;
        --answers_lost;
        return unavailable("the connection is lost").with_outcome_open(true);
    }
    static Error wrong_status(const ::payment::Payment& payment) {
        return Error{Code::failed_precondition, "ILLEGAL_TRANSITION", "the payment is " + payment.status()};
    }
};

}  // namespace tw::order
