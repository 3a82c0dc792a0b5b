#include "kit/telemetry/baggage.hpp"

#include "kit/async/event_loop.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

using Member = Baggage::Member;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Baggage, is_read_with_its_properties) {
    const auto baggage = Baggage::parse("key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue");
    EXPECT_THAT(baggage.members(), ElementsAre(Member{"key1", "value1", "property1;property2"}, Member{"key2", "value2", ""},
                                               Member{"key3", "value3", "propertyKey=propertyValue"}));
    EXPECT_EQ(baggage.to_string(), "key1=value1;property1;property2,key2=value2,key3=value3;propertyKey=propertyValue");
}

TEST(Baggage, values_are_percent_decoded_and_encoded_again) {
    const auto baggage = Baggage::parse("node=DF%2028,user=Am%C3%A9lie,sum=a=b=c,plus=1%2B1");
    EXPECT_EQ(baggage.find("node"), "DF 28");
    EXPECT_EQ(baggage.find("user"), "Am\xC3\xA9lie");
    EXPECT_EQ(baggage.find("sum"), "a=b=c");
    EXPECT_EQ(baggage.find("plus"), "1+1");
    EXPECT_EQ(baggage.to_string(), "node=DF%2028,user=Am%C3%A9lie,sum=a=b=c,plus=1%2B1");
}

TEST(Baggage, bytes_that_are_no_text_are_replaced_and_bad_escapes_stay) {
    EXPECT_EQ(Baggage::parse("a=%FF").find("a"), "\xEF\xBF\xBD");
    EXPECT_EQ(Baggage::parse("a=100%").find("a"), "100%");
}

TEST(Baggage, malformed_members_are_dropped_alone) {
    for (const auto* bad :
         {"b", "=1", "b c=1", "b=x y", "b=\"x\"", "b=\\", "b=1;c d", "b=1;;c", "b=\x01", "b=\xC3\xA4", "(b)=1"}) {
        EXPECT_EQ(clean_baggage("a=1," + std::string{bad} + ",z=2"), "a=1,z=2") << bad;
        EXPECT_EQ(Baggage::parse("a=1," + std::string{bad} + ",z=2").members().size(), 2u) << bad;
    }
}

TEST(Baggage, empty_members_and_blanks_are_left_out) {
    EXPECT_EQ(clean_baggage(" a = 1 ; p = 2 ;q,\t,,b=2 ,"), "a=1;p=2;q,b=2");
    EXPECT_EQ(clean_baggage(""), "");
    EXPECT_EQ(clean_baggage("a="), "a=");
}

TEST(Baggage, is_passed_on_undecoded) { EXPECT_EQ(clean_baggage("a=%41%2c;ttl=%20"), "a=%41%2c;ttl=%20"); }

TEST(Baggage, has8192_bytes_and_not_one_more) {
    const auto most = "a=" + std::string(Baggage::kBytesMax - 2, 'v');
    EXPECT_EQ(clean_baggage(most), most);
    EXPECT_EQ(clean_baggage(most + "v"), "");
    EXPECT_THAT(Baggage::parse(most + "v").members(), IsEmpty());
}

TEST(Baggage, has64_members_and_not_one_more) {
    std::string most = "k0=1";
    for (std::size_t i = 1; i < Baggage::kMembersMax; ++i) most += ",k" + std::to_string(i) + "=1";
    EXPECT_EQ(clean_baggage(most), most);
    EXPECT_EQ(clean_baggage(most + ",more=1"), "");
}

TEST(Baggage, keeps_duplicates_and_the_last_one_counts) {
    auto baggage = Baggage::parse("a=1,b=2,a=3");
    EXPECT_EQ(baggage.find("a"), "3");
    EXPECT_EQ(baggage.to_string(), "a=1,b=2,a=3");
    EXPECT_TRUE(baggage.set("a", "4"));
    EXPECT_EQ(baggage.to_string(), "a=4,b=2");
    baggage.remove("a");
    EXPECT_EQ(baggage.to_string(), "b=2");
    EXPECT_EQ(baggage.find("a"), std::nullopt);
}

TEST(Baggage, takes_only_what_can_be_sent) {
    Baggage baggage;
    EXPECT_TRUE(baggage.set("tier", "gold, \"really\"", "ttl=5;x"));
    EXPECT_EQ(baggage.to_string(), "tier=gold%2C%20%22really%22;ttl=5;x");
    EXPECT_FALSE(baggage.set("a b", "1"));
    EXPECT_FALSE(baggage.set("", "1"));
    EXPECT_FALSE(baggage.set("a", "\xFF"));
    EXPECT_FALSE(baggage.set("a", "1", "p q"));
    EXPECT_FALSE(baggage.set("a", std::string(Baggage::kBytesMax, 'v')));
    EXPECT_EQ(baggage.members().size(), 1u);
    for (std::size_t i = 1; i < Baggage::kMembersMax; ++i) EXPECT_TRUE(baggage.set("k" + std::to_string(i), "1"));
    EXPECT_FALSE(baggage.set("more", "1"));
    EXPECT_TRUE(baggage.set("k1", "2"));
}

TEST(Baggage, goes_into_a_context_beside_what_is_there) {
    EventLoop loop;
    const RootCall call{loop};
    auto attributes = std::make_shared<CallAttributes>();
    attributes->idempotency_key = "once";
    Baggage baggage;
    ASSERT_TRUE(baggage.set("a", "1"));
    const auto ctx = with_baggage(call.context().with_attributes(attributes), baggage);
    EXPECT_EQ(ctx.attributes().baggage, "a=1");
    EXPECT_EQ(ctx.attributes().idempotency_key, "once");
    EXPECT_EQ(attributes->baggage, "");
}

}  // namespace
}  // namespace tw::telemetry
