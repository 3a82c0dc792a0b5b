#include "services/user/user.hpp"

#include <gtest/gtest.h>

namespace tw::user {
namespace {

User alice() {
    const auto born = Timestamp::from_unix_micros(1'000'000);
    return {.id = {}, .email = *Email::parse("alice@example.com"), .name = "Alice", .created_at = born, .updated_at = born};
}

TEST(Email, HasOneAtSignWithSomethingOnBothSides) {
    EXPECT_TRUE(Email::parse("alice@example.com"));
    EXPECT_TRUE(Email::parse("zoë@exämple.com"));
    for (const auto* wrong : {"", "alice", "@example.com", "alice@", "a@b@c", "al ice@example.com", "alice@example.com\n"}) {
        EXPECT_FALSE(Email::parse(wrong)) << wrong;
    }
}

TEST(Email, IsAtMost254Characters) {
    EXPECT_TRUE(Email::parse(std::string(252, 'a') + "@b"));
    EXPECT_FALSE(Email::parse(std::string(253, 'a') + "@b"));
}

TEST(Email, KeepsItsCaseAndComparesWithoutIt) {
    const auto email = Email::parse("Alice@Example.com");
    ASSERT_TRUE(email);
    EXPECT_EQ(email->text(), "Alice@Example.com");
    EXPECT_EQ(email->folded(), "alice@example.com");
}

TEST(Name, IsNotBlankAndAtMost200Characters) {
    EXPECT_FALSE(name_fault("Alice"));
    EXPECT_TRUE(name_fault(""));
    EXPECT_TRUE(name_fault(" \t"));
    std::string long_name;
    for (int i = 0; i < 200; ++i) long_name += "ü";
    EXPECT_FALSE(name_fault(long_name)) << "characters count, not bytes";
    EXPECT_TRUE(name_fault(long_name + "ü"));
}

TEST(Status, HasOneNameEach) {
    for (const auto status : {Status::active, Status::suspended, Status::erased})
        EXPECT_EQ(parse_status(status_name(status)), status);
    EXPECT_FALSE(parse_status("Active"));
}

TEST(User, AChangeRaisesTheVersion) {
    const auto now = Timestamp::from_unix_micros(2'000'000);
    const auto user = changed(alice(), {.email = {}, .name = "Alicia"}, now);
    EXPECT_EQ(user.name, "Alicia");
    EXPECT_EQ(user.email.text(), "alice@example.com");
    EXPECT_EQ(user.version, 2);
    EXPECT_EQ(user.updated_at, now);
}

TEST(User, AChangeToWhatItIsChangesNothing) {
    const auto user = changed(alice(), {.email = alice().email, .name = "Alice"}, Timestamp::from_unix_micros(2'000'000));
    EXPECT_EQ(user.version, 1);
    EXPECT_EQ(user.updated_at, alice().updated_at);
}

}  // namespace
}  // namespace tw::user
