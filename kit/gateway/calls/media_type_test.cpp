#include "kit/gateway/calls/media_type.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

std::optional<JsonForm> form_of(std::string method, const char* content_type, const char* encoding = nullptr) {
    http::Request request{.method = std::move(method)};
    if (content_type != nullptr) request.headers.add("content-type", content_type);
    if (encoding != nullptr) request.headers.add("content-encoding", encoding);
    const auto form = json_form(request);
    if (form) return *form;
    EXPECT_EQ(form.error().reason(), "UNSUPPORTED_MEDIA_TYPE");
    return std::nullopt;
}

TEST(MediaType, json_in_any_spelling_of_utf_8_is_a_body) {
    for (const auto* fine :
         {"application/json", "Application/JSON", "application/json;charset=utf8", "application/json; charset=UTF8",
          "application/json ; charset=utf-8", "application/json;charset=\"UTF-8\"", "application/json;charset=\"ut\\f-8\"",
          "application/json;charset='utf-8'", "application/json; Charset = utf-8", "application/json;CHARSET=us-ascii",
          "application/json; odd=\"a;charset=latin1\"", "application/json; odd=\"\\\";\"", "application/json;",
          "application/json; odd=1", "application/json; odd"}) {
        EXPECT_EQ(form_of("POST", fine), JsonForm::json) << fine;
        EXPECT_EQ(form_of("PATCH", fine), JsonForm::json) << fine;
    }
}

TEST(MediaType, other_types_and_charsets_are_no_body) {
    for (const auto* wrong :
         {"text/plain", "application/jsonp", "application/x-www-form-urlencoded", "", "application/json, text/plain",
          "application/json; charset=latin1", "application/json; charset", "application/json;charset=utf-16",
          "application/json;charset=\"utf-8", "application/json;odd=1;charset=latin1", "application/problem+json"}) {
        EXPECT_EQ(form_of("POST", wrong), std::nullopt) << wrong;
    }
    EXPECT_EQ(form_of("POST", nullptr), std::nullopt);
}

TEST(MediaType, a_merge_patch_is_a_body_of_patch_alone) {
    EXPECT_EQ(form_of("PATCH", "application/merge-patch+json"), JsonForm::merge_patch);
    EXPECT_EQ(form_of("PATCH", "Application/Merge-Patch+JSON; charset=utf8"), JsonForm::merge_patch);
    EXPECT_EQ(form_of("POST", "application/merge-patch+json"), std::nullopt);
    EXPECT_EQ(form_of("PATCH", "application/json-patch+json"), std::nullopt);
}

TEST(MediaType, an_encoded_body_is_refused) {
    EXPECT_EQ(form_of("POST", "application/json", "identity"), JsonForm::json);
    EXPECT_EQ(form_of("POST", "application/json", "Identity"), JsonForm::json);
    EXPECT_EQ(form_of("POST", "application/json", ""), JsonForm::json);
    EXPECT_EQ(form_of("POST", "application/json", "gzip"), std::nullopt);
    EXPECT_EQ(form_of("POST", "application/json", "identity, gzip"), std::nullopt);
}

TEST(MediaType, what_is_accepted_is_told_by_method_and_status) {
    http::Response refused{.status = 415};
    tell_accepted("PATCH", refused);
    EXPECT_EQ(refused.headers.find("accept-patch"), "application/json, application/merge-patch+json");
    EXPECT_EQ(refused.headers.find("accept"), "application/json, application/merge-patch+json");
    EXPECT_EQ(refused.headers.find("accept-encoding"), "identity");
    http::Response options{.status = 204};
    tell_accepted("POST", options);
    EXPECT_EQ(options.headers.find("accept-post"), "application/json");
    EXPECT_EQ(options.headers.find("accept"), std::nullopt);
    http::Response none{.status = 204};
    tell_accepted("GET", none);
    EXPECT_TRUE(none.headers.fields().empty());
}

}  // namespace
}  // namespace tw::gateway
