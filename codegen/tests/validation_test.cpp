#include "kit/base/error.hpp"
#include "kit/rpc/field_rules.hpp"
#include "sample.tw.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::codegen {
namespace {

using sample::ParcelServiceMethods;
using testing::ElementsAre;
using testing::IsEmpty;

class SendParcelRules : public testing::Test {
 protected:
    SendParcelRules() {
        request_.set_email("ann@example.com");
        add_item("cup", 2);
        request_.mutable_size()->set_width(10);
        request_.set_speed(sample::FAST);
        request_.set_distance(1.5);
    }
    sample::SendParcelRequest::Item& add_item(const std::string& sku, int quantity) {
        auto& item = *request_.add_items();
        item.set_sku(sku);
        item.set_quantity(quantity);
        return item;
    }
    std::vector<Violation> found() const {
        std::vector<Violation> violations;
        ParcelServiceMethods::send_parcel.validate(request_, violations);
        return violations;
    }

    sample::SendParcelRequest request_;
};

TEST_F(SendParcelRules, a_sound_request_passes) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(SendParcelRules, an_empty_request_names_every_required_field) {
    request_.Clear();
    EXPECT_THAT(found(), ElementsAre(Violation{"/email", "must not be empty"}, Violation{"/items", "must not be empty"},
                                     Violation{"/size", "must be given"}, Violation{"/speed", "must be specified"},
                                     Violation{"/distance", "must not be zero"}));
}

TEST_F(SendParcelRules, a_bad_form_is_named) {
    request_.set_email("ann");
    request_.set_currency("eur");
    request_.set_reference("x");
    request_.set_day("tomorrow");
    EXPECT_THAT(found(), ElementsAre(Violation{"/email", "must be an e-mail address"},
                                     Violation{"/day", "must be an RFC 3339 time, such as 2026-01-31T12:00:00Z"},
                                     Violation{"/currency", "must be an ISO 4217 currency code, such as EUR"},
                                     Violation{"/reference", "must be a UUID"}));
}

TEST_F(SendParcelRules, lengths_count_code_points) {
    request_.set_note("ééééé");
    EXPECT_THAT(found(), IsEmpty());
    request_.set_note("éééééé");
    EXPECT_THAT(found(), ElementsAre(Violation{"/note", "must be at most 5 characters"}));
    request_.set_note("éé");
    EXPECT_THAT(found(), ElementsAre(Violation{"/note", "must be at least 3 characters"}));
}

TEST_F(SendParcelRules, lengths_of_bytes_count_bytes) {
    request_.set_stamp("abc");
    EXPECT_THAT(found(), ElementsAre(Violation{"/stamp", "must be at most 2 bytes"}));
}

TEST_F(SendParcelRules, numbers_have_bounds) {
    request_.mutable_items(0)->set_quantity(10'001);
    request_.set_price(18'000'000'000'000'000'000U);
    EXPECT_THAT(found(), ElementsAre(Violation{"/items/0/quantity", "must be between 1 and 10000"},
                                     Violation{"/price", "must be at most 1000"}));
}

TEST_F(SendParcelRules, a_required_zero_is_outside_its_bounds) {
    request_.mutable_items(0)->set_quantity(0);
    request_.mutable_size()->set_width(0);
    EXPECT_THAT(found(), ElementsAre(Violation{"/items/0/quantity", "must be between 1 and 10000"},
                                     Violation{"/size/width", "must not be zero"}));
}

TEST_F(SendParcelRules, a_list_has_a_longest_length_and_its_items_have_rules) {
    for (const auto* tag : {"long tag", "", "t"}) request_.add_tags(tag);
    EXPECT_THAT(found(), ElementsAre(Violation{"/tags", "must have at most 2 items"},
                                     Violation{"/tags/0", "must be at most 4 characters"}));
}

TEST_F(SendParcelRules, nested_messages_are_checked_at_any_depth) {
    auto& inner = *add_item("bowl", 1).add_inner();
    inner.set_sku("Not A Slug");
    inner.set_quantity(1);
    EXPECT_THAT(found(),
                ElementsAre(Violation{"/items/1/inner/0/sku", "must consist of lower-case letters, digits and single hyphens"}));
}

TEST_F(SendParcelRules, a_maps_values_are_checked_under_their_escaped_key) {
    (*request_.mutable_spare_sizes())["a/b~c"].set_width(301);
    EXPECT_THAT(found(), ElementsAre(Violation{"/spare_sizes/a~1b~0c/width", "must be at most 300"}));
}

TEST_F(SendParcelRules, a_member_of_a_oneof_is_checked_when_it_is_set) {
    request_.set_hours(0);
    EXPECT_THAT(found(), ElementsAre(Violation{"/hours", "must be at least 1"}));
}

TEST_F(SendParcelRules, no_more_violations_are_listed_than_a_header_carries) {
    for (int i = 0; i < 100; ++i) add_item("", 0);
    EXPECT_EQ(found().size(), rpc::rules::kViolationsMax);
}

std::vector<Violation> found_in(const sample::UpdateParcelRequest& request) {
    std::vector<Violation> violations;
    ParcelServiceMethods::update_parcel.validate(request, violations);
    return violations;
}

TEST(UpdateParcelRules, what_is_left_out_is_not_checked) { EXPECT_THAT(found_in({}), IsEmpty()); }

TEST(UpdateParcelRules, what_is_set_is_checked_even_when_it_is_empty) {
    sample::UpdateParcelRequest request;
    request.set_note("");
    request.set_quantity(0);
    EXPECT_THAT(found_in(request),
                ElementsAre(Violation{"/note", "must not be empty"}, Violation{"/quantity", "must be at least 1"}));
}

TEST(RequestsWithoutRules, are_accepted) {
    std::vector<Violation> violations;
    ParcelServiceMethods::relabel.validate(sample::RelabelRequest{}, violations);
    ParcelServiceMethods::delete_.validate(sample::DeleteRequest{}, violations);
    EXPECT_THAT(violations, IsEmpty());
}

TEST_F(SendParcelRules, a_nul_in_any_text_names_its_field) {
    const std::string nul{"a\0b", 3};
    request_.set_note(nul);
    request_.add_tags("ok");
    request_.add_tags(nul);
    request_.mutable_items(0)->add_inner()->set_sku(nul);
    request_.set_stamp(std::string{"\0", 1});
    auto violations = found();
    std::erase_if(violations, [](const Violation& each) { return each.detail != "must not contain a NUL"; });
    EXPECT_THAT(violations,
                ElementsAre(Violation{"/items/0/inner/0/sku", "must not contain a NUL"},
                            Violation{"/note", "must not contain a NUL"}, Violation{"/tags/1", "must not contain a NUL"}));
}

TEST(UpdateParcelRules, text_without_rules_and_the_text_of_maps_is_checked_for_nul) {
    const std::string nul{"\0", 1};
    sample::UpdateParcelRequest request;
    request.set_id(nul);
    request.set_reason(nul);
    (*request.mutable_words())["key"] = nul;
    EXPECT_THAT(found_in(request),
                ElementsAre(Violation{"/id", "must not contain a NUL"}, Violation{"/reason", "must not contain a NUL"},
                            Violation{"/words/key", "must not contain a NUL"}));
}

TEST(UpdateParcelRules, what_is_only_stated_is_left_to_the_service) {
    sample::UpdateParcelRequest request;
    request.set_token("zzz");
    EXPECT_THAT(found_in(request), IsEmpty());
}

TEST(UpdateParcelRules, a_value_must_be_one_of_those_there_are) {
    sample::UpdateParcelRequest request;
    for (const auto* fine : {"", "sent", "lost"}) {
        request.set_state(fine);
        EXPECT_THAT(found_in(request), IsEmpty()) << fine;
    }
    for (const auto* wrong : {"Sent", "sent,", "sent, lost", "los", "lost "}) {
        request.set_state(wrong);
        EXPECT_THAT(found_in(request), ElementsAre(Violation{"/state", "must be one of sent, lost"})) << wrong;
    }
}

}  // namespace
}  // namespace tw::codegen
