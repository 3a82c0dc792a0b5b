#pragma once

#include "kit/net/h2_connection.hpp"
#include "kit/rpc/placement_fixture.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/testing/memory_stream.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

/// A server in memory, and calls to it as a client of another implementation may make them.
namespace tw::rpc::test {

/// A request of a client of another implementation. It keeps everything that comes back.
class ForeignCall final : public net::H2Stream {
 public:
    std::string fields;
    std::string data;
    bool closed = false;
    /// Whether the end of the request is never sent, so that the server waits for more.
    bool unfinished = false;
    /// Whether received data is not consumed, so that the flow-control window does not open again.
    bool pauses = false;

 private:
    void on_field(std::string_view name, std::string_view value) override {
        fields.append(name).append("=").append(value).append(";");
    }
    void on_fields_end() override {}
    void on_data(std::string_view bytes) override {
        data += bytes;
        if (!pauses) consume(bytes.size());
    }
    void on_end() override {}
    void on_close(net::H2Code) override { closed = true; }
};

class ForeignCallTest : public testing::Test {
 protected:
    using Fields = std::vector<net::H2Field>;

    /// The headers of a valid call, followed by `more`.
    static Fields headers(Fields more = {}, std::string_view method = "POST", std::string_view type = "application/grpc",
                          std::string_view path = "/test.EchoService/Say") {
        Fields all{{":method", method},    {":scheme", "http"}, {":path", path},
                   {":authority", "echo"}, {"te", "trailers"},  {"content-type", type}};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    static std::string message(std::string value) {
        Text text;
        text.set_value(std::move(value));
        std::string out;
        append_message(text, out);
        return out;
    }
    static std::string compressed(std::string value) {
        Text text;
        text.set_value(std::move(value));
        std::string out;
        EXPECT_TRUE(append_message(text, Compression::gzip, kMessageBytesMost, out));
        return out;
    }
    /// Runs during a call, between its start and the end of its connection.
    using During = std::function<Task<void>(ForeignCall& call)>;

    /// Makes the call and returns the fields that came back.
    std::string ask(Fields fields, std::string body) { return ask(call, std::move(fields), std::move(body)); }
    std::string ask(ForeignCall& with, Fields fields, std::string body) {
        return talk(with, std::move(fields), std::move(body), nullptr);
    }
    /// Makes the call like `ask`, but runs `during` instead of waiting until all ready work is
    /// done.
    std::string talk(ForeignCall& with, Fields fields, std::string body, During during) {
        at.run(converse(at, with, std::move(fields), std::move(body), std::move(during)));
        EXPECT_TRUE(with.closed);
        return with.fields;
    }

    Placement at{true};
    ForeignCall call;

 private:
    static Task<void> converse(Placement& at, ForeignCall& call, Fields fields, std::string body, During during) {
        auto pair = tw::test::MemoryStream::make_pair(at.loop);
        at.server().serve_stream(std::move(pair.second));
        net::H2Events events;
        net::H2Connection connection{at.loop, std::move(pair.first), net::H2Session::Side::client, {}, events};
        Gate gate;
        const auto drive = [](net::H2Connection& driven) -> Task<void> { static_cast<void>(co_await driven.run()); };
        spawn(gate, drive(connection));
        call.outgoing() = std::move(body);
        if (!call.unfinished) call.finish();
        EXPECT_TRUE(connection.session().request(call, fields, false));
        if (during) {
            co_await during(call);
        } else {
            co_await at.settle();
        }
        connection.close();
        co_await close_and_wait(gate);
    }
};

}  // namespace tw::rpc::test
