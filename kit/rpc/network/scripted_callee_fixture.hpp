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
#include <vector>

/// A callee that does with each call what it is told, for what no well-behaved server of ours does.
namespace tw::rpc::test {

/// What the callee does with one call.
struct Answer {
    /// REFUSED_STREAM, which says that it has not been looked at.
    bool refuse = false;
    int status = 0;
    std::string pushback;
    /// Messages before the end, in front of which come headers of their own.
    int messages = 0;
    /// The connection breaks instead.
    bool vanish = false;
    /// The connection takes no more calls, which is said right behind the answer.
    bool drain = false;
};

inline constexpr Answer kGood{.messages = 1};
inline constexpr Answer kDown{.status = static_cast<int>(Code::unavailable)};

struct Callee;

/// A call that has come.
class Taken final : public net::H2Stream {
 public:
    Taken(Callee& home, Answer answer) : home_{home}, answer_{std::move(answer)} {}
    std::map<std::string, std::string, std::less<>> fields;
    std::string body;

 private:
    void on_field(std::string_view name, std::string_view value) override { fields.emplace(name, value); }
    void on_fields_end() override {}
    void on_data(std::string_view bytes) override {
        body += bytes;
        consume(bytes.size());
    }
    void on_end() override;
    void on_close(net::H2Code) override {}

    Callee& home_;
    Answer answer_;
    std::vector<net::H2Field> trailers_;
    std::string status_;
};

/// A server as far as these tests need one, on the channel's own loop.
struct Callee final : net::H2Events {
    explicit Callee(EventLoop& loop) : loop{loop} {}

    EventLoop& loop;
    /// For the calls to come; when they run out, all is well.
    std::deque<Answer> answers;
    std::vector<std::unique_ptr<Taken>> calls;
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
        calls.push_back(std::make_unique<Taken>(*this, std::move(answer)));
        return calls.back().get();
    }
    Task<Result<std::unique_ptr<net::Stream>>> connect(const CallContext&) {
        co_await hop_to(loop);
        auto ends = tw::test::MemoryStream::make_pair(loop);
        connections.push_back(std::make_unique<net::H2Connection>(loop, std::move(ends.second), net::H2Session::Side::server,
                                                                  net::H2Limits{}, *this));
        spawn(gate, serve(*connections.back()));
        co_return std::unique_ptr<net::Stream>{std::move(ends.first)};
    }
    static Task<void> serve(net::H2Connection& connection) { static_cast<void>(co_await connection.run()); }
};

inline void Taken::on_end() {
    if (answer_.vanish) return home_.connections.back()->close();
    static constexpr net::H2Field kOk{":status", "200", true, true};
    static constexpr net::H2Field kType{"content-type", "application/grpc", true, true};
    status_ = std::to_string(answer_.status);
    if (answer_.messages == 0) trailers_ = {kOk, kType};
    trailers_.push_back({"grpc-status", status_, true});
    if (!answer_.pushback.empty()) trailers_.push_back({"grpc-retry-pushback-ms", answer_.pushback, true});
    if (answer_.messages == 0) {
        send_headers(trailers_, true);
        if (answer_.drain) home_.connections.back()->session().drain();
        return;
    }
    send_headers(std::array{kOk, kType}, false);
    for (int i = 0; i < answer_.messages; ++i) append_message(std::string_view{}, outgoing());
    finish(trailers_);
}

}  // namespace tw::rpc::test
