#include "kit/http/event_source.hpp"

#include "kit/http/client/client_message.hpp"
#include "kit/http/client/client_response_parser.hpp"
#include "kit/http/client/event_lines.hpp"
#include "kit/http/text.hpp"

#include <array>
#include <limits>
#include <span>
#include <utility>

namespace tw::http {
namespace {

constexpr std::size_t kEventChunkBytes = 16 * 1024;

/// The body as a whole has no end, so only its parts are bounded.
ClientOptions for_streams(ClientOptions options) {
    options.body_bytes_max = std::numeric_limits<std::size_t>::max() / 2;
    return options;
}

bool is_event_stream(const ClientResponse& response) {
    const auto type = response.headers.joined("content-type");
    return response.status == 200 &&
           equals_ignoring_case(trimmed(std::string_view{type}.substr(0, type.find(';'))), "text/event-stream");
}

}  // namespace

struct EventSource::Open {
    Open(std::unique_ptr<net::Stream> connected, const ClientOptions& limits, const std::string& authority)
        : stream{std::move(connected)},
          options{for_streams(limits)},
          parser{std::make_unique<ClientResponseParser>(options, authority, false)} {}
    ~Open() { stream->close(); }

    /// Whether the head of the answer has come, which is no interim one.
    bool has_head() { return parser->response().status >= kFinalStatusFirst && parser->head_done(); }

    std::unique_ptr<net::Stream> stream;
    ClientOptions options;
    std::unique_ptr<ClientResponseParser> parser;
    std::array<char, kEventChunkBytes> chunk{};
    std::string unparsed;
    EventLines lines;
};

Result<std::unique_ptr<EventSource>> EventSource::make(EventLoop& loop, const Url& url, const ClientOptions& options) {
    if (auto sound = options.validate(); !sound) return std::move(sound).error();
    auto ours = options;
    if (!url.tls) ours.tls = nullptr;
    if (url.tls && !ours.tls) {
        auto made = net::TlsContext::make_client({.alpn = {"http/1.1"}});
        if (!made) return std::move(made).error();
        ours.tls = std::move(*made);
    }
    auto connector = net::make_connector(loop, url.address, ours.connect_time_max, ours.tls);
    return std::make_unique<EventSource>(loop, url.address.to_string(), ours, std::move(connector));
}

EventSource::EventSource(EventLoop& loop, std::string authority, const ClientOptions& options, net::Connector connector)
    : loop_{loop}, authority_{std::move(authority)}, options_{options}, connector_{std::move(connector)} {}

EventSource::~EventSource() = default;

Task<Result<void>> EventSource::connect(const CallContext& ctx, const ClientRequest& request) {
    if (auto sound = check(request); !sound) co_return sound;
    auto connected = co_await connector_(ctx);
    if (!connected) co_return std::move(connected).error();
    open_ = std::make_unique<Open>(std::move(*connected), options_, authority_);
    const std::string_view host = authority_.starts_with("unix:") ? std::string_view{"localhost"} : authority_;
    const ClientMessage message{
        .request = request, .authority = host, .secure = options_.tls != nullptr, .accept_encoding = "identity", .injected = {}};
    const auto wire = http1_wire(message);
    const CancelScope::Hook hook{ctx.scope(), [this](const Error&) { open_->stream->close(); }};
    const std::span<const char> bytes{wire};
    const auto written = co_await open_->stream->write_all(bytes);
    if (ctx.over()) co_return *ctx.over();
    if (!written) co_return gone(authority_, written.error().detail());
    co_return Result<void>{};
}

Task<Result<ClientResponse>> EventSource::open(const CallContext& ctx, ClientRequest request) {
    if (ctx.over()) co_return *ctx.over();
    request.headers.add("accept", "text/event-stream");
    auto sent = co_await connect(ctx, request);
    if (!sent) co_return std::move(sent).error();
    auto& open = *open_;
    while (!open.has_head()) {
        if (open.parser->done()) open.parser = std::make_unique<ClientResponseParser>(open.options, authority_, false);
        auto more = co_await read_more(ctx);
        if (!more) co_return std::move(more).error();
    }
    const bool streams = is_event_stream(open.parser->response());
    while (!streams && !open.parser->done()) {
        if (open.parser->response().body.size() > options_.body_bytes_max)
            co_return too_large(authority_, "the answer is too large");
        auto more = co_await read_more(ctx);
        if (!more) co_return std::move(more).error();
    }
    if (!streams) co_return std::move(open.parser->response());
    auto head = open.parser->response();
    head.body.clear();
    co_return head;
}

Task<Result<void>> EventSource::read_more(const CallContext& ctx) {
    auto& open = *open_;
    const CancelScope::Hook hook{ctx.scope(), [&open](const Error&) { open.stream->close(); }};
    if (!open.unparsed.empty()) {
        // An interim answer may have come together with the next one.
        const auto before = open.unparsed.size();
        if (auto sound = open.parser->take(open.unparsed); !sound) co_return sound;
        if (open.unparsed.size() != before) co_return Result<void>{};
    }
    const std::span<char> into{open.chunk};
    const auto count = co_await open.stream->read_some(into);
    if (ctx.over()) co_return *ctx.over();
    if (!count) co_return gone(authority_, count.error().detail());
    if (*count == 0) co_return open.parser->take_end();
    open.unparsed.append(open.chunk.data(), *count);
    co_return open.parser->take(open.unparsed);
}

Task<Result<std::optional<ServerEvent>>> EventSource::next(const CallContext& ctx) {
    auto& open = *open_;
    while (true) {
        open.lines.add(std::exchange(open.parser->response().body, {}));
        if (auto event = open.lines.take()) co_return std::optional{std::move(*event)};
        if (ctx.over()) co_return *ctx.over();
        if (open.parser->done()) co_return std::optional<ServerEvent>{};
        if (open.lines.pending_bytes() > options_.body_bytes_max) co_return too_large(authority_, "an event is too large");
        auto more = co_await read_more(ctx);
        if (!more) co_return std::move(more).error();
    }
}

}  // namespace tw::http
