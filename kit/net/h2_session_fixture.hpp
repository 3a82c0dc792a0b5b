#pragma once

#include "kit/net/h2_session.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

/// Both sides of a connection without a network, for the tests of sessions.
namespace tw::net::test {

/// A stream that records its events.
class Recorder : public H2Stream {
 public:
    std::string fields;
    std::string data;
    bool ended = false;
    int rooms = 0;
    std::vector<H2Code> closes;

 private:
    void on_field(std::string_view name, std::string_view value) override {
        fields.append(name).append("=").append(value).append(";");
    }
    void on_fields_end() override { fields += "|"; }
    void on_data(std::string_view bytes) override { data += bytes; }
    void on_end() override { ended = true; }
    void on_room() override { ++rooms; }
    void on_close(H2Code code) override { closes.push_back(code); }
};

/// One side: its session and the streams that the peer opened.
struct Side : H2Events {
    explicit Side(H2Session::Side side, H2Limits limits = {}) : session{side, limits, *this, [] {}} {}

    H2Stream* on_request() override { return streams.emplace_back(std::make_unique<Recorder>()).get(); }
    void on_goaway(H2Code code, std::string_view debug) override {
        ++goaways;
        goaway_code = code;
        goaway_debug = debug;
    }

    int goaways = 0;
    H2Code goaway_code = H2Code::no_error;
    std::string goaway_debug;
    std::vector<std::unique_ptr<Recorder>> streams;
    H2Session session;
};

inline const std::vector<H2Field> kRequest{{":method", "POST", true, true},
                                           {":scheme", "http", true, true},
                                           {":path", "/a", true, true},
                                           {":authority", "b", true, true}};
inline const std::vector<H2Field> kAnswer{{":status", "200", true, true}};
inline const std::vector<H2Field> kTrailers{{"grpc-status", "0", true, true}};

class H2SessionTest : public testing::Test {
 protected:
    Side client{H2Session::Side::client};
    Side server{H2Session::Side::server};
    SteadyTime now{std::chrono::hours{1}};

    /// Carries bytes in both directions until there are none.
    void talk() {
        while (carry(client, server) || carry(server, client)) continue;
    }
    bool carry(Side& from, Side& to) {
        std::string bytes;
        EXPECT_TRUE(from.session.pull(bytes, 1 << 20));
        if (bytes.empty()) return false;
        static_cast<void>(to.session.receive(bytes, now));
        return true;
    }
};

}  // namespace tw::net::test
