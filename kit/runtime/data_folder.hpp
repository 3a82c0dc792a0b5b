#pragma once

#include "kit/base/result.hpp"
#include "kit/runtime/program_name.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace tw::runtime {

/// Says that this process, and no other, uses a module's files. The system takes it back when the
/// process ends, however it ends. Move-only.
class FolderLock {
 public:
    explicit FolderLock(int fd) : fd_{fd} {}
    FolderLock(FolderLock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    FolderLock& operator=(FolderLock&&) = delete;
    ~FolderLock();

 private:
    int fd_;
};

/// Makes `folder` and what leads to it where it is missing, for this user's eyes alone.
/// UNAVAILABLE, reason DATA_FOLDER, where that cannot be done or it cannot be written to.
Result<void> make_data_folder(const std::string& folder);

/// Takes the lock of the program's module in `folder`. FAILED_PRECONDITION, reason
/// DATA_FOLDER_IN_USE, naming the process that has it; UNAVAILABLE, reason DATA_FOLDER, naming the
/// lock file, where it cannot be opened, such as one that another user left. Five processes with a
/// module each may share a folder, two with the same module may not.
Result<FolderLock> lock_module(const ProgramName& program, const std::string& folder, std::string_view module);

}  // namespace tw::runtime
