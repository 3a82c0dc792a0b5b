#pragma once

#include "kit/async/gate.hpp"
#include "kit/durable/flows.hpp"
#include "kit/sql/store.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::runtime {

/// A module whose background work an operator may look at, on the first loop.
struct OperatedModule {
    std::string_view name;
    /// Names the database: modules that share one have the same.
    const sql::Store* store = nullptr;
    sql::Database* database = nullptr;
    telemetry::Telemetry telemetry;
    bool has_flows = false;
    bool has_outbox = false;
    /// Lets the module look for flows that are due.
    std::function<void()> wake_flows;
};

/// What the pages of the operations port may use of the modules of the first loop. Used on that
/// loop only.
class OperatedModules {
 public:
    /// The modules serve from now on, until `close`.
    void open(std::vector<OperatedModule> modules) {
        modules_ = std::move(modules);
        open_ = true;
    }
    /// Refuses new users, and waits for those that are there.
    Task<void> close() { return close_and_wait(gate_); }

    /// Holds the modules for as long as the pass exists. Nothing if they do not serve.
    std::optional<Gate::Pass> enter() {
        if (!open_ || gate_.closed()) return std::nullopt;
        return gate_.enter();
    }
    const std::vector<OperatedModule>& modules() const { return modules_; }

 private:
    std::vector<OperatedModule> modules_;
    bool open_ = false;
    Gate gate_;
};

}  // namespace tw::runtime
