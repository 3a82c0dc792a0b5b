#include "kit/rpc/message_decoder.hpp"

#include "kit/base/gzip.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

std::string framed(std::string_view message, char flag = 0) {
    std::string out(kPrefixBytes, '\0');
    write_prefix(message.size(), out.data());
    out[0] = flag;
    return out.append(message);
}

TEST(MessageDecoder, messages_are_found_wherever_the_bytes_are_split) {
    const auto bytes = framed("one") + framed("") + framed("three");
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        MessageDecoder decoder{100};
        std::vector<std::string> found;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            decoder.append(std::string_view{bytes}.substr(at, piece));
            while (true) {
                const auto next = decoder.next();
                ASSERT_TRUE(next);
                if (!*next) break;
                found.emplace_back(**next);
            }
        }
        EXPECT_EQ(found, (std::vector<std::string>{"one", "", "three"}));
        EXPECT_FALSE(decoder.partial());
    }
}

TEST(MessageDecoder, a_message_at_the_limit_passes_and_one_beyond_is_refused_by_its_prefix) {
    MessageDecoder decoder{4};
    decoder.append(framed("1234"));
    EXPECT_EQ(decoder.next()->value(), "1234");
    decoder.append(framed("12345").substr(0, kPrefixBytes));
    EXPECT_EQ(decoder.more_than_one().error().code(), Code::resource_exhausted);
    EXPECT_EQ(decoder.next().error().reason(), "MESSAGE_TOO_LARGE");
}

TEST(MessageDecoder, a_compressed_message_without_a_known_encoding_is_refused) {
    MessageDecoder decoder{100};
    decoder.append(framed("x", 1));
    EXPECT_EQ(decoder.next().error().code(), Code::internal);
    decoder.set_encoding("identity");
    EXPECT_EQ(decoder.next().error().code(), Code::internal);
    decoder.set_encoding("snappy");
    EXPECT_EQ(decoder.next().error().code(), Code::unimplemented);
}

TEST(MessageDecoder, compressed_and_plain_messages_may_follow_each_other) {
    MessageDecoder decoder{100};
    decoder.set_encoding("gzip");
    decoder.append(framed(gzip("one"), 1) + framed("two") + framed(gzip(""), 1));
    EXPECT_EQ(decoder.next()->value(), "one");
    EXPECT_TRUE(decoder.compressed());
    EXPECT_EQ(decoder.next()->value(), "two");
    EXPECT_FALSE(decoder.compressed());
    EXPECT_EQ(decoder.next()->value(), "");
    EXPECT_FALSE(decoder.partial());
}

TEST(MessageDecoder, the_encoding_of_a_call_does_not_apply_to_the_next_call) {
    MessageDecoder decoder{100};
    decoder.set_encoding("gzip");
    decoder.append(framed(gzip("one"), 1));
    EXPECT_EQ(decoder.next()->value(), "one");
    decoder.clear();
    EXPECT_FALSE(decoder.compressed());
    decoder.append(framed(gzip("two"), 1));
    EXPECT_EQ(decoder.next().error().reason(), "MALFORMED_FRAME");
}

TEST(MessageDecoder, the_limit_applies_to_the_size_after_decompression) {
    MessageDecoder decoder{100'000};
    decoder.set_encoding("gzip");
    decoder.append(framed(gzip(std::string(100'000, 'x')), 1));
    EXPECT_EQ(decoder.next()->value().size(), 100'000U);
    const auto compressed = gzip(std::string(100'001, 'x'));
    ASSERT_LT(compressed.size(), 100'000u) << "so that its prefix passes";
    decoder.append(framed(compressed, 1));
    const auto refused = decoder.next();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "MESSAGE_TOO_LARGE");
}

TEST(MessageDecoder, a_compressed_message_is_not_decompressed_beyond_the_limit) {
    MessageDecoder decoder{100'000};
    decoder.set_encoding("gzip");
    const auto compressed = gzip(std::string(20'000'000, 'x'));
    ASSERT_LT(compressed.size(), 100'000u) << "so that its prefix passes";
    decoder.append(framed(compressed, 1));
    const auto refused = decoder.next();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail(), "A compressed message exceeds the limit of 100000 bytes.");
}

TEST(MessageDecoder, data_that_cannot_be_decompressed_is_malformed) {
    MessageDecoder decoder{100};
    decoder.set_encoding("gzip");
    decoder.append(framed("no gzip at all", 1));
    EXPECT_EQ(decoder.next().error().reason(), "MALFORMED_FRAME");
}

TEST(MessageDecoder, half_a_message_is_partial) {
    MessageDecoder decoder{100};
    decoder.append(framed("hello").substr(0, 7));
    EXPECT_FALSE(decoder.next()->has_value());
    EXPECT_TRUE(decoder.partial());
    decoder.clear();
    EXPECT_FALSE(decoder.partial());
}

TEST(MessageDecoder, an_unknown_flag_is_malformed) {
    for (const char flag : {'\2', '\x80', '\xff'}) {
        MessageDecoder decoder{100};
        decoder.set_encoding("gzip");
        decoder.append(framed(gzip("one"), flag));
        EXPECT_EQ(decoder.next().error().reason(), "MALFORMED_FRAME");
    }
}

TEST(MessageDecoder, a_single_byte_after_the_next_message_is_noticed) {
    MessageDecoder decoder{100};
    const auto bytes = framed("one");
    for (const char byte : bytes) {
        EXPECT_FALSE(*decoder.more_than_one());
        decoder.append({&byte, 1});
    }
    EXPECT_FALSE(*decoder.more_than_one());
    decoder.append(std::string_view{"\0", 1});
    EXPECT_TRUE(*decoder.more_than_one());
}

TEST(MessageDecoder, the_wire_size_of_a_message_is_its_size_before_decompression) {
    MessageDecoder decoder{100'000};
    decoder.set_encoding("gzip");
    const auto compressed = framed(gzip(std::string(50'000, 'x')), 1);
    decoder.append(compressed);
    decoder.append(framed("plain"));
    EXPECT_EQ(decoder.next()->value().size(), 50'000u);
    EXPECT_EQ(decoder.wire_bytes(), compressed.size());
    EXPECT_EQ(decoder.next()->value(), "plain");
    EXPECT_EQ(decoder.wire_bytes(), kPrefixBytes + 5);
}

}  // namespace
}  // namespace tw::rpc
