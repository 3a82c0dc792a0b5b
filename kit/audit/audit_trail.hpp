#pragma once

#include "kit/async/call_context.hpp"
#include "kit/audit/audit_store.hpp"
#include "kit/audit/audited_call.hpp"
#include "kit/audit/denial.hpp"
#include "kit/audit/note_limit.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::audit {

struct AuditTrailOptions {
    /// How long records of calls that changed nothing wait until they are stored together.
    std::chrono::milliseconds store_interval{500};
    /// How many of them may wait. Further ones are left out.
    std::size_t waiting_max = 1'000;
    NoteLimitOptions limit;
};

/// Makes the records of a module on one loop. The record of a change is stored with the change, by
/// AuditingDatabase. Calls that changed nothing, which anyone may make in any number, are limited:
/// their records are stored together a moment later, and lost if the process dies before that.
///
/// Belongs to one loop. Once started, it must be stopped before it is destroyed.
class AuditTrail {
 public:
    /// `database` is the module's, without AuditingDatabase. All references outlive the object.
    AuditTrail(EventLoop& loop, sql::Database& database, const Clock& clock, Random& random, telemetry::Telemetry telemetry,
               std::string module, AuditTrailOptions options = {});

    void start() { storing_.start(); }
    /// Stores what waits, and ends.
    Task<void> stop();

    /// Returns the record of a change that the call makes.
    Record record_of(const CallContext& ctx, const AuditedCall& call);
    /// Counts a record that was stored with its change.
    void on_recorded() { ok_.add(); }
    /// Records a call that changed nothing: it was refused with `error`, or there was nothing to
    /// change.
    void note(const CallContext& ctx, const AuditedCall& call, const std::optional<Error>& error);
    /// Records a call that was refused because of its caller.
    void note_denial(Denial denial);
    /// Counts denials that a gateway left out.
    void note_left_out_elsewhere(std::uint64_t count);

 private:
    Record record_from(Denial described);
    void add(Record record);
    void note_left_out(std::uint64_t count);
    Task<telemetry::BackgroundLoop::Next> store_waiting(const CallContext& ctx);

    EventLoop& loop_;
    sql::Database& database_;
    const Clock& clock_;
    Random& random_;
    telemetry::Telemetry telemetry_;
    std::string module_;
    AuditTrailOptions options_;
    NoteLimit limit_;
    std::vector<Record> waiting_;
    telemetry::Counter ok_;
    telemetry::Counter left_out_;
    telemetry::BackgroundLoop storing_;
};

}  // namespace tw::audit
