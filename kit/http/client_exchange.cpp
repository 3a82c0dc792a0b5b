#include "kit/http/client_exchange.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace tw::http {
namespace {

namespace beast = boost::beast;

Error refusal(const std::string& authority, const boost::system::error_code& error) {
    using Problem = beast::http::error;
    if (error == Problem::header_limit || error == Problem::body_limit || error == Problem::buffer_overflow) {
        return Error{Code::resource_exhausted, "RESPONSE_TOO_LARGE", "The answer of " + authority + " is too large."}
            .with_retryable(false)
            .with_cause(error.message());
    }
    return Error{Code::internal, "MALFORMED_RESPONSE", "The answer of " + authority + " is no sound HTTP."}.with_cause(
        error.message());
}

}  // namespace

class ClientExchange::Reading {
 public:
    Reading(const ClientOptions& options, bool head_request) {
        parser_.eager(true);
        parser_.header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
        parser_.body_limit(options.body_bytes_max);
        // The fields of an answer to HEAD speak of a body that does not come (RFC 9110 §9.3.2).
        if (head_request) parser_.skip(true);
    }

    /// Takes what it can off the front of `bytes`.
    boost::system::error_code take(std::string& bytes) {
        boost::system::error_code error;
        const auto used = parser_.put(boost::asio::buffer(bytes), error);
        bytes.erase(0, used);
        return error == beast::http::error::need_more ? boost::system::error_code{} : error;
    }
    /// The connection has ended; an error where that cuts the answer short.
    boost::system::error_code take_end() {
        // Beast takes an end before the first byte for a whole message.
        if (!parser_.is_header_done()) return beast::http::error::partial_message;
        boost::system::error_code error;
        parser_.put_eof(error);
        return error;
    }
    bool done() const { return parser_.is_done(); }
    bool keep_alive() const { return parser_.keep_alive(); }
    int status() const { return static_cast<int>(parser_.get().result_int()); }

    ClientResponse response() {
        constexpr unsigned kHttp11 = 11;
        ClientResponse response{.status = status(), .http_1_1 = parser_.get().version() >= kHttp11};
        for (const auto& field : parser_.get())
            response.headers.add(std::string{field.name_string()}, std::string{field.value()});
        response.body = std::move(parser_.get().body());
        return response;
    }

 private:
    beast::http::response_parser<beast::http::string_body> parser_;
};

Error ClientExchange::gone(const std::string& cause) const {
    return unavailable(authority_ + " went away before it answered.").with_cause(cause);
}

Task<Result<ClientResponse>> ClientExchange::run(const CallContext& ctx, std::string_view wire) {
    const CancelScope::Hook hook{ctx.scope(), [this](const Error&) { stream_.close(); }};
    const std::span<const char> bytes{wire.data(), wire.size()};
    const auto written = co_await stream_.write_all(bytes);
    // A server may refuse and close before it has read everything; what it says is worth more than the broken write.
    auto response = co_await receive();
    if (ctx.over()) co_return *ctx.over();
    if (!response && !answered_ && !written) co_return gone(written.error().detail());
    if (!written) reusable_ = false;
    co_return response;
}

Task<Result<ClientResponse>> ClientExchange::receive() {
    while (true) {
        Reading reading{options_, head_request_};
        auto done = co_await read_into(reading);
        if (!done) co_return std::move(done).error();
        // Interim answers announce the one that counts (RFC 9110 §15.2).
        const auto status = reading.status();
        if (status >= 100 && status < 200 && status != 101) continue;
        // Bytes that nobody asked for say that the connection is out of step.
        reusable_ = reusable_ && reading.keep_alive() && unparsed_.empty() && status != 101;
        co_return reading.response();
    }
}

Task<Result<void>> ClientExchange::read_into(Reading& reading) {
    while (true) {
        if (!unparsed_.empty()) {
            const auto error = reading.take(unparsed_);
            if (error) co_return refusal(authority_, error);
        }
        if (reading.done()) break;
        const std::span<char> chunk{chunk_};
        const auto count = co_await stream_.read_some(chunk);
        if (!count) co_return gone(count.error().detail());
        if (*count == 0) {
            const auto error = reading.take_end();
            if (error || !reading.done()) co_return gone("the connection ended early");
            co_return Result<void>{};
        }
        answered_ = true;
        unparsed_.append(chunk_.data(), *count);
    }
    reusable_ = true;
    co_return Result<void>{};
}

}  // namespace tw::http
