#include "services/user/user.hpp"

#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace tw::user {
namespace {

User alice() {
    const auto born = Timestamp::from_unix_micros(1'000'000);
    return {.id = {}, .email = *Email::parse("alice@example.com"), .name = "Alice", .created_at = born, .updated_at = born};
}

TEST(Email, has_one_at_sign_with_something_on_both_sides) {
    EXPECT_TRUE(Email::parse("alice@example.com"));
    EXPECT_TRUE(Email::parse("zoë@exämple.com"));
    for (const auto* wrong : {"", "alice", "@example.com", "alice@", "a@b@c", "al ice@example.com", "alice@example.com\n"}) {
        EXPECT_FALSE(Email::parse(wrong)) << wrong;
    }
}

TEST(Email, is_at_most254_characters) {
    EXPECT_TRUE(Email::parse(std::string(252, 'a') + "@b"));
    EXPECT_FALSE(Email::parse(std::string(253, 'a') + "@b"));
}

TEST(Email, keeps_its_case_and_compares_without_it) {
    const auto email = Email::parse("Alice@Example.com");
    ASSERT_TRUE(email);
    EXPECT_EQ(email->text(), "Alice@Example.com");
    EXPECT_EQ(email->folded(), "alice@example.com");
}

TEST(Email, the_same_mailbox_has_the_same_key_however_it_is_written) {
    const std::pair<std::string_view, std::string_view> same[] = {
        {"ZOË@example.com", "zoë@example.com"},           {"zoe\u0308@example.com", "zoë@example.com"},
        {"STRASSE@example.com", "straße@example.com"},    {"a@EXÄMPLE.com", "a@xn--exmple-cua.com"},
        {"a@exa\u0308mple.com", "A@exämple.COM"},         {"a@[192.0.2.1]", "A@[192.0.2.1]"},
        {"a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"},
    };
    for (const auto& [one, other] : same) {
        const auto first = Email::parse(one);
        ASSERT_TRUE(first) << one;
        EXPECT_EQ(first->text(), one);
        EXPECT_EQ(first->folded(), Email::from_stored(other)->folded()) << one << " and " << other;
    }
    EXPECT_NE(Email::parse("zoe@example.com")->folded(), Email::parse("zoë@example.com")->folded());
}

TEST(Email, characters_that_nobody_sees_and_hosts_without_a_name_are_refused) {
    for (const std::string_view wrong : {"a\u200b@example.com",
                                         "a\u202egpj@example.com",
                                         "\u2066a@example.com",
                                         "a\u00a0b@example.com",
                                         "a\u0085@example.com",
                                         "a\u00ad@example.com",
                                         "a\ufeff@example.com",
                                         "a\u3164@example.com",
                                         "a@exam\u200bple.com",
                                         "a@example..com",
                                         "a@.example.com",
                                         "a@example.com.",
                                         "a@my_host.com",
                                         "a@-example.com",
                                         "a@\u2603.com",
                                         "a@[]",
                                         "a@[x]",
                                         "a@[192.0.2.1",
                                         "a@xn--a",
                                         "a@b,c"}) {
        EXPECT_FALSE(Email::parse(wrong)) << wrong;
    }
}

TEST(Email, that_was_stored_under_other_rules_is_still_one) {
    for (const std::string_view stored : {"a\u200b@example.com", "A@my_Host.com", "Ä@example..com"}) {
        const auto email = Email::from_stored(stored);
        ASSERT_TRUE(email) << stored;
        EXPECT_EQ(email->text(), stored);
        EXPECT_EQ(email->folded().find('A'), std::string::npos);
    }
    EXPECT_EQ(Email::from_stored("A@my_Host.com")->folded(), "a@my_host.com");
    for (const std::string_view none : {"", " ", "alice", "@", "a b@c"}) EXPECT_FALSE(Email::from_stored(none)) << none;
}

TEST(Name, of_nothing_but_characters_that_nobody_sees_is_empty) {
    for (const std::string_view blank :
         {"\u200b", " \u00a0\u3000", "\u202e\u2066", "\u3164", "\ufeff\u00ad", "\u2800", "\x01\x02"}) {
        EXPECT_EQ(name_fault(blank), "must not be empty");
    }
    EXPECT_FALSE(name_fault("\u06a9\u200c\u0627")) << "within a name they may have a meaning";
}

TEST(Name, is_not_blank_and_at_most200_characters) {
    EXPECT_FALSE(name_fault("Alice"));
    EXPECT_TRUE(name_fault(""));
    EXPECT_TRUE(name_fault(" \t"));
    std::string long_name;
    for (int i = 0; i < 200; ++i) long_name += "ü";
    EXPECT_FALSE(name_fault(long_name)) << "characters count, not bytes";
    EXPECT_TRUE(name_fault(long_name + "ü"));
}

TEST(Status, has_one_name_each) {
    for (const auto status : {Status::active, Status::suspended, Status::erased})
        EXPECT_EQ(parse_status(status_name(status)), status);
    EXPECT_FALSE(parse_status("Active"));
}

TEST(User, a_change_raises_the_version) {
    const auto now = Timestamp::from_unix_micros(2'000'000);
    const auto user = changed(alice(), {.email = {}, .name = "Alicia"}, now);
    EXPECT_EQ(user.name, "Alicia");
    EXPECT_EQ(user.email.text(), "alice@example.com");
    EXPECT_EQ(user.version, 2);
    EXPECT_EQ(user.updated_at, now);
}

TEST(User, a_change_to_what_it_is_changes_nothing) {
    const auto user = changed(alice(), {.email = alice().email, .name = "Alice"}, Timestamp::from_unix_micros(2'000'000));
    EXPECT_EQ(user.version, 1);
    EXPECT_EQ(user.updated_at, alice().updated_at);
}

}  // namespace
}  // namespace tw::user
