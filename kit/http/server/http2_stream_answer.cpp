#include "kit/http/server/http2_exchange.hpp"
#include "kit/http/server/http2_fields.hpp"
#include "kit/http/server/request_work.hpp"
#include "kit/http/server/served_stream.hpp"

#include <algorithm>

// Streamed answers by HTTP/2.
namespace tw::http {
namespace {

/// A writer waits while more bytes than this are queued. It is a stream's window, at which the
/// session calls on_room (net::H2Limits).
constexpr std::size_t kQueuedBytesMax = 64 * 1024;

}  // namespace

/// Writes the parts of a streamed body to the stream of HTTP/2.
class Http2Exchange::PartWriter final : public BodyWriter {
 public:
    explicit PartWriter(Http2Exchange& exchange) : exchange_{exchange} {}

    Task<Result<void>> write(std::string_view part) override {
        if (!exchange_.open()) co_return cancelled();
        exchange_.outgoing().append(part);
        exchange_.queued_total_ += part.size();
        exchange_.send_queued();
        auto& timer = exchange_.timer_;
        if (!timer.armed()) timer.arm(exchange_.host().loop.now() + exchange_.host().limits.stream_stall_time_max);
        while (exchange_.open() && !exchange_.stream_answer_->ended() && exchange_.queued_bytes() > kQueuedBytesMax) {
            exchange_.notify_room();
            co_await exchange_.room_;
        }
        if (!exchange_.open()) co_return cancelled();
        co_return Result<void>{};
    }

 private:
    Http2Exchange& exchange_;
};

Task<void> Http2Exchange::answer_in_parts(RequestWork& work, Response response) {
    ServedStream stream{host(), work, started_, response.stream};
    stream_answer_ = &stream;
    auto& streaming = connection_.streaming_;
    streaming.push_back(this);
    if (!open()) stream.end(StreamEnd::client_gone);
    if (connection_.draining_) stream.end(StreamEnd::drained);
    const bool head_only = request_.method == "HEAD";
    if (!head_only) co_await stream.begin(response);
    request_id_ = work.request_id();
    if (head_only || response.stream == nullptr) {
        std::erase(streaming, this);
        stream_answer_ = nullptr;
        work.finish(response);
        if (open()) send(std::move(response));
        co_return;
    }
    send_stream_head(response);
    PartWriter parts{*this};
    co_await stream.run(parts);
    std::erase(streaming, this);
    stream_answer_ = nullptr;
    work.finish(response, &stream);
    end_parts(*stream.ended());
}

void Http2Exchange::send_stream_head(Response response) {
    phase_ = Phase::streaming;
    response_ = std::move(response);
    const Http2ResponseFields fields{response_, framing()};
    send_headers(fields.get(), false);
}

/// Ends the answer. The client has some time to take what is queued.
void Http2Exchange::end_parts(StreamEnd how) {
    phase_ = Phase::sending;
    timer_.cancel();
    // A client that stalled has been reset already.
    if (!open() || how == StreamEnd::stalled) return;
    if (how == StreamEnd::failed) return reset(net::H2Code::internal_error);
    timer_.arm(host().loop.now() + host().limits.request_time_max);
    finish();
}

/// Cuts the stream of a client off that has taken nothing since the last call.
void Http2Exchange::watch_reader() {
    if (queued_bytes() == 0) return;
    const auto accepted = queued_total_ - queued_bytes();
    if (accepted != std::exchange(accepted_before_, accepted)) {
        return timer_.arm(host().loop.now() + host().limits.stream_stall_time_max);
    }
    if (stream_answer_ == nullptr) return;
    reset(net::H2Code::cancel);
    stream_answer_->end(StreamEnd::stalled);
    room_.notify();
}

void Http2Exchange::end_stream_for_drain() {
    if (stream_answer_ != nullptr) stream_answer_->end(StreamEnd::drained);
    room_.notify();
}

}  // namespace tw::http
