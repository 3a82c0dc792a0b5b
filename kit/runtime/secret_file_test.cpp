#include "kit/runtime/secret_file.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

class SecretFileTest : public testing::Test {
 protected:
    ~SecretFileTest() override { std::filesystem::remove(path_); }
    /// Writes the file as tools do that replace a secret.
    void replace(const std::string& text) const {
        std::ofstream{path_ + ".new"} << text;
        std::filesystem::rename(path_ + ".new", path_);
    }
    const std::string path_ = testing::TempDir() + "secret_file_" + std::to_string(::getpid());
};

TEST_F(SecretFileTest, a_secret_without_a_file_stays) {
    SecretFile secret{Secret{"one"}, ""};
    EXPECT_EQ(secret.current().reveal(), "one");
}

TEST_F(SecretFileTest, a_file_that_was_replaced_is_read_again) {
    replace("one\n");
    SecretFile secret{Secret{"one"}, path_};
    EXPECT_EQ(secret.current().reveal(), "one");
    replace("another\n");
    EXPECT_EQ(secret.current().reveal(), "another");
}

TEST_F(SecretFileTest, a_file_that_is_gone_or_empty_leaves_the_secret) {
    replace("one");
    SecretFile secret{Secret{"one"}, path_};
    std::filesystem::remove(path_);
    EXPECT_EQ(secret.current().reveal(), "one");
    replace("\n");
    EXPECT_EQ(secret.current().reveal(), "one");
    replace("two");
    EXPECT_EQ(secret.current().reveal(), "two");
}

TEST_F(SecretFileTest, copies_of_a_renewed_secret_share_its_file) {
    replace("one");
    const auto renewed = renewed_secret(Secret{"one"}, path_);
    const auto copy = renewed;
    replace("another");
    EXPECT_EQ(renewed().reveal(), "another");
    EXPECT_EQ(copy().reveal(), "another");
    EXPECT_EQ(renewed_secret(Secret{"one"}, ""), nullptr);
}

}  // namespace
}  // namespace tw::runtime
