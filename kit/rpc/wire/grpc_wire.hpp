#pragma once

#include "kit/base/result.hpp"
#include "kit/net/h2_session.hpp"
#include "kit/rpc/compression.hpp"
#include "kit/rpc/method.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// How gRPC writes things into HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md). Internal to kit/rpc; pure functions.
namespace tw::rpc {

/// Before each message: a flag byte and the length.
inline constexpr std::size_t kPrefixBytes = 5;

/// "application/grpc", alone or with a subtype or parameters. Media types have no case (RFC 9110 §8.3.1).
bool is_grpc_content_type(std::string_view content_type);

/// A `grpc-timeout`: at most eight digits and a unit. Nothing for anything else.
std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text);
/// As precise as eight digits allow, rounded down, but never zero.
std::string format_timeout(std::chrono::nanoseconds timeout);

/// `grpc-message`: percent-encoded but for printable ASCII.
std::string encode_status_message(std::string_view text);
/// Bad escapes stay as they are, since a message must never be lost for its form.
std::string decode_status_message(std::string_view text);

/// Writes the prefix of a message of `bytes` bytes to `out`.
void write_prefix(std::size_t bytes, char* out);
void append_message(const Message& message, std::string& out);
/// Likewise, packed by `compression`. RESOURCE_EXHAUSTED, and nothing is appended, when it has more than `bytes_max` before.
Result<void> append_message(const Message& message, Compression compression, std::size_t bytes_max, std::string& out);
Result<void> append_message(std::string_view serialised, Compression compression, std::size_t bytes_max, std::string& out);
/// The same of a message that has been serialised.
void append_message(std::string_view serialised, std::string& out);
/// RESOURCE_EXHAUSTED: a message of `bytes` bytes is not sent.
Error unsendable(std::size_t bytes, std::size_t bytes_max);

/// What an answer that is no gRPC answer means (grpc/doc/http-grpc-status-mapping.md).
Code code_from_http_status(int status);
/// What a reset stream means.
Code code_from_h2(net::H2Code code);

}  // namespace tw::rpc
