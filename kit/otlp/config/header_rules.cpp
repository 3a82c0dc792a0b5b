#include "kit/otlp/config/header_rules.hpp"

#include "kit/http/text.hpp"
#include "kit/rpc/metadata.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tw::otlp {
namespace {

/// Fields of the connection (RFC 9110 §7.6.1), and fields that follow from the request and its
/// body.
constexpr std::array<std::string_view, 14> kReservedInHttp{
    "accept-encoding", "connection", "content-encoding", "content-length",    "content-type", "expect",     "host",
    "keep-alive",      "te",         "trailer",          "transfer-encoding", "upgrade",      "user-agent", "proxy-connection"};

bool is_reserved(std::string_view name, bool grpc) {
    return grpc ? rpc::is_reserved_name(name) : std::ranges::find(kReservedInHttp, name) != kReservedInHttp.end();
}

}  // namespace

std::string find_header_fault(std::string_view name, std::string_view value, Protocol protocol) {
    const bool grpc = protocol == Protocol::grpc;
    if (!http::is_token(name) || (grpc && !rpc::is_sendable(name, "") && !rpc::is_reserved_name(name))) {
        return "the name of a header field has a character that is not allowed";
    }
    if (is_reserved(name, grpc)) return fmt::format("the exporter writes the header field \"{}\" itself", name);
    const bool sendable = grpc ? rpc::is_sendable(name, value)
                               : std::ranges::all_of(value, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
    if (!sendable) return fmt::format("the value of the header field \"{}\" has a character that is not allowed", name);
    return {};
}

}  // namespace tw::otlp
