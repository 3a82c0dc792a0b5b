#pragma once

#include "kit/http/client/client.hpp"
#include "kit/net/h2_session.hpp"
#include "kit/telemetry/propagators.hpp"

#include <array>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a request looks like on the wire, and what may come of it. Internal to the client.
namespace tw::http {

/// The lowest status that there is, and the lowest of an answer that is not an interim one (RFC 9110 §15).
inline constexpr int kStatusFirst = 100;
inline constexpr int kFinalStatusFirst = 200;

/// A request with what the client adds to it. Refers to its parts, which stay until the answer is there.
struct ClientMessage {
    const ClientRequest& request;
    std::string_view authority;
    bool secure = false;
    /// Left out when empty.
    std::string_view accept_encoding;
    /// Whether the client undoes what that asks for.
    bool unpacks = false;
    /// Replace the request's own fields of those names.
    std::span<const telemetry::InjectedFields::Field> injected;

    bool head_only() const { return request.method == "HEAD"; }
    /// Whether a length of 0 need not be told (RFC 9110 §8.6).
    bool bodiless() const { return request.body.empty() && (request.method == "GET" || head_only()); }
    /// Whether sending it twice does no more than sending it once: an idempotent method (RFC 9110 §9.2.2), or a key by which the
    /// server tells.
    bool repeatable() const;
};

/// INVALID_ARGUMENT, reason INVALID_REQUEST, for a request that would break out of its frame, or that says what only the client
/// can: the connection's fields, the host and the length.
Result<void> check(const ClientRequest& request);

/// Head and body of HTTP/1.1 in one piece, so that they leave in one system call.
std::string http1_wire(const ClientMessage& message);

/// The header as HTTP/2 has it (RFC 9113 §8.2, §8.3.1), values without the spaces around them that HTTP/1.1 passes over. Refers
/// to the message; stays where it is.
class Http2RequestFields {
 public:
    explicit Http2RequestFields(const ClientMessage& message);
    Http2RequestFields(const Http2RequestFields&) = delete;
    Http2RequestFields& operator=(const Http2RequestFields&) = delete;

    std::span<const net::H2Field> get() const { return fields_; }

 private:
    void add(std::string_view name, std::string_view value, bool repeats = false);

    std::array<char, 20> length_;
    std::deque<std::string> names_;
    std::vector<net::H2Field> fields_;
};

/// How far a request came that got no answer.
enum class Reach : std::uint8_t {
    unsent,       ///< nothing of it was sent, because the connection was no more
    unprocessed,  ///< the server has said that it did not look at it
    unknown,      ///< nothing came back
    answered,     ///< something of an answer came, or the request was given up
};

/// One request on one connection.
struct ClientAttempt {
    Result<ClientResponse> response;
    Reach reach = Reach::answered;
    /// The connection had carried requests before, so that it may have ended because it was left alone.
    bool reused = false;
};

/// Interim answers (RFC 9110 §15.2) to one request; a server that has more to announce is not going to answer.
inline constexpr int kInterimAnswersMax = 16;

Error gone(std::string_view authority, std::string cause);
Error too_large(std::string_view authority, std::string cause);
Error malformed(std::string_view authority, std::string cause);

}  // namespace tw::http
