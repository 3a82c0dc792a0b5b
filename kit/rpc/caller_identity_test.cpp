#include "kit/rpc/placement_fixture.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover what a callee learns of its caller: the module that calls, and the credentials
// of the user for whom it calls.
namespace tw::rpc::test {
namespace {

/// Records what a call brings.
class Witness final : public Policy {
 public:
    Part part_in(const Method&) const override { return {.before = true}; }
    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override {
        seen = ctx.attributes();
        authorizations.clear();
        for (const auto& [name, value] : call.request_metadata) {
            if (name == "authorization") authorizations.push_back(value);
        }
        return {};
    }

    CallAttributes seen;
    std::vector<std::string> authorizations;
};

std::shared_ptr<CallAttributes> attributes_of_user() {
    auto attributes = std::make_shared<CallAttributes>();
    attributes->principal = Principal{.kind = Principal::Kind::user, .proof = Principal::Proof::token, .id = "ann"};
    attributes->authorization = std::make_shared<const std::string>("Bearer a.b.c");
    attributes->peer_identity = "spiffe://shop/web";
    return attributes;
}

class CallerIdentityTest : public testing::Test {
 protected:
    static Task<Result<Text>> say(Placement& at, Channel& channel, std::shared_ptr<const CallAttributes> attributes,
                                  CallOptions* options = nullptr) {
        RootCall root{at.loop};
        const auto ctx = attributes ? root.context().with_attributes(std::move(attributes)) : root.context();
        Text request;
        request.set_value("hello");
        co_return co_await call_unary<Text>(channel, ctx, kSay, request, options);
    }
    std::unique_ptr<Channel> local(std::string identity) {
        return make_local_channel(at.loop, at.table, {at.client_tracer, at.log, at.client_meter}, {}, std::move(identity));
    }

    Witness witness;
    Placement at{false};
};

TEST_F(CallerIdentityTest, a_callee_in_the_process_knows_the_module_that_calls) {
    at.use_policies({&witness});
    const auto channel = local("spiffe://shop/order");
    ASSERT_TRUE(at.run(say(at, *channel, nullptr)));
    EXPECT_EQ(witness.seen.peer_identity, "spiffe://shop/order");
    EXPECT_EQ(witness.seen.principal->kind, Principal::Kind::service);
    EXPECT_EQ(witness.seen.principal->proof, Principal::Proof::process);
    EXPECT_EQ(witness.seen.principal->id, "spiffe://shop/order");
}

TEST_F(CallerIdentityTest, a_module_that_calls_for_a_user_says_so_and_shows_its_own_identity) {
    at.use_policies({&witness});
    const auto channel = local("spiffe://shop/order");
    ASSERT_TRUE(at.run(say(at, *channel, attributes_of_user())));
    EXPECT_EQ(witness.seen.peer_identity, "spiffe://shop/order");
    EXPECT_EQ(witness.seen.principal->id, "ann");
    ASSERT_TRUE(witness.seen.authorization);
    EXPECT_EQ(*witness.seen.authorization, "Bearer a.b.c");
}

TEST_F(CallerIdentityTest, a_module_without_an_identity_passes_no_other_on) {
    at.use_policies({&witness});
    const auto channel = local("");
    ASSERT_TRUE(at.run(say(at, *channel, attributes_of_user())));
    EXPECT_EQ(witness.seen.peer_identity, "");
    ASSERT_TRUE(at.run(say(at, *channel, nullptr)));
    EXPECT_EQ(witness.seen.principal->kind, Principal::Kind::anonymous);
}

TEST_F(CallerIdentityTest, a_callee_in_another_process_gets_the_users_credentials_and_nothing_else) {
    Placement apart{true};
    apart.use_policies({&witness});
    ASSERT_TRUE(apart.run(say(apart, apart.channel(), attributes_of_user())));
    EXPECT_THAT(witness.authorizations, testing::ElementsAre("Bearer a.b.c"));
    EXPECT_EQ(witness.seen.principal->kind, Principal::Kind::anonymous) << "it has to verify the token itself";
    EXPECT_EQ(witness.seen.peer_identity, "");
    ASSERT_TRUE(apart.run(say(apart, apart.channel(), nullptr)));
    EXPECT_TRUE(witness.authorizations.empty());
}

TEST_F(CallerIdentityTest, credentials_that_the_caller_gives_count_before_those_of_the_served_call) {
    Placement apart{true};
    apart.use_policies({&witness});
    CallOptions options;
    options.metadata.emplace_back("authorization", "Bearer own");
    ASSERT_TRUE(apart.run(say(apart, apart.channel(), attributes_of_user(), &options)));
    EXPECT_THAT(witness.authorizations, testing::ElementsAre("Bearer own"));
}

}  // namespace
}  // namespace tw::rpc::test
