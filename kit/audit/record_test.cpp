#include "kit/audit/record.hpp"

#include "kit/audit/audit_json.hpp"
#include "kit/audit/note_limit.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::audit {
namespace {

Record example() {
    return {.id = "0198c0de-0000-7000-8000-000000000001",
            .at = Timestamp::parse("2026-01-31T12:00:00.000001Z").value(),
            .module = "order",
            .actor_kind = "user",
            .actor_issuer = "https://issuer.example",
            .actor_id = "ann",
            .actor_roles = "support",
            .service = "spiffe://shop/order",
            .method = "/order.OrderService/CancelOrder",
            .objects = "order=7",
            .address = "192.0.2.7",
            .trace_id = std::string(32, 'a'),
            .outcome = Outcome::ok,
            .reason = ""};
}

TEST(AuditRecord, the_hash_of_a_record_is_the_one_that_other_software_computes) {
    // Computed by Python's hashlib.
    EXPECT_EQ(seal_after(origin(), example()).hash, "94b8ffe62ba4093ccee8b9d3a2dc5302c2dab8962e38f31d3719bd768d544a56");
    EXPECT_EQ(seal_after(origin(), example()).position, 1);
}

TEST(AuditRecord, each_member_is_a_part_of_the_hash) {
    const auto hash = seal_after(origin(), example()).hash;
    for (auto member :
         {&Record::id, &Record::module, &Record::actor_kind, &Record::actor_issuer, &Record::actor_id, &Record::actor_roles,
          &Record::service, &Record::method, &Record::objects, &Record::address, &Record::trace_id, &Record::reason}) {
        auto other = example();
        (other.*member) += "x";
        EXPECT_NE(seal_after(origin(), other).hash, hash);
    }
    auto later = example();
    later.at = later.at + std::chrono::microseconds{1};
    EXPECT_NE(seal_after(origin(), later).hash, hash);
    auto refused = example();
    refused.outcome = Outcome::refused;
    EXPECT_NE(seal_after(origin(), refused).hash, hash);
    EXPECT_NE(seal_after(seal_after(origin(), example()), example()).hash, hash);
}

TEST(AuditRecord, text_that_moves_from_one_member_to_the_next_changes_the_hash) {
    auto first = example();
    first.actor_id = "ann5:";
    first.actor_roles = "";
    auto second = example();
    second.actor_id = "ann";
    second.actor_roles = "5:";
    EXPECT_NE(seal_after(origin(), first).hash, seal_after(origin(), second).hash);
}

TEST(AuditRecord, text_from_outside_becomes_printable) {
    EXPECT_EQ(printable("ann"), "ann");
    EXPECT_EQ(printable("a b\n%\xc3\xa4"), "a%20b%0A%25%C3%A4");
    EXPECT_EQ(printable(std::string(1'000, 'a')).size(), 255U);
    EXPECT_EQ(printable("\n\n", 5), "%0A");
}

TEST(AuditRecord, a_line_of_an_export_has_the_members_in_the_order_of_the_hash) {
    const auto seal = seal_after(origin(), example());
    const auto line = export_line({example(), seal}, origin().hash);
    EXPECT_TRUE(line.starts_with(R"({"format":"tw-audit-1","module":"order","position":1,"previous_hash":"0000)")) << line;
    EXPECT_TRUE(line.ends_with(R"("outcome":"ok","reason":"","hash":")" + seal.hash + "\"}")) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(NoteLimit, one_caller_gets_its_share_and_the_rest_is_counted) {
    NoteLimit limit{{.window = std::chrono::seconds{10}, .of_caller_max = 2, .all_max = 5}};
    const SteadyTime start{std::chrono::hours{1}};
    EXPECT_TRUE(limit.admit("ann", start));
    EXPECT_TRUE(limit.admit("ann", start));
    EXPECT_FALSE(limit.admit("ann", start));
    EXPECT_TRUE(limit.admit("bob", start));
    EXPECT_EQ(limit.take_left_out(start, false), 0U);
    EXPECT_EQ(limit.take_left_out(start + std::chrono::seconds{10}, false), 1U);
    EXPECT_EQ(limit.take_left_out(start + std::chrono::seconds{10}, false), 0U);
    EXPECT_TRUE(limit.admit("ann", start + std::chrono::seconds{10}));
}

TEST(NoteLimit, many_callers_together_have_a_limit_too) {
    NoteLimit limit{{.window = std::chrono::seconds{10}, .of_caller_max = 2, .all_max = 5}};
    const SteadyTime start{std::chrono::hours{1}};
    int admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += limit.admit("caller-" + std::to_string(i), start) ? 1 : 0;
    EXPECT_EQ(admitted, 5);
    EXPECT_EQ(limit.take_left_out(start, true), 95U);
}

}  // namespace
}  // namespace tw::audit
