#include "kit/rpc/unary_exchange.hpp"

#include "kit/base/encoding.hpp"
#include "kit/rpc/message_decoder.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/rpc/wire/status_details.hpp"

namespace tw::rpc {
namespace {

constexpr char kTrailersFlag = static_cast<char>(0x80);

Error not_one_message() { return Error{Code::unimplemented, reason::kMessageCount, "The method takes exactly one message."}; }

}  // namespace

Result<std::string> take_unary_message(std::string_view body, std::string_view encoding, std::size_t bytes_max) {
    MessageDecoder decoder{bytes_max};
    if (!encoding.empty()) decoder.set_encoding(encoding);
    decoder.append(body);
    auto first = decoder.next();
    if (!first) return std::move(first).error();
    if (!*first) return not_one_message();
    std::string message{**first};
    if (decoder.partial()) return not_one_message();
    return message;
}

std::string frame_message(const Message& message) {
    std::string out;
    append_message(message, out);
    return out;
}

std::vector<std::pair<std::string, std::string>> status_fields(const Result<void>& outcome, std::string_view domain) {
    if (outcome) return {{"grpc-status", "0"}};
    const auto& error = outcome.error();
    std::vector<std::pair<std::string, std::string>> fields{{"grpc-status", std::to_string(static_cast<int>(error.code()))}};
    if (!error.detail().empty()) fields.emplace_back("grpc-message", encode_status_message(status_message(error)));
    fields.emplace_back("grpc-status-details-bin", base64_encode(encode_details(error, domain)));
    return fields;
}

std::string frame_trailers(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string lines;
    for (const auto& [name, value] : fields) lines.append(name).append(":").append(value).append("\r\n");
    std::string frame(kPrefixBytes, '\0');
    write_prefix(lines.size(), frame.data());
    frame[0] = kTrailersFlag;
    return frame + lines;
}

Result<std::chrono::nanoseconds> read_timeout(std::string_view text) {
    if (const auto timeout = parse_timeout(text)) return *timeout;
    return Error{Code::invalid_argument, reason::kMalformedTimeout, "grpc-timeout is not as gRPC defines it."};
}

}  // namespace tw::rpc
