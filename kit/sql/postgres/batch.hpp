#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/link.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tw::sql::pg {

inline constexpr Statement kBegin{"BEGIN", "BEGIN"};
inline constexpr Statement kCommit{"COMMIT", "COMMIT"};
inline constexpr Statement kRollback{"ROLLBACK", "ROLLBACK"};
/// For the rest of the transaction.
inline constexpr Statement kLimitStatements{"SELECT set_config", "SELECT set_config('statement_timeout', $1, true)"};

/// An exchange whose answers are looked at together, at its end: `co_await batch->ended_signal()` after it was submitted.
class Batch final : public Exchange {
 public:
    void add(const Statement& statement, std::span<const Value> parameters = {}) {
        commands_.push_back({&statement, parameters});
        answers_.emplace_back();
    }

    /// Absent where the server skipped it, or the connection was lost before.
    const std::optional<Result<Answer>>& answer(std::size_t index) const { return answers_[index]; }
    std::optional<Result<Answer>>& answer(std::size_t index) { return answers_[index]; }
    const std::optional<Error>& lost() const { return lost_; }
    /// The command that failed.
    std::optional<std::size_t> failed() const {
        for (std::size_t i = 0; i < answers_.size(); ++i) {
            if (answers_[i] && !*answers_[i]) return i;
        }
        return std::nullopt;
    }

    void give_up() { wanted_ = false; }
    OneShot<bool>& done() { return done_; }

    std::size_t size() const override { return commands_.size(); }
    Command command(std::size_t index) const override { return commands_[index]; }
    bool wanted() const override { return wanted_; }
    void answered(std::size_t index, Result<Answer> answer) override { answers_[index] = std::move(answer); }
    void skipped(std::size_t) override {}
    void ended(const Error* lost) override {
        if (lost != nullptr) lost_ = *lost;
        done_.set(true);
    }

 private:
    std::vector<Command> commands_;
    std::vector<std::optional<Result<Answer>>> answers_;
    std::optional<Error> lost_;
    bool wanted_ = true;
    OneShot<bool> done_;
};

/// The largest statement_timeout that a call with this much time needs told to the server, in coarse steps, as the parameter
/// of kLimitStatements; nothing where the session's own does.
std::optional<Value> statement_limit(std::chrono::nanoseconds remaining, const PostgresOptions& options);

}  // namespace tw::sql::pg
