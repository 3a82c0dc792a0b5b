#include "kit/async/thread_priority.hpp"

#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace tw {
namespace {

int nice_value() { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); }

TEST(ThreadPriority, one_thread_is_lowered_and_the_others_stay) {
    const int before = nice_value();
    int lowered = 0;
    std::thread background{[&lowered] {
        lower_thread_priority();
        lowered = nice_value();
    }};
    background.join();
    EXPECT_EQ(nice_value(), before);
    EXPECT_GE(lowered, 10);
}

}  // namespace
}  // namespace tw
