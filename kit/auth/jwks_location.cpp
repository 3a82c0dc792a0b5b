#include "kit/auth/jwks_location.hpp"

#include "kit/auth/key_set.hpp"
#include "kit/auth/reasons.hpp"
#include "kit/auth/token/strict_json.hpp"
#include "kit/net/tls_context.hpp"

#include <fstream>
#include <utility>

namespace tw::auth {
namespace {

Result<std::string> read_jwks_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return unavailable("the key set " + path + " cannot be opened");
    // One byte more than a set may have, so that a larger file is noticed and not read to its end.
    std::string text(KeySet::kBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return unavailable("the key set " + path + " cannot be read");
    if (static_cast<std::size_t>(file.gcount()) > KeySet::kBytesMax) {
        return Error{Code::invalid_argument, reason::kInvalidKeySet, "the key set " + path + " has more than 1 MiB"};
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

Error issuer_invalid(const std::string& issuer, std::string_view what) {
    return {Code::failed_precondition, reason::kIssuerInvalid, "the metadata of the issuer " + issuer + " " + std::string{what}};
}

}  // namespace

Task<Result<std::string>> FileJwks::read(const CallContext& ctx) {
    if (ctx.over()) co_return *ctx.over();
    auto work = [path = path_] { return read_jwks_file(path); };
    auto reading = workers_->run(loop_, std::move(work));
    auto text = co_await reading;
    co_return text;
}

Result<http::Url> DocumentReader::allowed(const std::string& url) const {
    auto parsed = http::Url::parse(url);
    if (!parsed) return std::move(parsed).error();
    if (parsed->tls || (rule_.http_on_loopback && parsed->address.is_loopback())) return parsed;
    return Error{Code::invalid_argument, reason::kIssuerInvalid, "keys are read over https only, and not from " + url};
}

Task<Result<std::string>> DocumentReader::get(const CallContext& ctx, std::string url) {
    const auto place = allowed(url);
    if (!place) co_return place.error();
    const auto origin = (place->tls ? "https " : "http ") + place->address.to_string();
    if (!client_ || origin != origin_) {
        auto made = make_(*place, {.body_bytes_max = KeySet::kBytesMax, .connections_max = 1, .idle_connections_max = 0});
        if (!made) co_return std::move(made).error();
        client_ = std::move(*made);
        origin_ = origin;
    }
    http::ClientRequest request;
    request.target = place->target;
    request.headers.add("accept", "application/json");
    auto answer = co_await client_->send(ctx, std::move(request));
    if (!answer) co_return std::move(answer).error();
    if (answer->status != 200) co_return unavailable(url + " answers with status " + std::to_string(answer->status));
    co_return std::move(answer->body);
}

std::string DiscoveredJwks::metadata_url() const {
    std::string_view base{issuer_};
    if (base.ends_with('/')) base.remove_suffix(1);
    return std::string{base} + "/.well-known/openid-configuration";
}

Task<Result<std::string>> DiscoveredJwks::read(const CallContext& ctx) {
    auto place_of_metadata = metadata_url();
    auto metadata = co_await metadata_reader_.get(ctx, std::move(place_of_metadata));
    if (!metadata) co_return std::move(metadata).error();
    const auto document = read_strict_json(*metadata);
    if (!document) co_return issuer_invalid(issuer_, "is not a JSON object, or has a member twice");
    if (string_member(*document, "issuer") != issuer_) co_return issuer_invalid(issuer_, "names another issuer");
    const auto place = string_member(*document, "jwks_uri");
    if (!place) co_return issuer_invalid(issuer_, "names no key set (jwks_uri)");
    std::string url{*place};
    co_return co_await set_reader_.get(ctx, std::move(url));
}

MakeHttpClient network_clients(EventLoop& loop, std::shared_ptr<net::TlsContext> tls,
                               std::optional<telemetry::Telemetry> telemetry) {
    // The function is copied into each reader. All copies share the context, since to read the CAs
    // of the system takes some milliseconds.
    auto shared = std::make_shared<std::shared_ptr<net::TlsContext>>(std::move(tls));
    return [&loop, shared, telemetry](const http::Url& url,
                                      const http::ClientOptions& wanted) -> Result<std::unique_ptr<http::Client>> {
        if (url.tls && !*shared) {
            auto made = net::TlsContext::make_client({.alpn = {"h2", "http/1.1"}});
            if (!made) return std::move(made).error();
            *shared = std::move(*made);
        }
        auto ours = wanted;
        ours.tls = *shared;
        return http::Client::make(loop, url, ours, telemetry);
    };
}

}  // namespace tw::auth
