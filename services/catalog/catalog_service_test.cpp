#include "services/catalog/catalog_service.hpp"

#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/catalog/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

class CatalogServiceTest : public testing::Test {
 protected:
    CatalogServiceTest() { table_.add(service_, db_.telemetry()); }

    static ::catalog::CreateProductRequest cup() {
        ::catalog::CreateProductRequest request;
        request.set_id("prod-1");
        request.set_name("Cup");
        request.mutable_price()->set_minor(1990);
        request.mutable_price()->set_currency("EUR");
        request.set_status("active");
        return request;
    }
    Result<::catalog::Product> create(const ::catalog::CreateProductRequest& request) {
        return db_.run(client_.create_product(db_.context(), request));
    }
    Result<::catalog::Product> update(const ::catalog::UpdateProductRequest& request) {
        return db_.run(client_.update_product(db_.context(), request));
    }
    Result<::catalog::Product> get(std::string id) {
        ::catalog::GetProductRequest request;
        request.set_id(std::move(id));
        return db_.run(client_.get_product(db_.context(), request));
    }
    Result<::catalog::Product> adjust(std::string id, std::int64_t delta) {
        ::catalog::AdjustStockRequest request;
        request.set_id(std::move(id));
        request.set_delta(delta);
        request.set_reason("delivery");
        return db_.run(client_.adjust_stock(db_.context(), request));
    }
    static std::vector<std::string> pointers(const Error& error) {
        std::vector<std::string> pointers;
        for (const auto& violation : error.violations()) pointers.push_back(violation.pointer);
        return pointers;
    }

    test::TemporaryDatabase db_{"sqlite::memory:", schema()};
    test::FakeClock clock_;
    Random random_{1};
    ProductStore products_{db_.database(), db_.telemetry()};
    ReservationStore reservation_store_{db_.database(), db_.telemetry()};
    StockReservations reservations_{products_, reservation_store_, clock_, random_, db_.telemetry().meter};
    CatalogService service_{products_, reservations_, clock_, random_};
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry());
    ::catalog::CatalogServiceClient client_{*channel_};
};

TEST_F(CatalogServiceTest, a_product_that_was_created_can_be_got) {
    const auto created = create(cup());
    ASSERT_TRUE(created);
    EXPECT_EQ(created->price().minor(), 1990);
    EXPECT_EQ(created->status(), "active");
    EXPECT_EQ(created->stock().available(), 0);
    EXPECT_EQ(created->version(), 1);
    EXPECT_EQ(get("prod-1")->SerializeAsString(), created->SerializeAsString());
}

TEST_F(CatalogServiceTest, an_unknown_product_is_not_found) {
    for (const auto* id : {"prod-2", "Not a slug", ""}) {
        const auto found = get(id);
        ASSERT_FALSE(found);
        EXPECT_EQ(found.error().reason(), "PRODUCT_NOT_FOUND");
        EXPECT_EQ(found.error().code(), Code::not_found);
    }
}

TEST_F(CatalogServiceTest, a_price_is_above_zero_in_a_currency_and_the_first_status_is_not_the_last) {
    auto request = cup();
    request.mutable_price()->set_minor(0);
    request.mutable_price()->clear_currency();
    request.set_status("archived");
    const auto refused = create(request);
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/price/minor", "/price/currency", "/status"));
}

TEST_F(CatalogServiceTest, an_update_changes_what_is_present_and_nothing_else) {
    ASSERT_TRUE(create(cup()));
    ::catalog::UpdateProductRequest request;
    request.set_id("prod-1");
    request.mutable_price()->set_minor(2490);
    request.mutable_price()->set_currency("EUR");
    const auto updated = update(request);
    ASSERT_TRUE(updated);
    EXPECT_EQ(updated->price().minor(), 2490);
    EXPECT_EQ(updated->name(), "Cup");
    EXPECT_EQ(updated->version(), 2);
    EXPECT_EQ(get("prod-1")->SerializeAsString(), updated->SerializeAsString());
}

TEST_F(CatalogServiceTest, an_update_of_another_version_is_aborted) {
    ASSERT_TRUE(create(cup()));
    ::catalog::UpdateProductRequest request;
    request.set_id("prod-1");
    request.set_name("Mug");
    request.set_expected_version(9);
    EXPECT_EQ(update(request).error().reason(), "VERSION_MISMATCH");
}

TEST_F(CatalogServiceTest, an_archived_product_stays_archived) {
    ASSERT_TRUE(create(cup()));
    ::catalog::UpdateProductRequest request;
    request.set_id("prod-1");
    request.set_status("archived");
    ASSERT_TRUE(update(request));
    request.set_status("active");
    const auto refused = update(request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "ILLEGAL_TRANSITION");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/status"));
}

TEST_F(CatalogServiceTest, adjusting_the_stock_answers_with_what_is_there) {
    ASSERT_TRUE(create(cup()));
    EXPECT_EQ(adjust("prod-1", 5)->stock().on_hand(), 5);
    EXPECT_EQ(adjust("prod-1", -2)->stock().available(), 3);
    EXPECT_EQ(adjust("prod-1", -4).error().reason(), "OUT_OF_STOCK");
    EXPECT_EQ(adjust("prod-2", 1).error().reason(), "PRODUCT_NOT_FOUND");
    EXPECT_THAT(pointers(adjust("prod-1", 0).error()), testing::ElementsAre("/delta"));
}

TEST_F(CatalogServiceTest, many_are_got_in_the_order_asked_for_without_those_that_are_not) {
    ASSERT_TRUE(create(cup()));
    auto other = cup();
    other.set_id("prod-0");
    ASSERT_TRUE(create(other));
    ::catalog::BatchGetProductsRequest request;
    for (const auto* id : {"prod-1", "prod-none", "prod-0"}) request.add_ids(id);
    const auto found = db_.run(client_.batch_get_products(db_.context(), request));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->products_size(), 2);
    EXPECT_EQ(found->products(0).id(), "prod-1");
    EXPECT_EQ(found->products(1).id(), "prod-0");
}

TEST_F(CatalogServiceTest, stock_is_reserved_committed_and_released_by_order) {
    ASSERT_TRUE(create(cup()) && adjust("prod-1", 5));
    ::catalog::ReserveRequest reserve;
    reserve.set_order_id(random_.uuid_v7(clock_.now()).to_string());
    auto& line = *reserve.add_lines();
    line.set_product_id("prod-1");
    line.set_quantity(2);
    const auto reservation = db_.run(client_.reserve(db_.context(), reserve));
    ASSERT_TRUE(reservation);
    EXPECT_EQ(reservation->status(), "held");
    EXPECT_EQ(reservation->lines(0).name(), "Cup");
    EXPECT_EQ(reservation->lines(0).unit_price().minor(), 1990);
    EXPECT_EQ(reservation->expires_at(), (clock_.now() + std::chrono::minutes{30}).to_string());

    ::catalog::CommitRequest commit;
    commit.set_order_id(reserve.order_id());
    EXPECT_EQ(db_.run(client_.commit(db_.context(), commit))->status(), "committed");
    EXPECT_EQ(get("prod-1")->stock().on_hand(), 3);

    ::catalog::ReleaseRequest release;
    release.set_order_id(reserve.order_id());
    EXPECT_EQ(db_.run(client_.release(db_.context(), release)).error().reason(), "RESERVATION_CLOSED");
    release.set_order_id("none");
    EXPECT_EQ(db_.run(client_.release(db_.context(), release)).error().reason(), "RESERVATION_NOT_FOUND");
}

TEST_F(CatalogServiceTest, what_an_order_took_is_put_back_and_the_journal_tells_it) {
    ASSERT_TRUE(create(cup()) && adjust("prod-1", 5));
    ::catalog::ReserveRequest reserve;
    reserve.set_order_id(random_.uuid_v7(clock_.now()).to_string());
    auto& line = *reserve.add_lines();
    line.set_product_id("prod-1");
    line.set_quantity(2);
    ::catalog::CommitRequest commit;
    commit.set_order_id(reserve.order_id());
    ::catalog::RestockRequest restock;
    restock.set_order_id(reserve.order_id());
    restock.set_reason("the order was canceled");
    ASSERT_TRUE(db_.run(client_.reserve(db_.context(), reserve)));
    EXPECT_EQ(db_.run(client_.restock(db_.context(), restock)).error().reason(), "RESERVATION_CLOSED");
    ASSERT_TRUE(db_.run(client_.commit(db_.context(), commit)));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(db_.run(client_.restock(db_.context(), restock))->status(), "restocked");
    EXPECT_EQ(get("prod-1")->stock().on_hand(), 5);

    ::catalog::ListStockMovementsRequest list;
    list.set_id("prod-1");
    const auto journal = db_.run(client_.list_stock_movements(db_.context(), list));
    ASSERT_TRUE(journal);
    std::vector<std::string> lines;
    for (const auto& movement : journal->movements()) {
        EXPECT_EQ(movement.product_id(), "prod-1");
        EXPECT_EQ(movement.created_at(), clock_.now().to_string());
        EXPECT_EQ(movement.order_id(), movement.kind() == "adjusted" ? "" : reserve.order_id());
        lines.push_back(movement.kind() + " " + std::to_string(movement.delta()) + " " + movement.actor() + " " +
                        movement.reason());
    }
    EXPECT_THAT(lines, testing::ElementsAre("adjusted 5 anonymous delivery", "sold -2 anonymous ",
                                            "restocked 2 anonymous the order was canceled"));
}

TEST_F(CatalogServiceTest, the_journal_is_listed_page_by_page_and_an_unknown_product_has_none) {
    ASSERT_TRUE(create(cup()) && adjust("prod-1", 5) && adjust("prod-1", -1) && adjust("prod-1", 2));
    ::catalog::ListStockMovementsRequest list;
    list.set_id("prod-1");
    list.set_page_size(2);
    const auto first = db_.run(client_.list_stock_movements(db_.context(), list));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->movements_size(), 2);
    list.set_page_token(first->next_page_token());
    const auto last = db_.run(client_.list_stock_movements(db_.context(), list));
    ASSERT_TRUE(last);
    ASSERT_EQ(last->movements_size(), 1);
    EXPECT_EQ(last->movements(0).delta(), 2);
    EXPECT_EQ(last->next_page_token(), "");
    list.set_id("prod-none");
    list.clear_page_token();
    EXPECT_EQ(db_.run(client_.list_stock_movements(db_.context(), list)).error().reason(), "PRODUCT_NOT_FOUND");
}

TEST_F(CatalogServiceTest, a_restock_of_what_is_no_order_is_not_found) {
    ::catalog::RestockRequest restock;
    for (const auto* id : {"none", "01a20000-0000-7000-8000-000000000000"}) {
        restock.set_order_id(id);
        EXPECT_EQ(db_.run(client_.restock(db_.context(), restock)).error().reason(), "RESERVATION_NOT_FOUND");
    }
}

TEST_F(CatalogServiceTest, a_card_number_in_a_reason_is_refused_and_nothing_changes) {
    ASSERT_TRUE(create(cup()) && adjust("prod-1", 5));
    ::catalog::AdjustStockRequest adjust;
    adjust.set_id("prod-1");
    adjust.set_delta(1);
    adjust.set_reason("card 4242 4242 4242 4242");
    const auto refused = db_.run(client_.adjust_stock(db_.context(), adjust));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "CARD_NUMBER_REFUSED");
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/reason"));
    EXPECT_EQ(get("prod-1")->stock().on_hand(), 5);

    ::catalog::RestockRequest restock;
    restock.set_order_id(random_.uuid_v7(clock_.now()).to_string());
    restock.set_reason("4242-4242-4242-4242");
    EXPECT_EQ(db_.run(client_.restock(db_.context(), restock)).error().reason(), "CARD_NUMBER_REFUSED");
}

TEST_F(CatalogServiceTest, a_list_goes_on_where_its_token_says) {
    for (const auto* id : {"prod-1", "prod-2", "prod-3"}) {
        auto request = cup();
        request.set_id(id);
        ASSERT_TRUE(create(request));
    }
    ::catalog::ListProductsRequest request;
    request.set_page_size(2);
    const auto first = db_.run(client_.list_products(db_.context(), request));
    ASSERT_TRUE(first);
    request.set_page_token(first->next_page_token());
    const auto last = db_.run(client_.list_products(db_.context(), request));
    ASSERT_TRUE(last);
    ASSERT_EQ(last->products_size(), 1);
    EXPECT_EQ(last->products(0).id(), "prod-3");
}

}  // namespace
}  // namespace tw::catalog
