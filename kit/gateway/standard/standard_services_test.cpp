#include "kit/gateway/standard/standard_services.hpp"

#include "gateway_sample.tw.hpp"
#include "kit/async/run.hpp"
#include "kit/rpc/message_decoder.hpp"
#include "kit/rpc/unary_exchange.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <grpc/health/v1/health.pb.h>
#include <grpc/reflection/v1/reflection.pb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

class StandardServicesTest : public testing::Test {
 protected:
    Result<std::string> call(std::string_view path, std::string frames) {
        const auto* const entry = services_.find(path);
        EXPECT_NE(entry, nullptr) << path;
        RootCall call{loop_};
        rpc::BodyCall body{.frames = std::string_view{frames}};
        auto answer =
            run_until_done(loop_, rpc::serve_body(*entry, call.context(), std::move(body), StandardServices::kBodyLimits));
        if (!answer.outcome) return std::move(answer.outcome).error();
        return std::move(answer.frames);
    }
    template <class Message>
    static std::vector<Message> messages(std::string_view frames) {
        std::vector<Message> found;
        rpc::MessageDecoder decoder{1 << 20};
        decoder.append(frames);
        for (auto next = decoder.next(); next && *next; next = decoder.next())
            found.emplace_back().ParseFromString(std::string{**next});
        return found;
    }
    grpc::health::v1::HealthCheckResponse::ServingStatus check(const std::string& service) {
        grpc::health::v1::HealthCheckRequest request;
        request.set_service(service);
        const auto answer = call("/grpc.health.v1.Health/Check", rpc::frame_message(request)).value();
        return messages<grpc::health::v1::HealthCheckResponse>(answer).at(0).status();
    }

    test::QuietTelemetry telemetry_;
    EventLoop loop_;
    bool ready_ = true;
    StandardServices services_{loop_, telemetry_.get(), {"sample.UserService"}, [this] { return ready_; }, {}};
};

TEST_F(StandardServicesTest, what_reflection_answers_to_one_body_is_bounded) {
    grpc::reflection::v1::ServerReflectionRequest symbol;
    symbol.set_file_containing_symbol("sample.UserService");
    std::string questions;
    for (int i = 0; i < 5'000; ++i) questions += rpc::frame_message(symbol);
    const auto answer = call("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", questions);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::resource_exhausted);
}

TEST_F(StandardServicesTest, health_follows_the_readiness_of_the_port) {
    using Answer = grpc::health::v1::HealthCheckResponse;
    EXPECT_EQ(check(""), Answer::SERVING);
    EXPECT_EQ(check("sample.UserService"), Answer::SERVING);
    ready_ = false;
    EXPECT_EQ(check(""), Answer::NOT_SERVING);
    grpc::health::v1::HealthCheckRequest unknown;
    unknown.set_service("nobody");
    EXPECT_EQ(call("/grpc.health.v1.Health/Check", rpc::frame_message(unknown)).error().code(), Code::not_found);
    EXPECT_EQ(services_.find("/grpc.health.v1.Health/Watch"), nullptr) << "it never ends";
}

TEST_F(StandardServicesTest, reflection_answers_each_request_of_a_call) {
    grpc::reflection::v1::ServerReflectionRequest list;
    list.set_list_services("*");
    grpc::reflection::v1::ServerReflectionRequest symbol;
    symbol.set_file_containing_symbol("sample.UserService");
    for (const std::string version : {"v1", "v1alpha"}) {
        const auto path = "/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo";
        const auto answers = call(path, rpc::frame_message(list) + rpc::frame_message(symbol)).value();
        const auto told = messages<grpc::reflection::v1::ServerReflectionResponse>(answers);
        ASSERT_EQ(told.size(), 2u);
        std::vector<std::string> names;
        for (const auto& service : told[0].list_services_response().service()) names.push_back(service.name());
        EXPECT_THAT(names, testing::IsSupersetOf({"sample.UserService", "grpc.health.v1.Health"}));
        EXPECT_GT(told[1].file_descriptor_response().file_descriptor_proto_size(), 0);
        EXPECT_EQ(call(path, "").value(), "");
    }
}

TEST_F(StandardServicesTest, what_is_no_message_is_refused) {
    EXPECT_EQ(call("/grpc.health.v1.Health/Check", "").error().code(), Code::unimplemented);
    EXPECT_EQ(call("/grpc.health.v1.Health/Check", std::string(3, '\0')).error().code(), Code::unimplemented);
    EXPECT_EQ(call("/grpc.health.v1.Health/Check", std::string{"\0\0\0\0\2\xff\xff", 7}).error().code(), Code::invalid_argument);
    EXPECT_EQ(call("/grpc.health.v1.Health/Check", std::string{"\0\xff\xff\xff\xff", 5}).error().code(),
              Code::resource_exhausted);
}

}  // namespace
}  // namespace tw::gateway
