#include "kit/cache/local_rate_limiter.hpp"
#include "kit/gateway/calls/gateway_fixture.hpp"
#include "kit/gateway/rate_limit.hpp"
#include "kit/rpc/concurrency_limit.hpp"
#include "kit/rpc/unary_exchange.hpp"
#include "kit/testing/fake_clock.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests of policies at the edge, for calls by HTTP and JSON, by gRPC, and by gRPC-Web.
namespace tw::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

enum class Way : std::uint8_t { json, grpc, grpc_web };

/// Refuses calls with a certain value of a header field, records what it sees, and answers in the
/// service's place when told to.
class Guard final : public rpc::Policy {
 public:
    Part part_in(const rpc::Method& method) const override {
        const bool mine = method.name == "GetUser";
        return {.before = mine, .around = mine};
    }
    ValueTask<Result<void>> before(const CallContext&, rpc::CallInfo& call) override {
        seen.emplace_back("before");
        call.initial_metadata.emplace_back("guarded", "yes");
        for (const auto& [name, value] : call.request_metadata) {
            if (name == "x-shop" && value == "unknown") return Error{Code::unauthenticated, "INVALID_TOKEN", "Who are you?"};
            if (name == "x-shop" && value == "closed") return Error{Code::permission_denied, "CLOSED", "The shop is closed."};
        }
        return {};
    }
    void after(rpc::CallInfo&) noexcept override { seen.emplace_back("after"); }
    Task<Result<void>> around(const CallContext& ctx, rpc::CallInfo&, const rpc::Message& request, rpc::Message& response,
                              Next next) override {
        seen.push_back("in: " + static_cast<const ::sample::GetUserRequest&>(request).id());
        if (answers) {
            static_cast<::sample::User&>(response).set_id("from-the-policy");
            co_return Result<void>{};
        }
        auto done = co_await next(ctx);
        seen.push_back(done ? "out: " + static_cast<const ::sample::User&>(response).id() : "failed");
        co_return done;
    }

    bool answers = false;
    std::vector<std::string> seen;
};

class EdgePoliciesTest : public GatewayTest, public testing::WithParamInterface<Way> {
 protected:
    void use(rpc::Policy& policy) { GatewayTest::use({&policy}); }

    http::Response get_user(const std::string& id, std::optional<std::string> shop = {}) {
        ::sample::GetUserRequest message;
        message.set_id(id);
        http::Request request{.method = "GET", .path = "/api/users/" + id};
        if (GetParam() != Way::json) request = grpc("GetUser", message);
        if (shop) request.headers.add("X-Shop", *shop);
        return ask(std::move(request));
    }
    http::Response create_user(const std::string& email) {
        ::sample::CreateUserRequest message;
        message.set_email(email);
        message.set_name("Ann");
        if (GetParam() != Way::json) return ask(grpc("CreateUser", message));
        return send("POST", "/api/users", R"({"name": "Ann", "email": ")" + email + "\"}");
    }
    static http::Request grpc(const std::string& method, const rpc::Message& message) {
        http::Request request{.method = "POST", .path = "/sample.UserService/" + method, .body = rpc::frame_message(message)};
        const bool web = GetParam() == Way::grpc_web;
        request.headers.add("content-type", web ? "application/grpc-web+proto" : "application/grpc");
        request.version = web ? http::Version::http_1_1 : http::Version::http_2;
        return request;
    }
    /// Returns the status of gRPC as a number, or the status of HTTP.
    static std::string status(const http::Response& response) {
        switch (GetParam()) {
            case Way::json:
                return std::to_string(response.status);
            case Way::grpc:
                return std::string{response.trailers.find("grpc-status").value_or("none")};
            case Way::grpc_web:
                break;
        }
        const auto named = response.headers.find("grpc-status");
        if (named) return std::string{*named};
        const auto at = response.body.find("grpc-status:");
        return at == std::string::npos ? "none" : response.body.substr(at + 12, response.body.find('\r', at) - at - 12);
    }
    static std::string expected(const char* http, const char* grpc) { return GetParam() == Way::json ? http : grpc; }
};

INSTANTIATE_TEST_SUITE_P(Ways, EdgePoliciesTest, testing::Values(Way::json, Way::grpc, Way::grpc_web), [](const auto& info) {
    return info.param == Way::json ? "json" : info.param == Way::grpc ? "grpc" : "grpc_web";
});

TEST_P(EdgePoliciesTest, a_policy_sees_metadata_request_and_response) {
    Guard guard;
    use(guard);
    const auto answer = get_user("one", "open");
    EXPECT_EQ(status(answer), expected("200", "0"));
    EXPECT_EQ(header(answer, "guarded"), "yes");
    EXPECT_THAT(guard.seen, ElementsAre("before", "in: one", "out: one", "after"));
}

TEST_P(EdgePoliciesTest, a_policy_refuses_by_a_header_field_before_the_message_is_read) {
    Guard guard;
    use(guard);
    EXPECT_EQ(status(get_user("one", "closed")), expected("403", "7"));
    EXPECT_EQ(users_.calls, 0);
    EXPECT_THAT(guard.seen, ElementsAre("before"));
}

TEST_P(EdgePoliciesTest, a_refused_token_is_answered_with_its_challenge) {
    Guard guard;
    use(guard);
    const auto refused = get_user("abc", "unknown");
    EXPECT_EQ(status(refused), expected("401", "16"));
    EXPECT_EQ(header(refused, "www-authenticate"), R"(Bearer error="invalid_token")");
    EXPECT_FALSE(get_user("abc", "closed").headers.find("www-authenticate"));
}

/// Reads one header field, and records which fields it gets.
class OneFieldReader final : public rpc::Policy {
 public:
    Part part_in(const rpc::Method&) const override { return {.before = true}; }
    std::span<const std::string_view> metadata_names() const override {
        static constexpr std::array<std::string_view, 1> kNames{"x-shop"};
        return kNames;
    }
    ValueTask<Result<void>> before(const CallContext&, rpc::CallInfo& call) override {
        seen = call.request_metadata;
        return {};
    }

    rpc::Metadata seen;
};

TEST_P(EdgePoliciesTest, a_policy_gets_the_header_fields_that_it_names_and_no_others) {
    OneFieldReader reader;
    use(reader);
    get_user("abc", "open");
    EXPECT_EQ(reader.seen, (rpc::Metadata{{"x-shop", "open"}}));
}

/// Reads one header field, also if the edge lends it.
class LentFieldReader final : public rpc::Policy {
 public:
    Part part_in(const rpc::Method&) const override { return {.before = true}; }
    std::span<const std::string_view> metadata_names() const override {
        static constexpr std::array<std::string_view, 1> kNames{"x-shop"};
        return kNames;
    }
    bool reads_lent_metadata() const override { return true; }
    ValueTask<Result<void>> before(const CallContext&, rpc::CallInfo& call) override {
        for (const auto& [name, value] : call.request_metadata) seen.push_back(name + "=" + value);
        for (const auto& [name, value] : call.lent_metadata) seen.push_back(std::string{name} + "=" + std::string{value});
        return {};
    }

    std::vector<std::string> seen;
};

TEST_P(EdgePoliciesTest, a_policy_gets_a_header_field_once_whether_it_is_lent_or_not) {
    LentFieldReader reader;
    use(reader);
    get_user("abc", "open");
    EXPECT_THAT(reader.seen, ElementsAre("x-shop=open"));
}

TEST_P(EdgePoliciesTest, no_field_is_lent_if_one_of_the_policies_does_not_look_there) {
    LentFieldReader reader;
    OneFieldReader other;
    GatewayTest::use({&reader, &other});
    get_user("abc", "open");
    EXPECT_THAT(reader.seen, ElementsAre("x-shop=open"));
    EXPECT_EQ(other.seen, (rpc::Metadata{{"x-shop", "open"}}));
}

TEST_P(EdgePoliciesTest, a_policy_may_answer_in_the_services_place) {
    Guard guard;
    guard.answers = true;
    use(guard);
    const auto answer = get_user("one");
    EXPECT_EQ(status(answer), expected("200", "0"));
    EXPECT_THAT(answer.body, HasSubstr("from-the-policy"));
    EXPECT_EQ(users_.calls, 0);
}

TEST_P(EdgePoliciesTest, a_request_that_breaks_the_contract_does_not_come_to_the_message_part) {
    struct Counter final : rpc::Policy {
        Part part_in(const rpc::Method&) const override { return {.around = true}; }
        Task<Result<void>> around(const CallContext& ctx, rpc::CallInfo&, const rpc::Message&, rpc::Message&,
                                  Next next) override {
            ++count;
            co_return co_await next(ctx);
        }
        int count = 0;
    } counter;
    use(counter);
    EXPECT_EQ(status(create_user("no-address")), expected("400", "3"));
    EXPECT_EQ(counter.count, 0);
    EXPECT_EQ(status(create_user("ann@example.com")), expected("200", "0"));
    EXPECT_EQ(counter.count, 1);
}

TEST_P(EdgePoliciesTest, the_rate_limit_applies) {
    test::FakeClock clock;
    cache::LocalRateLimiter limiter{clock};
    RateLimit limit{limiter, {.burst = 1, .interval = std::chrono::seconds{1}}};
    use(limit);
    EXPECT_EQ(status(get_user("one")), expected("200", "0"));
    EXPECT_EQ(status(get_user("one")), expected("429", "8"));
    EXPECT_EQ(users_.calls, 1);
}

TEST_P(EdgePoliciesTest, the_rate_limit_applies_where_the_limiter_has_to_ask_first) {
    /// A limiter that never answers at once, like one that counts in another process.
    class FarLimiter final : public cache::RateLimiter {
     public:
        explicit FarLimiter(cache::RateLimiter& limiter) : limiter_{limiter} {}
        std::optional<cache::RateDecision> take_now(std::string_view, const cache::Rate&) override { return std::nullopt; }
        Task<cache::RateDecision> take(const CallContext& ctx, std::string_view key, const cache::Rate& rate) override {
            co_await hop_to(ctx.loop());
            co_return *limiter_.take_now(key, rate);
        }

     private:
        cache::RateLimiter& limiter_;
    };
    test::FakeClock clock;
    cache::LocalRateLimiter near{clock};
    FarLimiter limiter{near};
    RateLimit limit{limiter, {.burst = 1, .interval = std::chrono::seconds{1}}};
    use(limit);
    EXPECT_EQ(status(get_user("one")), expected("200", "0"));
    EXPECT_EQ(status(get_user("one")), expected("429", "8"));
    EXPECT_EQ(users_.calls, 1);
}

TEST_P(EdgePoliciesTest, the_limit_of_concurrency_applies) {
    const auto count = std::make_shared<rpc::ConcurrencyLimit::Count>(1);
    rpc::ConcurrencyLimit limit{count, 1};
    use(limit);
    EXPECT_EQ(status(get_user("one")), expected("503", "14"));
    count->store(0);
    EXPECT_EQ(status(get_user("one")), expected("200", "0"));
    EXPECT_EQ(count->load(), 0U);
}

TEST_P(EdgePoliciesTest, the_deadline_of_a_policy_applies) {
    // The deadline is earlier than the contract's timeout, which the channel applies anyway.
    static constexpr std::chrono::milliseconds kTime{500};
    struct Hurry final : rpc::Policy {
        Part part_in(const rpc::Method&) const override { return {.before = true}; }
        ValueTask<Result<void>> before(const CallContext& ctx, rpc::CallInfo& call) override {
            call.deadline = Deadline::after(ctx.loop().now(), kTime);
            return {};
        }
    } hurry;
    use(hurry);
    EXPECT_EQ(status(get_user("one")), expected("200", "0"));
    EXPECT_LE(users_.deadline, Deadline::after(loop_.now(), kTime));
}

}  // namespace
}  // namespace tw::gateway
