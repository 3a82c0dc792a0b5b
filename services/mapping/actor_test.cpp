#include "services/mapping/actor.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(Actor, a_caller_is_named_by_its_id_and_an_unknown_one_is_anonymous) {
    EXPECT_EQ(actor_of(Principal{}), "anonymous");
    EXPECT_EQ(actor_of(Principal{.kind = Principal::Kind::service, .id = "spiffe://shop/order"}), "spiffe://shop/order");
}

}  // namespace
}  // namespace tw
