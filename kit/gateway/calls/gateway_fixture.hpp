#pragma once

#include "gateway_sample.tw.hpp"
#include "kit/async/run.hpp"
#include "kit/gateway/calls/gateway.hpp"
#include "kit/gateway/conditional_requests.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace tw::gateway {

/// Answers with the values of the request, at version 7. There is no user with the id "nobody".
class EchoUsers final : public ::sample::UserService {
 public:
    std::optional<Error> error;
    int calls = 0;
    int updates = 0;
    std::int64_t version = 7;
    /// The number of updates before which another change comes in.
    int overtaken = 0;
    Deadline deadline = Deadline::never();
    ::sample::ListUsersRequest listed;
    ::sample::UpdateUserRequest updated;

    Task<Result<::sample::User>> create_user(const CallContext&, const ::sample::CreateUserRequest& request) override {
        co_return answer("new", request.email(), request.name());
    }
    Task<Result<::sample::User>> get_user(const CallContext& ctx, const ::sample::GetUserRequest& request) override {
        deadline = ctx.deadline();
        co_return answer(request.id(), "", "");
    }
    Task<Result<::sample::ListUsersResponse>> list_users(const CallContext&, const ::sample::ListUsersRequest& request) override {
        ++calls;
        listed = request;
        co_return ::sample::ListUsersResponse{};
    }
    Task<Result<::sample::User>> update_user(const CallContext&, const ::sample::UpdateUserRequest& request) override {
        updated = request;
        ++updates;
        if (overtaken > 0) {
            --overtaken;
            ++version;
        }
        if (request.expected_version() != 0 && request.expected_version() != version)
            co_return Error{Code::aborted, "VERSION_MISMATCH", "another version"}.with_retryable(false);
        co_return answer(request.id(), request.email(), request.name());
    }

 private:
    Result<::sample::User> answer(const std::string& id, const std::string& email, const std::string& name) {
        ++calls;
        if (error) return *error;
        if (id == "nobody") return not_found("user", id);
        ::sample::User user;
        user.set_id(id);
        user.set_email(email);
        user.set_name(name);
        user.set_version(version);
        return user;
    }
};

class GatewayTest : public testing::Test {
 protected:
    GatewayTest() {
        use({&conditional_requests_});
        table_.add(users_, telemetry_.get());
        EXPECT_TRUE(gateway_.add(::sample::user_service_routes(), *channel_));
        EXPECT_TRUE(gateway_.add(::sample::order_service_routes(), *channel_));
        const auto page = [](const http::Request&) { return http::Response{.status = 200, .body = "{}"}; };
        EXPECT_TRUE(gateway_.add_page("/health", page));
    }

    void use(std::vector<rpc::Policy*> list) { gateway_.set_policies(list); }
    http::Response ask(http::Request request) {
        RootCall call{loop_};
        return run_until_done(loop_, gateway_.answer(call.context(), request));
    }
    http::Response get(std::string path, std::string query = "") {
        return ask({.method = "GET", .path = std::move(path), .query = std::move(query)});
    }
    http::Response send(std::string method, std::string path, std::string body, std::string if_match = "") {
        http::Request request{.method = std::move(method), .path = std::move(path), .body = std::move(body)};
        request.headers.add("Content-Type", "application/json");
        if (!if_match.empty()) request.headers.add("If-Match", if_match);
        return ask(std::move(request));
    }
    static std::string code(const http::Response& response) {
        EXPECT_EQ(response.content_type, "application/problem+json");
        return std::string{boost::json::parse(response.body).at("code").as_string()};
    }
    static std::vector<std::string> pointers(const http::Response& response) {
        std::vector<std::string> pointers;
        const auto body = boost::json::parse(response.body);
        if (const auto* errors = body.as_object().if_contains("errors")) {
            for (const auto& each : errors->as_array()) pointers.emplace_back(each.at("pointer").as_string());
        }
        std::ranges::sort(pointers);
        return pointers;
    }
    static std::string header(const http::Response& response, std::string_view name) {
        return std::string{response.headers.find(name).value_or("")};
    }

    test::QuietTelemetry telemetry_;
    EventLoop loop_;
    EchoUsers users_;
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(loop_, table_, telemetry_.get());
    ConditionalRequests conditional_requests_;
    Gateway gateway_{telemetry_.get()};
};

}  // namespace tw::gateway
