#include "kit/telemetry/propagators.hpp"

#include "kit/async/event_loop.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/baggage.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kSpan = "b7ad6b7169203331";
const std::string kTraceparent = "00-" + kTrace + "-" + kSpan + "-01";
const std::string kOtherIds = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1";

class Fields final : public FieldSource {
 public:
    Fields(std::map<std::string, std::string, std::less<>> all) : all_{std::move(all)} {}
    std::string_view get(std::string_view name, std::string&) const override {
        const auto found = all_.find(name);
        return found == all_.end() ? std::string_view{} : found->second;
    }

 private:
    std::map<std::string, std::string, std::less<>> all_;
};

Propagators propagators(std::vector<Propagator> chosen) { return Propagators{chosen}; }

std::string trace_of(const Propagators& propagators, const Fields& fields) {
    const auto trace = propagators.extract_trace(fields);
    return trace ? format_traceparent(*trace) : "(none)";
}

class Inject : public testing::Test {
 protected:
    std::map<std::string, std::string> inject(const Propagators& propagators) {
        const auto ctx = call.context().with_trace(trace).with_attributes(std::make_shared<CallAttributes>(attributes));
        const InjectedFields injected{propagators, ctx};
        std::map<std::string, std::string> fields;
        for (const auto& [name, value] : injected.get()) EXPECT_TRUE(fields.emplace(name, value).second) << name;
        return fields;
    }

    EventLoop loop;
    RootCall call{loop};
    TraceContext trace = parse_traceparent(kTraceparent, "a=1").value();
    CallAttributes attributes;
};

TEST(Extract, a_trace_that_comes_with_a_request_is_marked_as_remote) {
    const Fields fields{{{"traceparent", std::string{kTraceparent}}}};
    EXPECT_TRUE(propagators({Propagator::tracecontext}).extract_trace(fields)->remote);
    EXPECT_FALSE(parse_traceparent(kTraceparent)->remote);
}

TEST(Propagators, are_tracecontext_and_baggage_by_default) {
    EXPECT_EQ(Propagators{}, propagators({Propagator::tracecontext, Propagator::baggage}));
    EXPECT_TRUE(Propagators{}.has(Propagator::baggage));
    EXPECT_FALSE(Propagators{}.has(Propagator::b3));
}

TEST(Propagators, count_each_once) {
    EXPECT_EQ(propagators({Propagator::b3, Propagator::baggage, Propagator::b3}),
              propagators({Propagator::b3, Propagator::baggage}));
}

TEST(Propagators, read_only_what_they_were_chosen_for) {
    const Fields all{{{"traceparent", kTraceparent}, {"b3", kOtherIds + "-1"}, {"baggage", "a=1"}}};
    EXPECT_EQ(trace_of(Propagators{}, all), kTraceparent);
    EXPECT_EQ(Propagators{}.extract_baggage(all), "a=1");
    EXPECT_EQ(trace_of(propagators({Propagator::b3}), all), "00-" + kOtherIds + "-01");
    EXPECT_EQ(propagators({Propagator::b3}).extract_baggage(all), "");
    EXPECT_EQ(trace_of(propagators({}), all), "(none)");
    EXPECT_EQ(trace_of(propagators({Propagator::baggage}), all), "(none)");
}

TEST(Propagators, the_last_that_finds_a_trace_counts) {
    const Fields both{{{"traceparent", kTraceparent}, {"b3", kOtherIds + "-1"}}};
    EXPECT_EQ(trace_of(propagators({Propagator::tracecontext, Propagator::b3}), both), "00-" + kOtherIds + "-01");
    EXPECT_EQ(trace_of(propagators({Propagator::b3, Propagator::tracecontext}), both), kTraceparent);
    const Fields bad_b3{{{"traceparent", kTraceparent}, {"b3", "nonsense"}}};
    EXPECT_EQ(trace_of(propagators({Propagator::tracecontext, Propagator::b3}), bad_b3), kTraceparent);
}

TEST(Propagators, either_b3_reads_both_forms_and_prefers_the_single_field) {
    const Fields multi{{{"x-b3-traceid", kTrace}, {"x-b3-spanid", kSpan}, {"x-b3-sampled", "1"}}};
    const Fields both{{{"b3", kOtherIds + "-0"}, {"x-b3-traceid", kTrace}, {"x-b3-spanid", kSpan}, {"x-b3-sampled", "1"}}};
    for (const auto kind : {Propagator::b3, Propagator::b3multi}) {
        EXPECT_EQ(trace_of(propagators({kind}), multi), kTraceparent);
        EXPECT_EQ(trace_of(propagators({kind}), both), "00-" + kOtherIds + "-00");
    }
}

TEST(Propagators, drop_oversized_baggage) {
    const Fields oversized{{{"baggage", "a=" + std::string(Baggage::kBytesMax, 'v')}}};
    EXPECT_EQ(Propagators{}.extract_baggage(oversized), "");
}

TEST_F(Inject, writes_trace_and_baggage_by_default) {
    attributes.baggage = "k=v;p";
    EXPECT_THAT(inject({}),
                UnorderedElementsAre(Pair("traceparent", kTraceparent), Pair("tracestate", "a=1"), Pair("baggage", "k=v;p")));
}

TEST_F(Inject, writes_b3_in_one_field_or_several) {
    EXPECT_THAT(inject(propagators({Propagator::b3})), UnorderedElementsAre(Pair("b3", kTrace + "-" + kSpan + "-1")));
    EXPECT_THAT(inject(propagators({Propagator::b3multi})),
                UnorderedElementsAre(Pair("x-b3-traceid", kTrace), Pair("x-b3-spanid", kSpan), Pair("x-b3-sampled", "1")));
    trace.flags = 0;
    EXPECT_THAT(inject(propagators({Propagator::b3})), UnorderedElementsAre(Pair("b3", kTrace + "-" + kSpan + "-0")));
}

TEST_F(Inject, says_debug_in_place_of_sampled) {
    trace.debug = true;
    EXPECT_THAT(inject(propagators({Propagator::b3, Propagator::b3multi})),
                UnorderedElementsAre(Pair("b3", kTrace + "-" + kSpan + "-d"), Pair("x-b3-traceid", kTrace),
                                     Pair("x-b3-spanid", kSpan), Pair("x-b3-flags", "1")));
    EXPECT_EQ(inject({})["traceparent"], kTraceparent) << "no bit of traceparent's";
}

TEST_F(Inject, writes_all_forms_at_once) {
    attributes.baggage = "k=v";
    const auto all = inject(propagators({Propagator::tracecontext, Propagator::baggage, Propagator::b3, Propagator::b3multi}));
    EXPECT_EQ(all.size(), 7u);
}

TEST_F(Inject, writes_nothing_where_there_is_nothing) {
    trace = {};
    EXPECT_THAT(inject({}), IsEmpty());
    attributes.baggage = "k=v";
    EXPECT_THAT(inject(propagators({})), IsEmpty());
    EXPECT_THAT(inject({}), UnorderedElementsAre(Pair("baggage", "k=v")));
}

TEST_F(Inject, leaves_baggage_out_that_would_break_a_request) {
    trace = {};
    attributes.baggage = "k=v\r\nhost: evil";
    EXPECT_THAT(inject({}), IsEmpty());
    attributes.baggage = "k=" + std::string(Baggage::kBytesMax, 'v');
    EXPECT_THAT(inject({}), IsEmpty());
}

/// Returns a well-formed value with some of its characters replaced, doubled or cut off.
std::string mutated(std::string value, Random& random) {
    constexpr std::string_view kAlphabet = "09afAFdx-,;= \t%@_*/\"\\\x01\x7F\x80\xFF";
    for (auto changes = random.next() % 6; changes > 0 && !value.empty(); --changes) {
        const auto at = random.next() % value.size();
        const auto kind = random.next() % 4;
        if (kind == 0) value[at] = kAlphabet[random.next() % kAlphabet.size()];
        if (kind == 1) value.insert(at, 1, kAlphabet[random.next() % kAlphabet.size()]);
        if (kind == 2) value.erase(at, random.next() % 3);
        if (kind == 3) value += value.substr(at);
    }
    return value;
}

TEST(Propagators, whatever_they_take_is_well_formed_when_it_leaves) {
    constexpr int kRounds = 20'000;
    const auto all = propagators({Propagator::tracecontext, Propagator::baggage, Propagator::b3, Propagator::b3multi});
    Random random{42};
    EventLoop loop;
    const RootCall call{loop};
    int traces = 0;
    for (int i = 0; i < kRounds; ++i) {
        const Fields fields{{{"traceparent", mutated(kTraceparent, random)},
                             {"tracestate", mutated("rojo=00f067aa0ba902b7 ,congo@sys=t61rcWkgMzE", random)},
                             {"baggage", mutated("tier=gold;ttl=5, name=Am%C3%A9lie ,x=y", random)},
                             {"b3", random.next() % 2 == 0 ? "" : mutated(kOtherIds + "-1-e457b5a2e4d86bd2", random)},
                             {"x-b3-traceid", mutated(kTrace, random)},
                             {"x-b3-spanid", mutated(kSpan, random)},
                             {"x-b3-sampled", mutated("1", random)}}};
        const auto trace = all.extract_trace(fields);
        auto attributes = std::make_shared<CallAttributes>();
        attributes->baggage = all.extract_baggage(fields);
        const auto ctx = call.context().with_trace(trace.value_or(TraceContext{})).with_attributes(attributes);
        const InjectedFields injected{all, ctx};
        std::map<std::string, std::string, std::less<>> sent;
        for (const auto& [name, value] : injected.get()) sent.emplace(name, value);
        const Fields again{sent};
        EXPECT_EQ(all.extract_baggage(again), attributes->baggage);
        if (!trace) continue;
        ++traces;
        EXPECT_TRUE(trace->valid());
        const auto first = propagators({Propagator::tracecontext}).extract_trace(again);
        ASSERT_TRUE(first);
        EXPECT_EQ(format_traceparent(*first), format_traceparent(*trace));
        EXPECT_EQ(first->state ? *first->state : "", trace->state ? *trace->state : "");
        EXPECT_EQ(all.extract_trace(again)->trace_id, trace->trace_id);
    }
    EXPECT_GT(traces, kRounds / 10);
}

}  // namespace
}  // namespace tw::telemetry
