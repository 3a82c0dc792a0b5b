#include "services/catalog/product.hpp"

#include <gtest/gtest.h>

namespace tw::catalog {
namespace {

Product cup(ProductStatus status) {
    return {.id = *ProductId::parse("prod-123"),
            .name = "Cup",
            .description = "",
            .price = Money{1990, *Currency::parse("EUR")},
            .status = status};
}

TEST(ProductId, is_a_slug) {
    EXPECT_TRUE(ProductId::parse("prod-123"));
    for (const auto* wrong : {"", "-a", "a-", "a--b", "Prod", "a b", "ä"}) EXPECT_FALSE(ProductId::parse(wrong)) << wrong;
    EXPECT_TRUE(ProductId::parse(std::string(64, 'a')));
    EXPECT_FALSE(ProductId::parse(std::string(65, 'a')));
}

TEST(ProductStatus, has_one_name_each) {
    for (const auto status : {ProductStatus::draft, ProductStatus::active, ProductStatus::archived}) {
        EXPECT_EQ(parse_product_status(status_name(status)), status);
    }
    EXPECT_FALSE(parse_product_status("sold"));
}

TEST(Product, goes_from_draft_to_active_to_archived_and_no_other_way) {
    using enum ProductStatus;
    const std::array all{draft, active, archived};
    for (const auto from : all) {
        for (const auto to : all) {
            const bool listed = (from == draft && to == active) || (from == active && to == archived);
            EXPECT_EQ(may_become(from, to), listed);
            EXPECT_EQ(changed(cup(from), {.status = to}, {}).has_value(), listed || from == to);
        }
    }
}

TEST(Product, a_change_raises_the_version_and_no_change_does_not) {
    const auto now = Timestamp::from_unix_micros(5);
    const auto dearer = changed(cup(ProductStatus::active), {.price = Money{2490, *Currency::parse("EUR")}}, now);
    ASSERT_TRUE(dearer);
    EXPECT_EQ(dearer->price.minor(), 2490);
    EXPECT_EQ(dearer->version, 2);
    EXPECT_EQ(dearer->updated_at, now);
    EXPECT_EQ(changed(cup(ProductStatus::active), {.name = "Cup"}, now)->version, 1);
}

}  // namespace
}  // namespace tw::catalog
