#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/base/random.hpp"
#include "kit/http/server/connection.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace tw::http::testing {

/// A stream in memory. The test sets the input, and reads the output and where each write ended.
class FakeStream final : public net::Stream {
 public:
    explicit FakeStream(EventLoop& loop) : loop_{loop} {}
    ~FakeStream() override { *alive_ = false; }

    /// Adds bytes that the client sends. Each piece is returned by one read.
    void arrive(std::string bytes) {
        incoming_.push_back(std::move(bytes));
        later(&FakeStream::feed);
    }
    void arrive_end() {
        end_arrived_ = true;
        later(&FakeStream::feed);
    }
    /// Breaks the connection, as a reset by the client does.
    void arrive_reset() {
        reset_arrived_ = true;
        later(&FakeStream::feed);
    }
    /// From now on writes wait until the stream is closed, as if the client did not read.
    void stall_writes() { stalled_ = true; }

    /// What the server has done. It may be read after the stream has been destroyed.
    struct Seen {
        std::vector<std::string> writes;
        bool closed = false;

        std::string output() const {
            std::string all;
            for (const auto& write : writes) all += write;
            return all;
        }
    };
    std::shared_ptr<const Seen> seen() const { return seen_; }
    const std::vector<std::string>& writes() const { return seen_->writes; }
    std::string output() const { return seen_->output(); }
    bool closed() const { return seen_->closed; }
    bool write_ended() const { return write_ended_; }
    std::size_t unread() const { return incoming_.size(); }

    void close() override {
        seen_->closed = true;
        later(&FakeStream::feed);
    }
    void shutdown_write() override { write_ended_ = true; }
    const net::Address& peer() const override { return peer_; }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        reading_ = &operation;
        buffer_ = buffer;
        later(&FakeStream::feed);
    }

    void start_write(std::span<const char> bytes, Operation& operation) override {
        if (closed()) return operation.complete(cancelled());
        if (stalled_) {
            writing_ = &operation;
            return;
        }
        seen_->writes.emplace_back(bytes.data(), bytes.size());
        operation.complete(bytes.size());
    }

    /// Completes operations in a later turn of the loop, as a system's streams do.
    void later(void (FakeStream::*what)()) {
        loop_.post([this, what, alive = alive_] {
            if (*alive) (this->*what)();
        });
    }

    void feed() {
        if (closed() && writing_ != nullptr) {
            // The stream may be destroyed when the operation is complete.
            const auto alive = alive_;
            std::exchange(writing_, nullptr)->complete(cancelled());
            if (!*alive) return;
        }
        if (reading_ == nullptr) return;
        if (closed()) return std::exchange(reading_, nullptr)->complete(cancelled());
        if (!incoming_.empty()) {
            auto& piece = incoming_.front();
            const auto count = std::min(piece.size(), buffer_.size());
            std::copy_n(piece.begin(), count, buffer_.begin());
            piece.erase(0, count);
            if (piece.empty()) incoming_.pop_front();
            return std::exchange(reading_, nullptr)->complete(count);
        }
        if (reset_arrived_) return std::exchange(reading_, nullptr)->complete(unavailable("the connection broke"));
        if (end_arrived_) std::exchange(reading_, nullptr)->complete(std::size_t{0});
    }

    EventLoop& loop_;
    net::Address peer_{"192.0.2.7", 4711};
    std::deque<std::string> incoming_;
    std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
    Operation* reading_ = nullptr;
    Operation* writing_ = nullptr;
    std::span<char> buffer_;
    bool end_arrived_ = false;
    bool reset_arrived_ = false;
    bool stalled_ = false;
    bool write_ended_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class CollectedLog final : public telemetry::LogSink {
 public:
    void write(std::string_view line) override { lines.emplace_back(line); }
    std::vector<std::string> lines;
};

/// A connection over a FakeStream with its own loop.
class Bench {
 public:
    explicit Bench(Handler handler, ServerLimits limits = {}, telemetry::SpanRecorder* recorder = nullptr,
                   const telemetry::Propagators& propagators = {}, ServerHooks hooks = {})
        : tracer_{clock_, random_, recorder},
          host_{loop,
                limits,
                {tracer_, logger_, meter, propagators},
                std::move(handler),
                true,
                {},
                std::move(hooks.hosts),
                std::move(hooks.on_refusal),
                hooks.streams,
                std::move(hooks.answer_streams),
                std::move(hooks.edge)} {
        auto owned = std::make_unique<FakeStream>(loop);
        stream = owned.get();
        connection.emplace(host_, std::move(owned));
    }

    /// Sends the pieces, and the end unless `end` is false, and runs the connection until it ends.
    /// Returns the output.
    std::string converse(std::vector<std::string> pieces, bool end = true) {
        for (auto& piece : pieces) stream->arrive(std::move(piece));
        if (end) stream->arrive_end();
        run();
        return stream->output();
    }
    void run() { run_until_done(loop, connection->run()); }

    EventLoop loop;
    CollectedLog log;
    telemetry::Meter meter;
    FakeStream* stream = nullptr;
    std::optional<Connection> connection;

 private:
    SystemClock clock_;
    Random random_{1};
    telemetry::Tracer tracer_;
    telemetry::Logger logger_{"test", clock_, log, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    ConnectionHost host_;
};

/// Answers with the content of the request.
inline Task<Response> echo(const CallContext&, const Request& request) {
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
    response.route = "/echo";
    co_return response;
}

/// Returns a request for a path with additional fields.
inline std::string get(std::string_view path, std::string_view fields = "") {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}

/// Returns how often a part occurs in a text.
inline std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace tw::http::testing
