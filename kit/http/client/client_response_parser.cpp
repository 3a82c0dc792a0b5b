#include "kit/http/client/client_response_parser.hpp"

#include "kit/http/client/client_message.hpp"
#include "kit/http/text.hpp"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace tw::http {
namespace {

namespace beast = boost::beast;

/// How much memory a server can make the client reserve by announcing a body's length.
constexpr std::size_t kResponseReserveMax = 64 * 1024;
/// No chunked body ends in fewer bytes: "0", CR, LF, CR, LF.
constexpr std::size_t kResponseLastChunkBytes = 5;
/// The bytes of a field beside name and value: colon, space, CR, LF.
constexpr std::size_t kFieldOverheadBytes = 4;
constexpr unsigned kHttp11 = 11;

}  // namespace

/// Parses by Beast's grammar into this client's own types.
class ClientResponseParser::Reader final : public beast::http::basic_parser<false> {
 public:
    explicit Reader(std::size_t field_bytes_max) : field_bytes_left_{field_bytes_max} {}

    ClientResponse response;
    /// What is wrong with the head beyond its grammar; empty if nothing is.
    std::string objection;

 private:
    using Text = beast::string_view;
    using ErrorCode = beast::error_code;

    static std::string_view view(Text text) { return {text.data(), text.size()}; }

    void on_request_impl(beast::http::verb, Text, Text, int, ErrorCode&) override {}
    void on_response_impl(int status, Text, int version, ErrorCode&) override {
        response.status = status;
        response.version = version >= static_cast<int>(kHttp11) ? Version::http_1_1 : Version::http_1_0;
    }
    void on_field_impl(beast::http::field, Text name, Text value, ErrorCode& error) override {
        // Beast's own limit applies to the bytes of one call, and not to all bytes of the header.
        const auto bytes = name.size() + value.size() + kFieldOverheadBytes;
        if (bytes > field_bytes_left_) {
            error = beast::http::error::header_limit;
            return;
        }
        field_bytes_left_ -= bytes;
        // Trailers are reported by the same function, and must not be taken for header fields.
        if (!header_ended_) response.headers.add(std::string{view(name)}, std::string{view(value)});
    }
    void on_header_impl(ErrorCode& error) override {
        header_ended_ = true;
        judge();
        if (!objection.empty()) error = beast::http::error::bad_value;
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
        if (length) response.body.reserve(std::min<std::size_t>(*length, kResponseReserveMax));
    }
    std::size_t on_body_impl(Text bytes, ErrorCode&) override {
        response.body += view(bytes);
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, ErrorCode&) override {
        response.body += view(bytes);
        return bytes.size();
    }
    void on_finish_impl(ErrorCode&) override {}

    void judge() {
        const auto& headers = response.headers;
        const auto coding = headers.joined("transfer-encoding");
        if (response.status < kStatusFirst) {
            objection = "a status below 100";
        } else if (response.status == 101) {
            objection = "a change of protocol that nobody asked for";
        } else if (!coding.empty() && !equals_ignoring_case(trimmed(coding), "chunked")) {
            objection = "a transfer coding other than chunked";
        } else if (!coding.empty() && headers.find("content-length")) {
            objection = "both a length and chunks";
        } else if (!coding.empty() && response.version == Version::http_1_0) {
            objection = "chunks in HTTP/1.0";
        }
    }

    std::size_t field_bytes_left_;
    bool header_ended_ = false;
};

ClientResponseParser::ClientResponseParser(const ClientOptions& options, const std::string& authority, bool head_only)
    : options_{options}, authority_{authority}, reader_{std::make_unique<Reader>(options.header_bytes_max)} {
    reader_->eager(true);
    reader_->header_limit(static_cast<std::uint32_t>(options.header_bytes_max));
    reader_->body_limit(options.body_bytes_max);
    if (head_only) reader_->skip(true);
}

ClientResponseParser::~ClientResponseParser() = default;

Result<void> ClientResponseParser::take(std::string& bytes) {
    namespace http = beast::http;
    // Beast's parser asserts that a last chunk which it has begun to read is passed to it as a
    // whole.
    if (reader_->is_header_done() && reader_->chunked() && bytes.size() < kResponseLastChunkBytes) return {};
    beast::error_code error;
    const auto taken = reader_->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    bytes.erase(0, taken);
    if (error == http::error::header_limit || error == http::error::body_limit || error == http::error::buffer_overflow) {
        return too_large(authority_, error.message());
    }
    if (error && error != http::error::need_more) {
        return malformed(authority_, reader_->objection.empty() ? error.message() : reader_->objection);
    }
    // Beast keeps no bytes, so a line between chunks, or trailers, without an end would pile up
    // here.
    if (!done() && bytes.size() > options_.header_bytes_max)
        return too_large(authority_, "what lies between chunks does not end");
    return {};
}

Result<void> ClientResponseParser::take_end() {
    beast::error_code error;
    // Beast takes an end before the first byte for a whole message.
    if (reader_->is_header_done()) reader_->put_eof(error);
    if (error || !reader_->is_done()) return gone(authority_, "the connection ended early");
    return {};
}

bool ClientResponseParser::head_done() const { return reader_->is_header_done(); }
bool ClientResponseParser::done() const { return reader_->is_done(); }
bool ClientResponseParser::keep_alive() const { return reader_->keep_alive(); }
ClientResponse& ClientResponseParser::response() { return reader_->response; }

}  // namespace tw::http
