#include "services/catalog/product_store.hpp"

#include "kit/testing/temporary_database.hpp"
#include "services/catalog/demo_products.hpp"
#include "services/catalog/schema.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

class ProductStoreTest : public testing::TestWithParam<std::string_view> {
 protected:
    static Product product(std::string_view id, std::string name, std::int64_t on_hand) {
        const auto now = Timestamp::from_unix_micros(1'767'225'600'123'456);
        return {.id = *ProductId::parse(id),
                .name = std::move(name),
                .description = "Something.",
                .price = Money{1990, *Currency::parse("EUR")},
                .status = ProductStatus::active,
                .stock = {.on_hand = on_hand, .reserved = 0},
                .created_at = now,
                .updated_at = now};
    }
    void insert(std::vector<Product> products) { ASSERT_TRUE(db_.run(store_.insert(db_.context(), std::move(products)))); }
    std::optional<Product> find(std::string_view id) { return *db_.run(store_.find(db_.context(), *ProductId::parse(id))); }
    Result<void> adjust(std::string_view id, std::int64_t delta) {
        const StockMovement adjustment{.id = random_.uuid_v7({}),
                                       .product_id = *ProductId::parse(id),
                                       .delta = delta,
                                       .reason = "test",
                                       .created_at = Timestamp::from_unix_micros(1)};
        return db_.run(store_.adjust(db_.context(), adjustment));
    }
    std::vector<std::string> list(std::int32_t size, std::string after, std::string query = "",
                                  std::optional<ProductStatus> status = {}) {
        const auto page =
            db_.run(store_.list(db_.context(), {.size = size, .after = std::move(after)}, std::move(query), status));
        std::vector<std::string> ids;
        for (const auto& each : page->items) ids.push_back(each.id.text());
        return ids;
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    Random random_{1};
    ProductStore store_{db_.database(), db_.telemetry()};
};

TEST_P(ProductStoreTest, gives_back_what_was_inserted) {
    insert({product("prod-1", "Cup", 7)});
    const auto found = find("prod-1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "Cup");
    EXPECT_EQ(found->description, "Something.");
    EXPECT_EQ(found->price, (Money{1990, *Currency::parse("EUR")}));
    EXPECT_EQ(found->status, ProductStatus::active);
    EXPECT_EQ(found->stock.on_hand, 7);
    EXPECT_EQ(found->stock.available(), 7);
    EXPECT_EQ(found->created_at, Timestamp::from_unix_micros(1'767'225'600'123'456));
    EXPECT_FALSE(find("prod-2"));
}

TEST_P(ProductStoreTest, an_id_can_be_taken_once_and_nothing_of_the_rest_is_inserted) {
    insert({product("prod-1", "Cup", 7)});
    const auto again = db_.run(store_.insert(db_.context(), {product("prod-2", "Bowl", 1), product("prod-1", "Mug", 1)}));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Code::already_exists);
    EXPECT_EQ(again.error().reason(), "PRODUCT_EXISTS");
    EXPECT_FALSE(find("prod-2"));
}

TEST_P(ProductStoreTest, an_update_leaves_the_stock_alone) {
    insert({product("prod-1", "Cup", 7)});
    ASSERT_TRUE(
        db_.run(store_.update(db_.context(), *changed(*find("prod-1"), {.name = "Mug"}, Timestamp::from_unix_micros(5)))));
    EXPECT_EQ(find("prod-1")->name, "Mug");
    EXPECT_EQ(find("prod-1")->version, 2);
    EXPECT_EQ(find("prod-1")->stock.on_hand, 7);
}

TEST_P(ProductStoreTest, an_update_of_an_old_version_is_aborted) {
    insert({product("prod-1", "Cup", 7)});
    const auto old = *find("prod-1");
    ASSERT_TRUE(db_.run(store_.update(db_.context(), *changed(old, {.name = "Mug"}, {}))));
    const auto late = db_.run(store_.update(db_.context(), *changed(old, {.name = "Bowl"}, {})));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Code::aborted);
}

TEST_P(ProductStoreTest, stock_never_goes_below_nothing) {
    insert({product("prod-1", "Cup", 7)});
    ASSERT_TRUE(adjust("prod-1", -7));
    EXPECT_EQ(find("prod-1")->stock.on_hand, 0);
    const auto refused = adjust("prod-1", -1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "OUT_OF_STOCK");
    EXPECT_EQ(find("prod-1")->stock.on_hand, 0);
    ASSERT_TRUE(adjust("prod-1", 3));
    EXPECT_EQ(find("prod-1")->stock.on_hand, 3);
}

TEST_P(ProductStoreTest, lists_page_by_page) {
    insert({product("prod-3", "C", 1), product("prod-1", "A", 1), product("prod-2", "B", 1)});
    EXPECT_THAT(list(2, ""), testing::ElementsAre("prod-1", "prod-2"));
    EXPECT_THAT(list(2, "prod-2"), testing::ElementsAre("prod-3"));
}

TEST_P(ProductStoreTest, a_query_is_found_in_names_whatever_its_case_and_has_no_wildcards) {
    insert({product("prod-1", "Espresso cups", 1), product("prod-2", "100% wool", 1), product("prod-3", "Wool", 1)});
    EXPECT_THAT(list(9, "", "CUP"), testing::ElementsAre("prod-1"));
    EXPECT_THAT(list(9, "", "%"), testing::ElementsAre("prod-2"));
    EXPECT_THAT(list(9, "", "_"), testing::IsEmpty());
    EXPECT_THAT(list(9, "", "!"), testing::IsEmpty());
}

TEST_P(ProductStoreTest, lists_only_the_status_asked_for) {
    auto draft = product("prod-1", "Cup", 1);
    draft.status = ProductStatus::draft;
    insert({draft, product("prod-2", "Bowl", 1)});
    EXPECT_THAT(list(9, "", "", ProductStatus::draft), testing::ElementsAre("prod-1"));
}

TEST_P(ProductStoreTest, the_demo_catalogue_fills_an_empty_database) {
    EXPECT_TRUE(*db_.run(store_.empty(db_.context())));
    insert(demo_products(Timestamp::from_unix_micros(1)));
    EXPECT_FALSE(*db_.run(store_.empty(db_.context())));
    EXPECT_EQ(list(100, "").size(), 20u);
    const auto known = find("prod-123");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->status, ProductStatus::active);
    EXPECT_GT(known->stock.available(), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, ProductStoreTest, testing::ValuesIn(test::kDatabases));

}  // namespace
}  // namespace tw::catalog
