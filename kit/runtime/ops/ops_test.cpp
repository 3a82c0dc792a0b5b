#include "kit/runtime/ops/ops.hpp"

#include "kit/base/encoding.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/fake_module.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <array>
#include <openssl/sha.h>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;

class OpsTest : public testing::Test {
 protected:
    http::Response get(std::string path, std::string query = "") {
        return ops_->answer({.method = "GET", .path = path, .query = query});
    }
    http::Response put(std::string path, std::string body) { return ops_->answer({.method = "PUT", .path = path, .body = body}); }

    FakeModule user_{"user"};
    FakeModule order_{"order"};
    Config config_ = Config::read("shop", all_settings("shop", {}, "/data"),
                                  {.environment = {{"DATABASE_URL", "postgresql://a:wordpass@db/shop"}}})
                         .value();
    SystemClock clock_;
    LoopGroup loops_{2};
    WorkerPool workers_{1};
    HealthRegistry health_;
    telemetry::LogLevels levels_{{"runtime", "user"}};
    SharedCaches caches_{clock_};
    ProcessContext context_{config_, {}, "1.2.3", clock_, workers_, loops_, health_, caches_};
    MeterRegistry meters_{context_, {}};
    MetricsPage metrics_page_{meters_, workers_};
    otlp::Settings telemetry_;
    telemetry::DiscardedLogs lines_;
    telemetry::Logger log_{"test", clock_, lines_, levels_.find("runtime")};
    std::unique_ptr<TelemetryExport> exports_ = std::make_unique<TelemetryExport>(telemetry_, loops_, 1, clock_, log_);
    std::unique_ptr<Ops> ops_ = std::make_unique<Ops>(context_, levels_, meters_, metrics_page_, *exports_);
};

TEST_F(OpsTest, is_alive_whatever_the_phase) {
    EXPECT_EQ(get("/health").status, 200);
    health_.enter(HealthRegistry::Phase::draining);
    EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(OpsTest, is_ready_only_while_serving) {
    EXPECT_EQ(get("/ready").status, 503);
    EXPECT_THAT(get("/ready").body, HasSubstr("starting"));
    health_.enter(HealthRegistry::Phase::serving);
    EXPECT_EQ(get("/ready").status, 200);
    health_.enter(HealthRegistry::Phase::draining);
    EXPECT_EQ(get("/readyz").status, 503);
    EXPECT_THAT(get("/ready").body, HasSubstr("shutting down"));
}

TEST_F(OpsTest, a_module_that_is_not_ready_makes_the_process_unready_and_says_why) {
    order_.with_health({.ready = false, .reasons = {"the database is away"}});
    health_.add(user_);
    health_.add(order_);
    health_.enter(HealthRegistry::Phase::serving);
    EXPECT_EQ(get("/ready").status, 503);
    EXPECT_EQ(get("/ready").body, R"({"ready":false,"reasons":["order: the database is away"]})");
    EXPECT_THAT(get("/ready", "verbose").body,
                HasSubstr(R"("modules":{"user":{"ready":true,"reasons":[]},"order":{"ready":false)"));
}

TEST_F(OpsTest, an_impairment_is_told_by_a_ready_module) {
    user_.with_health({.ready = true, .reasons = {"slow"}});
    health_.add(user_);
    health_.enter(HealthRegistry::Phase::serving);
    EXPECT_EQ(get("/ready").status, 200);
    EXPECT_EQ(get("/ready").body, R"({"ready":true,"reasons":["user: slow"]})");
}

TEST_F(OpsTest, shows_the_configuration_with_its_origin_and_without_passwords) {
    const auto body = get("/config").body;
    EXPECT_THAT(body, HasSubstr(R"({"key":"database.url","value":"postgresql://a:***@db/shop","origin":"DATABASE_URL")"));
    EXPECT_THAT(body, HasSubstr(R"("key":"http.body_bytes_max","value":"1048576","origin":"default")"));
    EXPECT_THAT(body, Not(HasSubstr("wordpass")));
}

TEST_F(OpsTest, refuses_faults_without_the_setting) {
    EXPECT_EQ(get("/faults").body, R"({"faults":[]})");
    const auto refused = put("/faults", "user.UserService/*;abort");
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.body, HasSubstr("FAULT_INJECTION_OFF"));
    EXPECT_TRUE(context_.standing_faults->get()->empty());
}

TEST_F(OpsTest, sets_and_removes_faults_and_refuses_what_is_none) {
    const auto config =
        Config::read("shop", all_settings("shop", {}, "/data"), {.environment = {{"SHOP_FAULT_INJECTION", "true"}}}).value();
    ProcessContext context{config, {}, "1.2.3", clock_, workers_, loops_, health_, caches_};
    Ops ops{context, levels_, meters_, metrics_page_, *exports_};
    const auto set = [&ops](std::string body) {
        return ops.answer({.method = "PUT", .path = "/faults", .body = std::move(body)});
    };

    EXPECT_EQ(set("user.UserService/*;abort,order.OrderService/GetOrder;latency_ms=200;percent=5\n").body,
              R"({"faults":["user.UserService/*;abort","order.OrderService/GetOrder;latency_ms=200;percent=5"]})");
    EXPECT_EQ(set("nonsense").status, 400);
    EXPECT_EQ(context.standing_faults->get()->size(), 2U);
    EXPECT_EQ(ops.answer({.method = "POST", .path = "/faults", .body = ""}).status, 403) << "a form of a page can send POST";
    EXPECT_EQ(set("").body, R"({"faults":[]})");
    EXPECT_TRUE(context.standing_faults->get()->empty());
}

TEST_F(OpsTest, changes_log_levels_and_refuses_what_is_none) {
    EXPECT_EQ(put("/log_level", "warn,user=debug\n").status, 200);
    EXPECT_EQ(get("/log_level").body, R"({"runtime":"warn","user":"debug"})");
    const auto refused = put("/log_level", "shout");
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr("shout"));
    EXPECT_EQ(get("/log_level").body, R"({"runtime":"warn","user":"debug"})");
}

TEST_F(OpsTest, a_post_that_changes_something_has_a_field_that_no_form_can_send) {
    http::Request request{.method = "POST", .path = "/log_level", .body = "warn"};
    const auto refused = ops_->answer(request);
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.body, HasSubstr("OPERATOR_HEADER"));
    EXPECT_THAT(get("/log_level").body, HasSubstr(R"("user":"info")"));
    request.headers.add("X-Operator", "1");
    EXPECT_EQ(ops_->answer(request).status, 200);
    EXPECT_THAT(get("/log_level").body, HasSubstr(R"("user":"warn")"));
}

TEST_F(OpsTest, shows_loops_and_version) {
    EXPECT_THAT(get("/loops").body, HasSubstr(R"({"loops":[{"index":0,"lag_us":0},{"index":1,"lag_us":0}])"));
    EXPECT_EQ(get("/version").body, R"({"version":"1.2.3"})");
}

TEST_F(OpsTest, says_where_nothing_is_exported) {
    const auto page = get("/telemetry").body;
    EXPECT_THAT(page, HasSubstr(R"("disabled":false,"sampler":"ParentBased{root:AlwaysOnSampler}")"));
    EXPECT_THAT(page, HasSubstr(R"("traces":{"exporter":"none","active":false})"));
}

TEST_F(OpsTest, shows_where_telemetry_goes_and_how_that_is_going_without_credentials) {
    telemetry_ = otlp::parse({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317"},
                              {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                              {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=wordpass"}})
                     .settings;
    exports_ = std::make_unique<TelemetryExport>(telemetry_, loops_, 1, clock_, log_);
    ops_ = std::make_unique<Ops>(context_, levels_, meters_, metrics_page_, *exports_);
    const auto page = get("/telemetry").body;
    EXPECT_THAT(page,
                HasSubstr(R"("logs":{"exporter":"otlp","protocol":"grpc","endpoint":"http://127.0.0.1:4317","active":true)"));
    EXPECT_THAT(page, HasSubstr(R"("queued":{"records":0,"bytes":0},"inflight":0,"requests":0,"exported":0)"));
    EXPECT_THAT(page, HasSubstr(R"("dropped":{"queue_full":0,"export_failed":0,"rejected":0,"shutdown":0})"));
    EXPECT_THAT(page, HasSubstr(R"("last_export_at":null,"last_error":null)"));
    EXPECT_THAT(page, Not(HasSubstr("wordpass")));
}

TEST_F(OpsTest, a_secret_in_an_endpoint_is_not_shown) {
    telemetry_ = otlp::parse({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318?api-key=wordpass"}}).settings;
    exports_ = std::make_unique<TelemetryExport>(telemetry_, loops_, 1, clock_, log_);
    ops_ = std::make_unique<Ops>(context_, levels_, meters_, metrics_page_, *exports_);
    const auto page = get("/telemetry").body;
    EXPECT_THAT(page, HasSubstr(R"("endpoint":"http://127.0.0.1:4318/v1/logs?api-key=***")"));
    EXPECT_THAT(page, Not(HasSubstr("wordpass")));
}

TEST_F(OpsTest, the_index_lists_every_path_that_is_answered) {
    const auto index = boost::json::parse(get("/").body).as_object();
    EXPECT_EQ(index.at("program"), "shop");
    EXPECT_EQ(index.at("version"), "1.2.3");
    for (const auto& listed : index.at("paths").as_array()) {
        const std::string path{listed.at("path").as_string()};
        EXPECT_NE(get(path).status, 404) << path;
        const auto refused = ops_->answer({.method = "DELETE", .path = path});
        EXPECT_EQ(refused.status, 405) << path;
        std::string allowed;
        for (const auto& method : listed.at("methods").as_array()) {
            allowed += (allowed.empty() ? "" : ", ") + std::string{method.as_string()};
        }
        EXPECT_EQ(refused.headers.find("allow"), allowed) << path;
    }
}

TEST_F(OpsTest, a_browser_gets_the_index_as_a_page_that_loads_nothing) {
    http::Request request{.method = "GET", .path = "/"};
    request.headers.add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    const auto page = ops_->answer(request);
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_THAT(page.body, HasSubstr(R"(<a href="./ready"><code>/ready</code></a> GET, HEAD</dt><dd>200 when)"));
    const auto begin = page.body.find("<style>") + std::string_view{"<style>"}.size();
    const auto style = page.body.substr(begin, page.body.find("</style>") - begin);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(style.data()), style.size(), hash.data());
    const auto hash_text = base64_encode({reinterpret_cast<const char*>(hash.data()), hash.size()});
    EXPECT_EQ(
        page.headers.find("content-security-policy"),
        "default-src 'none'; style-src 'sha256-" + hash_text + "='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    EXPECT_EQ(page.headers.find("vary"), "accept");
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_THAT(page.body, Not(HasSubstr("src=")));
}

TEST_F(OpsTest, what_the_loops_are_asked_for_is_only_read) {
    for (const auto* const path : {"/metrics", "/requests", "/channelz"}) {
        const auto refused = ops_->answer({.method = "POST", .path = path});
        EXPECT_EQ(refused.status, 405);
        EXPECT_EQ(refused.headers.find("allow"), "GET, HEAD");
    }
}

TEST_F(OpsTest, knows_no_other_paths_and_no_other_methods) {
    EXPECT_EQ(get("/api/users").status, 404);
    const auto refused = put("/health", "");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.headers.find("Allow"), "GET, HEAD");
    EXPECT_EQ(ops_->answer({.method = "DELETE", .path = "/log_level"}).headers.find("allow"), "GET, HEAD, POST, PUT");
}

}  // namespace
}  // namespace tw::runtime
