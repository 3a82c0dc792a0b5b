#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/loop_mailbox.hpp"
#include "kit/base/random.hpp"
#include "kit/sql/postgres/pool_metrics.hpp"
#include "kit/sql/postgres/postgres_health.hpp"
#include "kit/sql/postgres/target.hpp"
#include "kit/sql/postgres_options.hpp"
#include "kit/telemetry/log.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace tw::sql::pg {

/// The state that all loops of a store share. It is constant but for the atomics.
struct StoreShared {
    Target target;
    PostgresOptions options;
    PostgresHealth health{};
    /// Whether the log has said that the server has no more connections to give. It says so once.
    std::atomic<bool> told_server_full{false};
    std::atomic<std::uint64_t> units{0};
    std::atomic<std::uint64_t> commits{0};
};

/// The state that the parts of one loop's pool share.
struct PoolParts {
    EventLoop& loop;
    const std::shared_ptr<StoreShared> shared;
    const std::shared_ptr<LoopMailbox> mailbox;
    const telemetry::Logger& log;
    PoolMetrics metrics;
    Random random{};
};

}  // namespace tw::sql::pg
