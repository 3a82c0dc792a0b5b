#include "codegen/tests/loopback.hpp"
#include "kit/async/run.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/telemetry_ids.hpp"
#include "sample.tw.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::codegen {
namespace {

using sample::Parcel;
using sample::ParcelServiceMethods;
using testing::ElementsAre;
using testing::IsEmpty;

/// Answers in a way that shows which method got which request.
class Depot final : public sample::ParcelService {
 public:
    Task<Result<Parcel>> send_parcel(const CallContext&, const sample::SendParcelRequest& request) override {
        co_return parcel("sent to " + request.email(), 1);
    }
    Task<Result<Parcel>> find_parcels(const CallContext&, const sample::FindParcelsRequest& request) override {
        co_return not_found("parcel", request.query());
    }
    Task<Result<sample::parts::Nothing>> delete_(const CallContext&, const sample::DeleteRequest&) override {
        co_return sample::parts::Nothing{};
    }
    Task<Result<Parcel>> relabel(const CallContext&, const sample::RelabelRequest& request) override {
        co_return parcel(request.id(), request.label().width());
    }
    Task<Result<Parcel>> update_parcel(const CallContext&, const sample::UpdateParcelRequest& request) override {
        co_return parcel(request.id(), 0);
    }
    Task<Result<void>> track(const CallContext&, const sample::TrackRequest& request, rpc::Writer<Parcel>& responses) override {
        for (int step = 1; step <= 3; ++step) {
            const auto response = parcel(request.id(), step);
            if (auto sent = co_await responses.write(response); !sent) co_return sent;
        }
        co_return Result<void>{};
    }
    Task<Result<Parcel>> weigh_all(const CallContext&, rpc::Reader<Parcel>& requests) override {
        std::int64_t sum = 0;
        for (;;) {
            auto next = co_await requests.read();
            if (!next) co_return next.error();
            if (!*next) co_return parcel("all", sum);
            sum += (*next)->weight_grams();
        }
    }
    Task<Result<void>> haggle(const CallContext&, rpc::Reader<Parcel>& requests, rpc::Writer<Parcel>& responses) override {
        for (;;) {
            auto next = co_await requests.read();
            if (!next) co_return next.error();
            if (!*next) co_return Result<void>{};
            const auto response = parcel((*next)->id(), (*next)->weight_grams() - 1);
            if (auto sent = co_await responses.write(response); !sent) co_return sent;
        }
    }

    static Parcel parcel(const std::string& id, std::int64_t weight_grams) {
        Parcel made;
        made.set_id(id);
        made.set_weight_grams(weight_grams);
        return made;
    }
};

sample::SendParcelRequest sound_request() {
    sample::SendParcelRequest request;
    request.set_email("ann@example.com");
    auto& item = *request.add_items();
    item.set_sku("cup");
    item.set_quantity(2);
    request.mutable_size()->set_width(10);
    request.set_speed(sample::FAST);
    request.set_distance(1.5);
    return request;
}

class GeneratedService : public testing::Test {
 protected:
    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop_, std::move(task));
    }
    const CallContext& ctx() { return root_.context(); }

    EventLoop loop_;
    RootCall root_{loop_};
    Depot depot_;
    LoopbackChannel channel_{depot_};
    sample::ParcelServiceClient client_{channel_};
};

TEST_F(GeneratedService, names_itself_as_the_contract_does) { EXPECT_EQ(depot_.service_name(), "sample.ParcelService"); }

TEST_F(GeneratedService, has_a_handler_for_each_method_in_its_shape) {
    ASSERT_EQ(depot_.handlers().size(), 8U);
    for (const auto& handler : depot_.handlers()) {
        const bool unary = handler.method->shape == rpc::Shape::unary;
        EXPECT_EQ(handler.unary != nullptr, unary) << handler.method->name;
        EXPECT_EQ(handler.unary_bytes != nullptr, unary) << handler.method->name;
        EXPECT_EQ(handler.stream != nullptr, !unary) << handler.method->name;
    }
}

TEST_F(GeneratedService, answers_a_unary_call_of_its_client) {
    const auto request = sound_request();
    const auto answer = run(client_.send_parcel(ctx(), request));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->id(), "sent to ann@example.com");
}

TEST_F(GeneratedService, passes_the_services_error_on) {
    sample::FindParcelsRequest request;
    request.set_query("lost");
    const auto answer = run(client_.find_parcels(ctx(), request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().reason(), "PARCEL_NOT_FOUND");
}

TEST_F(GeneratedService, is_not_called_with_a_request_that_breaks_the_contract) {
    const sample::SendParcelRequest request;
    const auto answer = run(client_.send_parcel(ctx(), request));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::invalid_argument);
    EXPECT_EQ(answer.error().reason(), "INVALID_FIELD");
}

TEST_F(GeneratedService, answers_bytes_with_bytes) {
    const auto* handler = handler_of(depot_, ParcelServiceMethods::send_parcel);
    const auto bytes = sound_request().SerializeAsString();
    std::string out;
    ASSERT_TRUE(run(handler->unary_bytes(depot_, ctx(), bytes, out)));
    Parcel answer;
    ASSERT_TRUE(answer.ParseFromString(out));
    EXPECT_EQ(answer.id(), "sent to ann@example.com");
}

TEST_F(GeneratedService, refuses_bytes_that_are_no_message) {
    const auto* handler = handler_of(depot_, ParcelServiceMethods::send_parcel);
    std::string out;
    const auto done = run(handler->unary_bytes(depot_, ctx(), "\xff\xff", out));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().reason(), "MALFORMED_MESSAGE");
    EXPECT_THAT(out, IsEmpty());
}

Task<std::vector<std::int64_t>> weights(rpc::ServerStreamingCall<Parcel>& call) {
    std::vector<std::int64_t> seen;
    for (;;) {
        auto next = co_await call.read();
        if (!next || !*next) co_return seen;
        seen.push_back((*next)->weight_grams());
    }
}

TEST_F(GeneratedService, streams_responses) {
    sample::TrackRequest request;
    request.set_id("p");
    auto call = run(client_.track(ctx(), request));
    ASSERT_TRUE(call);
    EXPECT_THAT(run(weights(*call)), ElementsAre(1, 2, 3));
}

TEST_F(GeneratedService, takes_a_stream_of_requests) {
    auto call = run(client_.weigh_all(ctx()));
    ASSERT_TRUE(call);
    const auto light = Depot::parcel("a", 5);
    const auto heavy = Depot::parcel("b", 70);
    ASSERT_TRUE(run(call->write(light)));
    ASSERT_TRUE(run(call->write(heavy)));
    const auto answer = run(call->finish());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->weight_grams(), 75);
}

TEST_F(GeneratedService, streams_both_ways) {
    auto call = run(client_.haggle(ctx()));
    ASSERT_TRUE(call);
    const auto offer = Depot::parcel("a", 5);
    ASSERT_TRUE(run(call->write(offer)));
    ASSERT_TRUE(run(call->finish_writes()));
    const auto answer = run(call->read());
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ((*answer)->weight_grams(), 4);
    const auto end = run(call->read());
    ASSERT_TRUE(end);
    EXPECT_FALSE(end->has_value());
}

TEST(GeneratedMethod, says_what_the_policy_says) {
    const auto& method = ParcelServiceMethods::send_parcel;
    EXPECT_EQ(method.path, "/sample.ParcelService/SendParcel");
    EXPECT_EQ(method.service, "sample.ParcelService");
    EXPECT_EQ(method.name, "SendParcel");
    EXPECT_EQ(method.shape, rpc::Shape::unary);
    EXPECT_EQ(method.idempotency, rpc::Idempotency::keyed);
    EXPECT_EQ(method.deadline, std::chrono::milliseconds{1500});
    EXPECT_THAT(std::vector(method.allow.begin(), method.allow.end()), ElementsAre(rpc::Caller::owner, rpc::Caller::service));
    EXPECT_EQ(method.request_prototype().GetTypeName(), "sample.SendParcelRequest");
    EXPECT_EQ(method.response_prototype().GetTypeName(), "sample.Parcel");
    EXPECT_EQ(method.route, "POST /parcels");
    EXPECT_EQ(method.request_bytes_max, 4096U);
    EXPECT_EQ(ParcelServiceMethods::find_parcels.request_bytes_max, 0U);
}

TEST(GeneratedMethod, has_the_priority_that_the_contract_says_or_that_follows_from_its_effect) {
    EXPECT_EQ(ParcelServiceMethods::send_parcel.priority, rpc::Priority::write);
    EXPECT_EQ(ParcelServiceMethods::find_parcels.priority, rpc::Priority::read);
    EXPECT_EQ(ParcelServiceMethods::delete_.priority, rpc::Priority::payment);
    EXPECT_EQ(ParcelServiceMethods::relabel.priority, rpc::Priority::background);
}

TEST(GeneratedRoutes, are_those_of_the_contract) {
    std::vector<std::string> routes;
    for (const auto& route : sample::parcel_service_routes()) {
        routes.push_back(std::string{route.verb} + " " + std::string{route.path} + " " + std::string{route.body} + " " +
                         std::string{route.method->name});
    }
    EXPECT_THAT(routes, ElementsAre("POST /parcels * SendParcel", "GET /depots/{depot}/parcels  FindParcels",
                                    "DELETE /parcels/{id}  Delete", "PUT /parcels/{id}/label label Relabel",
                                    "PATCH /parcels/{id} * UpdateParcel", "GET /parcels/{id}/events  Track"));
}

Parcel parcel_of(const std::string& sender) {
    Parcel made;
    made.set_id("1");
    made.set_sender(sender);
    return made;
}

TEST(GeneratedMethod, hides_fields_where_it_allows_a_caller_that_does_not_see_all) {
    EXPECT_EQ(ParcelServiceMethods::send_parcel.hide_fields, nullptr);
    EXPECT_EQ(ParcelServiceMethods::delete_.hide_fields, nullptr);
    ASSERT_NE(ParcelServiceMethods::find_parcels.hide_fields, nullptr);
    EXPECT_EQ(ParcelServiceMethods::find_parcels.see_all_fields,
              rpc::set_of(rpc::Caller::owner) | rpc::set_of(rpc::Caller::service));
    EXPECT_NE(ParcelServiceMethods::track.hide_fields, nullptr);
    EXPECT_EQ(ParcelServiceMethods::relabel.hide_fields, nullptr) << "it says that it echoes its request";
}

TEST(GeneratedMethod, hides_a_field_from_callers_that_the_contract_does_not_list_wherever_it_lies) {
    auto parcel = parcel_of("ann");
    *parcel.mutable_wrapped() = parcel_of("bob");
    *parcel.mutable_wrapped()->add_inside() = parcel_of("eve");
    (*parcel.mutable_tagged())["red"] = parcel_of("dan");
    const auto hide = ParcelServiceMethods::find_parcels.hide_fields;
    auto shown = parcel;
    hide(shown, rpc::set_of(rpc::Caller::merchant) | rpc::set_of(rpc::Caller::service));
    EXPECT_EQ(shown.SerializeAsString(), parcel.SerializeAsString());
    hide(shown, rpc::set_of(rpc::Caller::anyone) | rpc::set_of(rpc::Caller::merchant));
    EXPECT_EQ(shown.id(), "1");
    EXPECT_FALSE(shown.has_sender());
    EXPECT_FALSE(shown.wrapped().has_sender());
    EXPECT_FALSE(shown.wrapped().inside(0).has_sender());
    EXPECT_FALSE(shown.tagged().at("red").has_sender());
    EXPECT_EQ(shown.wrapped().inside(0).id(), "1");
}

TEST(GeneratedMethod, telemetry_gets_the_ids_of_request_and_answer) {
    EXPECT_EQ(ParcelServiceMethods::delete_.telemetry_ids, nullptr);
    sample::FindParcelsRequest request;
    request.set_depot("north");
    const auto ids_of = [&](const rpc::Message* response) {
        rpc::TelemetryIds ids;
        ParcelServiceMethods::find_parcels.telemetry_ids(request, response, ids);
        std::vector<std::string> all;
        for (const auto& [name, id] : ids.all()) all.push_back(std::string{name} + " " + id);
        return all;
    };
    EXPECT_THAT(ids_of(nullptr), ElementsAre("sample.depot.id north"));
    const auto parcel = parcel_of("ann");
    EXPECT_THAT(ids_of(&parcel), ElementsAre("sample.depot.id north", "sample.parcel.id 1"));
}

TEST(TelemetryIds, what_is_no_id_is_left_out) {
    rpc::TelemetryIds ids;
    for (const std::string text : {"", "ann@example.com", "two words", "1\n2", "\xc3\xa9"}) ids.add("a.id", text);
    ids.add("a.id", std::string(rpc::TelemetryIds::kIdBytesMax + 1, '1'));
    EXPECT_THAT(ids.all(), IsEmpty());
    ids.add("a.id", "018f0000-0000-7000-8000-000000000000");
    ids.add("a.id", "another");
    ASSERT_EQ(ids.all().size(), 1U);
    EXPECT_EQ(ids.all()[0].second, "018f0000-0000-7000-8000-000000000000");
}

}  // namespace
}  // namespace tw::codegen
