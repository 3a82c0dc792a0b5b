#include "kit/runtime/data_folder.hpp"

#include "kit/runtime/reasons.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

Error no_folder(const std::string& folder, std::string_view what) {
    return Error{Code::unavailable, reason::kDataFolder,
                 fmt::format("cannot use the data folder {}: {}; choose another with --data", folder, what)};
}

Error no_lock_file(const std::string& path, std::string_view what) {
    return Error{Code::unavailable, reason::kDataFolder,
                 fmt::format("cannot use the lock file {}: {}; remove it if no process uses it, or choose another "
                             "data folder with --data",
                             path, what)};
}

/// The process that has the lock on the file of `fd`, as the system knows it (proc_locks(5)); 0
/// where it does not say, as for a process of another container.
int find_holder(int fd) {
    struct stat found{};
    if (::fstat(fd, &found) != 0) return 0;
    std::ifstream locks{"/proc/locks"};
    const auto inode = fmt::format(":{}", found.st_ino);
    std::string line;
    while (std::getline(locks, line)) {
        // "1: FLOCK  ADVISORY  WRITE 4711 08:01:393229 0 EOF"; a waiting one has "->" after its
        // number.
        std::istringstream fields{line};
        std::string number, kind, mode, access, place;
        int pid = 0;
        if (fields >> number >> kind >> mode >> access >> pid >> place && kind == "FLOCK" && place.ends_with(inode)) return pid;
    }
    return 0;
}

/// Why the lock is not to be had. What stands in the file may be of an earlier holder.
Error lock_is_held(const ProgramName& program, const std::string& folder, std::string_view module, const std::string& path,
                   int fd) {
    std::array<char, 32> text{};
    const auto length = ::pread(fd, text.data(), text.size() - 1, 0);
    const int noted = length > 0 ? std::atoi(text.data()) : 0;
    const int holder = find_holder(fd);
    const bool ours = noted > 0 && (holder == noted || holder <= 0);
    const auto who =
        ours ? fmt::format("process {} runs module {} on it", noted, module)
             : fmt::format("{} holds the lock file {}",
                           holder > 0 ? fmt::format("process {}, which is not {},", holder, program.text()) : "another process",
                           path);
    return Error{Code::failed_precondition, reason::kDataFolderInUse,
                 fmt::format("the data folder {} is in use: {}; stop it, or choose another folder with --data", folder, who)};
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
    if (!std::filesystem::is_directory(path, failure)) return no_folder(folder, "it is not a folder");
    if (::access(path.c_str(), W_OK | X_OK) != 0) return no_folder(folder, std::strerror(errno));
    return {};
}

Result<FolderLock> lock_module(const ProgramName& program, const std::string& folder, std::string_view module) {
    const auto path = fmt::format("{}/{}.lock", folder, module);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return no_lock_file(path, std::strerror(errno));
    FolderLock lock{fd};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return no_lock_file(path, std::strerror(errno));
        return lock_is_held(program, folder, module, path, fd);
    }
    const auto pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) return no_lock_file(path, std::strerror(errno));
    return lock;
}

}  // namespace tw::runtime
