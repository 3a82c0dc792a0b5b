#include "kit/runtime/shared_caches.hpp"

#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/secret_file.hpp"

#include <string>
#include <utility>

namespace tw::runtime {
namespace {

Task<Result<void>> ask(EventLoop& loop, redis::Settings settings, std::string key_prefix, telemetry::Telemetry telemetry) {
    redis::Client client{loop, std::move(settings), telemetry};
    RootCall call{loop};
    auto checked = co_await client.check(call.context(), key_prefix);
    if (checked) co_return checked;
    const auto& error = checked.error();
    if (error.code() != Code::unavailable && error.code() != Code::deadline_exceeded) co_return checked;
    const auto& address = client.settings().address;
    telemetry.log.log(telemetry::Severity::warn, "redis.unavailable",
                      {{"server.address", address.host},
                       {"server.port", std::int64_t{address.port}},
                       {"error.type", error.reason()},
                       {"cause", error.cause()}},
                      "Redis is unavailable or slow: the process starts without it");
    co_return Result<void>{};
}

}  // namespace

Result<std::optional<redis::Settings>> SharedCaches::redis_settings(const Config& config) {
    const auto chosen = runtime::redis_settings(config);
    if (chosen.url.empty()) return std::optional<redis::Settings>{};
    auto settings = redis::Settings::parse_url(Secret{chosen.url});
    const auto& entry = config.entry("redis.url");
    if (settings && settings->secure) {
        auto tls = net::TlsContext::make_client({.ca = chosen.ca, .identity = {chosen.certificate, chosen.key}});
        if (!tls) {
            return Error{Code::invalid_argument, reason::kBadConfig,
                         "redis.ca, redis.certificate and redis.key: " + tls.error().detail()};
        }
        settings->tls = std::move(*tls);
    }
    if (settings) {
        auto renewed = renewed_secret(Secret{chosen.url}, entry.file);
        settings->current_url = std::move(renewed);
        settings->client_name = config.program().text();
        settings->named = "redis.url (" + config.variable("redis.url") + ")";
        return std::optional{std::move(*settings)};
    }
    return Error{Code::invalid_argument, reason::kBadConfig,
                 "redis.url (from " + entry.origin + "): " + settings.error().detail()};
}

Result<void> check_redis(EventLoop& loop, const redis::Settings& settings, std::string_view key_prefix,
                         telemetry::Telemetry telemetry) {
    BlockingTask task{loop, [&] { return ask(loop, settings, std::string{key_prefix}, telemetry); }};
    return task.wait();
}

}  // namespace tw::runtime
