#include "kit/gateway/gzip_answers.hpp"

#include "kit/base/gzip.hpp"
#include "kit/gateway/conditions/entity_tag.hpp"
#include "kit/http/text.hpp"
#include "proto/tradewind/options.pb.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

using google::protobuf::Descriptor;

constexpr int kNotModifiedStatus = 304;

/// Returns whether a message of this type, or a message in it, has a secret field.
bool has_secret_field(const Descriptor& type, std::set<const Descriptor*>& seen) {
    if (!seen.insert(&type).second) return false;
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        if (field.options().GetExtension(tradewind::field).secret()) return true;
        if (field.message_type() != nullptr && has_secret_field(*field.message_type(), seen)) return true;
    }
    return false;
}

/// Returns the weight of a coding in thousandths (RFC 9110 §12.4.2): 1000 without a weight, 0 if
/// the weight is malformed.
int weight_of(std::string_view parameters) {
    const auto weight = http::trimmed(parameters);
    if (weight.empty()) return 1000;
    if (!(weight.starts_with("q=") || weight.starts_with("Q="))) return 0;
    const auto number = weight.substr(2);
    if (number.empty() || number.size() > 5 || (number[0] != '0' && number[0] != '1')) return 0;
    if (number.size() > 1 && number[1] != '.') return 0;
    int thousandths = (number[0] - '0') * 1000;
    int place = 100;
    for (const char digit : number.substr(std::min<std::size_t>(2, number.size()))) {
        if (digit < '0' || digit > '9') return 0;
        thousandths += (digit - '0') * place;
        place /= 10;
    }
    return thousandths <= 1000 ? thousandths : 0;
}

bool may_be_compressed(const http::Response& response) {
    if (response.stream != nullptr || response.content_type.starts_with("application/grpc")) return false;
    return !response.headers.find("content-encoding") && response.trailers.fields().empty();
}

/// The tag of an answer that tells a client that its compressed copy is still right.
void keep_compressed_tag(const http::Request& request, http::Response& response) {
    const auto tag = response.headers.find("etag");
    if (!tag) return;
    auto compressed = compressed_tag(*tag);
    const auto list = request.headers.joined("if-none-match");
    for (const auto& known : read_entity_tags(list).tags) {
        if (known.text != compressed) continue;
        response.headers.replace("etag", std::move(compressed));
        return;
    }
}

}  // namespace

bool prefers_gzip(std::string_view accept_encoding) {
    std::optional<int> gzip;
    std::optional<int> identity;
    std::optional<int> others;
    http::for_each_element(accept_encoding, [&](std::string_view element) {
        const auto semicolon = std::min(element.find(';'), element.size());
        const auto coding = http::trimmed(element.substr(0, semicolon));
        const auto weight = weight_of(element.substr(std::min(semicolon + 1, element.size())));
        if (http::equals_ignoring_case(coding, "gzip") || http::equals_ignoring_case(coding, "x-gzip")) gzip = weight;
        if (http::equals_ignoring_case(coding, "identity")) identity = weight;
        if (coding == "*") others = weight;
    });
    const int wanted = gzip.value_or(others.value_or(0));
    return wanted > 0 && wanted >= identity.value_or(0);
}

void GzipAnswers::on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response) {
    if (response.status == kNotModifiedStatus) return keep_compressed_tag(request, response);
    if (from != nullptr && has_secret(*from->route.method)) return response.headers.replace("cache-control", "no-store");
    if (response.body.size() < bytes_min_ || !may_be_compressed(response)) return;
    response.headers.add("vary", "Accept-Encoding");
    if (!prefers_gzip(request.headers.joined("accept-encoding"))) return;
    response.body = gzip(response.body);
    response.headers.add("content-encoding", "gzip");
    if (const auto tag = response.headers.find("etag")) response.headers.replace("etag", compressed_tag(*tag));
}

bool GzipAnswers::has_secret(const rpc::Method& method) {
    const auto [found, is_new] = methods_.try_emplace(&method);
    if (is_new) {
        std::set<const Descriptor*> seen;
        found->second = has_secret_field(*method.response_prototype().GetDescriptor(), seen);
    }
    return found->second;
}

}  // namespace tw::gateway
