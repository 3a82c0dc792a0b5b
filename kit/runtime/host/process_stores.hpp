#pragma once

#include "kit/async/worker_pool.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/data_folder.hpp"
#include "kit/runtime/module_instance.hpp"
#include "kit/sql/postgres_options.hpp"
#include "kit/sql/store.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tw::runtime {

/// The databases of a process, one for each URL, and the locks on the files of its modules. Used by
/// the main thread. Outlives the modules that use it.
class ProcessStores {
 public:
    /// Opens the database of each module that has one, and gives it to the module.
    /// DATA_FOLDER_IN_USE where another process has the module's file, and the errors of
    /// sql::open_store, naming the module and the setting.
    Result<void> open(const Config& config, std::span<const std::unique_ptr<ModuleInstance>> modules, WorkerPool& workers,
                      const sql::pg::PostgresOptions& options);

    /// A database that is a file.
    struct File {
        std::string path;
        sql::Store* store = nullptr;
    };
    std::vector<File> files() const;

 private:
    Result<sql::Store*> open_store(const Config& config, const ModuleSpec& module, WorkerPool& workers,
                                   const sql::pg::PostgresOptions& options);

    std::vector<FolderLock> locks_;
    std::map<std::string, std::unique_ptr<sql::Store>> stores_;
};

}  // namespace tw::runtime
