#include "kit/http/server/request_parser.hpp"

#include "kit/http/reasons.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace tw::http {
namespace {

namespace beast = boost::beast;

/// How much memory a client can make the server reserve by announcing a body's length.
constexpr std::size_t kParserReserveMax = 64 * 1024;
/// No chunked body ends in fewer bytes: "0", CR, LF, CR, LF.
constexpr std::size_t kRequestLastChunkBytes = 5;

/// Parses by Beast's grammar into this server's own types.
class RequestReader final : public beast::http::basic_parser<true> {
 public:
    explicit RequestReader(Request& request) : request_{request} {}

    /// Returns where the trailers begin within the bytes that ended the request, or null if there
    /// were none.
    const char* trailers() const { return trailers_; }

 private:
    using Text = beast::string_view;
    using ErrorCode = beast::error_code;

    static std::string_view view(Text text) { return {text.data(), text.size()}; }

    void on_request_impl(beast::http::verb, Text method, Text, int, ErrorCode&) override { request_.method = view(method); }
    void on_response_impl(int, Text, int, ErrorCode&) override {}

    void on_field_impl(beast::http::field, Text name, Text value, ErrorCode&) override {
        if (!header_ended_) return request_.headers.add(std::string{view(name)}, std::string{view(value)});
        // Trailers are reported by the same function, and must not be taken for fields that were
        // there when the header was checked.
        if (trailers_ == nullptr) trailers_ = name.data();
    }
    void on_header_impl(ErrorCode&) override { header_ended_ = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
        if (length) request_.body.reserve(std::min<std::size_t>(*length, kParserReserveMax));
    }
    std::size_t on_body_impl(Text bytes, ErrorCode&) override {
        request_.body += view(bytes);
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, ErrorCode&) override {
        request_.body += view(bytes);
        return bytes.size();
    }
    void on_finish_impl(ErrorCode&) override {}

    Request& request_;
    bool header_ended_ = false;
    const char* trailers_ = nullptr;
};

Error malformed_body(const std::string& why) {
    return {Code::invalid_argument, reason::kMalformedRequest, "the request is malformed: " + why};
}

/// Whether a line is continued in the next one (RFC 9112 §5.2). Beast would join such lines.
bool has_folded_line(std::string_view lines) {
    return lines.find("\r\n ") != std::string_view::npos || lines.find("\r\n\t") != std::string_view::npos;
}

}  // namespace

class RequestParser::Parser {
 public:
    std::optional<RequestReader> reader;
    std::size_t body_bytes_max = 0;
};

RequestParser::RequestParser() : parser_{std::make_unique<Parser>()} {}
RequestParser::~RequestParser() = default;

void RequestParser::begin(std::size_t header_bytes_max, std::size_t body_bytes_max) {
    request_.headers.clear();
    // A large body is rare, so its memory is freed and does not stay with an idle connection.
    if (request_.body.capacity() > kParserReserveMax) request_.body = {};
    request_.body.clear();
    auto& reader = parser_->reader.emplace(request_);
    reader.eager(true);
    reader.header_limit(static_cast<std::uint32_t>(header_bytes_max));
    reader.body_limit(body_bytes_max);
    parser_->body_bytes_max = body_bytes_max;
}

Result<std::size_t> RequestParser::put(std::string_view bytes) {
    namespace http = beast::http;
    auto& reader = *parser_->reader;
    // Beast's parser asserts that a last chunk which it has begun to read is passed to it as a
    // whole.
    if (reader.is_header_done() && reader.chunked() && bytes.size() < kRequestLastChunkBytes) return std::size_t{0};
    beast::error_code error;
    const auto taken = reader.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (!error || error == http::error::need_more) {
        const auto* const trailers = reader.trailers();
        if (trailers != nullptr && has_folded_line({trailers, bytes.data() + taken}))
            return malformed_body("a folded line in the trailer");
        return taken;
    }
    if (error == http::error::body_limit) {
        return Error{Code::invalid_argument, reason::kBodyTooLarge,
                     "the body is larger than " + std::to_string(parser_->body_bytes_max) + " bytes"};
    }
    if (error == http::error::header_limit)
        return Error{Code::invalid_argument, reason::kHeaderTooLarge, "the header is too large"};
    return malformed_body(error.message());
}

bool RequestParser::done() const { return parser_->reader->is_done(); }

}  // namespace tw::http
