#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/error.hpp"
#include "kit/sql/shared/shared_commit.hpp"
#include "kit/sql/statement.hpp"
#include "kit/telemetry/fixed_attributes.hpp"
#include "kit/telemetry/outcome_histogram.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tw::sql {

/// The database that spans and metrics are about.
struct DatabaseName {
    /// `db.system.name`: "sqlite" or "postgresql".
    std::string_view system;
    /// `db.namespace`: the name of the file or database.
    std::string name_space;
    /// `server.address` and `server.port`; empty for a database in this process.
    std::string server_address = {};
    std::int64_t server_port = 0;
};

class Observer;

/// One statement, unit or transaction under way. It makes the client span of the telemetry contract
/// and records the duration when it is destroyed.
class [[nodiscard]] Operation {
 public:
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation();

    /// The context for the work within the operation.
    const CallContext& context() const { return span_.context(); }
    void fail(const Error& error);
    /// Links the unit to the commit that it shared. The unit with `tells` also records the commit's
    /// span, with a link to each unit and their number as `db.operation.batch.size`.
    void share(const SharedCommit& commit, bool tells);

 private:
    friend Observer;
    /// What all operations of one statement share.
    struct Kind {
        const Statement& statement;
        telemetry::FixedAttributes span_attributes;
        telemetry::OutcomeHistogram durations;
    };
    Operation(Observer& observer, telemetry::Span span, Kind& kind);

    Observer& observer_;
    telemetry::Span span_;
    Kind& kind_;
    SteadyTime started_;
    Code code_ = Code::ok;
};

/// Makes spans and metrics for one loop's work on one database. It outlives its operations.
class Observer {
 public:
    Observer(telemetry::Telemetry telemetry, DatabaseName database) : telemetry_{telemetry}, database_{std::move(database)} {}

    /// Begins a statement. The statement's text has placeholders only, so no bound value is ever
    /// shown.
    Operation begin(const CallContext& ctx, const Statement& statement);
    /// Begins a unit. The span is named after the unit's first statement; `db.operation.batch.size`
    /// says how many statements there are.
    Operation begin(const CallContext& ctx, const Unit& unit);

 private:
    friend Operation;
    Operation::Kind& kind_of(const Statement& statement);
    telemetry::Span start_span(const CallContext& ctx, const Operation::Kind& kind) const;
    void tell(const CallContext& ctx, const SharedCommit& commit);
    telemetry::Histogram bind(const Statement& statement, Code code);

    telemetry::Telemetry telemetry_;
    DatabaseName database_;
    /// The nodes of this map keep their addresses, so operations may refer to them.
    std::unordered_map<const Statement*, Operation::Kind> kinds_;
};

}  // namespace tw::sql
