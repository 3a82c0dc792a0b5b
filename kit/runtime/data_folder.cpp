#include "kit/runtime/data_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

Error no_folder(const std::string& folder, std::string_view what) {
    return Error{Code::unavailable, "DATA_FOLDER",
                 fmt::format("cannot use the data folder {}: {}; choose another with --data", folder, what)};
}

/// What the holder of a lock wrote into it.
std::string read_pid(int fd) {
    char text[32];
    const auto length = ::pread(fd, text, sizeof text, 0);
    std::string pid;
    for (ssize_t i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i) pid += text[i];
    return pid.empty() ? "unknown" : pid;
}

}  // namespace

FolderLock::~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
}

Result<void> make_data_folder(const std::string& folder) {
    const auto path = std::filesystem::absolute(folder).lexically_normal();
    std::error_code failure;
    std::filesystem::create_directories(path.parent_path(), failure);
    if (failure) return no_folder(folder, failure.message());
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return no_folder(folder, std::strerror(errno));
    if (!std::filesystem::is_directory(path, failure)) return no_folder(folder, "it is no folder");
    if (::access(path.c_str(), W_OK | X_OK) != 0) return no_folder(folder, std::strerror(errno));
    return {};
}

Result<FolderLock> lock_module(const std::string& folder, std::string_view module) {
    const auto path = fmt::format("{}/{}.lock", folder, module);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return no_folder(folder, std::strerror(errno));
    FolderLock lock{fd};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return no_folder(folder, std::strerror(errno));
        return Error{Code::failed_precondition, "DATA_FOLDER_IN_USE",
                     fmt::format("the data folder {} is in use: process {} runs the module {} on it; stop it, or choose another "
                                 "folder with --data",
                                 folder, read_pid(fd), module)};
    }
    const auto pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) return no_folder(folder, std::strerror(errno));
    return lock;
}

}  // namespace tw::runtime
