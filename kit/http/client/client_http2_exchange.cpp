#include "kit/http/client/client_http2_exchange.hpp"

#include <charconv>
#include <utility>

namespace tw::http {
namespace {

std::string code_text(net::H2Code code) { return "HTTP/2 error code " + std::to_string(static_cast<std::uint32_t>(code)); }

/// Whether the code blames the answer. These codes come mostly from this side: a server that
/// objects to a request has a status for that.
bool blames_the_answer(net::H2Code code) {
    return code == net::H2Code::protocol_error || code == net::H2Code::flow_control_error;
}

}  // namespace

bool ClientHttp2Exchange::start(net::H2Session& session) {
    const Http2RequestFields fields{message_};
    const auto& body = message_.request.body;
    if (!body.empty()) {
        outgoing() = body;
        finish();
    }
    if (!session.request(*this, fields.get(), body.empty())) return false;
    hook_.emplace(ctx_.scope(), [this](const Error& why) { give_up(why); });
    return true;
}

void ClientHttp2Exchange::on_field(std::string_view name, std::string_view value) {
    if (ended()) return;
    reach_ = Reach::answered;
    // A small block can expand to a large list (HPACK bomb), so the size of the list is what
    // counts.
    if (field_bytes() > options_.header_bytes_max) return give_up(too_large(authority_, "its header is too large"));
    // Trailers must not be taken for header fields.
    if (head_done_) return;
    if (name == ":status") {
        std::from_chars(value.data(), value.data() + value.size(), response_.status);
    } else if (!name.starts_with(':')) {
        response_.headers.add(std::string{name}, std::string{value});
    }
}

void ClientHttp2Exchange::on_fields_end() {
    if (ended() || head_done_) return;
    if (response_.status < kStatusFirst) return give_up(malformed(authority_, "a status below 100"));
    if (response_.status == 101) return give_up(malformed(authority_, "a change of protocol that nobody asked for"));
    if (response_.status < kFinalStatusFirst) {
        if (++interim_answers_ > kInterimAnswersMax) return give_up(malformed(authority_, "interim answers without end"));
        response_.headers.clear();
        return;
    }
    head_done_ = true;
    if (announces_too_much()) give_up(too_large(authority_, "its content-length is too large"));
}

bool ClientHttp2Exchange::announces_too_much() const {
    const auto text = response_.headers.find("content-length");
    // A 304 describes the body that an unconditional request would have got (RFC 9110 §8.6).
    constexpr int kNotModified = 304;
    if (!text || message_.head_only() || response_.status == kNotModified) return false;
    std::uint64_t length = 0;
    // The session has checked that it is a number, and will check that it is the true length.
    const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), length);
    return failure != std::errc{} || length > options_.body_bytes_max;
}

void ClientHttp2Exchange::on_data(std::string_view bytes) {
    if (ended()) return;
    if (response_.body.size() + bytes.size() > options_.body_bytes_max) {
        return give_up(too_large(authority_, "its body is too large"));
    }
    response_.body += bytes;
    consume(bytes.size());
}

void ClientHttp2Exchange::on_end() { conclude(std::move(response_)); }

void ClientHttp2Exchange::on_close(net::H2Code code) {
    if (ended()) return;
    switch (code) {
        case net::H2Code::connection_lost:
            lost_ = true;
            return end_.notify();
        case net::H2Code::refused_stream:
            reach_ = Reach::unprocessed;
            return conclude(gone(authority_, "it took no more requests on this connection"));
        default:
            reach_ = Reach::answered;
            if (blames_the_answer(code)) return conclude(malformed(authority_, code_text(code)));
            return conclude(unavailable(authority_ + " reset the request.").with_cause(code_text(code)));
    }
}

void ClientHttp2Exchange::give_up(Error why) {
    reach_ = Reach::answered;
    reset(net::H2Code::cancel);
    conclude(std::move(why));
}

void ClientHttp2Exchange::conclude(Result<ClientResponse> outcome) {
    if (ended()) return;
    outcome_.emplace(std::move(outcome));
    end_.notify();
}

}  // namespace tw::http
