#include "kit/gateway/settings/gateway_settings.hpp"

namespace tw::gateway {

runtime::SettingTable<GatewaySettings> gateway_settings() {
    using S = GatewaySettings;
    using runtime::Unit;
    // The gateway has the HTTP port, so its settings are in the section of that port.
    return {
        {"http.requests_per_second_max",
         &S::requests_per_second_max,
         0,
         10'000'000,
         Unit::count,
         "Requests per second that one caller may send to one route in the long run; 0 means no limit",
         {.was = "requests_per_second_max"}},
        {"http.requests_burst_max",
         &S::requests_burst_max,
         1,
         100'000'000,
         Unit::count,
         "Requests that one caller may send to one route at once",
         {.was = "requests_burst_max"}},
        {"http.cors_origins",
         &S::cors_origins,
         "Origins whose pages may call the API from a browser, separated by commas: https://shop.example; * means all",
         {.was = "cors_origins"}},
        {"http.cors_headers",
         &S::cors_headers,
         "Header fields that such a page may send, in addition to those that the API uses: X-Tenant",
         {.was = "cors_headers"}},
        {"http.cors_exposed_headers",
         &S::cors_exposed_headers,
         "Header fields of answers that such a page may read, in addition to those that the API sends",
         {.was = "cors_exposed_headers"}},
        {"http.cors_age_seconds",
         &S::cors_age,
         0,
         86'400,
         Unit::seconds,
         "How long a browser may cache the answer to a CORS preflight request",
         {.was = "cors_age_seconds"}},
        {"http.heartbeat_seconds", &S::heartbeat, 1, 3'600, Unit::seconds,
         "How long an event stream may be silent before the client gets a comment line, which keeps proxies from closing it"},
        {"http.gzip_bytes_min", &S::gzip_bytes_min, 0, 1024 * 1024, Unit::bytes,
         "Size of an answer from which it is compressed for clients that accept gzip; 0 means never"},
        {"http.docs",
         &S::docs,
         {{"auto", Docs::automatic}, {"on", Docs::on}, {"off", Docs::off}},
         "Whether the page /docs shows the API and calls it; auto means in the development profile"},
    };
}

bool shows_api(const GatewaySettings& settings, runtime::Profile profile) {
    return settings.docs == Docs::on || (settings.docs == Docs::automatic && profile == runtime::Profile::dev);
}

Result<Cors> cors_of(const runtime::ModuleConfig& config) {
    const auto settings = config.read(gateway_settings());
    return Cors::allowing(settings.cors_origins, settings.cors_age,
                          {.of_requests = settings.cors_headers, .of_responses = settings.cors_exposed_headers});
}

}  // namespace tw::gateway
