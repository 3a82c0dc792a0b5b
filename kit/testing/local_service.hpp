#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <memory>

namespace tw::test {

/// A service that a test calls through its generated client, on the loop of the test and without a
/// network. The contract's checks of requests and its deadlines apply, as in a process.
///
///     ShippingService service{…};
///     tw::test::LocalService served{database.loop(), database.telemetry(), service};
///     const ShippingServiceClient client{served.channel()};
class LocalService {
 public:
    /// `service` outlives this object.
    LocalService(EventLoop& loop, telemetry::Telemetry telemetry, rpc::Service& service) {
        table_.add(service, telemetry);
        channel_ = rpc::make_local_channel(loop, table_, telemetry);
    }
    LocalService(const LocalService&) = delete;
    LocalService& operator=(const LocalService&) = delete;

    rpc::Channel& channel() { return *channel_; }

 private:
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_;
};

}  // namespace tw::test
