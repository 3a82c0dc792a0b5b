#include "kit/rpc/metadata.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <array>

namespace tw::rpc {
namespace {

/// The reserved names. Fields of an HTTP/1.1 connection make a request malformed (RFC 9113 §8.2.2).
constexpr std::array<std::string_view, 15> kReserved{
    "content-type", "content-length",    "te",      "user-agent",       "traceparent",
    "tracestate",   "baggage",           "host",    "trailer",          "connection",
    "keep-alive",   "transfer-encoding", "upgrade", "proxy-connection", "idempotency-key"};

/// The only gRPC field that we send as metadata.
constexpr std::string_view kPushback = "grpc-retry-pushback-ms";

bool is_binary(std::string_view name) { return name.ends_with("-bin"); }

bool is_well_formed(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

/// Whether a value is an ASCII-Value of gRPC (grpc/doc/PROTOCOL-HTTP2.md).
bool is_printable(std::string_view value) {
    return std::ranges::all_of(value, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

bool is_reserved_name(std::string_view name) {
    return name.starts_with(':') || name.starts_with("grpc-") || std::ranges::find(kReserved, name) != kReserved.end();
}

bool is_sendable(std::string_view name, std::string_view value) {
    return !is_reserved_name(name) && is_well_formed(name) && (is_binary(name) || is_printable(value));
}

void refuse_retries(CallInfo& served) {
    const auto said = [](const auto& field) { return field.first == kPushback; };
    if (std::ranges::none_of(served.trailing_metadata, said)) served.trailing_metadata.emplace_back(kPushback, "-1");
}

void add_received(Metadata& metadata, std::string_view name, std::string_view value) {
    if (!is_binary(name)) {
        metadata.emplace_back(name, value);
        return;
    }
    while (true) {
        const auto comma = value.find(',');
        if (auto bytes = base64_decode(value.substr(0, comma))) metadata.emplace_back(name, std::move(*bytes));
        if (comma == std::string_view::npos) return;
        value.remove_prefix(comma + 1);
    }
}

std::string wire_value(std::string_view name, std::string_view value) {
    return is_binary(name) ? base64_encode(value) : std::string{value};
}

void append_fields(const Metadata& metadata, std::vector<net::H2Field>& fields, std::vector<std::string>& store) {
    // The fields keep views into the store, so its elements must not move.
    store.reserve(store.size() + metadata.size());
    for (const auto& [name, value] : metadata) {
        if (!is_sendable(name, value) && name != kPushback) continue;
        store.push_back(wire_value(name, value));
        fields.push_back({name, store.back()});
    }
}

}  // namespace tw::rpc
