#pragma once

#include "proto/catalog.tw.hpp"
#include "proto/user.tw.hpp"

#include <optional>
#include <string>
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

    Task<Result<::catalog::Reservation>> reserve(const CallContext&, const ::catalog::ReserveRequest& request) override {
        if (reserve_error) co_return *reserve_error;
        reserved.push_back(request);
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
        released.push_back(request.order_id());
        co_return ::catalog::Reservation{};
    }
    Task<Result<::catalog::Reservation>> commit(const CallContext&, const ::catalog::CommitRequest&) override {
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
};

}  // namespace tw::order
