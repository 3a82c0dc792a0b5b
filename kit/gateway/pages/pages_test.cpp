#include "kit/gateway/pages/pages.hpp"

#include "kit/base/encoding.hpp"
#include "kit/gateway/pages/api_viewer.hpp"
#include "kit/gateway/pages/landing_page.hpp"

#include <array>
#include <openssl/sha.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

TEST(ReadyPage, says_whether_and_with_verbose_why) {
    EXPECT_EQ(ready_page({}, false).status, 200);
    EXPECT_EQ(ready_page({}, false).body, R"({"status":"ready"})");
    const runtime::Health draining{.ready = false, .reasons = {"draining", "a \"quoted\" reason"}};
    EXPECT_EQ(ready_page(draining, false).status, 503);
    EXPECT_EQ(ready_page(draining, false).body, R"({"status":"unready"})");
    EXPECT_EQ(ready_page(draining, true).body, R"({"status":"unready","reasons":["draining","a \"quoted\" reason"]})");
}

TEST(VersionPage, names_the_program_and_its_version) {
    EXPECT_EQ(version_page("parcels", "0.1.0").body, R"({"name":"parcels","version":"0.1.0"})");
}

const Landing kLanding{
    .program = "parcels", .title = "<Parcels>", .version = "0.1.0", .console_url = "http://localhost:8090", .has_viewer = true};

http::Response asked_for(const Landing& landing, const std::string& accept) {
    http::Request request{.method = "GET", .path = "/"};
    request.headers.add("accept", accept);
    return landing_page(landing, request);
}

TEST(LandingPage, is_html_for_a_browser_and_json_for_others) {
    const auto page = asked_for(kLanding, "text/html,*/*;q=0.8");
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("<title>&lt;Parcels&gt;</title>"), std::string::npos);
    EXPECT_NE(page.body.find("<a href=\"http://localhost:8090\">Console</a>"), std::string::npos);
    EXPECT_EQ(asked_for(kLanding, "*/*").body, R"({"name":"parcels","version":"0.1.0","console":"http://localhost:8090",)"
                                               R"("paths":["/docs","/openapi.json","/health","/ready","/version"]})");
    auto alone = kLanding;
    alone.console_url.clear();
    alone.has_viewer = false;
    EXPECT_EQ(asked_for(alone, "text/html").body.find("Console"), std::string::npos);
    EXPECT_EQ(asked_for(alone, "text/html").body.find("/docs"), std::string::npos);
}

TEST(LandingPage, may_load_its_own_style_and_nothing_else) {
    const auto page = asked_for(kLanding, "text/html");
    const auto begin = page.body.find("<style>") + 7;
    const auto style = page.body.substr(begin, page.body.find("</style>") - begin);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char*>(style.data()), style.size(), hash.data());
    const auto text = base64_encode({reinterpret_cast<const char*>(hash.data()), hash.size()});
    EXPECT_NE(page.headers.find("content-security-policy")->find("'sha256-" + text), std::string::npos) << text;
}

TEST(ApiViewer, loads_its_own_files_and_nothing_else) {
    ApiViewer viewer;
    const auto page = viewer.answer({.method = "GET", .path = "/docs"});
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(page.headers.find("content-security-policy")->find("unsafe"), std::string::npos);
    const auto paths = ApiViewer::paths();
    for (const std::string_view begin : {"src=\"", "rel=\"stylesheet\" href=\""}) {
        for (auto at = page.body.find(begin); at != std::string::npos; at = page.body.find(begin, at + 1)) {
            const auto name = page.body.substr(at + begin.size(), page.body.find('"', at + begin.size()) - at - begin.size());
            EXPECT_THAT(paths, testing::Contains("/" + name));
        }
    }
    EXPECT_EQ(page.body.find("<script>"), std::string::npos);
}

TEST(ApiViewer, sends_a_file_compressed_and_once) {
    ApiViewer viewer;
    http::Request request{.method = "GET", .path = "/docs/swagger-ui.js"};
    request.headers.add("accept-encoding", "gzip");
    const auto script = viewer.answer(request);
    EXPECT_EQ(script.headers.find("content-encoding"), "gzip");
    EXPECT_LT(script.body.size(), std::size_t{640} * 1024);
    request.headers.add("if-none-match", std::string{*script.headers.find("etag")});
    EXPECT_EQ(viewer.answer(request).status, 304);
}

TEST(HealthPage, depends_on_nothing) { EXPECT_EQ(health_page().status, 200); }

}  // namespace
}  // namespace tw::gateway
