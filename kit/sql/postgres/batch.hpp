#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/pipelined_connection.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tw::sql::pg {

inline constexpr Statement kBegin{"BEGIN", "BEGIN"};
inline constexpr Statement kCommit{"COMMIT", "COMMIT"};
inline constexpr Statement kRollback{"ROLLBACK", "ROLLBACK"};
/// Sets the time limit of statements for the rest of the transaction.
inline constexpr Statement kLimitStatements{"SELECT set_config", "SELECT set_config('statement_timeout', $1, true)"};

/// An exchange whose answers are read together, at its end: submit it, then `co_await
/// batch->done()`.
class Batch final : public Exchange {
 public:
    /// The state in which the batch leaves its session: outside of a transaction (`idle`), which
    /// the connection checks, or `any` state, which the caller checks.
    enum class Leaves : bool { idle, any };
    explicit Batch(Leaves leaves = Leaves::any) : leaves_{leaves} {}

    /// Makes room for this many commands.
    void reserve(std::size_t commands) {
        commands_.reserve(commands);
        answers_.reserve(commands);
    }
    void add(const Statement& statement, std::span<const Value> parameters = {}, bool reads_answer = true) {
        commands_.push_back({&statement, parameters, reads_answer});
        answers_.emplace_back();
    }

    /// The answer to a command. It is absent if the server skipped the command or the connection
    /// was lost before.
    const std::optional<Result<Answer>>& answer(std::size_t index) const { return answers_[index]; }
    std::optional<Result<Answer>>& answer(std::size_t index) { return answers_[index]; }
    const std::optional<Loss>& lost() const { return lost_; }
    bool all_answered() const {
        return std::ranges::all_of(answers_, [](const auto& answer) { return answer.has_value(); });
    }
    /// Returns the index of the command that failed.
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
    bool leaves_idle() const override { return leaves_ == Leaves::idle; }
    void answered(std::size_t index, Result<Answer> answer) override { answers_[index] = std::move(answer); }
    void skipped(std::size_t) override {}
    void ended(const Loss* loss) override {
        if (loss != nullptr) lost_ = *loss;
        if (!done_.is_set()) done_.set(true);
    }

 private:
    std::vector<Command> commands_;
    std::vector<std::optional<Result<Answer>>> answers_;
    std::optional<Loss> lost_;
    const Leaves leaves_;
    bool wanted_ = true;
    OneShot<bool> done_;
};

/// Returns the statement_timeout for a call with this much time, as the parameter of
/// kLimitStatements. The value is rounded up in coarse steps. Returns nothing if the session's own
/// limit is short enough.
std::optional<Value> statement_limit(std::chrono::nanoseconds remaining, const PostgresOptions& options);

}  // namespace tw::sql::pg
