#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/instruments.hpp"
#include "apps/tradewind/modules.hpp"
#include "kit/async/run.hpp"
#include "kit/auth/key_set.hpp"
#include "kit/base/url_text.hpp"
#include "kit/runtime/issuer_places.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

Task<Result<std::string>> read_keys(EventLoop& loop, auth::JwksLocation& location, std::chrono::milliseconds time_max) {
    RootCall call{loop, Deadline::after(loop.now(), time_max)};
    auto text = co_await location.read(call.context());
    co_return text;
}

void check_issuer(const runtime::IssuerPlaces::Place& issuer, std::chrono::milliseconds time_max, Instruments& tools,
                  Findings& findings) {
    const auto place = printable_url(issuer.keys->name());
    findings.begin("reading the keys of " + issuer.issuer + " from " + place);
    const auto text = run_until_done(tools.loop, read_keys(tools.loop, *issuer.keys, time_max));
    if (!text) {
        const auto& cause = text.error().cause();
        return findings.fail(fmt::format("the keys of {} cannot be read from {}: {}{}", issuer.issuer, place,
                                         text.error().detail(), cause.empty() ? "" : " (" + cause + ")"),
                             "check auth.issuers, auth.keys and auth.ca, and whether this machine reaches the issuer");
    }
    const auto keys = auth::KeySet::parse(*text);
    if (!keys) {
        return findings.fail(fmt::format("{} has no usable keys: {}", place, keys.error().detail()),
                             "let the issuer publish keys for RS256, ES256 or EdDSA");
    }
    findings.ok(fmt::format("{} publishes {} key(s) at {}", issuer.issuer, keys->size(), place));
}

}  // namespace

void check_issuers(const Setup& setup, Findings& findings) {
    Instruments tools;
    const auto issuers = runtime::IssuerPlaces::make(setup.config, modules(), tools.loop, tools.workers);
    if (!issuers) return findings.fail(issuers.error().detail(), "correct the setting (docs/guide/who-may-call.md)");
    if (issuers->places.empty()) {
        return findings.skipped(issuers->required ? "auth.issuers is not set"
                                                  : "auth.issuers is not set: a call without a token acts as operator");
    }
    for (const auto& issuer : issuers->places) check_issuer(issuer, issuers->timeout, tools, findings);
}

}  // namespace tw::app
