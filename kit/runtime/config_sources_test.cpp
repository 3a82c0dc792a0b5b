#include "kit/runtime/config_sources.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

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

TEST_F(ConfigSources, TheFileThatAFlagNamesIsRead) {
    write("[greeter]\nsalutation = \"Hej\"\n");
    const auto config = load_config(settings_, {named()});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("greeter.salutation"), "Hej");
}

TEST_F(ConfigSources, AFlagWinsOverTheFile) {
    write("[greeter]\nsalutation = \"Hej\"\n");
    const auto config = load_config(settings_, {named(), {"greeter.salutation", "Ciao", "--set"}});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("greeter.salutation"), "Ciao");
}

TEST_F(ConfigSources, AFileThatIsNamedMustBeThere) {
    const auto config = load_config(settings_, {named()});
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().reason(), "BAD_CONFIG");
    EXPECT_THAT(config.error().detail(), HasSubstr(path_));
}

TEST_F(ConfigSources, WithoutFlagAndFileTheDefaultsHold) {
    const auto config = load_config(settings_, {});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->text("greeter.salutation"), "Hello");
}

}  // namespace
}  // namespace tw::runtime
