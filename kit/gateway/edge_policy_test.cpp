#include "kit/gateway/edge_policy.hpp"

#include "kit/gateway/calls/gateway_fixture.hpp"
#include "kit/gateway/cors.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

// Tests of the list of policies at the edge: policies in the list act in its order, and others do
// not act.
namespace tw::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Records when it acts, in each way that a policy can act. It answers in the service's place, or
/// calls twice, when told to.
class Recorder final : public EdgePolicy {
 public:
    Recorder(std::vector<std::string>& seen, std::string name) : seen_{seen}, name_{std::move(name)} {}

    Part part_in(const rpc::Method&) const override { return {.before = true, .around = true}; }
    ValueTask<Result<void>> before(const CallContext&, rpc::CallInfo&) override {
        note("before");
        if (refuses) return Error{Code::permission_denied, "CLOSED", "The shop is closed."};
        return {};
    }
    Task<Result<void>> around(const CallContext& ctx, rpc::CallInfo&, const rpc::Message&, rpc::Message&, Next next) override {
        note("around");
        co_return co_await next(ctx);
    }
    bool wants(const http::Request&) const override { return true; }
    Task<Result<void>> around_json(const CallContext& ctx, JsonCall& call, NextJson next) override {
        note("json");
        if (answers) {
            call.response = http::Response{.status = 202};
            co_return Result<void>{};
        }
        auto done = co_await next(ctx);
        if (!done && repeats) done = co_await next(ctx);
        co_return done;
    }
    void on_answer(const http::Request&, const ServiceAnswer* from, http::Response&) override {
        note(from != nullptr ? "answer of " + std::string{from->route.method->name} : "answer");
    }

    bool refuses = false;
    bool answers = false;
    bool repeats = false;

 private:
    void note(const std::string& what) { seen_.push_back(name_ + " " + what); }

    std::vector<std::string>& seen_;
    std::string name_;
};

class EdgePolicyTest : public GatewayTest {
 protected:
    EdgePolicyTest() { use({&first_, &second_}); }

    std::vector<std::string> seen_;
    Recorder first_{seen_, "first"};
    Recorder second_{seen_, "second"};
};

TEST_F(EdgePolicyTest, policies_act_in_the_order_of_the_list_and_on_answers_in_the_reverse_one) {
    EXPECT_EQ(get("/api/users/one").status, 200);
    EXPECT_THAT(seen_, ElementsAre("first before", "second before", "first json", "second json", "first around", "second around",
                                   "second answer of GetUser", "first answer of GetUser"));
    seen_.clear();
    use({&second_, &first_});
    EXPECT_EQ(get("/api/users/one").status, 200);
    EXPECT_THAT(seen_, ElementsAre("second before", "first before", "second json", "first json", "second around", "first around",
                                   "first answer of GetUser", "second answer of GetUser"));
}

TEST_F(EdgePolicyTest, a_refusal_is_an_answer_that_no_service_gave) {
    first_.refuses = true;
    EXPECT_EQ(get("/api/users/one").status, 403);
    EXPECT_THAT(seen_, ElementsAre("first before", "second answer", "first answer"));
}

TEST_F(EdgePolicyTest, a_policy_may_answer_in_the_services_place_with_a_status_of_its_own) {
    first_.answers = true;
    const auto answer = get("/api/users/one");
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.route, "/api/users/{id}");
    EXPECT_EQ(users_.calls, 0);
    EXPECT_THAT(seen_, ElementsAre("first before", "second before", "first json", "second answer", "first answer"));
}

TEST_F(EdgePolicyTest, a_policy_may_repeat_a_call_that_failed) {
    first_.repeats = true;
    users_.error = unavailable("away");
    EXPECT_EQ(get("/api/users/one").status, 503);
    EXPECT_EQ(users_.calls, 2);
}

TEST_F(EdgePolicyTest, pages_and_unknown_paths_are_completed_but_not_refused) {
    first_.refuses = true;
    EXPECT_EQ(get("/health").status, 200);
    EXPECT_THAT(seen_, ElementsAre("second answer", "first answer"));
    seen_.clear();
    EXPECT_EQ(get("/nowhere").status, 404);
    EXPECT_THAT(seen_, ElementsAre("second answer", "first answer"));
}

TEST_F(GatewayTest, a_list_without_cors_answers_no_field_of_it) {
    auto cors = Cors::allowing("https://shop.example", std::chrono::seconds{60}).value();
    const auto fields_of = [this](std::string method, std::string path) {
        http::Request request{.method = std::move(method), .path = std::move(path)};
        request.headers.add("Origin", "https://shop.example");
        request.headers.add("Access-Control-Request-Method", "PATCH");
        const auto answer = ask(std::move(request));
        std::vector<std::string> names;
        for (const auto& [name, value] : answer.headers.fields()) {
            if (name == "Vary" || name.starts_with("Access-Control-")) names.push_back(name);
        }
        return names;
    };
    for (const auto* const method : {"GET", "OPTIONS"}) {
        for (const auto* const path : {"/api/users/one", "/health", "/nowhere"}) {
            use({&cors, &conditional_requests_});
            EXPECT_THAT(fields_of(method, path), testing::Contains("Access-Control-Allow-Origin")) << method << path;
            use({&conditional_requests_});
            EXPECT_THAT(fields_of(method, path), IsEmpty()) << method << path;
        }
    }
}

TEST_F(GatewayTest, a_list_without_conditional_requests_gives_no_tags_and_judges_no_conditions) {
    http::Request request{.method = "GET", .path = "/api/users/one"};
    request.headers.add("If-None-Match", "\"7\"");
    EXPECT_EQ(ask(request).status, 304);
    use({});
    const auto answer = ask(request);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(header(answer, "etag"), "");
}

}  // namespace
}  // namespace tw::gateway
