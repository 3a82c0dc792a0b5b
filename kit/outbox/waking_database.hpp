#pragma once

#include "kit/sql/database_decorator.hpp"

#include <functional>
#include <string>
#include <utility>

namespace tw::outbox {

/// The database of a module that publishes events. After each write that has added events it calls
/// back, so that the relay publishes them at once (Relay::wake) and not at the end of its rest. A
/// write with events of another module's stream fails with INTERNAL: no relay would publish them.
class WakingDatabase final : public sql::DatabaseDecorator {
 public:
    /// `behind` outlives this object. `module` is the name of the module. `written` is called on
    /// the loop of the database.
    WakingDatabase(sql::Database& behind, std::string module, std::function<void()> written)
        : DatabaseDecorator{behind}, module_{std::move(module)}, written_{std::move(written)} {}

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override;

 private:
    Task<Result<void>> write_events(const CallContext& ctx, sql::Unit unit);

    std::string module_;
    std::function<void()> written_;
};

}  // namespace tw::outbox
