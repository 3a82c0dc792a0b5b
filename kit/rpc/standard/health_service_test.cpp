#include "kit/rpc/standard/health_service.hpp"

#include "kit/rpc/placement_fixture.hpp"
#include "kit/rpc/standard_method.hpp"

#include <deque>
#include <grpc/health/v1/health.pb.h>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::Each;
using testing::ElementsAre;

constexpr Method kWatch = standard_method<HealthCheckRequest, HealthCheckResponse>(
    "/grpc.health.v1.Health/Watch", "grpc.health.v1.Health", "Watch", Shape::server_streaming, kNoTimeLimit);

class HealthServiceTest : public testing::Test {
 public:
    using Heard = std::vector<HealthCheckResponse::ServingStatus>;

    void look_every(std::chrono::milliseconds pause) {
        const auto source = [this](std::string_view) -> std::optional<bool> {
            ++asked_;
            return serving_;
        };
        health_ = HealthService::make(at_.loop, source, pause);
        at_.table.add(*health_, {at_.server_tracer, at_.log, at_.server_meter, at_.propagators});
    }

    /// Appends the statuses of one watch to `heard`, until the watch ends.
    Task<void> watch(Heard& heard) {
        RootCall root{at_.loop};
        auto call =
            co_await call_server_streaming<HealthCheckResponse>(at_.channel(), root.context(), kWatch, HealthCheckRequest{});
        while (call) {
            const auto next = co_await call->read();
            if (!next || !*next) co_return;
            heard.push_back((*next)->status());
        }
    }

    /// Runs `watchers` watches and `meanwhile`. Shuts the service down when `meanwhile` ends.
    /// Returns the statuses that each watch reported.
    std::deque<Heard> watched_by(int watchers, Task<void> meanwhile) {
        return at_.run([](HealthServiceTest& test, int count, Task<void> work) -> Task<std::deque<Heard>> {
            std::deque<Heard> heard;
            Gate gate;
            for (int i = 0; i < count; ++i) {
                spawn(gate, test.watch(heard.emplace_back()));
                co_await test.at_.settle();
            }
            co_await std::move(work);
            test.health_->shut_down();
            co_await close_and_wait(gate);
            co_return heard;
        }(*this, watchers, std::move(meanwhile)));
    }

    Placement at_{false};
    std::unique_ptr<HealthService> health_;
    bool serving_ = true;
    int asked_ = 0;
};

TEST_F(HealthServiceTest, a_watch_reports_a_change_that_another_watch_has_seen_first) {
    look_every(1h);
    const auto run = [](HealthServiceTest& test, Placement& at, bool& serving, Heard& late) -> Task<void> {
        serving = false;
        Gate gate;
        spawn(gate, test.watch(late));
        co_await at.settle();
        // The periodic read does not happen in between. Only the next watch sees that the service
        // is back.
        serving = true;
        Heard last;
        spawn(gate, test.watch(last));
        co_await at.settle();
        test.health_->shut_down();
        co_await close_and_wait(gate);
    };
    Heard late;
    const auto heard = watched_by(2, run(*this, at_, serving_, late));
    EXPECT_THAT(heard, Each(ElementsAre(HealthCheckResponse::SERVING, HealthCheckResponse::NOT_SERVING,
                                        HealthCheckResponse::SERVING, HealthCheckResponse::NOT_SERVING)));
    EXPECT_THAT(late,
                ElementsAre(HealthCheckResponse::NOT_SERVING, HealthCheckResponse::SERVING, HealthCheckResponse::NOT_SERVING));
}

TEST_F(HealthServiceTest, all_watches_of_a_service_share_one_read_of_its_status) {
    static constexpr auto kPause = 20ms;
    look_every(kPause);
    std::int64_t looks = 0;
    std::int64_t looks_max = 0;
    const auto run = [](HealthServiceTest& test, std::int64_t& counted, std::int64_t& allowed) -> Task<void> {
        const auto begun = test.at_.loop.now();
        test.asked_ = 0;
        RootCall root{test.at_.loop};
        static_cast<void>(co_await sleep_for(root.context(), 5 * kPause));
        counted = test.asked_;
        allowed = (test.at_.loop.now() - begun) / kPause + 1;
    };
    const auto heard = watched_by(50, run(*this, looks, looks_max));
    EXPECT_THAT(heard, Each(ElementsAre(HealthCheckResponse::SERVING, HealthCheckResponse::NOT_SERVING)));
    EXPECT_GE(looks, 1);
    EXPECT_LE(looks, looks_max);
}

}  // namespace
}  // namespace tw::rpc::test
