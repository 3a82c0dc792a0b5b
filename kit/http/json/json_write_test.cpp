#include "kit/http/json/json_mapping_test.pb.h"
#include "kit/http/json_mapping.hpp"

#include <cstring>
#include <random>
#include <string>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using google::protobuf::util::MessageDifferencer;
using test::Everything;

std::string written(const Everything& message) {
    std::string out;
    write_json(message, out);
    return out;
}

TEST(JsonWrite, an_empty_message_shows_its_defaults) {
    EXPECT_EQ(written({}), R"({"text":"","data":"","flag":false,"small":0,"large":0,"natural":0,"huge":0,"real":0,"single":0,)"
                           R"("colour":"COLOUR_UNSPECIFIED","words":[],"numbers":[],"children":[],"counts":{},"by_number":{},)"
                           R"("colours":[],"times":[],"zigzag":0,"fixed":0})");
}

TEST(JsonWrite, sixty_four_bits_are_numbers_and_doubles_are_short) {
    Everything message;
    message.set_large(INT64_MIN);
    message.set_huge(UINT64_MAX);
    message.set_real(0.1);
    message.set_single(0.1f);
    const auto json = written(message);
    EXPECT_NE(json.find(R"("large":-9223372036854775808,)"), std::string::npos);
    EXPECT_NE(json.find(R"("huge":18446744073709551615,"real":0.1,"single":0.1,)"), std::string::npos) << json;
}

TEST(JsonWrite, well_known_types_are_text) {
    Everything message;
    message.mutable_at()->set_seconds(1769860800);
    message.mutable_at()->set_nanos(1'500'000);
    message.mutable_takes()->set_seconds(-1);
    message.mutable_takes()->set_nanos(-500'000'000);
    message.mutable_mask()->add_paths("text");
    message.mutable_mask()->add_paths("child.text");
    const auto json = written(message);
    EXPECT_NE(json.find(R"("at":"2026-01-31T12:00:00.001500Z","takes":"-1.5s","mask":"text,child.text")"), std::string::npos)
        << json;
}

TEST(JsonWrite, bytes_are_padded_and_unknown_enums_are_numbers) {
    Everything message;
    message.set_data("a");
    message.set_colour(static_cast<test::Colour>(77));
    const auto json = written(message);
    EXPECT_NE(json.find(R"("data":"YQ==")"), std::string::npos);
    EXPECT_NE(json.find(R"("colour":77)"), std::string::npos);
}

/// Makes messages of any shape, the same for the same seed.
class MessageMaker {
 public:
    explicit MessageMaker(std::uint64_t seed) : random_{seed} {}

    Everything make(int depth) {
        Everything message;
        if (coin()) message.set_text(text());
        if (coin()) message.set_data(bytes());
        message.set_flag(coin());
        message.set_small(static_cast<std::int32_t>(number()));
        message.set_large(static_cast<std::int64_t>(number()));
        message.set_natural(static_cast<std::uint32_t>(number()));
        message.set_huge(number());
        message.set_real(real());
        message.set_single(static_cast<float>(static_cast<std::int32_t>(number())) / 7);
        message.set_colour(static_cast<test::Colour>(number() % 3));
        for (auto i = number() % 3; i > 0; --i) message.add_words(text());
        for (auto i = number() % 3; i > 0; --i) message.add_numbers(static_cast<std::int32_t>(number()));
        for (auto i = number() % 3; i > 0; --i) (*message.mutable_counts())[text()] = static_cast<std::int32_t>(number());
        if (coin()) message.set_maybe(text());
        if (coin()) message.set_maybe_number(0);
        if (coin()) message.set_left(text());
        if (coin()) {
            message.mutable_at()->set_seconds(static_cast<std::int64_t>(number() % 4'000'000'000) - 1'000'000'000);
            message.mutable_at()->set_nanos(static_cast<std::int32_t>(number() % 1'000'000 * 1000));
        }
        if (coin()) {
            message.mutable_takes()->set_seconds(static_cast<std::int64_t>(number() % 1'000'000));
            message.mutable_takes()->set_nanos(static_cast<std::int32_t>(number() % 1'000'000'000));
        }
        if (coin()) message.mutable_mask()->add_paths("text");
        if (coin()) message.add_colours(test::GREEN);
        message.set_zigzag(static_cast<std::int64_t>(number()));
        if (depth > 0 && coin()) *message.mutable_child() = make(depth - 1);
        if (depth > 0 && coin()) *message.add_children() = make(depth - 1);
        if (depth > 0 && coin()) (*message.mutable_by_number())[static_cast<std::int32_t>(number())] = make(depth - 1);
        return message;
    }

 private:
    bool coin() { return random_() % 2 == 0; }
    std::uint64_t number() { return random_() >> (random_() % 64); }
    double real() {
        while (true) {
            const auto bits = random_();
            double value = 0;
            std::memcpy(&value, &bits, sizeof value);
            if (std::isfinite(value)) return value;
        }
    }
    std::string bytes() {
        std::string out(random_() % 20, '\0');
        for (auto& c : out) c = static_cast<char>(random_());
        return out;
    }
    std::string text() {
        static const std::vector<std::string> kPieces{"a",    "Z", "\"", "\\", "/", "~", "\n",    "\x01",
                                                      "\x7f", "é", "漢", "😀", " ", "{", "\u2028"};
        std::string out;
        for (auto i = random_() % 12; i > 0; --i) out += kPieces[random_() % kPieces.size()];
        return out;
    }

    std::mt19937_64 random_;
};

TEST(JsonRoundTrip, what_is_written_reads_back_as_the_same_message) {
    MessageMaker maker{20260131};
    for (int i = 0; i < 500; ++i) {
        const auto message = maker.make(3);
        const auto json = written(message);
        Everything again;
        std::vector<Violation> violations;
        const auto parsed = parse_json(json, again, violations);
        ASSERT_TRUE(parsed) << parsed.error().detail() << "\n" << json;
        ASSERT_TRUE(violations.empty()) << violations.front().pointer << ": " << violations.front().detail << "\n" << json;
        ASSERT_TRUE(MessageDifferencer::Equals(message, again)) << json;
    }
}

TEST(JsonRoundTrip, protobufs_own_mapping_reads_what_we_write) {
    MessageMaker maker{7};
    for (int i = 0; i < 200; ++i) {
        auto message = maker.make(2);
        // Protobuf reads field masks only in camelCase. It also accepts this writer's form of
        // everything else.
        const auto json = written(message);
        Everything again;
        const auto status = google::protobuf::util::JsonStringToMessage(json, &again);
        ASSERT_TRUE(status.ok()) << status << "\n" << json;
        ASSERT_TRUE(MessageDifferencer::Equals(message, again)) << json;
    }
}

TEST(JsonRoundTrip, what_protobufs_own_mapping_writes_is_read_in_all_its_forms) {
    MessageMaker maker{11};
    for (int form = 0; form < 8; ++form) {
        google::protobuf::util::JsonPrintOptions options;
        options.preserve_proto_field_names = (form & 1) != 0;
        options.always_print_enums_as_ints = (form & 2) != 0;
        options.always_print_primitive_fields = (form & 4) != 0;
        for (int i = 0; i < 50; ++i) {
            const auto message = maker.make(0);
            std::string json;
            ASSERT_TRUE(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
            Everything again;
            std::vector<Violation> violations;
            ASSERT_TRUE(parse_json(json, again, violations)) << json;
            ASSERT_TRUE(violations.empty()) << violations.front().pointer << ": " << violations.front().detail << "\n" << json;
            ASSERT_TRUE(MessageDifferencer::Equals(message, again)) << json;
        }
    }
}

TEST(JsonRead, no_mutation_of_a_valid_document_does_harm) {
    MessageMaker maker{42};
    std::mt19937_64 random{42};
    for (int i = 0; i < 3000; ++i) {
        auto json = written(maker.make(1));
        for (auto edits = 1 + random() % 4; edits > 0; --edits) {
            const auto at = random() % json.size();
            switch (random() % 4) {
                case 0:
                    json[at] = static_cast<char>(random());
                    break;
                case 1:
                    json.erase(at, random() % 10);
                    break;
                case 2:
                    json.insert(at, json.substr(random() % json.size(), random() % 20));
                    break;
                default:
                    json.insert(at, 1, R"({}[],:"\0)"[random() % 9]);
            }
            if (json.empty()) json = "x";
        }
        Everything message;
        std::vector<Violation> violations;
        const auto parsed = parse_json(json, message, violations);
        if (parsed && violations.empty()) {
            Everything again;
            std::vector<Violation> none;
            EXPECT_TRUE(parse_json(written(message), again, none)) << json;
            EXPECT_TRUE(none.empty()) << json;
        }
    }
}

}  // namespace
}  // namespace tw::http
