#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/postgres/commit_queue.hpp"
#include "kit/sql/postgres/lease_pool.hpp"
#include "kit/sql/postgres/pool_parts.hpp"
#include "kit/sql/postgres/read_lines.hpp"
#include "kit/sql/shared/observe.hpp"

#include <memory>

namespace tw::sql::pg {

/// A loop's access to a PostgreSQL server.
class PostgresDatabase final : public Database {
 public:
    PostgresDatabase(EventLoop& loop, telemetry::Telemetry telemetry, std::shared_ptr<StoreShared> shared);
    ~PostgresDatabase() override;

    Task<Result<void>> write(const CallContext& ctx, Unit unit) override;
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override;

 private:
    Task<Result<std::optional<Row>>> do_query_row(const CallContext& ctx, const Statement& statement,
                                                  std::vector<Value> parameters) override;
    Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) override;

    Task<Result<Answer>> read(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters);
    Task<Result<void>> commit(const CallContext& ctx, std::shared_ptr<UnitJob> job);
    Task<Result<void>> run_transaction(const CallContext& ctx, Lease lease, Body& body);

    Observer observer_;
    PoolParts parts_;
    ReadLines lines_;
    CommitQueue commits_;
    LeasePool leases_;
    /// Work that was posted to the loop checks through this pointer whether this object still
    /// exists.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tw::sql::pg
