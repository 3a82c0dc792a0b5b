#pragma once

#include "kit/http/client.hpp"
#include "kit/net/h2_session.hpp"
#include "kit/telemetry/propagators.hpp"

#include <array>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The form in which a request is sent, and the outcomes of sending it. Internal to the client.
namespace tw::http {

/// The lowest status, and the lowest status of an answer that is not an interim one
/// (RFC 9110 §15).
inline constexpr int kStatusFirst = 100;
inline constexpr int kFinalStatusFirst = 200;

/// A request with the fields that the client adds. It refers to its parts, which must stay valid
/// until the answer is there.
struct ClientMessage {
    const ClientRequest& request;
    std::string_view authority;
    bool secure = false;
    /// The Accept-Encoding field. It is not sent if it is empty.
    std::string_view accept_encoding;
    /// Whether the client decompresses the answer.
    bool unpacks = false;
    /// Fields that replace the request's own fields of the same names.
    std::span<const telemetry::InjectedFields::Field> injected;

    bool head_only() const { return request.method == "HEAD"; }
    /// Whether a length of 0 need not be sent (RFC 9110 §8.6).
    bool bodiless() const { return request.body.empty() && (request.method == "GET" || head_only()); }
    /// Whether sending the request twice has the same effect as once: its method is idempotent (RFC
    /// 9110 §9.2.2), or it has a key by which the server recognises a repetition.
    bool repeatable() const;
};

/// Fails with INVALID_ARGUMENT, reason INVALID_REQUEST, for a request that would break the framing,
/// or that has fields that only the client writes: the connection's fields, the host and the
/// length.
Result<void> check(const ClientRequest& request);

/// Returns head and body of HTTP/1.1 in one piece, so that they are sent by one system call.
std::string http1_wire(const ClientMessage& message);

/// The header in HTTP/2's form (RFC 9113 §8.2, §8.3.1). The values have no spaces around them,
/// which HTTP/1.1 would ignore. It refers to the message and must stay at its address.
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
    unsent,       ///< nothing of it was sent, because the connection had ended
    unprocessed,  ///< the server has said that it did not handle it
    unknown,      ///< nothing came back, so it is not known
    answered,     ///< something of an answer came, or the request was given up
};

/// One attempt to send a request on one connection.
struct ClientAttempt {
    Result<ClientResponse> response;
    Reach reach = Reach::answered;
    /// Whether the connection had carried requests before. It may then have ended because it was
    /// idle.
    bool reused = false;
};

/// How many interim answers (RFC 9110 §15.2) one request may get. A server that sends more is not
/// going to answer.
inline constexpr int kInterimAnswersMax = 16;

Error gone(std::string_view authority, std::string cause);
Error too_large(std::string_view authority, std::string cause);
Error malformed(std::string_view authority, std::string cause);

}  // namespace tw::http
