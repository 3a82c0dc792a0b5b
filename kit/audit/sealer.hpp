#pragma once

#include "kit/audit/audit_store.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace tw::audit {

struct SealerOptions {
    /// The name of the module whose records are sealed.
    std::string module;
    /// How long sealed records are kept.
    std::chrono::hours kept{400 * 24};
    /// How long the sealer rests when nothing is left to seal.
    std::chrono::milliseconds rest{1'000};
    std::int64_t batch_records = 256;
    /// How often records are removed that are too old.
    std::chrono::milliseconds remove_interval{60'000};
};

/// Puts the records of a module into its chain (AuditStore::seal), about a second after they were
/// committed, and removes the front of the chain when it is too old. A removal is itself recorded.
///
/// Changes do not wait for the chain, because they only insert records; the order in the chain is
/// the one in which a sealer finds them. Every replica may have a sealer: the row of the chain lets
/// one of two win, and the other looks again.
///
/// Belongs to one loop. Once started, it must be stopped before it is destroyed.
class Sealer {
 public:
    /// All references outlive the object.
    Sealer(EventLoop& loop, sql::Database& database, const Clock& clock, Random& random, telemetry::Telemetry telemetry,
           SealerOptions options);

    void start();
    /// Seals what is there, as far as a few seconds allow, and ends.
    Task<void> stop();

    /// Seals what is there, up to one batch. Returns whether there may be more.
    Task<Result<bool>> seal(const CallContext& ctx);
    /// Removes the records at the front of the chain that are too old, up to one batch. Returns
    /// whether there may be more.
    Task<Result<bool>> remove_old(const CallContext& ctx);

 private:
    using Next = telemetry::BackgroundLoop::Next;

    Task<Next> sealing_round(const CallContext& ctx);
    Task<Next> removing_round(const CallContext& ctx);
    void show_age(Timestamp oldest);
    Record removal_of(const Seal& last);

    EventLoop& loop_;
    AuditStore store_;
    const Clock& clock_;
    Random& random_;
    telemetry::Telemetry telemetry_;
    SealerOptions options_;
    telemetry::Counter unsealed_age_;
    telemetry::BackgroundLoop sealing_;
    telemetry::BackgroundLoop removing_;
};

/// Returns how the record of a removal names the last record that was removed.
std::string removal_text(const Seal& last);

}  // namespace tw::audit
