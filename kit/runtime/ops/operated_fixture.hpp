#pragma once

#include "kit/durable/schema.hpp"
#include "kit/http/message.hpp"
#include "kit/outbox/schema.hpp"
#include "kit/runtime/host/operated_modules.hpp"
#include "kit/testing/temporary_database.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace tw::runtime {

/// The schema of a module with flows and events.
inline const sql::Schema& operated_schema() {
    static constexpr std::array kUses{&durable::schema, &outbox::schema};
    static constexpr sql::Schema kSchema{.name = "operated", .sqlite = {}, .postgres = {}, .uses = kUses};
    return kSchema;
}

/// A module "order" with flows and events, for the pages about them, on both engines.
class OperatedTest : public testing::TestWithParam<std::string_view> {
 protected:
    void serve() { operated_.open({module("order")}); }
    OperatedModule module(std::string_view name) {
        return {.name = name,
                .store = &db_.store(),
                .database = &db_.database(),
                .telemetry = db_.telemetry(),
                .has_flows = true,
                .has_outbox = true,
                .wake_flows = [this] { ++wakes_; }};
    }
    static http::Request get(std::string query) { return {.method = "GET", .path = "/page", .query = std::move(query)}; }
    static http::Request post(std::string body) {
        http::Request request{.method = "POST", .path = "/page", .body = std::move(body)};
        request.headers.add("X-Operator", "1");
        return request;
    }
    static boost::json::object json_of(const http::Response& response) { return boost::json::parse(response.body).as_object(); }
    static std::string reason_of(const http::Response& response) { return json_of(response).at("code").as_string().c_str(); }

    test::TemporaryDatabase db_{GetParam(), operated_schema()};
    SystemClock clock_;
    OperatedModules operated_;
    int wakes_ = 0;
};

}  // namespace tw::runtime
