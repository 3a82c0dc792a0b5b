#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/row.hpp"
#include "kit/sql/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tw::sql::pg {

/// What the server answers to one statement.
struct Answer {
    Rows rows;
    std::int64_t rows_changed = 0;
};

/// One statement with its parameters, which must stay until the exchange has ended.
struct Command {
    const Statement* statement;
    std::span<const Value> parameters;
};

/// How a connection ended while exchanges were under way.
struct Loss {
    Error error;
    /// The commands that have no answer certainly did not run: they were never sent, or the server ended the session before it
    /// came to them.
    bool unanswered_did_not_run = false;
};

/// Statements that go to the server in one piece, up to one Sync: if one fails, the server skips those after it. Its
/// PipelinedConnection tells it, in this order, the answer to each command and then the end. Any of these may begin other
/// exchanges.
class Exchange {
 public:
    virtual ~Exchange() = default;

    virtual std::size_t size() const = 0;
    virtual Command command(std::size_t index) const = 0;

    /// False once somebody has given up who waited for a part of it that is still to come.
    virtual bool wanted() const = 0;

    /// Whether the session is outside of a transaction once all of it was answered. A connection that is not, is dropped.
    virtual bool leaves_idle() const = 0;

    virtual void answered(std::size_t index, Result<Answer> answer) = 0;
    /// Not run, because an earlier one failed.
    virtual void skipped(std::size_t index) = 0;
    /// The Sync was answered; or the connection was lost, and what was not answered never will be.
    virtual void ended(const Loss* loss) = 0;
};

}  // namespace tw::sql::pg
