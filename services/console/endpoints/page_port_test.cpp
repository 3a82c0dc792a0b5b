#include "services/console/endpoints/page_port.hpp"

#include "kit/async/run.hpp"
#include "kit/base/gzip.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/quiet_telemetry.hpp"
#include "services/console/endpoints/console_service.hpp"
#include "services/console/endpoints/same_origin.hpp"
#include "services/console/fake_archive.hpp"
#include "services/console/settings.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using testing::HasSubstr;
using testing::Not;

class PagePortTest : public testing::Test {
 protected:
    PagePortTest() : folder{std::filesystem::path{testing::TempDir()} / "tw_page_port_test"} {
        std::filesystem::create_directories(folder);
        std::ofstream{folder / "index.html"} << "<p>page</p>";
        std::ofstream{folder / "app.js"} << "run()";
        calls.add(service, telemetry.get());
        channel = rpc::make_local_channel(loop, calls, telemetry.get());
        routes.emplace(telemetry.get());
        routes->add(::console::console_service_routes(), *channel).value();
        assets.emplace(folder.string());
        shop.emplace(ShopProxy::make(loop, "").value());
        page.emplace(archive, workers, *routes, *shop, *assets);
    }

    http::Response answer(http::Request request) {
        RootCall call{loop};
        return run_until_done(loop, page->answer(call.context(), request));
    }
    http::Response get(std::string path) { return answer({.method = "GET", .path = std::move(path)}); }

    std::filesystem::path folder;
    tw::test::QuietTelemetry telemetry;
    test::FakeArchive archive;
    EventLoop loop;
    WorkerPool workers{1};
    Watchers watchers{loop, workers, archive, [this] { return archive.get_status({}); }};
    Processes processes = Processes::make(loop, {}).value();
    ConsoleService service{archive, workers, watchers, processes, [this] { return archive.get_status({}); }};
    rpc::ServiceTable calls;
    std::unique_ptr<rpc::Channel> channel;
    std::optional<gateway::JsonRoutes> routes;
    std::optional<Assets> assets;
    std::optional<ShopProxy> shop;
    std::optional<PagePort> page;
};

TEST_F(PagePortTest, routes_of_the_contract_are_answered_from_the_archive) {
    EXPECT_THAT(get("/q/status").body, HasSubstr(R"("spans":7)"));
    const auto unknown = get("/q/traces/0102030405060708090a0b0c0d0e0f10");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_THAT(unknown.body, HasSubstr("TRACE_NOT_FOUND"));
    const auto bad = answer({.method = "GET", .path = "/q/traces", .query = "q=("});
    EXPECT_EQ(bad.status, 400);
    EXPECT_THAT(bad.body, HasSubstr("BAD_QUERY"));
}

TEST_F(PagePortTest, a_route_that_changes_something_is_for_the_page_itself) {
    http::Request request{.method = "PUT", .path = "/q/processes/127.0.0.1:1/log_level", .body = R"({"levels":"debug"})"};
    request.headers.add("content-type", "application/json");
    EXPECT_EQ(answer(request).status, 403);
    request.headers.add("x-tradewind-console", "1");
    const auto unknown = answer(request);
    EXPECT_EQ(unknown.status, 404);
    EXPECT_THAT(unknown.body, HasSubstr("PROCESS_NOT_FOUND"));
    request.headers.add("origin", "https://evil.example");
    EXPECT_EQ(answer(request).status, 403);
}

TEST_F(PagePortTest, a_trace_is_pinned_and_let_go_by_the_page_itself) {
    const std::string id = "0102030405060708090a0b0c0d0e0f10";
    http::Request request{.method = "PUT", .path = "/q/pinned/" + id, .body = "{}"};
    request.headers.add("content-type", "application/json");
    EXPECT_EQ(answer(request).status, 403);
    request.headers.add("x-tradewind-console", "1");
    EXPECT_EQ(answer(request).status, 200);
    EXPECT_THAT(get("/q/pinned").body, HasSubstr(id));
    request.method = "DELETE";
    request.body.clear();
    EXPECT_EQ(answer(request).status, 200);
    EXPECT_THAT(get("/q/pinned").body, Not(HasSubstr(id)));
    request.path = "/q/pinned/abc";
    EXPECT_EQ(answer(request).status, 400);
}

TEST_F(PagePortTest, clients_of_jaeger_are_answered) {
    EXPECT_EQ(get("/api/services").status, 200);
    EXPECT_EQ(get("/api/nothing").status, 404);
    EXPECT_EQ(answer({.method = "POST", .path = "/api/services"}).status, 405);
}

TEST_F(PagePortTest, a_trace_is_given_as_it_came) {
    archive.kept["abc"] = "";
    EXPECT_EQ(get("/q/traces/abc/otlp").body, "{}");
    EXPECT_EQ(get("/q/traces/abd/otlp").status, 404);
}

TEST_F(PagePortTest, every_path_of_a_page_gives_the_page) {
    for (const auto* const path : {"/", "/traces", "/traces/abc", "/shop/orders/1", "/services/order"}) {
        const auto response = get(path);
        EXPECT_EQ(response.body, "<p>page</p>") << path;
        EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
    }
    for (const auto* const path : {"/index.htm", "/other", "/../app.js", "/.app.js"}) EXPECT_EQ(get(path).status, 404) << path;
}

TEST(Assets, the_page_begins_its_links_at_the_base_path) {
    const Assets assets{"", "/x/"};
    const auto page = assets.answer({.method = "GET", .path = "/shop/orders"});
    EXPECT_THAT(page->body, HasSubstr("<base href=\"/x/\">"));
    EXPECT_TRUE(check_base_path("/"));
    EXPECT_TRUE(check_base_path("/a/b-c_1.~/"));
    for (const auto* const bad : {"", "x/", "/x", "//", "/x//", "/\"/", "/<x>/", "/ü/", "/a b/", "http://x/"})
        EXPECT_FALSE(check_base_path(bad)) << bad;
}

TEST_F(PagePortTest, a_file_is_compressed_and_is_not_sent_twice) {
    http::Request request{.method = "GET", .path = "/app.js"};
    request.headers.add("accept-encoding", "br, gzip");
    const auto first = answer(request);
    EXPECT_EQ(first.headers.find("content-encoding"), "gzip");
    std::string text;
    ASSERT_TRUE(gunzip(first.body, 100, text));
    EXPECT_EQ(text, "run()");
    request.headers.add("if-none-match", std::string{*first.headers.find("etag")});
    const auto again = answer(request);
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
}

TEST_F(PagePortTest, every_answer_keeps_a_browser_from_other_uses) {
    for (const auto* const path : {"/", "/q/status", "/nothing", "/shop/api/orders"}) {
        const auto response = get(path);
        EXPECT_THAT(std::string{*response.headers.find("content-security-policy")},
                    HasSubstr("require-trusted-types-for 'script'"));
        EXPECT_EQ(response.headers.find("x-content-type-options"), "nosniff");
        EXPECT_EQ(response.headers.find("cross-origin-resource-policy"), "same-origin");
        EXPECT_FALSE(response.headers.find("access-control-allow-origin"));
    }
}

TEST_F(PagePortTest, the_page_itself_is_only_read) {
    const auto response = answer({.method = "POST", .path = "/"});
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(response.headers.find("allow"), "GET, HEAD");
}

TEST_F(PagePortTest, the_way_to_the_shop_leads_to_its_api_alone) {
    EXPECT_THAT(get("/shop/api/orders").body, HasSubstr("SHOP_NOT_REACHED"));
    for (const auto* const path : {"/shop/api/../ops", "/shop/api/%2e%2e/ops", "/shop/api//evil.example/x", "/shop/api/..%2fops",
                                   "/shop/api/x%5c..%5cy", "/shop/api/%zz"}) {
        EXPECT_EQ(get(path).status, 404) << path;
    }
}

TEST(SameOrigin, a_change_comes_from_the_page_itself) {
    http::Request request{.method = "POST", .path = "/shop/api/orders", .body = "{}"};
    EXPECT_FALSE(check_same_origin(request));
    request.headers.add("x-tradewind-console", "1");
    EXPECT_FALSE(check_same_origin(request)) << "without a type, a form could send it";
    request.headers.add("content-type", "application/json");
    request.headers.add("host", "localhost:8090");
    EXPECT_TRUE(check_same_origin(request));
    request.headers.add("origin", "http://evil.example");
    EXPECT_FALSE(check_same_origin(request));
    request.headers.replace("origin", "http://localhost:8090");
    EXPECT_TRUE(check_same_origin(request));
    request.headers.add("sec-fetch-site", "same-site");
    EXPECT_FALSE(check_same_origin(request));
    request.headers.replace("sec-fetch-site", "same-origin");
    EXPECT_TRUE(check_same_origin(request));
}

}  // namespace
}  // namespace tw::console
