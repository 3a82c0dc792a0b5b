#include "kit/redis/connection/reply_reader.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::redis {
namespace {

class ReplyReaderTest : public testing::Test {
 protected:
    Result<std::optional<Reply>> read(std::string_view bytes) {
        reader.feed({bytes.data(), bytes.size()});
        return reader.next();
    }
    ReplyReader reader{1000};
};

TEST_F(ReplyReaderTest, each_kind_of_answer_is_read) {
    EXPECT_EQ((*read("+OK\r\n").value()).text(), "OK");
    EXPECT_EQ((*read(":42\r\n").value()).integer(), 42);
    EXPECT_EQ((*read({"$3\r\na\0b\r\n", 9}).value()).kind(), ReplyView::Kind::text);
    EXPECT_TRUE((*read("$-1\r\n").value()).is_nil());
    const auto error = *read("-OOM no\r\n").value();
    EXPECT_EQ(error.kind(), ReplyView::Kind::error);
    EXPECT_EQ(error.text(), "OOM no");
    const auto array = *read("*2\r\n:1\r\n*1\r\n+x\r\n").value();
    ASSERT_EQ(array.size(), 2U);
    EXPECT_EQ(array.at(0).integer(), 1);
    EXPECT_EQ(array.at(1).at(0).text(), "x");
}

TEST_F(ReplyReaderTest, asking_for_what_an_answer_is_not_gives_nothing) {
    const auto reply = *read(":42\r\n").value();
    EXPECT_EQ(reply.text(), "");
    EXPECT_EQ(reply.size(), 0U);
    EXPECT_TRUE(reply.at(3).at(4).is_nil());
    EXPECT_EQ(ReplyView{}.integer(), 0);
}

TEST_F(ReplyReaderTest, an_answer_may_come_byte_by_byte_and_several_at_once) {
    for (const char c : std::string_view{"$2\r\nhi\r"}) ASSERT_FALSE(read({&c, 1}).value());
    EXPECT_EQ((*read("\n+one\r\n+two\r\n+th").value()).text(), "hi");
    EXPECT_EQ((*reader.next().value()).text(), "one");
    EXPECT_EQ((*reader.next().value()).text(), "two");
    EXPECT_FALSE(reader.next().value());
}

TEST_F(ReplyReaderTest, an_answer_that_is_too_large_is_refused_before_it_is_whole) {
    const auto refused = read("$5000\r\n" + std::string(1001, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "REDIS_PROTOCOL");
}

TEST_F(ReplyReaderTest, an_array_is_believed_only_as_far_as_the_bound) {
    const auto refused = read("*2000000000\r\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "REDIS_PROTOCOL");
}

TEST_F(ReplyReaderTest, what_is_no_answer_is_refused) { EXPECT_EQ(read("HTTP/1.1 400\r\n").error().reason(), "REDIS_PROTOCOL"); }

TEST_F(ReplyReaderTest, nesting_has_a_bound) {
    std::string deep;
    for (int i = 0; i < 50; ++i) deep += "*1\r\n";
    EXPECT_FALSE(read(deep));
}

}  // namespace
}  // namespace tw::redis
