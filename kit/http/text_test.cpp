#include "kit/http/text.hpp"

#include <gtest/gtest.h>

namespace tw::http {
namespace {

TEST(DecodeUnreserved, characters_that_mean_something_in_a_path_stay_encoded) {
    EXPECT_EQ(decode_unreserved("%61%2Db%7E"), "a-b~");
    EXPECT_EQ(decode_unreserved("a%2Fb%3Fc%25d%20e"), "a%2Fb%3Fc%25d%20e");
    EXPECT_EQ(decode_unreserved("%"), "%");
    EXPECT_EQ(decode_unreserved("%6"), "%6");
    EXPECT_EQ(decode_unreserved("%zz%61"), "%zza");
}

}  // namespace
}  // namespace tw::http
