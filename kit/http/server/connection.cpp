#include "kit/http/server/connection.hpp"

#include "kit/http/reasons.hpp"
#include "kit/http/server/served_stream.hpp"

#include <algorithm>

namespace tw::http {
namespace {

/// Answers to pipelined requests are collected up to this size.
constexpr std::size_t kOutputBytesMax = 64 * 1024;

constexpr std::string_view kContinueLine = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(ConnectionHost& host, std::unique_ptr<net::Stream> stream, FirstBytes first_bytes)
    : host_{host},
      stream_{std::move(stream)},
      origin_{*stream_, host.edge.proxies},
      input_{host.limits.header_bytes_max + 1024},
      timer_{host.loop.timers(), [this] { on_timer(); }},
      opened_{first_bytes.began} {
    const auto space = input_.space();
    std::ranges::copy(first_bytes.bytes, space.begin());
    input_.commit(first_bytes.bytes.size());
}

Task<void> Connection::run() {
    Gate reader;
    spawn(reader, read_input());
    co_await serve_requests();
    co_await finish(reader);
}

Task<void> Connection::refuse(Error why) {
    Gate reader;
    spawn(reader, read_input());
    co_await reject(std::move(why));
    co_await finish(reader);
}

Task<void> Connection::finish(Gate& reader) {
    timer_.cancel();
    ended_ = true;
    stream_->close();
    room_made_.notify();
    co_await close_and_wait(reader);
}

void Connection::drain() {
    draining_ = true;
    if (phase_ == Phase::idle) return input_changed_.notify();
    if (stream_answer_ != nullptr) stream_answer_->end(StreamEnd::drained);
}

void Connection::cut() {
    lost_ = true;
    stream_->close();
    client_left();
}

void Connection::client_left() {
    if (stream_answer_ != nullptr) {
        // A write may be waiting for the client.
        stream_->close();
        return stream_answer_->end(StreamEnd::client_gone);
    }
    if (scope_ != nullptr) scope_->cancel(cancelled());
}

Task<void> Connection::read_input() {
    while (!ended_) {
        const auto space = input_.space();
        if (space.empty()) {
            co_await room_made_;
            continue;
        }
        const auto count = co_await stream_->read_some(space);
        // A client may end its side of the connection and still wait for the answers (RFC 9112
        // §9.6, RFC 8446 §6.1). Only when a connection broke does nobody wait for them.
        lost_ = lost_ || !count;
        if (!count || *count == 0) break;
        input_.commit(*count);
        input_changed_.notify();
    }
    ended_ = true;
    if (lost_ || stream_answer_ != nullptr) client_left();
    input_changed_.notify();
}

Task<void> Connection::serve_requests() {
    while (true) {
        const auto step = advance();
        // Nothing refers to the input's bytes here, so the reader may move them.
        room_made_.notify();
        if (step == Step::rejected) co_return co_await reject(std::move(*rejection_));
        if (step == Step::need_input) {
            if (!co_await await_input()) break;
            continue;
        }
        co_await answer();
        if (!keep_alive_) break;
        if (output_.size() > kOutputBytesMax && !co_await flush()) break;
    }
    if (co_await flush() && !input_.empty() && !keep_alive_) co_await linger();
}

/// Waits for more input. Returns false when the connection is over.
Task<bool> Connection::await_input() {
    if (!output_.empty()) {
        // The collected answers are sent before waiting for input: the client may be waiting for
        // them.
        const auto had = input_.bytes().size();
        if (!co_await flush()) co_return false;
        if (input_.bytes().size() != had) co_return true;
    }
    if (ended_ || (draining_ && phase_ == Phase::idle)) co_return false;
    const auto& limits = host_.limits;
    // The limit is set once for everything that may come before a request, such as empty lines.
    if (phase_ == Phase::idle && !idle_until_) idle_until_ = host_.loop.now() + limits.idle_time_max;
    wait_until(phase_ == Phase::idle   ? *idle_until_
               : phase_ == Phase::head ? started_ + limits.header_time_max
                                       : started_ + limits.request_time_max);
    co_await input_changed_;
    timer_.cancel();
    if (!timed_out_) co_return true;
    if (phase_ != Phase::idle) {
        Error late{Code::deadline_exceeded, reason::kRequestTimeout, "the request did not arrive in time"};
        co_await reject(std::move(late));
    }
    co_return false;
}

/// Sends the output. Returns false when the client does not accept it, for good or for too long.
Task<bool> Connection::flush() {
    if (output_.empty()) co_return true;
    // All requests that are ready are answered first, and then everything is sent. Code stays in
    // the caches, and clients on the same machine are woken once, not for each answer.
    host_.loop.at_turn_end(turn_end_);
    co_await turn_ended_;
    writing_ = true;
    const auto& limits = host_.limits;
    wait_until(host_.loop.now() + (stream_answer_ != nullptr ? limits.stream_stall_time_max : limits.request_time_max));
    const std::span<const char> bytes{output_};
    const auto written = co_await stream_->write_all(bytes);
    writing_ = false;
    timer_.cancel();
    if (output_.capacity() > 2 * kOutputBytesMax) output_ = {};
    output_.clear();
    if (!written && stream_answer_ != nullptr) stream_answer_->end(StreamEnd::client_gone);
    co_return written.has_value();
}

Connection::Step Connection::advance() {
    if (phase_ == Phase::body) return advance_body();
    if (phase_ == Phase::idle) {
        // Empty lines before a request are skipped (RFC 9112 §2.2).
        while (input_.bytes().starts_with("\r\n")) input_.consume(2);
        if (input_.empty() || input_.bytes() == "\r") return Step::need_input;
        phase_ = Phase::head;
        idle_until_.reset();
        scanned_ = 0;
        started_ = opened_ ? *std::exchange(opened_, std::nullopt) : host_.loop.now();
    }
    return advance_head();
}

Connection::Step Connection::advance_head() {
    const auto& limits = host_.limits;
    const auto size = find_head_end(input_.bytes(), scanned_, limits.header_bytes_max, limits.uri_bytes_max);
    if (!size) return refuse_request(size.error());
    if (*size == 0) return Step::need_input;
    const auto text = input_.bytes().substr(0, *size);
    const auto head = scan_head(text, limits);
    if (!head) return refuse_request(head.error());
    version_ = head->http_1_1 ? Version::http_1_1 : Version::http_1_0;
    wants_keep_alive_ = head->keep_alive;
    // The body is refused before the client has sent it.
    if (head->content_length.value_or(0) > limits.body_bytes_max) return refuse_request(body_too_large(limits.body_bytes_max));
    parser_.begin(limits.header_bytes_max, limits.body_bytes_max);
    parser_.request().path = head->path;
    parser_.request().query = head->query;
    parser_.request().version = version_;
    const auto taken = parser_.put(text);
    if (!taken) return refuse_request(taken.error());
    if (head->absolute_form) parser_.request().headers.replace("Host", std::string{head->host});
    const bool wants_continue = head->expects_continue;
    input_.consume(*size);
    if (parser_.done()) return Step::request_ready;
    phase_ = Phase::body;
    if (!input_.empty()) return advance_body();
    if (wants_continue) output_ += kContinueLine;
    return Step::need_input;
}

Connection::Step Connection::advance_body() {
    while (!input_.empty()) {
        const auto taken = parser_.put(input_.bytes());
        if (!taken) return refuse_request(taken.error());
        input_.consume(*taken);
        if (parser_.done()) return Step::request_ready;
        if (*taken > 0) continue;
        if (!input_.full()) break;
        return refuse_request({Code::invalid_argument, reason::kMalformedRequest, "a chunk's header or the trailer is too long"});
    }
    return Step::need_input;
}

Connection::Step Connection::refuse_request(Error why) {
    rejection_.emplace(std::move(why));
    return Step::rejected;
}

void Connection::wait_until(SteadyTime when) {
    timed_out_ = false;
    timer_.arm(when);
}

void Connection::on_timer() {
    // The connection of a client that does not read is closed, and the write ends with an error.
    if (writing_) {
        stream_->close();
        if (stream_answer_ != nullptr) stream_answer_->end(StreamEnd::stalled);
        return;
    }
    timed_out_ = true;
    input_changed_.notify();
}

}  // namespace tw::http
