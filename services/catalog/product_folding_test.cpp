#include "services/catalog/product_folding.hpp"

#include "kit/testing/temporary_database.hpp"
#include "services/catalog/product_store.hpp"
#include "services/catalog/schema.hpp"

#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

class ProductFoldingTest : public testing::TestWithParam<std::string_view> {
 protected:
    static Product named(std::string_view id, std::string name) {
        return {.id = *ProductId::parse(id),
                .name = std::move(name),
                .description = "",
                .price = Money{100, *Currency::parse("EUR")},
                .status = ProductStatus::active,
                .stock = {.on_hand = 1, .reserved = 0}};
    }
    static std::vector<std::string> found(test::TemporaryDatabase& db, std::string query) {
        ProductStore store{db.database(), db.telemetry()};
        const auto page = db.run(store.list(db.context(), {.size = 10, .after = ""}, std::move(query), std::nullopt));
        std::vector<std::string> ids;
        for (const auto& product : page->items) ids.push_back(product.id.text());
        return ids;
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, ProductFoldingTest, testing::ValuesIn(test::kDatabases));

TEST_P(ProductFoldingTest, a_search_finds_names_whatever_their_case_and_composition_on_every_engine) {
    test::TemporaryDatabase db{GetParam(), schema()};
    ProductStore store{db.database(), db.telemetry()};
    std::vector<Product> products{named("bag", "Übergroße TASCHE"), named("cap", "ŠKODA Cap"), named("cup", "Cafe\u0301 Cup")};
    ASSERT_TRUE(db.run(store.insert(db.context(), std::move(products))));
    EXPECT_EQ(found(db, "ÜBERGROSSE"), std::vector<std::string>{"bag"});
    EXPECT_EQ(found(db, "übergroße t"), std::vector<std::string>{"bag"});
    EXPECT_EQ(found(db, "škoda"), std::vector<std::string>{"cap"});
    EXPECT_EQ(found(db, "CAFÉ"), std::vector<std::string>{"cup"});
    EXPECT_EQ(found(db, "ubergrosse"), std::vector<std::string>{});
}

TEST_P(ProductFoldingTest, names_that_earlier_rules_folded_are_folded_again_at_start) {
    const auto& last = schema();
    const sql::Schema first{.name = last.name, .sqlite = last.sqlite.first(1), .postgres = last.postgres.first(1)};
    test::TemporaryDatabase old{GetParam(), first};
    constexpr sql::Statement kInsertOld{
        .summary = "INSERT products",
        .text =
            "INSERT INTO products (id, name, name_folded, description, price_minor, currency, status, created_at, updated_at, "
            "version) VALUES ($1, $2, $3, '', 100, 'EUR', 'active', $4, $4, 1)"};
    constexpr sql::Statement kInsertStock{.summary = "INSERT stock",
                                          .text = "INSERT INTO stock (product_id, on_hand, reserved) VALUES ($1, 1, 0)"};
    sql::Unit unit;
    for (const auto& [id, name, folded] :
         {std::tuple{"bag", "ÜBERGROSS", "Übergross"}, std::tuple{"cup", "Cup", "cup"}, std::tuple{"odd id", "ŠKODA", "Škoda"}}) {
        unit.add(kInsertOld, id, name, folded, Timestamp{});
        unit.add(kInsertStock, id);
    }
    ASSERT_TRUE(old.run(old.database().write(old.context(), std::move(unit))));
    ASSERT_TRUE(old.store().migrate(last));
    for (int starts = 0; starts < 2; ++starts) ASSERT_TRUE(old.run(fold_names_again(old.context(), old.database())));
    EXPECT_EQ(found(old, "überg"), std::vector<std::string>{"bag"});
    EXPECT_EQ(found(old, "CUP"), std::vector<std::string>{"cup"});
}

}  // namespace
}  // namespace tw::catalog
