// Rows that other software wrote, or that are damaged, fail only the requests that ask for them.
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/catalog/catalog_service.hpp"
#include "services/catalog/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

constexpr std::chrono::seconds kReservationTime{60};

constexpr sql::Statement kInsertProduct{.summary = "INSERT products",
                                        .text =
                                            "INSERT INTO products (id, name, name_folded, description, price_minor, currency, "
                                            "status, created_at, updated_at, version) "
                                            "VALUES ($1, 'Cup', 'cup', '', 1, $2, 'active', $3, $3, 1)"};
constexpr sql::Statement kInsertStock{.summary = "INSERT stock",
                                      .text = "INSERT INTO stock (product_id, on_hand, reserved) VALUES ($1, 5, 0)"};
constexpr sql::Statement kInsertReservation{
    .summary = "INSERT reservations",
    .text = "INSERT INTO reservations (order_id, status, expires_at, created_at, updated_at) VALUES ($1, 'held', $2, $2, $2)"};
constexpr sql::Statement kDamageLine{.summary = "UPDATE reservation_lines",
                                     .text = "UPDATE reservation_lines SET currency = 'euro' WHERE order_id = $1"};
constexpr sql::Statement kLoseStock{.summary = "UPDATE stock", .text = "UPDATE stock SET reserved = 0 WHERE product_id = $1"};

class DamagedRowsTest : public testing::TestWithParam<std::string_view> {
 protected:
    void SetUp() override {
        insert("prod-1", "EUR");
        insert("SKU_1", "EUR");
        insert("prod-2", "euro");
        insert("prod-3", "EUR");
    }
    void insert(std::string_view id, std::string_view currency) {
        sql::Unit unit;
        unit.add(kInsertProduct, id, currency, clock_.now());
        unit.add(kInsertStock, id);
        write(std::move(unit));
    }
    void write(sql::Unit unit) { ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit)))); }
    template <class... Args>
    void write(const sql::Statement& statement, Args&&... parameters) {
        sql::Unit unit;
        unit.add(statement, std::forward<Args>(parameters)...);
        write(std::move(unit));
    }
    Result<::catalog::Product> get(const std::string& id) {
        ::catalog::GetProductRequest request;
        request.set_id(id);
        return db_.run(service_.get_product(db_.context(), request));
    }
    OrderId reserved_order(std::string_view product) {
        const OrderId order{random_.uuid_v7(clock_.now())};
        std::vector<LineRequest> lines{{std::string{product}, 1}};
        EXPECT_TRUE(db_.run(reservations_.reserve(db_.context(), order, std::move(lines), kReservationTime)));
        return order;
    }
    Sweep sweep() { return db_.run(reservations_.expire_overdue(db_.context())).value(); }
    std::int64_t reserved(std::string_view id) {
        return (*db_.run(products_.find(db_.context(), *ProductId::parse(id))))->stock.reserved;
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    test::FakeClock clock_;
    Random random_{1};
    ProductStore products_{db_.database(), db_.telemetry()};
    ReservationStore reservation_store_{db_.database(), db_.telemetry()};
    StockReservations reservations_{products_, reservation_store_, clock_, random_, db_.telemetry().meter};
    CatalogService service_{products_, reservations_, clock_, random_};
};

TEST_P(DamagedRowsTest, a_list_leaves_out_what_cannot_be_read_and_goes_on_behind_it) {
    std::vector<std::string> ids;
    ::catalog::ListProductsRequest request;
    request.set_page_size(1);
    int pages = 0;
    do {
        const auto page = db_.run(service_.list_products(db_.context(), request));
        ASSERT_TRUE(page);
        for (const auto& product : page->products()) ids.push_back(product.id());
        request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty() && ++pages < 10);
    EXPECT_THAT(ids, testing::ElementsAre("prod-1", "prod-3"));
}

TEST_P(DamagedRowsTest, a_single_read_of_what_cannot_be_read_is_data_loss) {
    EXPECT_EQ(get("prod-2").error().code(), Code::data_loss);
    EXPECT_EQ(get("SKU_1").error().code(), Code::data_loss);
    EXPECT_EQ(get("SKU_2").error().code(), Code::not_found);
    EXPECT_EQ(get(std::string{"a\0b", 3}).error().code(), Code::not_found);
    EXPECT_TRUE(get("prod-1"));
}

TEST_P(DamagedRowsTest, a_reservation_of_a_product_that_cannot_be_read_is_data_loss_and_reserves_nothing) {
    std::vector<LineRequest> lines{{"prod-1", 1}, {"prod-2", 1}};
    const auto refused =
        db_.run(reservations_.reserve(db_.context(), OrderId{random_.uuid_v7(clock_.now())}, std::move(lines), kReservationTime));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::data_loss);
    EXPECT_EQ(reserved("prod-1"), 0);
}

TEST_P(DamagedRowsTest, a_sweep_goes_on_behind_reservations_that_cannot_be_read) {
    write(kInsertReservation, "not an id", clock_.now());
    const auto damaged = reserved_order("prod-3");
    reserved_order("prod-1");
    write(kDamageLine, damaged);
    clock_.advance(kReservationTime);
    const auto swept = sweep();
    EXPECT_EQ(swept.expired, 1);
    EXPECT_EQ(swept.failed, 1);
    ASSERT_TRUE(swept.failure);
    EXPECT_EQ(swept.failure->code(), Code::data_loss);
    EXPECT_EQ(reserved("prod-1"), 0);
    EXPECT_EQ(reserved("prod-3"), 1);
    EXPECT_EQ(db_.run(reservations_.end(db_.context(), damaged, ReservationEvent::release)).error().code(), Code::data_loss);
}

TEST_P(DamagedRowsTest, more_damaged_reservations_than_a_sweep_takes_at_once_do_not_stop_it) {
    for (int i = 0; i < 11; ++i) {
        sql::Unit unit;
        for (int j = 0; j < 100; ++j) unit.add(kInsertReservation, "no id " + std::to_string(1000 * i + j), clock_.now());
        write(std::move(unit));
    }
    reserved_order("prod-1");
    clock_.advance(kReservationTime);
    EXPECT_EQ(sweep().expired, 1);
    EXPECT_EQ(reserved("prod-1"), 0);
}

TEST_P(DamagedRowsTest, a_reservation_whose_stock_is_gone_is_data_loss_and_does_not_stop_a_sweep) {
    const auto damaged = reserved_order("prod-3");
    reserved_order("prod-1");
    write(kLoseStock, "prod-3");
    clock_.advance(kReservationTime);
    const auto swept = sweep();
    EXPECT_EQ(swept.expired, 1);
    EXPECT_EQ(swept.failed, 1);
    const auto ended = db_.run(reservations_.end(db_.context(), damaged, ReservationEvent::release));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().reason(), "STOCK_DAMAGED");
}

INSTANTIATE_TEST_SUITE_P(Engines, DamagedRowsTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::catalog
