#include "kit/rpc/server/foreign_call_fixture.hpp"

#include <functional>
#include <string>

// A server uses the objects of its calls again. Nothing of a call may show in the next one, however
// the first one ended.
namespace tw::rpc::test {
namespace {

/// What the handler and the client see of a bare call.
struct Seen {
    std::string fields;
    std::string data;
    std::string key;
    std::string baggage;
    std::string state;
    bool goes_on_with_a_trace = false;
    bool request_was_compressed = false;
    bool has_all_its_time = false;
    Metadata metadata;

    bool operator==(const Seen&) const = default;
};

struct Ending {
    const char* name;
    /// The text of the request. The other members say what else is special about the first call.
    std::string text;
    std::string_view path = "/test.EchoService/Say";
    std::string_view timeout = "9S";
    std::string_view type = "application/grpc";
    bool unfinished = false;
    /// How many bytes of the body are sent; `npos` sends all of them.
    std::size_t body_bytes = std::string::npos;
    std::size_t filler_bytes = 0;
};

void PrintTo(const Ending& ending, std::ostream* out) { *out << ending.name; }

class RecycledCallTest : public ForeignCallTest, public testing::WithParamInterface<Ending> {
 protected:
    /// Makes a call that has everything that a call may have: timeout, compression, trace, baggage,
    /// key and metadata.
    void full_call(const Ending& ending) {
        const std::string filler(ending.filler_bytes, 'f');
        Fields more{{"grpc-timeout", ending.timeout},
                    {"grpc-encoding", "gzip"},
                    {"grpc-accept-encoding", "gzip"},
                    {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                    {"tracestate", "vendor=1"},
                    {"baggage", "customer=42"},
                    {"idempotency-key", "pay-once"},
                    {"color", "blue"},
                    {"raw-bin", "q6ur"}};
        if (!filler.empty()) more.push_back({"filler", filler});
        ForeignCall full;
        full.unfinished = ending.unfinished;
        talk(full, headers(more, "POST", ending.type, ending.path), compressed(ending.text).substr(0, ending.body_bytes),
             [this](ForeignCall& call) -> Task<void> {
                 co_await at.settle();
                 // A request that is complete gets an answer.
                 while (!call.unfinished && !call.closed) co_await hop_to(at.loop);
             });
    }

    Seen bare_call() {
        ForeignCall bare;
        at.service.metadata.clear();
        const auto before = at.loop.now();
        const Fields fields{{":method", "POST"},
                            {":scheme", "http"},
                            {":path", "/test.EchoService/Say"},
                            {":authority", "echo"},
                            {"content-type", "application/grpc"}};
        Seen seen{.fields = ask(bare, fields, message("bare")), .data = bare.data};
        const auto& service = at.service;
        seen.key = service.attributes.idempotency_key;
        seen.baggage = service.attributes.baggage;
        seen.state = service.trace.state ? *service.trace.state : "";
        seen.goes_on_with_a_trace = service.trace.trace_id[0] == 0x0a;
        seen.request_was_compressed = service.read_compressed;
        seen.has_all_its_time = service.deadline >= Deadline::after(before, std::chrono::seconds{20});
        seen.metadata = service.metadata;
        return seen;
    }
};

const Ending kEndings[] = {
    {.name = "successfully", .text = "hello"},
    {.name = "successfully_and_compressed", .text = "pack"},
    {.name = "with_metadata", .text = "metadata"},
    {.name = "as_an_error_with_metadata", .text = "metadata error"},
    {.name = "as_an_error_in_one_block", .text = "metadata of the end"},
    {.name = "as_a_bug", .text = "throw"},
    {.name = "with_a_large_answer", .text = "large"},
    {.name = "too_late", .text = "wait", .timeout = "20m"},
    {.name = "refused_for_its_timeout", .text = "hello", .timeout = "soon"},
    {.name = "refused_for_its_type", .text = "hello", .type = "text/plain"},
    {.name = "refused_for_its_metadata", .text = "hello", .filler_bytes = 20'000},
    {.name = "refused_for_its_path", .text = "hello", .path = "/test.EchoService/Lost"},
    {.name = "by_the_client_within_a_message", .text = "hello", .unfinished = true, .body_bytes = 8},
    {.name = "by_the_client_before_a_message", .text = "hello", .unfinished = true, .body_bytes = 0},
    {.name = "by_the_client_after_a_message", .text = "hello", .unfinished = true},
    {.name = "with_half_a_message", .text = "hello", .body_bytes = 8},
    {.name = "without_a_message", .text = "hello", .body_bytes = 0},
    {.name = "as_a_stream_of_answers", .text = "3", .path = "/test.EchoService/Count"},
    {.name = "as_a_stream_that_failed", .text = "13", .path = "/test.EchoService/Count"},
    {.name = "as_a_stream_of_requests", .text = "hello", .path = "/test.EchoService/Join"},
    {.name = "as_a_stream_within_a_message",
     .text = "hello",
     .path = "/test.EchoService/Chat",
     .unfinished = true,
     .body_bytes = 8},
};

INSTANTIATE_TEST_SUITE_P(Endings, RecycledCallTest, testing::ValuesIn(kEndings),
                         [](const auto& info) { return std::string{info.param.name}; });

TEST_P(RecycledCallTest, a_bare_call_shows_nothing_of_the_full_call_before_it) {
    const auto fresh = bare_call();
    EXPECT_TRUE(fresh.has_all_its_time);
    EXPECT_EQ(fresh.data, message("bare"));
    full_call(GetParam());
    const auto again = bare_call();
    EXPECT_EQ(again.fields, fresh.fields);
    EXPECT_EQ(again.data, fresh.data);
    EXPECT_EQ(again.key, "");
    EXPECT_EQ(again.baggage, "");
    EXPECT_TRUE(again == fresh);
}

TEST_P(RecycledCallTest, a_full_call_is_served_the_same_after_another_call) {
    full_call(GetParam());
    ForeignCall full;
    const auto fields = ask(full,
                            headers({{"grpc-encoding", "gzip"},
                                     {"grpc-accept-encoding", "gzip"},
                                     {"idempotency-key", "second"},
                                     {"baggage", "customer=7"}}),
                            compressed("pack"));
    EXPECT_EQ(fields,
              ":status=200;content-type=application/grpc;grpc-accept-encoding=identity,gzip;grpc-encoding=gzip;grpc-status=0;");
    EXPECT_EQ(full.data, compressed("pack"));
    EXPECT_EQ(at.service.attributes.idempotency_key, "second");
    EXPECT_EQ(at.service.attributes.baggage, "customer=7");
}

}  // namespace
}  // namespace tw::rpc::test
