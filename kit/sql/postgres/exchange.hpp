#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/row.hpp"
#include "kit/sql/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tw::sql::pg {

/// The server's answer to one statement.
struct Answer {
    Rows rows;
    std::int64_t rows_changed = 0;
};

/// One statement with its parameters, which must stay valid until the exchange has ended.
struct Command {
    const Statement* statement;
    std::span<const Value> parameters;
    /// Whether the rows and their number are read. If they are not, the answer only says that the
    /// command has succeeded.
    bool reads_answer = true;
};

/// How a connection ended while exchanges were under way.
struct Loss {
    Error error;
    /// Whether the commands without an answer certainly did not run: they were never sent, or the
    /// server ended the session before it came to them.
    bool unanswered_did_not_run = false;
};

/// Statements that go to the server in one piece, up to one Sync. If one fails, the server skips
/// those after it. The PipelinedConnection calls `answered` or `skipped` for each command, in
/// order, and then `ended`. Each of these calls may begin other exchanges.
class Exchange {
 public:
    virtual ~Exchange() = default;

    virtual std::size_t size() const = 0;
    virtual Command command(std::size_t index) const = 0;

    /// Returns false once a caller has given up who waited for an answer that is still to come.
    virtual bool wanted() const = 0;

    /// Whether the session is outside of a transaction once everything was answered. If it is not,
    /// the connection is dropped.
    virtual bool leaves_idle() const = 0;

    virtual void answered(std::size_t index, Result<Answer> answer) = 0;
    /// The command was not run, because an earlier one failed.
    virtual void skipped(std::size_t index) = 0;
    /// The Sync was answered, or (with a `loss`) the connection was lost and the missing answers
    /// will never come.
    virtual void ended(const Loss* loss) = 0;
};

}  // namespace tw::sql::pg
