#include "kit/http/server/http2_exchange.hpp"

#include "kit/http/problem.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/server/framing.hpp"
#include "kit/http/server/http2_fields.hpp"
#include "kit/http/server/request_work.hpp"
#include "kit/http/server/served_stream.hpp"

#include <array>
#include <charconv>

namespace tw::http {
namespace {

constexpr std::array<net::H2Field, 1> kContinueFields{{{":status", "100", true}}};

/// How much memory a client can make the server reserve by announcing a body's length.
constexpr std::size_t kExchangeReserveMax = 64 * 1024;

}  // namespace

Http2Exchange::Http2Exchange(Http2Connection& connection, SteadyTime started)
    : connection_{connection}, started_{started}, timer_{connection.host_.loop.timers(), [this] { on_timer(); }} {
    request_.version = Version::http_2;
}

Http2Exchange::~Http2Exchange() { connection_.release(*this); }

void Http2Exchange::on_field(std::string_view name, std::string_view value) {
    // Trailers must not be taken for fields that were there when the header was checked.
    if (phase_ != Phase::head) return;
    if (rejection_) {
        // These two fields decide who may read the refusal.
        if ((name == "origin" || name == "content-type") && !request_.headers.find(name))
            request_.headers.add(std::string{name}, std::string{value});
        return;
    }
    const auto limit = host().limits.header_bytes_max;
    if (field_bytes() > limit) {
        rejection_.emplace(Code::invalid_argument, reason::kHeaderTooLarge,
                           "the request's header is longer than " + std::to_string(limit) + " bytes");
    } else if (!name.starts_with(':')) {
        request_.headers.add(std::string{name}, std::string{value});
    } else if (name == ":method") {
        request_.method = value;
    } else if (name == ":path") {
        target_ = value;
    } else if (name == ":authority") {
        authority_ = value;
    }
}

void Http2Exchange::on_fields_end() {
    if (phase_ != Phase::head) return;
    phase_ = Phase::body;
    auto judged = rejection_ ? Result<void>{std::move(*rejection_)} : judge_head();
    if (!judged) return reject(judged.error());
    if (auto* const taker = host().streams; taker != nullptr && taker->wants(request_)) return hand_to(*taker);
    timer_.arm(started_ + host().limits.request_time_max);
    // The header is accepted, so a client that waits for "100 Continue" gets it (RFC 9110 §10.1.1).
    if (!fields_are_last() && request_.headers.find("expect")) send_interim(kContinueFields);
}

Result<void> Http2Exchange::judge_head() {
    const auto& limits = host().limits;
    RequestHead head;
    head.method = request_.method;
    if (auto read = read_target(target_, limits, head); !read) return read;
    request_.path = head.path;
    request_.query = head.query;
    // The session accepts any path for an unknown scheme.
    if (request_.path != "*" && !target_.starts_with('/')) return malformed_request("the path must start with a slash");
    if (const auto expectation = request_.headers.find("expect")) {
        if (auto kept = check_expectation(*expectation); !kept) return kept;
    }
    // RFC 9113 §8.3.1: if both are sent, they must have the same value.
    std::size_t hosts = 0;
    for (const auto& [name, value] : request_.headers.fields()) {
        if (name != "host") continue;
        if (++hosts > 1) return malformed_request("host is given twice");
        if (authority_ && *authority_ != value) return malformed_request("host is not what :authority says");
    }
    if (authority_ && hosts == 0) request_.headers.add("host", *authority_);
    if (!is_host(request_.headers.find("host").value_or(""))) return malformed_request("the authority is invalid");
    std::size_t length = 0;
    if (const auto text = request_.headers.find("content-length")) {
        // The session has checked that it is a number, and will check that it is the true length.
        const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), length);
        if (failure != std::errc{}) length = SIZE_MAX;
    }
    if (length > limits.body_bytes_max) return body_too_large(limits.body_bytes_max);
    request_.body.reserve(std::min(length, kExchangeReserveMax));
    return {};
}

void Http2Exchange::hand_to(StreamTaker& taker) {
    // A taken stream's host is checked here. For other requests RequestWork checks it when they are
    // complete.
    if (auto known = connection_.origin_.check_host(host().hosts, request_); !known) return reject(known.error());
    std::vector<net::H2Field> fields{
        {":method", request_.method}, {":path", target_}, {":authority", request_.headers.find("host").value_or("")}};
    for (const auto& [name, value] : request_.headers.fields()) {
        if (name != "host") fields.push_back({name, value});
    }
    // The stream may last longer than a request.
    connection_.connection_.start_age();
    const auto client = connection_.origin_.client_of(host().edge.proxies, request_);
    const net::Address peer{client.attributes->peer};
    hand_over(taker.take({started_, peer, client.attributes}), fields);
    unpin();
}

void Http2Exchange::on_data(std::string_view bytes) {
    if (phase_ != Phase::body) return consume(bytes.size());
    const auto limit = host().limits.body_bytes_max;
    if (request_.body.size() + bytes.size() > limit) return reject(body_too_large(limit));
    request_.body += bytes;
    buffered_bytes_ += bytes.size();
    connection_.buffered_bytes_ += bytes.size();
    unconsumed_bytes_ += bytes.size();
    if (!connection_.may_receive(*this)) connection_.hold(*this);
    if (connection_.may_receive(*this)) receive_more();
}

void Http2Exchange::on_end() {
    if (phase_ != Phase::body) return;
    phase_ = Phase::handling;
    timer_.cancel();
    ++pins_;
    spawn(connection_.gate_, work());
}

void Http2Exchange::on_close(net::H2Code) {
    timer_.cancel();
    if (scope_ != nullptr) scope_->cancel(cancelled());
    if (stream_answer_ != nullptr) stream_answer_->end(StreamEnd::client_gone);
    room_.notify();
    unpin();
}

void Http2Exchange::unpin() {
    if (--pins_ == 0) delete this;
}

void Http2Exchange::on_timer() {
    switch (phase_) {
        case Phase::head:  // bounded by the connection
            return;
        case Phase::body:
            return reject({Code::deadline_exceeded, reason::kRequestTimeout, "the request did not arrive in time"});
        case Phase::handling:
            return;
        case Phase::streaming:
            return watch_reader();
        case Phase::sending:
            // A client that does not read harms only itself.
            return reset(net::H2Code::cancel);
    }
}

void Http2Exchange::reject(const Error& why) {
    auto response = problem(why, {}, request_.path);
    if (host().on_refusal) host().on_refusal(request_, why, response);
    const auto client = connection_.origin_.client_of(host().edge.proxies, request_);
    RequestWork::count_refusal(host(), client.secure, Version::http_2, &request_, response, started_);
    if (host().access_log) {
        host().telemetry.log.limited(telemetry::Severity::info, "http.rejected",
                                     {{"error.type", why.reason()}, {"client.address", client.attributes->peer}}, why.detail());
    }
    send(std::move(response));
}

Task<void> Http2Exchange::work() {
    CancelScope scope{host().loop, Deadline::at(started_ + host().limits.request_time_max)};
    scope_ = &scope;
    std::optional<Response> response;
    bool sent = false;
    {
        RequestWork work{host(), connection_.origin_, request_, scope, started_};
        response = work.answer_without_handler();
        if (!response) response.emplace(co_await work.call_handler());
        scope_ = nullptr;
        sent = response->stream != nullptr;
        if (sent) {
            co_await answer_in_parts(work, std::move(*response));
        } else {
            work.finish(*response);
            request_id_ = work.request_id();
        }
    }
    if (!sent && open()) send(std::move(*response));
    unpin();
}

ResponseFraming Http2Exchange::framing() const {
    return {.date = host().dates.now(), .fixed = &host().edge.fields, .request_id = request_id_};
}

void Http2Exchange::send(Response response) {
    phase_ = Phase::sending;
    timer_.arm(host().loop.now() + host().limits.request_time_max);
    response_ = std::move(response);
    const bool bodiless = has_no_content(response_.status) || request_.method == "HEAD";
    const Http2ResponseFields fields{response_, framing()};
    const bool end = response_.trailers.fields().empty() && (bodiless || response_.body.empty());
    send_headers(fields.get(), end);
    if (end) return;
    if (!bodiless) outgoing() = std::move(response_.body);
    trailers_ = fields_of(response_.trailers);
    finish(trailers_);
}

}  // namespace tw::http
