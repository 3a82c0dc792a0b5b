#include "kit/http/client/client_http1.hpp"

#include "kit/async/one_shot.hpp"
#include "kit/http/client/client_response_parser.hpp"

#include <utility>

namespace tw::http {
ClientHttp1::ClientHttp1(EventLoop& loop, std::unique_ptr<net::Stream> stream, const ClientOptions& options,
                         const std::string& authority)
    : loop_{loop},
      stream_{std::move(stream)},
      options_{options},
      authority_{authority},
      born_{loop.now()},
      rest_timer_{loop.timers(), [this] { end_rest(); }},
      on_read_{[this](Result<std::size_t> outcome) { on_read(std::move(outcome)); }} {}

Task<ClientAttempt> ClientHttp1::exchange(const CallContext& ctx, const ClientMessage& message) {
    const bool reused = std::exchange(reused_, true);
    answered_ = reusable_ = false;
    // The idle connection received its end or unexpected bytes. It cannot be used in either case.
    if (got_) co_return ClientAttempt{gone(authority_, "the connection was closed while idle"), Reach::unsent, reused};

    const CancelScope::Hook hook{ctx.scope(), [this](const Error&) { stream_->close(); }};
    const auto wire = http1_wire(message);
    OneShot<Result<std::size_t>> written;
    net::Stream::Sink on_written{[&written](Result<std::size_t> outcome) { written.set(std::move(outcome)); }};
    net::Stream::Operation writing{*stream_, {}, std::span<const char>{wire}, on_written};
    writing.begin();
    // The answer is read while the request is written: a server may refuse before it has read
    // everything, and then read no further.
    auto response = co_await receive(message.head_only());
    const bool early = !written.is_set();
    if (early) stream_->close();
    const auto sent = co_await written;
    reusable_ = reusable_ && sent.has_value() && !early && !ctx.over();
    if (ctx.over()) co_return ClientAttempt{*ctx.over(), Reach::answered, reused};
    const bool touched = response.has_value() || answered_;
    co_return ClientAttempt{std::move(response), touched ? Reach::answered : Reach::unknown, reused};
}

Task<Result<ClientResponse>> ClientHttp1::receive(bool head_only) {
    for (int interim = 0; interim <= kInterimAnswersMax; ++interim) {
        ClientResponseParser parser{options_, authority_, head_only};
        auto done = co_await read_into(parser);
        if (!done) co_return std::move(done).error();
        // Interim answers precede the final one (RFC 9110 §15.2).
        if (parser.response().status < kFinalStatusFirst) continue;
        // After unexpected bytes the connection is out of step and not reusable.
        reusable_ = parser.keep_alive() && unparsed_.empty() && !got_;
        co_return std::move(parser.response());
    }
    co_return malformed(authority_, "interim answers without end");
}

Task<Result<void>> ClientHttp1::read_into(ClientResponseParser& parser) {
    while (true) {
        if (!unparsed_.empty()) {
            if (auto sound = parser.take(unparsed_); !sound) co_return sound;
        }
        if (parser.done()) co_return Result<void>{};
        begin_read();
        if (!got_) co_await read_ended_;
        const auto count = *std::exchange(got_, std::nullopt);
        if (!count) {
            const auto& why = count.error();
            co_return gone(authority_, why.cause().empty() ? why.detail() : why.cause());
        }
        if (*count == 0) co_return parser.take_end();
        answered_ = true;
        unparsed_.append(chunk_.data(), *count);
    }
}

void ClientHttp1::begin_read() {
    if (self_ || got_) return;
    self_ = shared_from_this();
    reading_.emplace(*stream_, std::span<char>{chunk_}, std::span<const char>{}, on_read_);
    reading_->begin();
}

void ClientHttp1::on_read(Result<std::size_t> outcome) {
    const auto self = std::exchange(self_, nullptr);
    got_ = std::move(outcome);
    if (read_ended_.awaited()) return read_ended_.notify();
    end_rest();
}

void ClientHttp1::rest(std::chrono::nanoseconds time_max, std::move_only_function<void()> ended) {
    on_ended_ = std::move(ended);
    rest_timer_.arm(loop_.now() + time_max);
    begin_read();
}

void ClientHttp1::take_up() {
    on_ended_ = nullptr;
    rest_timer_.cancel();
}

void ClientHttp1::end_rest() {
    rest_timer_.cancel();
    if (auto ended = std::exchange(on_ended_, nullptr)) ended();
}

void ClientHttp1::close() {
    take_up();
    stream_->close();
}

}  // namespace tw::http
