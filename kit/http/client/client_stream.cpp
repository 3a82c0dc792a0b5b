#include "kit/http/client_stream.hpp"

#include "kit/async/timer_wheel.hpp"
#include "kit/http/client/client_message.hpp"
#include "kit/http/client/client_response_parser.hpp"

#include <array>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace tw::http {
namespace {

constexpr std::size_t kStreamPartBytesMax = 16 * 1024;

/// The body as a whole has no limit, since its parts are handed on as they come.
ClientOptions without_body_limit(ClientOptions options) {
    options.body_bytes_max = std::numeric_limits<std::size_t>::max() / 2;
    return options;
}

}  // namespace

struct ClientStream::Open {
    Open(std::unique_ptr<net::Stream> connected, const ClientOptions& limits, const std::string& host, bool no_body)
        : stream{std::move(connected)}, options{without_body_limit(limits)}, authority{host}, head_only{no_body} {
        begin_answer();
    }
    ~Open() { stream->close(); }

    void begin_answer() { parser = std::make_unique<ClientResponseParser>(options, authority, head_only); }
    bool is_interim() const { return parser->response().status < kFinalStatusFirst; }

    std::unique_ptr<net::Stream> stream;
    ClientOptions options;
    const std::string& authority;
    bool head_only;
    std::unique_ptr<ClientResponseParser> parser;
    std::array<char, kStreamPartBytesMax> chunk{};
    /// Bytes that have been read and not been parsed.
    std::string unparsed;
};

Result<std::unique_ptr<ClientStream>> ClientStream::make(EventLoop& loop, const Url& url, const ClientOptions& options) {
    if (auto sound = options.validate(); !sound) return std::move(sound).error();
    auto ours = options;
    if (!url.tls) ours.tls = nullptr;
    if (url.tls && !ours.tls) {
        auto made = net::TlsContext::make_client({.alpn = {"http/1.1"}});
        if (!made) return std::move(made).error();
        ours.tls = std::move(*made);
    }
    auto connector = net::make_connector(loop, url.address, ours.connect_time_max, ours.tls);
    return std::make_unique<ClientStream>(loop, url.address.to_string(), ours, std::move(connector));
}

ClientStream::ClientStream(EventLoop& loop, std::string authority, const ClientOptions& options, net::Connector connector)
    : loop_{loop}, authority_{std::move(authority)}, options_{options}, connector_{std::move(connector)} {}

ClientStream::~ClientStream() = default;

Task<Result<void>> ClientStream::send(const CallContext& ctx, const ClientRequest& request) {
    if (auto sound = check(request); !sound) co_return sound;
    auto connected = co_await connector_(ctx);
    if (!connected) co_return std::move(connected).error();
    // A path is no authority (RFC 9110 §4.2), so requests to a Unix domain socket name this
    // machine.
    const std::string_view host = authority_.starts_with("unix:") ? std::string_view{"localhost"} : authority_;
    const ClientMessage message{
        .request = request, .authority = host, .secure = options_.tls != nullptr, .accept_encoding = "identity", .injected = {}};
    open_ = std::make_unique<Open>(std::move(*connected), options_, authority_, message.head_only());
    const auto wire = http1_wire(message);
    const CancelScope::Hook hook{ctx.scope(), [this](const Error&) { open_->stream->close(); }};
    const std::span<const char> bytes{wire};
    const auto written = co_await open_->stream->write_all(bytes);
    if (ctx.over()) co_return *ctx.over();
    if (!written) co_return gone(authority_, written.error().detail());
    co_return Result<void>{};
}

Task<Result<ClientResponse>> ClientStream::open(const CallContext& ctx, ClientRequest request) {
    if (ctx.over()) co_return *ctx.over();
    auto sent = co_await send(ctx, request);
    if (!sent) co_return std::move(sent).error();
    auto& open = *open_;
    int interim_answers = 0;
    while (!open.parser->head_done() || open.is_interim()) {
        if (open.parser->done()) {
            if (++interim_answers > kInterimAnswersMax) co_return malformed(authority_, "interim answers without end");
            open.begin_answer();
        }
        auto more = co_await read_more(ctx);
        if (!more) co_return std::move(more).error();
    }
    // What has come of the body is for next().
    auto body = std::exchange(open.parser->response().body, {});
    auto head = open.parser->response();
    open.parser->response().body = std::move(body);
    co_return head;
}

Task<Result<std::string>> ClientStream::next(const CallContext& ctx) {
    auto& open = *open_;
    while (true) {
        if (ctx.over()) co_return *ctx.over();
        if (auto part = std::exchange(open.parser->response().body, {}); !part.empty()) co_return part;
        if (open.parser->done()) co_return std::string{};
        auto more = co_await read_more(ctx);
        if (!more) co_return std::move(more).error();
    }
}

Task<Result<std::string>> ClientStream::read_rest(const CallContext& ctx) {
    std::string body;
    while (true) {
        auto part = co_await next(ctx);
        if (!part) co_return part;
        if (part->empty()) co_return body;
        if (body.size() + part->size() > options_.body_bytes_max) co_return too_large(authority_, "its body is too large");
        body += *part;
    }
}

Task<Result<void>> ClientStream::read_more(const CallContext& ctx) {
    auto& open = *open_;
    if (!open.unparsed.empty()) {
        // An interim answer may have come together with the next one.
        const auto before = open.unparsed.size();
        if (auto sound = open.parser->take(open.unparsed); !sound) co_return sound;
        if (open.unparsed.size() != before) co_return Result<void>{};
    }
    co_return co_await read_from_connection(ctx);
}

Task<Result<void>> ClientStream::read_from_connection(const CallContext& ctx) {
    auto& open = *open_;
    const CancelScope::Hook hook{ctx.scope(), [&open](const Error&) { open.stream->close(); }};
    bool silent = false;
    Timer silence{loop_.timers(), [&open, &silent] {
                      silent = true;
                      open.stream->close();
                  }};
    if (options_.silence_time_max.count() > 0) silence.arm(loop_.now() + options_.silence_time_max);
    const std::span<char> into{open.chunk};
    const auto count = co_await open.stream->read_some(into);
    if (ctx.over()) co_return *ctx.over();
    if (silent) co_return unavailable(fmt::format("{} sent nothing for {} ms.", authority_, options_.silence_time_max.count()));
    if (!count) co_return gone(authority_, count.error().detail());
    if (*count == 0) co_return open.parser->take_end();
    open.unparsed.append(open.chunk.data(), *count);
    co_return open.parser->take(open.unparsed);
}

}  // namespace tw::http
