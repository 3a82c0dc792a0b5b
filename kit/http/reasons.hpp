#pragma once

#include <string_view>

/// Reasons of errors about HTTP requests.
namespace tw::reason {

inline constexpr std::string_view kBodyTooLarge = "BODY_TOO_LARGE";
inline constexpr std::string_view kExpectationFailed = "EXPECTATION_FAILED";
inline constexpr std::string_view kHeaderTooLarge = "HEADER_TOO_LARGE";
inline constexpr std::string_view kHostNotAllowed = "HOST_NOT_ALLOWED";
inline constexpr std::string_view kMalformedJson = "MALFORMED_JSON";
inline constexpr std::string_view kMalformedRequest = "MALFORMED_REQUEST";
inline constexpr std::string_view kMethodNotAllowed = "METHOD_NOT_ALLOWED";
inline constexpr std::string_view kNotAcceptable = "NOT_ACCEPTABLE";
inline constexpr std::string_view kProxyProtocol = "PROXY_PROTOCOL";
inline constexpr std::string_view kRequestTimeout = "REQUEST_TIMEOUT";
inline constexpr std::string_view kTooManyStreams = "TOO_MANY_STREAMS";
inline constexpr std::string_view kUnsupportedHttpVersion = "UNSUPPORTED_HTTP_VERSION";
inline constexpr std::string_view kUnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE";
inline constexpr std::string_view kUnsupportedTransferCoding = "UNSUPPORTED_TRANSFER_CODING";
inline constexpr std::string_view kUriTooLong = "URI_TOO_LONG";

}  // namespace tw::reason
