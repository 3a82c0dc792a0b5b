#include "kit/runtime/host/descriptors.hpp"

#include <sys/resource.h>

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

TEST(DescriptorsTest, the_soft_limit_becomes_the_hard_one) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit low{.rlim_cur = 64, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);

    EXPECT_EQ(allow_all_descriptors(), before.rlim_max);

    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    EXPECT_EQ(now.rlim_cur, before.rlim_max);
    EXPECT_EQ(now.rlim_max, before.rlim_max);
    EXPECT_EQ(allow_all_descriptors(), before.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace tw::runtime
