#include "kit/runtime/config_sources.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ConfigSources : public testing::Test {
 protected:
    ~ConfigSources() override { std::filesystem::remove(path_); }

    void write(const char* text) { std::ofstream{path_} << text; }
    Assignment named() const { return {"config.file", path_, "--config"}; }

    const std::vector<Setting> settings_{text_setting("config.file", "", "A file"),
                                         text_setting("greeter.salutation", "Hello", "A word")};
    const std::string path_ = testing::TempDir() + "config_sources_" + std::to_string(::getpid()) + ".toml";
};

TEST_F(ConfigSources, the_file_that_a_flag_names_is_read) {
    write("[greeter]\nsalutation = \"Hej\"\n");
    const auto config = load_config("shop", settings_, {named()});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("greeter.salutation"), "Hej");
}

TEST_F(ConfigSources, a_secret_is_read_from_the_file_that_a_variable_names) {
    write(" s3cret-of-a-file\n");
    const std::vector<Setting> settings{text_setting("ops.token", "", "A token").as_secret(),
                                        text_setting("log.level", "", "A text"),
                                        url_setting("database.url", "", {"postgresql://"}, "A URL").with_alias("DATABASE_URL")};
    Sources sources{.environment = {{"SHOP_OPS_TOKEN_FILE", path_}, {"SHOP_LOG_LEVEL_FILE", path_}}};
    ASSERT_TRUE(read_secret_files("shop", settings, sources));
    const auto config = Config::read("shop", settings, sources).value();
    EXPECT_EQ(config.text("ops.token"), "s3cret-of-a-file");
    EXPECT_EQ(config.entry("ops.token").origin, "SHOP_OPS_TOKEN_FILE");
    EXPECT_EQ(config.entry("ops.token").file, path_);
    EXPECT_EQ(config.entry("ops.token").shown(), "***");
    EXPECT_EQ(config.text("log.level"), "") << "what is no secret has no such variable";
    write("postgresql://a:wordpass@db/shop\n");
    Sources url{.environment = {{"DATABASE_URL_FILE", path_}}};
    ASSERT_TRUE(read_secret_files("shop", settings, url));
    EXPECT_EQ(Config::read("shop", settings, url).value().text("database.url"), "postgresql://a:wordpass@db/shop");
}

TEST_F(ConfigSources, a_secret_that_cannot_be_read_or_is_given_twice_is_refused) {
    const std::vector<Setting> settings{text_setting("ops.token", "", "A token").as_secret()};
    Sources missing{.environment = {{"SHOP_OPS_TOKEN_FILE", "/nowhere/token"}}};
    const auto unread = read_secret_files("shop", settings, missing);
    ASSERT_FALSE(unread);
    EXPECT_THAT(unread.error().detail(), HasSubstr("/nowhere/token"));
    EXPECT_THAT(unread.error().detail(), HasSubstr("SHOP_OPS_TOKEN_FILE"));
    write("s3cret");
    Sources both{.environment = {{"SHOP_OPS_TOKEN_FILE", path_}, {"SHOP_OPS_TOKEN", "other-s3cret"}}};
    const auto twice = read_secret_files("shop", settings, both);
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error().detail(), HasSubstr("both set"));
    EXPECT_THAT(twice.error().detail(), testing::Not(HasSubstr("s3cret")));
}

TEST_F(ConfigSources, a_flag_wins_over_the_file) {
    write("[greeter]\nsalutation = \"Hej\"\n");
    const auto config = load_config("shop", settings_, {named(), {"greeter.salutation", "Ciao", "--set"}});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("greeter.salutation"), "Ciao");
}

TEST_F(ConfigSources, a_file_that_is_named_must_be_there) {
    const auto config = load_config("shop", settings_, {named()});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().reason(), "BAD_CONFIG");
    EXPECT_THAT(config.error().detail(), HasSubstr(path_));
}

/// Runs in a folder of its own, so that its shop.toml is the usual file.
class UsualFile : public ConfigSources {
 protected:
    UsualFile() {
        fs::create_directory(folder_);
        fs::current_path(folder_);
    }
    ~UsualFile() override {
        fs::current_path(before_);
        fs::remove_all(folder_);
    }

    std::string fault() const {
        const auto config = load_config("shop", settings_, {});
        if (config) return "(none)";
        EXPECT_EQ(config.error().reason(), "BAD_CONFIG");
        EXPECT_THAT(config.error().detail(), HasSubstr("shop.toml"));
        return config.error().detail();
    }

    const fs::path before_ = fs::current_path();
    const fs::path folder_ = fs::path{testing::TempDir()} / ("usual_file_" + std::to_string(::getpid()));
};

TEST_F(UsualFile, is_read_where_it_is_there_and_may_be_absent) {
    EXPECT_EQ(fault(), "(none)");
    std::ofstream{"shop.toml"} << "[greeter]\r\nsalutation = \"Hej\"\r\n";
    const auto config = load_config("shop", settings_, {});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("greeter.salutation"), "Hej");
}

TEST_F(UsualFile, that_is_a_folder_is_refused_by_name) {
    fs::create_directory("shop.toml");
    EXPECT_THAT(fault(), HasSubstr("it is a folder"));
}

TEST_F(UsualFile, that_is_a_link_to_nothing_is_refused_by_name) {
    fs::create_symlink("nowhere.toml", "shop.toml");
    EXPECT_THAT(fault(), HasSubstr("a link to a file that does not exist"));
    fs::remove("shop.toml");
    fs::create_symlink("shop.toml", "shop.toml");
    EXPECT_THAT(fault(), HasSubstr("symbolic links"));
}

TEST_F(UsualFile, that_this_user_may_not_read_is_refused_by_name) {
    std::ofstream{"shop.toml"} << "[greeter]\n";
    fs::permissions("shop.toml", fs::perms::none);
    // Root may read every file, so it is another user meanwhile.
    constexpr uid_t kNobody = 65534;
    const bool root = ::geteuid() == 0;
    if (root) {
        ASSERT_EQ(::seteuid(kNobody), 0);
    }
    const auto said = fault();
    if (root) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    EXPECT_THAT(said, HasSubstr("Permission denied"));
}

TEST_F(UsualFile, that_never_ends_is_refused_by_name) {
    fs::create_symlink("/dev/zero", "shop.toml");
    EXPECT_THAT(fault(), HasSubstr("more than"));
}

TEST_F(ConfigSources, without_flag_and_file_the_defaults_hold) {
    const auto config = load_config("shop", settings_, {});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("greeter.salutation"), "Hello");
}

}  // namespace
}  // namespace tw::runtime
