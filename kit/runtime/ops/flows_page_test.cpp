#include "kit/runtime/ops/flows_page.hpp"

#include "kit/runtime/ops/operated_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::runtime {
namespace {

using durable::FlowRecord;
using durable::State;
using testing::HasSubstr;
using testing::Not;

class FlowsPageTest : public OperatedTest {
 protected:
    void add(std::string id, State state, std::string kind = "order.pay") {
        time_ = time_ + std::chrono::microseconds{1};
        FlowRecord flow{.id = std::move(id),
                        .kind = std::move(kind),
                        .state = state,
                        .owner = "order-1",
                        .attempts = 3,
                        .input = "tok_secret",
                        .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                        .created_at = time_};
        if (state == State::parked) flow.error = Error{Code::unavailable, "BUS_FULL", "too much"};
        sql::Unit unit;
        durable::FlowStore::insert(unit, flow);
        EXPECT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    }
    void add_step(const std::string& id, std::string name, Result<std::string> answer) {
        sql::Unit unit;
        durable::FlowStore::insert_step(
            unit, id, {.name = std::move(name), .position = steps_++, .answer = std::move(answer), .created_at = time_});
        EXPECT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    }
    http::Response ask(http::Request request) {
        return db_.run(flows_page(db_.context(), operated_, clock_, std::move(request)));
    }
    std::vector<std::string> ids(const http::Response& response) {
        std::vector<std::string> found;
        const auto answer = json_of(response);
        for (const auto& flow : answer.at("flows").as_array()) found.emplace_back(flow.at("id").as_string());
        return found;
    }

    Timestamp time_ = Timestamp::from_unix_micros(1'700'000'000'000'000);
    std::int64_t steps_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Engines, FlowsPageTest, testing::ValuesIn(test::kDatabases));

TEST_P(FlowsPageTest, lists_open_flows_with_the_parked_ones_first) {
    serve();
    add("running", State::running);
    add("parked", State::parked);
    add("done", State::done);
    add("waiting", State::waiting);
    EXPECT_THAT(ids(ask(get(""))), testing::ElementsAre("parked", "waiting", "running"));
    EXPECT_THAT(ids(ask(get("state=done"))), testing::ElementsAre("done"));
    EXPECT_THAT(ids(ask(get("kind=order.pay&state=parked"))), testing::ElementsAre("parked"));
    EXPECT_THAT(ids(ask(get("kind=other"))), testing::IsEmpty());
}

TEST_P(FlowsPageTest, pages_go_through_all_states_without_a_gap) {
    serve();
    for (const auto* id : {"p1", "p2", "p3"}) add(id, State::parked);
    for (const auto* id : {"r1", "r2"}) add(id, State::running);
    std::vector<std::string> all;
    std::string token;
    int pages = 0;
    do {
        const auto answer = ask(get("page_size=2&page_token=" + token));
        for (auto& id : ids(answer)) all.push_back(std::move(id));
        const auto body = json_of(answer);
        token = body.contains("next_page_token") ? body.at("next_page_token").as_string().c_str() : "";
        ++pages;
    } while (!token.empty() && pages < 9);
    EXPECT_THAT(all, testing::ElementsAre("p1", "p2", "p3", "r1", "r2"));
    EXPECT_EQ(pages, 3);
}

TEST_P(FlowsPageTest, shows_a_flow_with_its_steps_and_without_business_data) {
    serve();
    add("pay/1", State::parked);
    add_step("pay/1", "reserve", std::string{"answer of a step"});
    add_step("pay/1", "charge", Error{Code::unavailable, "AWAY", "gone"});
    const auto response = ask(get("id=pay%2F1"));
    EXPECT_EQ(response.status, 200);
    const auto flow = json_of(response);
    EXPECT_EQ(flow.at("module").as_string(), "order");
    EXPECT_EQ(flow.at("state").as_string(), "parked");
    EXPECT_EQ(flow.at("attempts").as_int64(), 3);
    EXPECT_EQ(flow.at("trace_id").as_string(), "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(flow.at("error").at("reason").as_string(), "BUS_FULL");
    EXPECT_EQ(flow.at("steps").as_array().size(), 2u);
    EXPECT_EQ(flow.at("steps").at(1).at("outcome").as_string(), "refused");
    EXPECT_THAT(response.body, Not(HasSubstr("tok_secret")));
    EXPECT_THAT(response.body, Not(HasSubstr("answer of a step")));
}

TEST_P(FlowsPageTest, a_parked_flow_is_retried_and_an_open_one_canceled) {
    serve();
    add("parked", State::parked);
    const auto retried = ask(post(R"({"action":"retry","id":"parked"})"));
    EXPECT_EQ(json_of(retried).at("state").as_string(), "waiting");
    EXPECT_EQ(wakes_, 1);
    const auto canceled = ask(post(R"({"action":"cancel","id":"parked"})"));
    // A replica takes the flow and ends it.
    EXPECT_EQ(json_of(canceled).at("state").as_string(), "waiting");
    EXPECT_EQ(json_of(canceled).at("steps").at(0).at("name").as_string(), "canceled by an operator");
    EXPECT_EQ(wakes_, 2);
    const auto again = ask(post(R"({"action":"cancel","id":"parked"})"));
    EXPECT_EQ(reason_of(again), "FLOW_STATE");
    EXPECT_THAT(again.body, HasSubstr("only once"));
}

TEST_P(FlowsPageTest, a_flow_that_nobody_runs_any_more_is_ended_where_it_is) {
    serve();
    add("parked", State::parked);
    std::ignore = ask(post(R"({"action":"cancel","id":"parked"})"));
    const auto ended = ask(post(R"({"action":"end","id":"parked"})"));
    EXPECT_EQ(json_of(ended).at("state").as_string(), "canceled");
    EXPECT_EQ(reason_of(ask(post(R"({"action":"end","id":"parked"})"))), "FLOW_STATE");
}

TEST_P(FlowsPageTest, a_change_without_the_header_field_is_refused) {
    serve();
    add("parked", State::parked);
    const auto response = ask({.method = "POST", .path = "/page", .body = R"({"action":"cancel","id":"parked"})"});
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(reason_of(response), "OPERATOR_HEADER");
    EXPECT_THAT(ids(ask(get(""))), testing::ElementsAre("parked"));
}

TEST_P(FlowsPageTest, wrong_input_is_refused_with_what_is_allowed) {
    serve();
    EXPECT_EQ(reason_of(ask(get("id=nobody"))), "FLOW_NOT_FOUND");
    EXPECT_THAT(ask(get("module=user")).body, HasSubstr("modules with durable flows here: order"));
    EXPECT_EQ(reason_of(ask(get("module=user"))), "MODULE_NOT_FOUND");
    for (const auto* query : {"state=lost", "page_size=0", "page_size=501", "page_token=xyz", "colour=red", "id=%zz"})
        EXPECT_EQ(ask(get(query)).status, 400) << query;
    for (const auto* body :
         {"", "[]", R"({"action":"retry"})", R"({"action":"stop","id":"a"})", R"({"id":1})", R"({"with":"a"})"})
        EXPECT_EQ(ask(post(body)).status, 400) << body;
}

TEST_P(FlowsPageTest, modules_that_share_a_database_are_shown_once) {
    operated_.open({module("order"), module("shipping")});
    add("parked", State::parked);
    EXPECT_THAT(ids(ask(get(""))), testing::ElementsAre("parked"));
    EXPECT_THAT(ids(ask(get("module=shipping"))), testing::ElementsAre("parked"));
}

TEST_P(FlowsPageTest, a_process_that_does_not_serve_says_so) {
    EXPECT_EQ(ask(get("")).status, 503);
    serve();
    EXPECT_EQ(ask(get("")).status, 200);
    const auto closed = [this]() -> Task<bool> {
        co_await operated_.close();
        co_return true;
    };
    db_.run(closed());
    EXPECT_EQ(ask(get("")).status, 503);
}

}  // namespace
}  // namespace tw::runtime
