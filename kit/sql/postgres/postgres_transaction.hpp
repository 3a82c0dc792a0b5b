#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/postgres/batch.hpp"
#include "kit/sql/postgres/lease_pool.hpp"
#include "kit/sql/shared/observe.hpp"

#include <memory>
#include <optional>

namespace tw::sql::pg {

/// A transaction on its connection. BEGIN is sent with the first statement. When its call is over,
/// or it takes too long, it is rolled back at once, so that nobody waits for its locks.
class PostgresTransaction final : public Transaction {
 public:
    PostgresTransaction(const CallContext& ctx, PoolParts& parts, Lease lease, Observer& observer);
    ~PostgresTransaction() override;

    /// The failure of the first statement that failed. Nothing may be committed after it.
    const std::optional<Error>& failure() const { return failure_; }

    /// Commits. It also returns when its call is over; the outcome is open then.
    Task<Result<void>> commit();
    /// Sends a ROLLBACK and does not wait for it, since nobody sees what was not committed. It may
    /// be called in any state.
    void roll_back();

 private:
    Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) override;
    Task<Result<std::int64_t>> do_execute(const CallContext& ctx, const Statement& statement,
                                          std::vector<Value> parameters) override;
    Task<Result<Answer>> run(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters);
    Task<Result<Answer>> exchange(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters);
    void begin(Batch& batch, std::vector<Value>& kept_limit);
    void end(Error why);
    void leave_commit(Error why);
    Error refuse() const;

    PoolParts& parts_;
    const Deadline deadline_;
    Lease lease_;
    Observer& observer_;
    std::optional<Error> failure_;
    /// Why the transaction was ended by its call or by the time limit.
    std::optional<Error> over_;
    std::shared_ptr<Batch> current_;
    bool begun_ = false;
    bool ended_ = false;
    /// The COMMIT that is under way, and why its caller does not wait for it any more.
    std::shared_ptr<Batch> committing_;
    std::optional<Error> left_;
    CancelScope::Hook hook_;
    Timer timer_;
};

}  // namespace tw::sql::pg
