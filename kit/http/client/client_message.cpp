#include "kit/http/client/client_message.hpp"

#include "kit/http/text.hpp"

#include <algorithm>
#include <charconv>

namespace tw::http {
namespace {

/// Fields of the connection (RFC 9110 §7.6.1), and fields that follow from the rest of the request.
constexpr std::array<std::string_view, 10> kOurs{"host",       "content-length", "transfer-encoding", "connection",
                                                 "keep-alive", "upgrade",        "proxy-connection",  "te",
                                                 "trailer",    "expect"};
constexpr std::array<std::string_view, 6> kIdempotent{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};

Error unsendable(std::string_view what) {
    return Error{Code::invalid_argument, "INVALID_REQUEST", "A request cannot have this " + std::string{what} + "."};
}

void append_request_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

/// Calls `each` for the request's own fields that are sent.
template <class Each>
void for_each_own(const ClientMessage& message, Each each) {
    for (const auto& [name, value] : message.request.headers.fields()) {
        const auto same = [&name](const auto& field) { return equals_ignoring_case(field.name, name); };
        if (std::ranges::none_of(message.injected, same)) each(name, value);
    }
}

}  // namespace

bool ClientMessage::repeatable() const {
    return std::ranges::find(kIdempotent, request.method) != kIdempotent.end() ||
           request.headers.find("idempotency-key").has_value();
}

Result<void> check(const ClientRequest& request) {
    if (!is_token(request.method)) return unsendable("method");
    // CONNECT asks for a tunnel, which this client does not support.
    if (request.method == "CONNECT") return unsendable("method");
    const auto visible = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7F; };
    if (request.target.empty() || !std::ranges::all_of(request.target, visible)) return unsendable("target");
    if (!is_field_value(request.content_type)) return unsendable("content type");
    for (const auto& [name, value] : request.headers.fields()) {
        if (!is_token(name) || !is_field_value(value)) return unsendable("field");
        const auto ours = [&name](std::string_view own) { return equals_ignoring_case(own, name); };
        if (std::ranges::any_of(kOurs, ours)) return unsendable("field, which is the client's to write: " + name);
    }
    return {};
}

std::string http1_wire(const ClientMessage& message) {
    constexpr std::size_t kHeadBytes = 512;
    const auto& request = message.request;
    std::string wire;
    wire.reserve(kHeadBytes + request.body.size());
    wire.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
    append_request_field(wire, "Host", message.authority);
    for_each_own(message, [&wire](const auto& name, const auto& value) { append_request_field(wire, name, value); });
    for (const auto& [name, value] : message.injected) append_request_field(wire, name, value);
    if (!message.accept_encoding.empty()) append_request_field(wire, "Accept-Encoding", message.accept_encoding);
    if (!request.content_type.empty()) append_request_field(wire, "Content-Type", request.content_type);
    if (!message.bodiless()) append_request_field(wire, "Content-Length", std::to_string(request.body.size()));
    return wire.append("\r\n").append(request.body);
}

Http2RequestFields::Http2RequestFields(const ClientMessage& message) {
    const auto& request = message.request;
    fields_.reserve(8 + request.headers.fields().size() + message.injected.size());
    add(":method", request.method, true);
    add(":scheme", message.secure ? "https" : "http", true);
    add(":path", request.target);
    add(":authority", message.authority, true);
    for_each_own(message, [this](const auto& name, const auto& value) { add(name, value); });
    for (const auto& [name, value] : message.injected) add(name, value);
    if (!message.accept_encoding.empty()) add("accept-encoding", message.accept_encoding, true);
    if (!request.content_type.empty()) add("content-type", request.content_type, true);
    if (message.bodiless()) return;
    const auto end = std::to_chars(length_.data(), length_.data() + length_.size(), request.body.size()).ptr;
    add("content-length", {length_.data(), end});
}

void Http2RequestFields::add(std::string_view name, std::string_view value, bool repeats) {
    if (std::ranges::any_of(name, is_upper)) {
        auto& lower = names_.emplace_back(name);
        for (auto& c : lower) c = is_upper(c) ? static_cast<char>(c | 0x20) : c;
        name = lower;
    }
    fields_.push_back({.name = name, .value = trimmed(value), .repeats = repeats});
}

Error gone(std::string_view authority, std::string cause) {
    return unavailable(std::string{authority} + " closed the connection before it answered.").with_cause(std::move(cause));
}

Error too_large(std::string_view authority, std::string cause) {
    return Error{Code::resource_exhausted, "RESPONSE_TOO_LARGE", "The answer of " + std::string{authority} + " is too large."}
        .with_retryable(false)
        .with_cause(std::move(cause));
}

Error malformed(std::string_view authority, std::string cause) {
    return Error{Code::internal, "MALFORMED_RESPONSE", "The answer of " + std::string{authority} + " is not valid HTTP."}
        .with_cause(std::move(cause));
}

}  // namespace tw::http
