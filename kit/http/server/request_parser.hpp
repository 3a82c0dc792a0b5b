#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace tw::http {

/// Reads fields and body of one request after the other, by Beast's parser, into a Request that keeps its memory. What
/// goes in has passed scan_head; the parser decides about chunks and trailers (which are read and dropped).
class RequestParser {
 public:
    RequestParser();
    ~RequestParser();

    /// Starts anew, with an empty request. The header may have `header_bytes_max`, the content `body_bytes_max`.
    void begin(std::size_t header_bytes_max, std::size_t body_bytes_max);

    /// Takes what it can of `bytes` and says how much that was; offer the rest again together with what comes next.
    /// BODY_TOO_LARGE, HEADER_TOO_LARGE or MALFORMED_REQUEST end the request.
    Result<std::size_t> put(std::string_view bytes);
    bool done() const;

    Request& request() { return request_; }
    const Request& request() const { return request_; }

 private:
    class Parser;
    Request request_;
    std::unique_ptr<Parser> parser_;
};

}  // namespace tw::http
