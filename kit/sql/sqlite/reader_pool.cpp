#include "kit/sql/sqlite/reader_pool.hpp"

namespace tw::sql {

Result<Rows> ReaderPool::query(const Statement& statement, std::span<const Value> parameters, const Limit& limit) {
    auto connection = take();
    if (!connection) return connection.error();
    auto rows = (*connection)->query(statement, parameters, limit);
    give_back(std::move(*connection));
    return rows;
}

Result<std::unique_ptr<Connection>> ReaderPool::take() {
    {
        const std::lock_guard lock{mutex_};
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
    }
    return Connection::open(path_, Connection::Role::scan_reader);
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock{mutex_};
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(connection));
}

}  // namespace tw::sql
