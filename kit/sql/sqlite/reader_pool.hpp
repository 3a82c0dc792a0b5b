#pragma once

#include "kit/sql/sqlite/connection.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tw::sql {

/// The connections for scans on workers. There are as many as run at once, and a few are kept for
/// later scans. Thread-safe.
class ReaderPool {
 public:
    /// How many unused connections are kept. Each costs memory for its cache. Opening one takes
    /// about a tenth of a millisecond.
    static constexpr std::size_t kIdleMax = 2;

    explicit ReaderPool(std::string path) : path_{std::move(path)} {}

    /// Runs a query. It blocks, so call it on a worker.
    Result<Rows> query(const Statement& statement, std::span<const Value> parameters, const Limit& limit);

 private:
    Result<std::unique_ptr<Connection>> take();
    void give_back(std::unique_ptr<Connection> connection);

    const std::string path_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace tw::sql
