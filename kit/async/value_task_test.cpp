#include "kit/async/value_task.hpp"

#include "kit/async/run.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace tw {
namespace {

Task<std::string> text_after_a_turn(EventLoop& loop, std::string text) {
    co_await hop_to(loop);
    if (text.empty()) throw std::runtime_error{"there is no text"};
    co_return text;
}

ValueTask<std::string> text_now_or_later(EventLoop& loop, std::string text, bool now) {
    if (now) return text;
    return text_after_a_turn(loop, std::move(text));
}

Task<std::string> await_text(EventLoop& loop, std::string text, bool now) {
    try {
        auto answer = text_now_or_later(loop, std::move(text), now);
        co_return co_await std::move(answer);
    } catch (const std::runtime_error& error) {
        co_return error.what();
    }
}

class ValueTaskTest : public testing::Test {
 protected:
    std::string text(const std::string& text, bool now) { return run_until_done(loop, await_text(loop, text, now)); }

    EventLoop loop;
};

TEST_F(ValueTaskTest, gives_a_value_that_is_there_already) { EXPECT_EQ(text("now", true), "now"); }

TEST_F(ValueTaskTest, gives_the_value_that_a_task_brings) { EXPECT_EQ(text("later", false), "later"); }

TEST_F(ValueTaskTest, passes_on_the_exception_of_its_task) { EXPECT_EQ(text("", false), "there is no text"); }

TEST_F(ValueTaskTest, says_whether_the_value_is_there_before_it_is_awaited) {
    auto now = text_now_or_later(loop, "now", true);
    ASSERT_TRUE(now.ready());
    EXPECT_EQ(std::move(now).take(), "now");
    EXPECT_FALSE(text_now_or_later(loop, "later", false).ready());
}

TEST_F(ValueTaskTest, a_default_one_has_the_default_value) { EXPECT_EQ(ValueTask<int>{}.take(), 0); }

}  // namespace
}  // namespace tw
