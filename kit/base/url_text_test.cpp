#include "kit/base/url_text.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tw {
namespace {

struct Shown {
    std::string_view url;
    std::string_view text;
};

void expect_shown(const std::vector<Shown>& table) {
    for (const auto& [url, text] : table) EXPECT_EQ(printable_url(url), text) << url;
}

TEST(PrintableUrlTest, what_holds_no_secret_is_shown_as_it_is) {
    for (const std::string_view url :
         {"sqlite:data/user.sqlite",
          "sqlite::memory:",
          "sqlite:///srv/my data/a@b.sqlite?mode=ro",
          "postgresql://ann@db:5432/shop",
          "postgresql://db/shop?sslmode=verify-full&sslrootcert=/etc/tls/ca.pem&application_name=shop",
          "postgresql://one:5432,two:5433/shop?target_session_attrs=read-write",
          "postgres://%2Fvar%2Frun%2Fpostgresql/shop",
          "postgresql:///shop",
          "redis://cache:6379/1",
          "http://[::1]:4318/v1/traces",
          "https://otlp.example.com/v1/logs",
          "localhost:4317",
          "[fe80::1%eth0]:8080",
          "::1:8080",
          "unix:/run/user.sock",
          "unix:///run/user.sock",
          "dns:///user:50051",
          "dns:user:50051",
          "ipv4:10.0.0.1:1,10.0.0.2:2",
          "ipv6:[::1]:1",
          "host=db port=5432 dbname=shop user=ann sslmode=require",
          "/run/postgresql",
          ""}) {
        EXPECT_EQ(printable_url(url), url);
    }
}

TEST(PrintableUrlTest, a_password_is_masked_wherever_it_stands) {
    expect_shown({
        {"postgresql://ann:s3cret@db:5432/shop", "postgresql://ann:***@db:5432/shop"},
        {"postgresql://ann:s3/cr@t@db/shop", "postgresql://ann:***@db/shop"},
        {"postgresql://ann:s3cret@/shop", "postgresql://ann:***@/shop"},
        {"http://alice:s3cret@collector:4318", "http://alice:***@collector:4318"},
        {"alice:s3cret@collector:4317", "alice:***@collector:4317"},
        {"redis://:s3cret@cache/2", "redis://:***@cache/2"},
        {"dns:///ann:s3cret@user:50051", "dns://***@user:50051"},
        {"postgresql://db/shop?password=one&sslmode=require&password=two",
         "postgresql://db/shop?password=***&sslmode=require&password=***"},
        {"postgresql://db/shop?pass%77ord=s3cret", "postgresql://db/shop?pass%77ord=***"},
        {"postgresql:///shop?user=ann&Password=s3cret", "postgresql:///shop?user=ann&Password=***"},
        {"host=db user=ann password='s3 cr\\'et' dbname=shop", "host=db user=ann password=*** dbname=shop"},
        {"password = s3cret host = db", "password=*** host=db"},
    });
}

TEST(PrintableUrlTest, a_user_without_a_password_may_be_a_token) {
    expect_shown({
        {"https://s3cret@collector/v1/traces", "https://***@collector/v1/traces"},
        {"redis://s3cret@cache:6379", "redis://***@cache:6379"},
        {"s3cret@collector:4317", "***@collector:4317"},
    });
}

TEST(PrintableUrlTest, a_value_of_an_unknown_parameter_is_masked) {
    expect_shown({
        {"https://collector/v1/traces?api-key=s3cret", "https://collector/v1/traces?api-key=***"},
        {"https://collector/v1/traces?s3cret", "https://collector/v1/traces?***"},
        {"postgresql://db/shop?options=-c%20app.key%3Ds3cret", "postgresql://db/shop?options=***"},
        {"postgresql://db/shop?sslmode=require password=s3cret", "postgresql://db/shop?sslmode=***"},
        {"https://collector/#s3cret", "https://collector/#***"},
        {"https://collector/?sslmode=a#s3cret", "https://collector/?***"},
        {"postgresql://db/shop&password=s3cret", "postgresql://db/shop***"},
        {"postgresql://db/shop;password=s3cret", "postgresql://db/shop***"},
        {"host=db s3cret", "host=db ***"},
        {"host=db password='s3cret", "host=db password=***"},
        {"sqlite:shop.sqlite?key=s3cret", "sqlite:shop.sqlite?key=***"},
    });
}

TEST(PrintableUrlTest, a_password_whose_host_was_forgotten_is_masked) {
    expect_shown({
        {"postgresql://ann:s3cret", "postgresql://ann:***"},
        {"postgresql://ann:s3cret/shop", "postgresql://ann:***"},
        {"redis://:s3cret", "redis://:***"},
        {"redis://:123456", "redis://:***"},
        {"redis://:1234/0", "redis://:***"},
        {"ann:s3cret", "ann:***"},
        {"jdbc:postgresql://db/shop?password=s3cret", "jdbc:***"},
        {"sqlite:postgresql://ann:s3cret@db/shop", "sqlite:postgresql://ann:***@db/shop"},
    });
}

TEST(PrintableUrlTest, blanks_around_it_are_cut_off) {
    EXPECT_EQ(printable_url(" postgresql://db/shop\r\n"), "postgresql://db/shop");
}

TEST(PrintableUrlTest, no_character_within_a_password_brings_a_part_of_it_to_light) {
    const std::vector<std::string> passwords{"first", "1234"};
    const std::vector<std::string> fronts{"postgresql://ann:", "redis://:", "http://ann:", "ann:", "dns:///ann:"};
    const std::vector<std::string> ends{"@db:5432/shop",     "@db/shop?sslmode=require", "@db", "@",
                                        "@one:1,two:2/shop", "@db/a@b?user=c@d"};
    for (int byte = 1; byte < 256; ++byte) {
        for (const auto& half : passwords) {
            for (const auto& front : fronts) {
                for (const auto& end : ends) {
                    const auto url = front + half + static_cast<char>(byte) + "second" + end;
                    const auto shown = printable_url(url);
                    EXPECT_EQ(shown.find(half), std::string::npos) << url << " is shown as " << shown;
                    EXPECT_EQ(shown.find("second"), std::string::npos) << url << " is shown as " << shown;
                }
            }
        }
    }
}

}  // namespace
}  // namespace tw
