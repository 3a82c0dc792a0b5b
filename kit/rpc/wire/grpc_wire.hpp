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

/// How gRPC is written into HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md). Internal to kit/rpc. All functions
/// are pure.
namespace tw::rpc {

/// The size of the prefix of each message: a flag byte and four bytes for the length.
inline constexpr std::size_t kPrefixBytes = 5;

/// Whether a content type is "application/grpc", alone or with a subtype or parameters. Media types
/// are compared without case (RFC 9110 §8.3.1).
bool is_grpc_content_type(std::string_view content_type);

/// Parses a `grpc-timeout`: at most eight digits and a unit. Returns nothing for any other text.
std::optional<std::chrono::nanoseconds> parse_timeout(std::string_view text);
/// Formats a `grpc-timeout` as precisely as eight digits allow. It is rounded down, but it is never
/// zero.
std::string format_timeout(std::chrono::nanoseconds timeout);

/// Encodes a `grpc-message`. Everything but printable ASCII is percent-encoded, and so is "%".
std::string encode_status_message(std::string_view text);
/// Decodes a `grpc-message`. Bad escapes stay as they are, so that no message is lost because of
/// its form.
std::string decode_status_message(std::string_view text);

/// Writes the prefix of an uncompressed message of `bytes` bytes to `out`, which must have room for
/// kPrefixBytes.
void write_prefix(std::size_t bytes, char* out);
/// Appends an uncompressed message with its prefix.
void append_message(const Message& message, std::string& out);
/// Appends a message with its prefix, compressed by `compression`. A message of more than
/// `bytes_max` bytes before compression is not appended, and the error is RESOURCE_EXHAUSTED.
Result<void> append_message(const Message& message, Compression compression, std::size_t bytes_max, std::string& out);
Result<void> append_message(std::string_view serialised, Compression compression, std::size_t bytes_max, std::string& out);
/// Appends an uncompressed message that is serialised already, with its prefix.
void append_message(std::string_view serialised, std::string& out);
/// The error for a message of `bytes` bytes that is too large to be sent: RESOURCE_EXHAUSTED.
Error unsendable(std::size_t bytes, std::size_t bytes_max);

/// The code for an HTTP answer that is no gRPC answer (grpc/doc/http-grpc-status-mapping.md).
Code code_from_http_status(int status);
/// The code for a stream that was reset with `code` (grpc/doc/PROTOCOL-HTTP2.md, "Errors").
Code code_from_h2(net::H2Code code);

}  // namespace tw::rpc
