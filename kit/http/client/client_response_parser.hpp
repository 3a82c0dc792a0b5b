#pragma once

#include "kit/base/result.hpp"
#include "kit/http/client.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace tw::http {

/// Parses one answer of HTTP/1.1 from bytes as they come, within the client's limits. A framing
/// that two readers could understand differently is refused (RFC 9112 §6). Internal to the client.
class ClientResponseParser {
 public:
    /// `head_only` is set for the answer to HEAD, whose fields describe a body that is not sent
    /// (RFC 9110 §9.3.2).
    ClientResponseParser(const ClientOptions& options, const std::string& authority, bool head_only);
    ~ClientResponseParser();
    ClientResponseParser(const ClientResponseParser&) = delete;
    ClientResponseParser& operator=(const ClientResponseParser&) = delete;

    /// Takes as much as possible off the front of `bytes`. Pass the rest again, with more bytes
    /// behind it. Fails with RESPONSE_TOO_LARGE or MALFORMED_RESPONSE.
    Result<void> take(std::string& bytes);
    /// Reports that the connection has ended. Fails with UNAVAILABLE if the answer is incomplete.
    Result<void> take_end();

    /// Whether the head has come; the body of the response then has what has come of it.
    bool head_done() const;
    bool done() const;
    /// Once done: whether the connection may take another request.
    bool keep_alive() const;
    ClientResponse& response();

 private:
    /// Beast's parser, kept out of this header.
    class Reader;
    const ClientOptions& options_;
    const std::string& authority_;
    std::unique_ptr<Reader> reader_;
};

}  // namespace tw::http
