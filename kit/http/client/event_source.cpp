#include "kit/http/event_source.hpp"

#include "kit/http/client/client_message.hpp"
#include "kit/http/client/event_lines.hpp"
#include "kit/http/text.hpp"

#include <utility>

namespace tw::http {

bool is_event_stream(const ClientResponse& head) {
    const auto type = head.headers.joined("content-type");
    return head.status == 200 &&
           equals_ignoring_case(trimmed(std::string_view{type}.substr(0, type.find(';'))), "text/event-stream");
}

Result<std::unique_ptr<EventSource>> EventSource::make(EventLoop& loop, const Url& url, const ClientOptions& options) {
    auto stream = ClientStream::make(loop, url, options);
    if (!stream) return std::move(stream).error();
    return std::unique_ptr<EventSource>{new EventSource{std::move(*stream), url.address.to_string(), options.body_bytes_max}};
}

EventSource::EventSource(EventLoop& loop, std::string authority, const ClientOptions& options, net::Connector connector)
    : EventSource{std::make_unique<ClientStream>(loop, authority, options, std::move(connector)), authority,
                  options.body_bytes_max} {}

EventSource::EventSource(std::unique_ptr<ClientStream> stream, std::string authority, std::size_t event_bytes_max)
    : stream_{std::move(stream)},
      lines_{std::make_unique<EventLines>()},
      authority_{std::move(authority)},
      event_bytes_max_{event_bytes_max} {}

EventSource::~EventSource() = default;

Task<Result<ClientResponse>> EventSource::open(const CallContext& ctx, ClientRequest request) {
    request.headers.add("accept", "text/event-stream");
    auto head = co_await stream_->open(ctx, std::move(request));
    if (!head || is_event_stream(*head)) co_return head;
    auto body = co_await stream_->read_rest(ctx);
    if (!body) co_return std::move(body).error();
    head->body = std::move(*body);
    co_return head;
}

Task<Result<std::optional<ServerEvent>>> EventSource::next(const CallContext& ctx) {
    while (true) {
        if (auto event = lines_->take()) co_return std::optional{std::move(*event)};
        if (lines_->pending_bytes() > event_bytes_max_) co_return too_large(authority_, "an event is too large");
        auto part = co_await stream_->next(ctx);
        if (!part) co_return std::move(part).error();
        if (part->empty()) co_return std::optional<ServerEvent>{};
        lines_->add(*part);
    }
}

}  // namespace tw::http
