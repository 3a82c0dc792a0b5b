#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/net/h2_connection.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/testing/memory_stream.hpp"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A callee whose answer to each call is scripted, for answers that our own servers never give.
namespace tw::rpc::test {

/// What the callee does with one call.
struct Answer {
    /// Refuses the call with REFUSED_STREAM, which says that the callee has not looked at it.
    bool refuse = false;
    int status = 0;
    std::string pushback;
    /// The number of messages before the end. If there are any, headers come before them.
    int messages = 0;
    /// Breaks the connection instead of answering.
    bool break_connection = false;
    /// Says right after the answer that the connection takes no more calls.
    bool drain = false;
    /// The fields of the head, which may differ from those of a correct gRPC server.
    std::string http_status = "200";
    std::string content_type = "application/grpc";
    /// Any bytes, sent after the head and before the messages.
    std::string body{};
    /// Sent as the status in place of the number.
    std::string status_text{};
    /// Sent in the block that ends the call.
    std::vector<std::pair<std::string, std::string>> metadata{};
    /// Sends nothing until a test calls `reply`.
    bool hold = false;
    /// Sends the head of the answer at once, also if it holds the rest.
    bool begins = false;
};

/// As a `status_text`, sends no status.
inline constexpr std::string_view kNoStatus = "none";

inline const Answer kGood{.messages = 1};
inline const Answer kDown{.status = static_cast<int>(Code::unavailable)};

struct Callee;

/// A call that the callee has received.
class ReceivedCall final : public net::H2Stream {
 public:
    ReceivedCall(Callee& home, Answer answer) : home_{home}, answer_{std::move(answer)} {}
    std::map<std::string, std::string, std::less<>> fields;
    std::string body;

    void reply();
    /// Sends the head of an answer and its first message, but not the rest.
    void reply_in_part() {
        send_head();
        append_message(std::string_view{}, outgoing());
        send_queued();
    }

 private:
    void send_head() {
        send_headers(std::array{net::H2Field{":status", "200", true}, net::H2Field{"content-type", "application/grpc", true}},
                     false);
    }
    void on_field(std::string_view name, std::string_view value) override { fields.emplace(name, value); }
    void on_fields_end() override {}
    void on_data(std::string_view bytes) override {
        body += bytes;
        consume(bytes.size());
    }
    void on_end() override {
        if (answer_.begins) send_head();
        if (!answer_.hold) reply();
    }
    void on_close(net::H2Code) override {}

    Callee& home_;
    Answer answer_;
    std::vector<net::H2Field> trailers_;
    std::string status_;
};

/// A server with as much as these tests need, on the channel's own loop.
struct Callee final : net::H2Events {
    explicit Callee(EventLoop& loop) : loop{loop} {}

    EventLoop& loop;
    net::H2Limits limits;
    int connections_ended = 0;
    /// The answers to the next calls. When there are none left, calls get a good answer.
    std::deque<Answer> answers;
    std::vector<std::unique_ptr<ReceivedCall>> calls;
    std::vector<std::unique_ptr<net::H2Connection>> connections;
    Gate gate;

    Answer next() {
        if (answers.empty()) return kGood;
        auto answer = answers.front();
        answers.pop_front();
        return answer;
    }
    net::H2Stream* on_request() override {
        auto answer = next();
        if (answer.refuse) return nullptr;
        calls.push_back(std::make_unique<ReceivedCall>(*this, std::move(answer)));
        return calls.back().get();
    }
    Task<Result<std::unique_ptr<net::Stream>>> connect(const CallContext&) {
        co_await hop_to(loop);
        auto ends = tw::test::MemoryStream::make_pair(loop);
        connections.push_back(
            std::make_unique<net::H2Connection>(loop, std::move(ends.second), net::H2Session::Side::server, limits, *this));
        spawn(gate, serve(*this, *connections.back()));
        co_return std::unique_ptr<net::Stream>{std::move(ends.first)};
    }
    static Task<void> serve(Callee& self, net::H2Connection& connection) {
        static_cast<void>(co_await connection.run());
        ++self.connections_ended;
    }
};

/// Waits for the end of the callee's connections, and for the channel's ends of them, which take
/// more turns of the loop.
inline Task<void> end_of(Callee& callee) {
    co_await close_and_wait(callee.gate);
    for (int i = 0; i < 100; ++i) co_await hop_to(callee.loop);
}

inline void ReceivedCall::reply() {
    if (answer_.break_connection) return home_.connections.back()->close();
    const std::array head{net::H2Field{":status", answer_.http_status, true},
                          net::H2Field{"content-type", answer_.content_type, true}};
    const bool in_one_block = answer_.messages == 0 && answer_.body.empty();
    status_ = answer_.status_text.empty() ? std::to_string(answer_.status) : answer_.status_text;
    if (in_one_block) trailers_.assign(head.begin(), head.end());
    if (status_ != kNoStatus) trailers_.push_back({"grpc-status", status_, true});
    if (!answer_.pushback.empty()) trailers_.push_back({"grpc-retry-pushback-ms", answer_.pushback, true});
    for (const auto& [name, value] : answer_.metadata) trailers_.push_back({name, value, true});
    if (in_one_block) {
        send_headers(trailers_, true);
    } else {
        send_headers(head, false);
        outgoing() += answer_.body;
        for (int i = 0; i < answer_.messages; ++i) append_message(std::string_view{}, outgoing());
        finish(trailers_);
    }
    if (answer_.drain) home_.connections.back()->session().drain();
}

}  // namespace tw::rpc::test
