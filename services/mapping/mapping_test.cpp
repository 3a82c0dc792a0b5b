#include "kit/testing/quiet_telemetry.hpp"
#include "services/mapping/money.hpp"
#include "services/mapping/page.hpp"
#include "services/mapping/row_page.hpp"
#include "services/mapping/version.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(Page, a_token_brings_back_the_key_it_was_made_of) {
    const auto page = read_page_request(10, page_token("prod-123"));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->size, 10);
    EXPECT_EQ(page->after, "prod-123");
}

TEST(Page, without_size_and_token_it_is_the_first_fifty) {
    const auto page = read_page_request(0, "");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->size, 50);
    EXPECT_EQ(page->after, "");
}

TEST(Page, the_newest_first_begin_after_all_ids) {
    const auto page = read_page_request(0, "", true);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->newest_first);
    EXPECT_GT(page->after, "ffffffff-ffff-7fff-bfff-ffffffffffff");
    EXPECT_EQ(read_page_request(0, page_token("key"), true)->after, "key");
}

TEST(Page, what_no_list_gave_is_no_token) {
    for (const std::string token : {"1", "x", "2aa", "1zz", "1a", "1ff", "100", "161007f", "not a token"}) {
        const auto page = read_page_request(0, token);
        ASSERT_FALSE(page) << token;
        EXPECT_EQ(page.error().code(), Code::invalid_argument);
        ASSERT_EQ(page.error().violations().size(), 1u);
        EXPECT_EQ(page.error().violations()[0].pointer, "/page_token");
    }
    EXPECT_FALSE(read_page_request(0, page_token(std::string(256, 'a'))));
    EXPECT_TRUE(read_page_request(0, page_token(std::string(255, 'a'))));
    EXPECT_FALSE(read_page_request(0, page_token(std::string_view{"a\0b", 3})));
}

TEST(Page, a_size_out_of_bounds_is_refused) {
    EXPECT_FALSE(read_page_request(-1, ""));
    EXPECT_FALSE(read_page_request(1001, ""));
    EXPECT_TRUE(read_page_request(1000, ""));
}

TEST(Page, the_item_too_many_says_that_there_is_more) {
    const auto key_of = [](int item) { return std::to_string(item); };
    const auto more = cut_page(std::vector{1, 2, 3}, 2, key_of);
    EXPECT_EQ(more.items, (std::vector{1, 2}));
    EXPECT_EQ(more.next, "2");
    const auto last = cut_page(std::vector{1, 2}, 2, key_of);
    EXPECT_EQ(last.items, (std::vector{1, 2}));
    EXPECT_EQ(last.next, std::nullopt);
}

TEST(Version, any_version_will_do_where_none_is_expected) {
    EXPECT_FALSE(version_mismatch(0, 7));
    EXPECT_FALSE(version_mismatch(7, 7));
}

TEST(Version, another_version_than_expected_is_aborted) {
    const auto error = version_mismatch(6, 7);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Code::aborted);
    EXPECT_EQ(error->reason(), "VERSION_MISMATCH");
    EXPECT_FALSE(error->retryable());
}

TEST(Amount, is_above_zero_and_has_a_currency) {
    tradewind::Money message;
    message.set_minor(0);
    message.set_currency("euro");
    const auto refused = read_amount(message, "/price");
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().violations().size(), 2u);
    EXPECT_EQ(refused.error().violations()[0].pointer, "/price/minor");
    EXPECT_EQ(refused.error().violations()[1].pointer, "/price/currency");
}

TEST(Amount, is_at_most_what_every_json_reader_holds_exactly) {
    tradewind::Money message;
    message.set_currency("EUR");
    message.set_minor(Money::kMinorMax);
    EXPECT_EQ(read_amount(message, "/price").value().minor(), Money::kMinorMax);
    message.set_minor(Money::kMinorMax + 1);
    const auto refused = read_amount(message, "/price");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().violations()[0].pointer, "/price/minor");
}

TEST(Amount, survives_the_way_through_its_message) {
    const Money price{1999, *Currency::parse("EUR")};
    const auto read = read_amount(to_proto(price), "/price");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, price);
}

TEST(Amount, is_in_a_currency_that_iso_4217_lists_unless_another_service_answered_it) {
    tradewind::Money message;
    message.set_minor(1);
    message.set_currency("ZZZ");
    ASSERT_FALSE(read_amount(message, "/price"));
    EXPECT_TRUE(read_answered(message));
}

sql::Row row(std::string key) { return sql::Row{{std::move(key)}}; }

TEST(RowPage, goes_on_after_the_last_key_that_a_token_can_carry) {
    const sql::Rows rows{row("a"), row("SKU_1"), row(std::string(300, 'k')), row("\xff")};
    EXPECT_EQ(key_to_go_on_after(std::span{rows}.first(2)), "SKU_1");
    EXPECT_EQ(key_to_go_on_after(rows), "SKU_1");
    EXPECT_EQ(key_to_go_on_after(std::span{rows}.last(2)), std::nullopt);
}

class ReadIfFoundTest : public testing::Test {
 protected:
    Result<std::optional<std::string>> read(Result<std::optional<sql::Row>> found) {
        return read_if_found(call_.context(), reader_, std::move(found),
                             [](const sql::Row& each) { return each.get<std::string>(0); });
    }

 private:
    test::QuietTelemetry telemetry_;
    EventLoop loop_;
    RootCall call_{loop_};
    sql::RowReader reader_{telemetry_.get(), "things"};
};

TEST_F(ReadIfFoundTest, a_row_that_was_found_is_read) {
    EXPECT_EQ(read(row("a")).value(), "a");
    EXPECT_EQ(read(std::optional<sql::Row>{}).value(), std::nullopt);
}

TEST_F(ReadIfFoundTest, a_query_that_failed_and_a_row_that_cannot_be_read_are_errors) {
    EXPECT_EQ(read(unavailable("away")).error().reason(), "UNAVAILABLE");
    EXPECT_EQ(read(sql::Row{{std::int64_t{1}}}).error().reason(), "ROW_UNREADABLE");
}

}  // namespace
}  // namespace tw
