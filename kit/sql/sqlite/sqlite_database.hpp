#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/shared/observe.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/job.hpp"
#include "kit/sql/sqlite/reader_pool.hpp"
#include "kit/sql/sqlite/writer.hpp"

#include <memory>
#include <vector>

namespace tw::sql {

/// A loop's access to an SQLite store. Point reads run at once, on the loop's own connection. Scans
/// run on a worker. Writes run on the store's writer, which gets the work of a turn in one piece.
class SqliteDatabase final : public Database {
 public:
    /// If `reader` is null, point reads run on a worker too.
    SqliteDatabase(EventLoop& loop, telemetry::Telemetry telemetry, DatabaseName name, Writer& writer, WorkerPool& workers,
                   std::shared_ptr<ReaderPool> readers, std::unique_ptr<Connection> reader);
    ~SqliteDatabase() override;

    Task<Result<void>> write(const CallContext& ctx, Unit unit) override;
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override;

 private:
    Task<Result<std::optional<Row>>> do_query_row(const CallContext& ctx, const Statement& statement,
                                                  std::vector<Value> parameters) override;
    Task<Result<Rows>> do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) override;

    Task<Result<Rows>> scan(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters);
    Task<Result<void>> run_transaction(const CallContext& ctx, Body& body);
    Result<void> enqueue(Writer::Work work);
    void flush();

    Observer observer_;
    Writer& writer_;
    WorkerPool& workers_;
    std::shared_ptr<ReaderPool> readers_;
    std::unique_ptr<Connection> reader_;
    std::shared_ptr<LoopInbox> inbox_;
    std::vector<Writer::Work> outbox_;
    EventLoop& loop_;
    TurnEnd turn_end_;
};

}  // namespace tw::sql
