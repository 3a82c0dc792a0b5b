#include "kit/rpc/unary_exchange.hpp"

#include "kit/base/encoding.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/rpc/wire/status_details.hpp"

namespace tw::rpc {
namespace {

constexpr char kTrailersFlag = static_cast<char>(0x80);

}  // namespace

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

}  // namespace tw::rpc
