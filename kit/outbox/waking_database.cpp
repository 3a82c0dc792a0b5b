#include "kit/outbox/waking_database.hpp"

#include "kit/outbox/outbox.hpp"

namespace tw::outbox {

Task<Result<void>> WakingDatabase::write(const CallContext& ctx, sql::Unit unit) {
    if (!has_events(unit)) return behind().write(ctx, std::move(unit));
    return write_events(ctx, std::move(unit));
}

Task<Result<void>> WakingDatabase::write_events(const CallContext& ctx, sql::Unit unit) {
    if (has_events_of_others(unit, module_)) {
        co_return internal("the module " + module_ +
                           " adds an event to another stream than its own, where nobody would publish it");
    }
    auto written = co_await behind().write(ctx, std::move(unit));
    // The events may also be there if the outcome is unknown: the relay looks.
    if (written || written.error().outcome_open()) written_();
    co_return written;
}

}  // namespace tw::outbox
