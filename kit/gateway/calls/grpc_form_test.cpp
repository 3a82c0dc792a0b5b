#include "kit/gateway/calls/grpc_form.hpp"

#include "gateway_sample.pb.h"
#include "kit/rpc/unary_exchange.hpp"

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

http::Request request_of(std::string content_type) {
    http::Request request{.method = "POST", .path = "/sample.UserService/GetUser"};
    request.headers.add("Content-Type", std::move(content_type));
    return request;
}

const Result<void> kMissing = not_found("user", "abc");

TEST(GrpcForm, content_types_compare_without_case) {
    EXPECT_EQ(grpc_form(request_of("application/grpc")), GrpcForm::grpc);
    EXPECT_EQ(grpc_form(request_of("Application/GRPC+Proto")), GrpcForm::grpc);
    EXPECT_EQ(grpc_form(request_of("APPLICATION/GRPC-WEB ; charset=utf-8")), GrpcForm::web);
    EXPECT_EQ(grpc_form(request_of("application/Grpc-Web-Text+proto")), GrpcForm::web_text);
    EXPECT_EQ(grpc_form(request_of("application/grpc+json")), std::nullopt);
    EXPECT_EQ(grpc_form(request_of("application/json")), std::nullopt);
}

TEST(GrpcForm, the_status_goes_in_trailers_where_there_are_any) {
    const auto response = write_grpc_response(GrpcForm::grpc, http::Version::http_2, "", kMissing, "shop");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.trailers.find("grpc-status"), "5");
    EXPECT_FALSE(response.headers.find("grpc-status"));
}

TEST(GrpcForm, before_http_2_the_status_goes_with_the_header) {
    const auto response = write_grpc_response(GrpcForm::grpc, http::Version::http_1_1, "", kMissing, "shop");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "application/grpc");
    EXPECT_EQ(response.headers.find("grpc-status"), "5");
    EXPECT_TRUE(response.headers.find("grpc-message"));
    EXPECT_TRUE(response.headers.find("grpc-status-details-bin"));
    EXPECT_TRUE(response.trailers.fields().empty());
}

TEST(GrpcForm, grpc_web_has_its_status_in_the_body_of_any_version) {
    for (const auto version : {http::Version::http_1_1, http::Version::http_2}) {
        const auto response = write_grpc_response(GrpcForm::web, version, "", kMissing, "shop");
        EXPECT_NE(response.body.find("grpc-status:5\r\n"), std::string::npos);
        EXPECT_TRUE(response.trailers.fields().empty());
    }
}

TEST(GrpcForm, every_answer_says_which_encodings_are_read) {
    const ::sample::User user;
    for (const auto form : {GrpcForm::grpc, GrpcForm::web, GrpcForm::web_text}) {
        const auto done = write_grpc_response(form, http::Version::http_2, rpc::frame_message(user), {}, "shop");
        EXPECT_EQ(done.headers.find("grpc-accept-encoding"), "identity,gzip");
        const auto failed = write_grpc_response(form, http::Version::http_2, "", kMissing, "shop");
        EXPECT_EQ(failed.headers.find("grpc-accept-encoding"), "identity,gzip");
    }
}

TEST(GrpcForm, frames_are_the_body_or_what_its_text_stands_for) {
    auto request = request_of("application/grpc-web-text");
    std::string decoded;
    request.body = "AAAAAAE=YQ==";
    EXPECT_EQ(grpc_frames(request, GrpcForm::web_text, decoded).value(), (std::string_view{"\0\0\0\0\1a", 6}));
    EXPECT_EQ(grpc_frames(request, GrpcForm::web, decoded).value(), request.body);
    request.body = "???";
    EXPECT_EQ(grpc_frames(request, GrpcForm::web_text, decoded).error().reason(), "MALFORMED_BODY");
}

}  // namespace
}  // namespace tw::gateway
