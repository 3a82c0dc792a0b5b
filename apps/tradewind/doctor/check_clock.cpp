#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/instruments.hpp"
#include "apps/tradewind/modules.hpp"
#include "kit/async/run.hpp"
#include "kit/base/url_text.hpp"
#include "kit/runtime/auth_settings.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/issuer_places.hpp"
#include "kit/sql/store.hpp"

#include <cstdlib>
#include <ctime>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWarnAbove{2'000};
/// Ids and expiries of rows are made with the clocks of several machines.
constexpr milliseconds kDatabaseLimit{30'000};

constexpr sql::Statement kReadClock{"SELECT clock", "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"};

Task<Result<Timestamp>> read_database_clock(sql::Database& database, EventLoop& loop) {
    RootCall call{loop};
    const auto row = co_await database.query_row(call.context(), kReadClock);
    if (!row) co_return row.error();
    if (!*row) co_return unavailable("the server says no time");
    co_return Timestamp::from_unix_micros((*row)->get<std::int64_t>(0));
}

Task<Result<std::string>> read_date(EventLoop& loop, http::Client& client, std::string target, milliseconds time_max) {
    RootCall call{loop, Deadline::after(loop.now(), time_max)};
    http::ClientRequest request;
    request.target = std::move(target);
    const auto answer = co_await client.send(call.context(), std::move(request));
    if (!answer) co_return answer.error();
    const auto date = answer->headers.find("date");
    co_return date ? std::string{*date} : std::string{};
}

milliseconds ahead_of(Timestamp other, Timestamp before, Timestamp after) {
    const auto middle = before + (after - before) / 2;
    return std::chrono::duration_cast<milliseconds>(other - middle);
}

/// Returns whether there was a clock to compare with.
bool check_database_clock(const Setup& setup, const runtime::ModuleSpec& module, Instruments& tools, Findings& findings) {
    const auto shown = runtime::shown_database_url(setup.config, module);
    findings.begin("waiting for the check of another database");
    const std::lock_guard alone{*setup.postgres};
    findings.begin("asking " + shown);
    const auto store =
        sql::open_store(runtime::database_url(setup.config, module), tools.workers, runtime::postgres_options(setup.config));
    // That the database cannot be reached is the finding of another check.
    if (!store) return false;
    const auto database = (*store)->connect(tools.loop, tools.telemetry());
    // The first question connects.
    auto time = run_until_done(tools.loop, read_database_clock(*database, tools.loop));
    const auto before = tools.clock.now();
    if (time) time = run_until_done(tools.loop, read_database_clock(*database, tools.loop));
    const auto after = tools.clock.now();
    if (!time) return false;
    judge_clock(shown, ahead_of(*time, before, after), kDatabaseLimit, findings);
    return true;
}

bool check_issuer_clock(const runtime::IssuerPlaces& issuers, const runtime::IssuerPlaces::Place& issuer, milliseconds limit,
                        Instruments& tools, Findings& findings) {
    const auto place = issuer.keys->name();
    const auto url = http::Url::parse(place);
    if (!url) return false;
    findings.begin("asking " + printable_url(place));
    const auto client = issuers.clients(*url, {});
    if (!client) return false;
    const auto before = tools.clock.now();
    const auto date = run_until_done(tools.loop, read_date(tools.loop, **client, url->target, issuers.timeout));
    const auto after = tools.clock.now();
    if (!date) return false;
    const auto time = read_http_date(*date);
    if (!time) {
        findings.skipped(printable_url(place) + " does not say its time (the field Date)");
        return true;
    }
    // The field has whole seconds, so it is half a second behind on average.
    judge_clock(issuer.issuer, ahead_of(*time + std::chrono::milliseconds{500}, before, after), limit, findings);
    return true;
}

}  // namespace

std::optional<Timestamp> read_http_date(std::string_view text) {
    std::tm parts{};
    const std::string copy{text};
    const auto* const end = ::strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return Timestamp::from_unix_micros(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000);
}

void judge_clock(std::string_view other, milliseconds ahead, milliseconds limit, Findings& findings) {
    const auto size = ahead < milliseconds{0} ? -ahead : ahead;
    auto what = fmt::format("the clock of {} is {:.1f} s {} this machine's", other, static_cast<double>(size.count()) / 1000.0,
                            ahead < milliseconds{0} ? "behind" : "ahead of");
    constexpr auto kRemedy = "synchronise the clocks of both machines (NTP)";
    if (size > limit) return findings.fail(fmt::format("{}, and {} s are allowed", what, limit.count() / 1000), kRemedy);
    if (size > kWarnAbove) return findings.warn(std::move(what), kRemedy);
    findings.ok(std::move(what));
}

void check_clock(const Setup& setup, Findings& findings) {
    Instruments tools;
    bool compared = false;
    std::set<std::string> seen;
    for (const auto& module : setup.modules) {
        if (module.schema == nullptr) continue;
        const auto url = runtime::database_url(setup.config, module);
        if (url.starts_with("sqlite:") || !seen.insert(url).second) continue;
        compared = check_database_clock(setup, module, tools, findings) || compared;
    }
    const auto issuers = runtime::IssuerPlaces::make(setup.config, modules(), tools.loop, tools.workers);
    if (issuers) {
        const auto limit = runtime::auth_settings(setup.config).skew;
        for (const auto& issuer : issuers->places) {
            compared = check_issuer_clock(*issuers, issuer, limit, tools, findings) || compared;
        }
    }
    if (!compared)
        findings.skipped("no other clock can be read: there is neither a PostgreSQL server nor an issuer that answers");
}

}  // namespace tw::app
