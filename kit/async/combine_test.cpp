#include "kit/async/combine.hpp"

#include "kit/async/run.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tw {
namespace {

Task<int> answer_later(EventLoop& loop, int value, int& ended) {
    co_await hop_to(loop);
    ++ended;
    co_return value;
}

Task<int> throw_at_once(std::string what) {
    throw std::runtime_error{what};
    co_return 0;
}

/// Returns the text of the exception that `task` throws, or an empty text.
template <class T>
Task<std::string> thrown_by(Task<T> task) {
    try {
        static_cast<void>(co_await std::move(task));
    } catch (const std::runtime_error& thrown) {
        co_return thrown.what();
    }
    co_return std::string{};
}

TEST(CombineTest, an_exception_of_one_task_comes_out_where_both_are_awaited_once_the_other_has_ended) {
    EventLoop loop;
    int ended = 0;
    const auto first = run_until_done(loop, thrown_by(both(throw_at_once("damaged"), answer_later(loop, 1, ended))));
    EXPECT_EQ(first, "damaged");
    EXPECT_EQ(ended, 1);
    const auto second = run_until_done(loop, thrown_by(both(answer_later(loop, 1, ended), throw_at_once("damaged"))));
    EXPECT_EQ(second, "damaged");
    EXPECT_EQ(ended, 2);
}

TEST(CombineTest, an_exception_of_one_of_many_comes_out_where_all_are_awaited_once_the_others_have_ended) {
    EventLoop loop;
    int ended = 0;
    std::vector<Task<int>> tasks;
    tasks.push_back(answer_later(loop, 1, ended));
    tasks.push_back(throw_at_once("the first that threw"));
    tasks.push_back(throw_at_once("another"));
    tasks.push_back(answer_later(loop, 4, ended));
    EXPECT_EQ(run_until_done(loop, thrown_by(all(std::move(tasks)))), "the first that threw");
    EXPECT_EQ(ended, 2);
}

TEST(CombineTest, values_come_in_the_order_of_the_tasks) {
    EventLoop loop;
    int ended = 0;
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(answer_later(loop, i, ended));
    EXPECT_EQ(run_until_done(loop, all(std::move(tasks))), (std::vector{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace tw
