#include "services/order/order_draft.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::order {
namespace {

::order::CreateOrderRequest shorthand(std::string user_id, std::string product_id, std::int32_t quantity) {
    ::order::CreateOrderRequest request;
    request.set_user_id(std::move(user_id));
    request.set_product_id(std::move(product_id));
    request.set_quantity(quantity);
    return request;
}

::order::CreateOrderRequest lines(std::initializer_list<DraftLine> wanted) {
    ::order::CreateOrderRequest request;
    request.set_user_id("somebody");
    for (const auto& line : wanted) {
        auto& added = *request.add_lines();
        added.set_product_id(line.product_id);
        added.set_quantity(line.quantity);
    }
    return request;
}

std::vector<std::string> wrong_in(const ::order::CreateOrderRequest& request) {
    std::vector<std::string> pointers;
    const auto draft = read_draft(request);
    if (draft) return pointers;
    EXPECT_EQ(draft.error().code(), Code::invalid_argument);
    EXPECT_EQ(draft.error().reason(), "INVALID_FIELD");
    for (const auto& violation : draft.error().violations()) pointers.push_back(violation.pointer);
    return pointers;
}

TEST(OrderDraft, the_shorthand_is_one_line) {
    const auto draft = read_draft(shorthand("somebody", "prod-123", 2));
    ASSERT_TRUE(draft);
    EXPECT_TRUE(draft->shorthand);
    ASSERT_EQ(draft->lines.size(), 1u);
    EXPECT_EQ(draft->lines[0].product_id, "prod-123");
    EXPECT_EQ(draft->lines[0].quantity, 2);
}

TEST(OrderDraft, names_everything_that_is_missing) {
    EXPECT_THAT(wrong_in({}), testing::ElementsAre("/user_id", "/product_id", "/quantity"));
}

TEST(OrderDraft, a_quantity_is_from_one_to_ten_thousand) {
    for (const auto quantity : {0, -1, 10'001}) {
        EXPECT_THAT(wrong_in(shorthand("somebody", "prod-123", quantity)), testing::ElementsAre("/quantity")) << quantity;
        EXPECT_THAT(wrong_in(lines({{"prod-1", 1}, {"prod-2", quantity}})), testing::ElementsAre("/lines/1/quantity"))
            << quantity;
    }
    EXPECT_TRUE(read_draft(shorthand("somebody", "prod-123", 10'000)));
}

TEST(OrderDraft, lines_and_shorthand_exclude_each_other) {
    auto request = lines({{"prod-1", 1}});
    request.set_product_id("prod-2");
    request.set_quantity(1);
    EXPECT_THAT(wrong_in(request), testing::ElementsAre("/product_id", "/quantity"));
}

TEST(OrderDraft, has_at_most100_lines) {
    auto request = lines({});
    for (int i = 0; i < 101; ++i) {
        auto& line = *request.add_lines();
        line.set_product_id("prod-1");
        line.set_quantity(1);
    }
    EXPECT_THAT(wrong_in(request), testing::ElementsAre("/lines"));
    request.mutable_lines()->RemoveLast();
    EXPECT_TRUE(read_draft(request));
}

TEST(OrderDraft, the_list_of_what_is_wrong_is_bounded) {
    auto request = lines({});
    for (int i = 0; i < 100; ++i) request.add_lines();
    EXPECT_LE(wrong_in(request).size(), 21u);
}

TEST(OrderDraft, a_pointer_into_the_only_line_of_the_shorthand_points_into_the_request) {
    const OrderDraft shorthand_draft{.user_id = "", .lines = {}, .shorthand = true};
    EXPECT_EQ(pointer_in_request(shorthand_draft, "/lines/0/product_id"), "/product_id");
    const OrderDraft lines_draft{.user_id = "", .lines = {}, .shorthand = false};
    EXPECT_EQ(pointer_in_request(lines_draft, "/lines/0/product_id"), "/lines/0/product_id");
}

}  // namespace
}  // namespace tw::order
