#include "kit/audit/audit_fixture.hpp"
#include "kit/audit/audit_policy.hpp"
#include "kit/audit/denial_reporter.hpp"
#include "kit/audit/denial_service.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/service_table.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>

// A gateway of another process tells a module what it has denied.
namespace tw::audit {
namespace {

using google::protobuf::ListValue;

constexpr std::string_view kGateway = "spiffe://shop/gateway";
constexpr std::string_view kOrders = "order.OrderService";
constexpr std::string_view kCancel = "/order.OrderService/CancelOrder";

class DenialTest : public AuditTest {
 protected:
    DenialTest() {
        table_.set_policies(policies_);
        table_.add(*service_, db_.telemetry());
        reporter_.report_by(kOrders, *gateway_);
    }

    std::unique_ptr<rpc::Channel> channel_of(std::string_view identity) {
        return rpc::make_local_channel(db_.loop(), table_, db_.telemetry(), {}, std::string{identity});
    }
    Denial denial(std::string user = "ann") {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->peer = "192.0.2.7:4711";
        const auto ctx = db_.context().with_attributes(std::move(attributes));
        const Principal caller{
            .kind = Principal::Kind::user, .id = std::move(user), .roles = {"merchant"}, .issuer = "https://issuer.example"};
        return denial_of(ctx, kCancel, caller, Error{Code::permission_denied, "CALLER_NOT_ALLOWED", "no"});
    }
    static ListValue request_of(const Denial& denial) { return to_message({&denial, 1}, 0); }
    Result<void> tell(rpc::Channel& channel, const ListValue& request) {
        ListValue response;
        return db_.run(channel.unary(db_.context(), note_denials_method(), request, response));
    }
    template <class T>
    void stop(T& object) {
        const auto stopped = [](T& stopping) -> Task<bool> {
            co_await stopping.stop();
            co_return true;
        };
        std::ignore = db_.run(stopped(object));
    }
    std::vector<Record> records() {
        stop(trail_);
        return unsealed();
    }

    AuditTrail trail_{db_.loop(), db_.database(), clock_, random_, db_.telemetry(), std::string{kModule}};
    AuditPolicy policy_{trail_};
    std::array<rpc::Policy*, 1> policies_{&policy_};
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Service> service_ =
        make_denial_service(trail_, {std::string{kGateway}}, [](std::string_view method) { return method == kCancel; });
    std::unique_ptr<rpc::Channel> gateway_ = channel_of(kGateway);
    DenialReporter reporter_{db_.loop(), db_.telemetry(), {.waiting_max = 2}};
};

INSTANTIATE_TEST_SUITE_P(Engines, DenialTest, testing::ValuesIn(test::kDatabases));

TEST_P(DenialTest, what_a_gateway_has_denied_is_recorded_by_the_module) {
    reporter_.note(kOrders, denial());
    stop(reporter_);
    const auto found = records();
    ASSERT_EQ(found.size(), 1U) << "the call that brings denials is not recorded itself";
    EXPECT_EQ(found[0].outcome, Outcome::denied);
    EXPECT_EQ(found[0].module, kModule);
    EXPECT_EQ(found[0].actor_kind, "user");
    EXPECT_EQ(found[0].actor_id, "ann");
    EXPECT_EQ(found[0].actor_issuer, "https://issuer.example");
    EXPECT_EQ(found[0].actor_roles, "merchant");
    EXPECT_EQ(found[0].service, kGateway);
    EXPECT_EQ(found[0].method, kCancel);
    EXPECT_EQ(found[0].address, "192.0.2.7");
    EXPECT_EQ(found[0].reason, "CALLER_NOT_ALLOWED");
}

TEST_P(DenialTest, nobody_but_a_gateway_can_add_records) {
    for (const auto* const other : {"", "spiffe://shop/order", "spiffe://shop/gateway2", "spiffe://other/gateway"}) {
        const auto told = tell(*channel_of(other), request_of(denial()));
        ASSERT_FALSE(told) << other;
        EXPECT_EQ(told.error().code(), Code::permission_denied);
    }
    EXPECT_THAT(records(), testing::IsEmpty());
}

TEST_P(DenialTest, a_denial_of_a_method_that_the_module_does_not_serve_is_dropped) {
    auto foreign = denial();
    foreign.method = "/payment.PaymentService/CreatePayment";
    EXPECT_TRUE(tell(*gateway_, request_of(foreign)));
    EXPECT_TRUE(tell(*gateway_, ListValue{}));
    EXPECT_THAT(records(), testing::IsEmpty());
}

TEST_P(DenialTest, texts_that_are_sent_are_stored_printable_and_bounded) {
    auto odd = denial();
    odd.actor_id = "ann\n" + std::string(1'000, 'x');
    odd.actor_issuer = "https://issuer.example/%2F";
    EXPECT_TRUE(tell(*gateway_, request_of(odd)));
    const auto found = records();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].actor_id.starts_with("ann%0Axxx"));
    EXPECT_EQ(found[0].actor_id.size(), 255U);
    EXPECT_EQ(found[0].actor_issuer, "https://issuer.example/%2F") << "it is not escaped twice";
}

TEST_P(DenialTest, how_many_denials_wait_is_bounded_and_the_rest_is_counted) {
    for (const auto* const user : {"ann", "bob", "cleo", "dan"}) reporter_.note(kOrders, denial(user));
    reporter_.note("payment.PaymentService", denial());
    EXPECT_EQ(reporter_.waiting(), 2U);
    stop(reporter_);
    EXPECT_EQ(reporter_.waiting(), 0U);
    const auto found = records();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(std::ranges::find(found, Outcome::left_out, &Record::outcome)->objects, "count=2");
}

TEST_P(DenialTest, one_caller_cannot_fill_the_log_by_way_of_several_gateways) {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(tell(*gateway_, request_of(denial())));
    const auto found = records();
    EXPECT_EQ(std::ranges::count(found, Outcome::denied, &Record::outcome), 20);
    EXPECT_EQ(std::ranges::find(found, Outcome::left_out, &Record::outcome)->objects, "count=30");
}

TEST_P(DenialTest, what_a_module_does_not_take_is_sent_later) {
    rpc::ServiceTable empty;
    const auto away = rpc::make_local_channel(db_.loop(), empty, db_.telemetry(), {}, std::string{kGateway});
    reporter_.report_by(kOrders, *away);
    reporter_.note(kOrders, denial());
    stop(reporter_);
    EXPECT_EQ(reporter_.waiting(), 1U);
    table_.set_policies({});
    empty.add(*service_, db_.telemetry());
    stop(reporter_);
    EXPECT_EQ(records().size(), 1U);
}

}  // namespace
}  // namespace tw::audit
