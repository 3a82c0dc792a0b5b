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
/// For the rest of the transaction.
inline constexpr Statement kLimitStatements{"SELECT set_config", "SELECT set_config('statement_timeout', $1, true)"};

/// An exchange whose answers are looked at together, at its end: `co_await batch->done()` after it was submitted.
class Batch final : public Exchange {
 public:
    /// What state of the session is right when it has ended: `idle` is checked by the connection, `any` by whoever submits it.
    enum class Leaves : bool { idle, any };
    explicit Batch(Leaves leaves = Leaves::any) : leaves_{leaves} {}

    void add(const Statement& statement, std::span<const Value> parameters = {}) {
        commands_.push_back({&statement, parameters});
        answers_.emplace_back();
    }

    /// Absent where the server skipped it, or the connection was lost before.
    const std::optional<Result<Answer>>& answer(std::size_t index) const { return answers_[index]; }
    std::optional<Result<Answer>>& answer(std::size_t index) { return answers_[index]; }
    const std::optional<Loss>& lost() const { return lost_; }
    bool all_answered() const {
        return std::ranges::all_of(answers_, [](const auto& answer) { return answer.has_value(); });
    }
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

/// The largest statement_timeout that a call with this much time needs told to the server, in coarse steps, as the parameter
/// of kLimitStatements; nothing where the session's own does.
std::optional<Value> statement_limit(std::chrono::nanoseconds remaining, const PostgresOptions& options);

}  // namespace tw::sql::pg
