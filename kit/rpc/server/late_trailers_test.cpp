#include "kit/rpc/server/foreign_call_fixture.hpp"

#include <gmock/gmock.h>

// These tests cover what a server answers at the deadline of a call whose handler still runs, to a
// client that reads the answer later.
namespace tw::rpc::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// Adds metadata after the handler has ended, as a policy may that measures calls.
class LateMetadataPolicy final : public Policy {
 public:
    Part part_in(const Method&) const override { return {.around = true}; }
    Task<Result<void>> around_stream(const CallContext& ctx, CallInfo& call, ServerStream& stream, NextStream next) override {
        scope = &ctx.scope();
        auto done = co_await next(ctx, stream);
        for (int i = 0; i < 100; ++i) call.trailing_metadata.emplace_back("cost" + std::to_string(i), "1");
        // These allocations reuse memory that the metadata has freed, so that a view into it would
        // show.
        for (std::size_t bytes = 16; bytes < 4096; bytes += 16) buffers_.emplace_back(bytes, 'Z');
        ++calls;
        co_return done;
    }
    int calls = 0;
    /// The scope of the call that runs.
    CancelScope* scope = nullptr;

 private:
    std::vector<std::string> buffers_;
};

class LateTrailersTest : public ForeignCallTest {
 protected:
    LateTrailersTest() {
        at.use_policies({&policy_});
        at.service.text_bytes = 10'000;
    }

    /// Makes a streaming call whose answers are not read until its handler has ended. Returns the
    /// fields that came back.
    std::string read_late() {
        call.pauses = true;
        const auto count = headers({{"color", "blue"}}, "POST", "application/grpc", "/test.EchoService/Count");
        return talk(call, count, message("100"), [this](ForeignCall& call) -> Task<void> {
            while (policy_.scope == nullptr) co_await hop_to(at.loop);
            co_await at.settle();
            // The timer of the call cancels its scope in the same way.
            policy_.scope->cancel(deadline_exceeded());
            while (policy_.calls == 0) co_await hop_to(at.loop);
            call.pauses = false;
            call.consume(call.data.size());
            while (!call.closed) co_await hop_to(at.loop);
        });
    }

    LateMetadataPolicy policy_;
};

TEST_F(LateTrailersTest, a_status_that_waits_for_its_reader_stays_as_it_was_at_the_deadline) {
    const auto fields = read_late();
    EXPECT_THAT(fields, HasSubstr("grpc-status=4;"));
    EXPECT_THAT(fields, EndsWith(";color=blue;"));
    EXPECT_THAT(fields, Not(HasSubstr("cost")));
}

}  // namespace
}  // namespace tw::rpc::test
