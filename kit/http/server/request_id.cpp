#include "kit/http/server/request_id.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>

namespace tw::http {
namespace {

constexpr std::size_t kRequestIdBytesMax = 128;

bool is_id_char(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || std::string_view{"-_.:/+=@"}.find(c) != std::string_view::npos;
}

}  // namespace

bool is_request_id(std::string_view text) {
    return !text.empty() && text.size() <= kRequestIdBytesMax && std::ranges::all_of(text, is_id_char);
}

RequestId::RequestId(const Request& request, const TraceContext& trace) {
    const auto sent = request.headers.find(kRequestIdField);
    given_ = sent && is_request_id(*sent);
    if (given_) {
        text_ = *sent;
        return;
    }
    write_hex(trace.trace_id, made_.data());
    text_ = {made_.data(), made_.size()};
}

}  // namespace tw::http
