#include "apps/tradewind/doctor/checks.hpp"

#include "apps/tradewind/modules.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/runtime/core_settings.hpp"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::app {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> states_of(Findings& findings) {
    std::vector<std::string> states;
    for (const auto& finding : findings.take()) {
        states.emplace_back(state_name(finding.state));
        EXPECT_EQ(finding.remedy.empty(), finding.state == CheckState::ok || finding.state == CheckState::skipped)
            << finding.what;
    }
    return states;
}

template <class Judge>
std::vector<std::string> judged(Judge judge) {
    Findings findings{"test"};
    judge(findings);
    return states_of(findings);
}

using Run = void (*)(const Setup&, Findings&);

std::vector<std::string> checked(Run run, std::map<std::string, std::string> variables) {
    auto settings = runtime::all_settings(program_name(), modules(), "/nowhere/data");
    auto config = runtime::Config::read(program_name(), std::move(settings), {.environment = std::move(variables)});
    const Setup setup{.config = std::move(config).value(), .modules = {modules().begin(), modules().end()}};
    return judged([&](Findings& findings) { run(setup, findings); });
}

const auto kJudgedAt = *Timestamp::parse("2026-06-01T00:00:00Z");
constexpr const char* kUri = "spiffe://tradewind/order";

net::TlsCertificate certificate(std::chrono::hours left) {
    return {.file = "order.crt",
            .subject = "CN=order",
            .hosts = {"order"},
            .uris = {kUri},
            .not_before = kJudgedAt - std::chrono::hours{24},
            .not_after = kJudgedAt + left};
}

std::vector<std::string> judged(const net::TlsCertificate& one, std::string_view uri = kUri) {
    return judged([&](Findings& findings) { judge_certificate(one, uri, kJudgedAt, findings); });
}

TEST(JudgeCertificate, warns_for_thirty_days_before_the_end) {
    EXPECT_THAT(judged(certificate(std::chrono::hours{31 * 24})), ElementsAre("ok"));
    EXPECT_THAT(judged(certificate(std::chrono::hours{29 * 24})), ElementsAre("warn"));
    EXPECT_THAT(judged(certificate(std::chrono::hours{0})), ElementsAre("fail"));
}

TEST(JudgeCertificate, fails_without_the_name_that_is_needed) {
    auto one = certificate(std::chrono::hours{1'000});
    EXPECT_THAT(judged(one, "spiffe://tradewind/user"), ElementsAre("fail"));
    EXPECT_THAT(judged(one, ""), ElementsAre("ok"));
    one.hosts.clear();
    EXPECT_THAT(judged(one, ""), ElementsAre("fail"));
    EXPECT_THAT(judged(one), ElementsAre("ok"));
}

TEST(JudgeCertificate, fails_before_its_time_and_if_its_ca_does_not_verify_it) {
    auto one = certificate(std::chrono::hours{1'000});
    one.not_before = kJudgedAt + std::chrono::hours{1};
    EXPECT_THAT(judged(one), ElementsAre("fail"));
    one.ca_problem = "unable to get local issuer certificate";
    EXPECT_THAT(judged(one), ElementsAre("fail", "fail"));
}

std::vector<std::string> clock_ahead(milliseconds ahead) {
    return judged([&](Findings& findings) { judge_clock("db", ahead, milliseconds{30'000}, findings); });
}

TEST(JudgeClock, allows_two_seconds_and_fails_above_the_limit_in_both_directions) {
    for (const int sign : {1, -1}) {
        EXPECT_THAT(clock_ahead(milliseconds{sign * 2'000}), ElementsAre("ok"));
        EXPECT_THAT(clock_ahead(milliseconds{sign * 2'001}), ElementsAre("warn"));
        EXPECT_THAT(clock_ahead(milliseconds{sign * 30'001}), ElementsAre("fail"));
    }
}

TEST(HttpDate, is_read_in_its_one_form) {
    EXPECT_EQ(read_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Timestamp::from_unix_micros(784'111'777'000'000));
    for (const auto* const wrong : {"", "Sun, 06 Nov 1994 08:49:37", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT x"}) {
        EXPECT_FALSE(read_http_date(wrong)) << wrong;
    }
}

TEST(JudgeDescriptors, warns_if_the_settings_need_more_than_there_may_be) {
    EXPECT_THAT(judged([](Findings& findings) { judge_descriptors(100, 100, findings); }), ElementsAre("ok"));
    EXPECT_THAT(judged([](Findings& findings) { judge_descriptors(99, 100, findings); }), ElementsAre("warn"));
}

std::vector<std::string> judged(const RedisState& state, bool keeps_events) {
    return judged([&](Findings& findings) { judge_redis(state, keeps_events, findings); });
}

TEST(JudgeRedis, needs_persistence_if_events_go_through_it) {
    EXPECT_THAT(judged({.aof = "1", .snapshots = "", .policy = "noeviction"}, true), ElementsAre("ok", "ok"));
    EXPECT_THAT(judged({.aof = "0", .snapshots = "3600 1", .policy = "volatile-lru"}, true), ElementsAre("warn", "ok"));
    EXPECT_THAT(judged({.aof = "0", .snapshots = "", .policy = "volatile-lru"}, true), ElementsAre("fail", "ok"));
    EXPECT_THAT(judged({.aof = "0", .snapshots = "", .policy = "volatile-lru"}, false), ElementsAre("warn", "ok"));
}

TEST(JudgeRedis, needs_a_policy_that_drops_no_events) {
    EXPECT_THAT(judged({.aof = "1", .snapshots = {}, .policy = "allkeys-lru"}, true), ElementsAre("ok", "fail"));
    EXPECT_THAT(judged({.aof = "1", .snapshots = {}, .policy = "allkeys-lru"}, false), ElementsAre("ok", "ok"));
}

TEST(JudgeRedis, warns_if_the_server_does_not_tell) {
    EXPECT_THAT(judged(RedisState{}, true), ElementsAre("warn", "warn"));
    EXPECT_THAT(judged({.aof = "0", .snapshots = std::nullopt, .policy = "noeviction"}, true), ElementsAre("warn", "ok"));
}

TEST(InfoValue, is_that_of_the_line_with_the_name) {
    constexpr std::string_view kInfo = "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n";
    EXPECT_EQ(info_value(kInfo, "maxmemory_policy"), "noeviction");
    EXPECT_EQ(info_value(kInfo, "maxmemory"), "0");
    EXPECT_EQ(info_value(kInfo, "memory"), "");
}

TEST(CheckSettings, warns_of_variables_that_are_no_settings_and_fails_if_settings_contradict_each_other) {
    EXPECT_THAT(checked(&check_settings, {}), ElementsAre("ok"));
    EXPECT_THAT(checked(&check_settings, {{"TRADEWIND_HTTP_ADDRES", "x"}}), ElementsAre("warn", "ok"));
    EXPECT_THAT(checked(&check_settings, {{"TRADEWIND_OPS_CERTIFICATE", "a.crt"}}), ElementsAre("fail"));
}

TEST(CheckProfile, fails_for_each_setting_that_the_profile_refuses) {
    EXPECT_THAT(checked(&check_profile, {}), ElementsAre("ok"));
    EXPECT_THAT(checked(&check_profile, {{"TRADEWIND_PROFILE", "production"}, {"TRADEWIND_HTTP_ADDRESS", "0.0.0.0:80"}}),
                ElementsAre("fail", "fail"));
}

TEST(Checks, of_what_is_not_configured_are_skipped) {
    for (const auto& check : {&check_certificates, &check_issuers, &check_clock, &check_redis, &check_upstreams}) {
        EXPECT_THAT(checked(check, {}), ElementsAre("skipped"));
    }
}

TEST(CheckCertificates, fails_for_files_that_cannot_be_read_once) {
    EXPECT_THAT(checked(&check_certificates, {{"TRADEWIND_RPC_CERTIFICATE", "/nowhere.crt"},
                                              {"TRADEWIND_RPC_KEY", "/nowhere.key"},
                                              {"TRADEWIND_RPC_CA", "/nowhere.ca"}}),
                ElementsAre("fail"));
}

}  // namespace
}  // namespace tw::app
