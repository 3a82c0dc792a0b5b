#pragma once

#include "kit/async/worker_pool.hpp"
#include "kit/http/server.hpp"
#include "kit/net/address.hpp"
#include "kit/net/descriptor.hpp"
#include "kit/sql/store.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace tw::runtime {

/// Where the process that has an SQLite file listens for those who may read it: a Unix domain
/// socket beside the file, so that the folder's permissions decide who they are. SQLite's own locks
/// keep everybody else from opening the file meanwhile.
class ControlPlace {
 public:
    /// UNAVAILABLE where the file's folder cannot be opened.
    static Result<ControlPlace> beside(const std::string& database_file);

    /// Good for as long as this object lives: a path that is too long for a socket's address leads
    /// through it.
    const net::Address& address() const { return address_; }

 private:
    ControlPlace(net::Descriptor folder, net::Address address) : folder_{std::move(folder)}, address_{std::move(address)} {}

    net::Descriptor folder_;
    net::Address address_;
};

/// A database of this process and the name that its copy gets: "user.sqlite".
struct BackupSource {
    std::string name;
    sql::Store* store = nullptr;
};

/// Answers POST /backup with a body of {"folder":"/path"}: copies all SQLite databases of the
/// process there, as they are at one moment, and names them. Made before the loops run; the handler
/// is for one loop.
class BackupControl {
 public:
    explicit BackupControl(WorkerPool& workers) : workers_{workers} {}

    void add(BackupSource source) { sources_.push_back(std::move(source)); }
    http::Handler handler();
    /// Ends a copy that is under way. Thread-safe.
    void abandon() { abandoned_.store(true, std::memory_order_relaxed); }

 private:
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request);
    Result<void> copy_all(const std::string& folder) const;

    WorkerPool& workers_;
    std::vector<BackupSource> sources_;
    std::atomic<bool> abandoned_{false};
};

/// Asks the process that has `database_file` to copy its databases to `folder`: the names of the
/// copies. Nothing where no process answers beside the file; otherwise the process's own error.
/// Blocks for as long as the copy takes.
Result<std::optional<std::vector<std::string>>> request_backup(const std::string& database_file, const std::string& folder);

}  // namespace tw::runtime
