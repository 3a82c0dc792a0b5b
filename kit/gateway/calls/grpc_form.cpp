#include "kit/gateway/calls/grpc_form.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/text.hpp"
#include "kit/rpc/compression.hpp"
#include "kit/rpc/unary_exchange.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tw::gateway {
namespace {

constexpr std::size_t kQuantum = 4;  // characters of base64 that encode three bytes

constexpr std::array<std::pair<std::string_view, GrpcForm>, 6> kForms{{{"application/grpc", GrpcForm::grpc},
                                                                       {"application/grpc+proto", GrpcForm::grpc},
                                                                       {"application/grpc-web", GrpcForm::web},
                                                                       {"application/grpc-web+proto", GrpcForm::web},
                                                                       {"application/grpc-web-text", GrpcForm::web_text},
                                                                       {"application/grpc-web-text+proto", GrpcForm::web_text}}};

std::string_view content_type(GrpcForm form) {
    if (form == GrpcForm::grpc) return "application/grpc";
    return form == GrpcForm::web ? "application/grpc-web+proto" : "application/grpc-web-text+proto";
}

/// Encodes with padding, which gRPC's own header fields omit.
std::string encode_text(std::string_view bytes) {
    auto text = base64_encode(bytes);
    text.resize((text.size() + kQuantum - 1) / kQuantum * kQuantum, '=');
    return text;
}

/// Decodes a sequence of pieces. Each piece was encoded separately, so padding may come in the
/// middle.
Result<std::string> decode_text(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        const auto padding = std::min(text.find('='), text.size());
        const auto end = std::min((padding + kQuantum) / kQuantum * kQuantum, text.size());
        const auto piece = base64_decode(text.substr(0, padding == text.size() ? padding : end));
        if (!piece) return Error{Code::invalid_argument, "MALFORMED_BODY", "The body is not base64."};
        bytes += *piece;
        text.remove_prefix(padding == text.size() ? padding : end);
    }
    return bytes;
}

}  // namespace

std::optional<GrpcForm> grpc_form(const http::Request& request) {
    const auto type = request.headers.find("content-type");
    if (!type) return std::nullopt;
    const auto essence = http::trimmed(type->substr(0, type->find(';')));
    const auto named = [&](const auto& form) { return http::equals_ignoring_case(form.first, essence); };
    const auto found = std::ranges::find_if(kForms, named);
    if (found == kForms.end()) return std::nullopt;
    return found->second;
}

Result<std::string_view> grpc_frames(const http::Request& request, GrpcForm form, std::string& decoded) {
    if (form != GrpcForm::web_text) return std::string_view{request.body};
    auto bytes = decode_text(request.body);
    if (!bytes) return std::move(bytes).error();
    decoded = std::move(*bytes);
    return std::string_view{decoded};
}

http::Response write_grpc_response(GrpcForm form, http::Version version, std::string frames, const Result<void>& outcome,
                                   std::string_view error_domain) {
    http::Response response;
    response.content_type = content_type(form);
    response.headers.add("grpc-accept-encoding", std::string{rpc::kAcceptedEncodings});
    response.body = std::move(frames);
    const auto fields = rpc::status_fields(outcome, error_domain);
    if (form == GrpcForm::grpc) {
        auto& place = version == http::Version::http_2 ? response.trailers : response.headers;
        for (const auto& [name, value] : fields) place.add(name, value);
        return response;
    }
    response.body += rpc::frame_trailers(fields);
    if (form == GrpcForm::web_text) response.body = encode_text(response.body);
    return response;
}

}  // namespace tw::gateway
