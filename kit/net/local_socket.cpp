#include "kit/net/local_socket.hpp"

#include "kit/net/endpoint.hpp"
#include "kit/net/socket.hpp"
#include "kit/net/system_error.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tw::net {
namespace {

/// Whoever shares the group may connect, others may not: a socket file has no other guard.
constexpr mode_t kMode = 0660;

Error cannot_bind(const Address& address, int error_number) {
    const auto detail = describe_failure("cannot listen on " + address.to_string(), error_number);
    switch (error_number) {
        case ENOENT:
        case ENOTDIR:
            return {Code::invalid_argument, "ADDRESS_NOT_LOCAL", detail + ": its folder does not exist; make it"};
        case EACCES:
        case EROFS:
            return {Code::invalid_argument, "ADDRESS_NOT_PERMITTED", detail + ": choose a folder that can be written to"};
        default:
            return unavailable(detail);
    }
}

/// Why the file that is in the way must stay; success where it is left over from a process that is gone.
Result<void> check_left_over(const Address& address) {
    struct stat file{};
    if (::lstat(address.host.c_str(), &file) != 0) return errno == ENOENT ? Result<void>{} : cannot_bind(address, errno);
    if (!S_ISSOCK(file.st_mode)) {
        return Error{Code::failed_precondition, "NOT_A_SOCKET",
                     "cannot listen on " + address.to_string() + ": there is a file that is no socket; choose another path"};
    }
    const Socket probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), address};
    const auto endpoint = Endpoint::from_literal(address);
    const int outcome = ::connect(probe.descriptor(), endpoint->data(), endpoint->size) == 0 ? 0 : errno;
    if (outcome == ECONNREFUSED || outcome == ENOENT) return {};
    if (outcome != 0 && outcome != EAGAIN) return cannot_bind(address, outcome);
    return Error{
        Code::failed_precondition, "ADDRESS_IN_USE",
        "cannot listen on " + address.to_string() + ": another process is listening there; stop it or choose another address"};
}

}  // namespace

LocalSocketFile::LocalSocketFile(std::string path) : path_{std::move(path)} {
    struct stat file{};
    if (::lstat(path_.c_str(), &file) != 0) path_.clear();
    device_ = file.st_dev;
    inode_ = file.st_ino;
}

LocalSocketFile::LocalSocketFile(LocalSocketFile&& other) noexcept
    : path_{std::exchange(other.path_, {})}, device_{other.device_}, inode_{other.inode_} {}

void LocalSocketFile::remove() {
    const auto path = std::exchange(path_, {});
    if (path.empty()) return;
    struct stat file{};
    if (::lstat(path.c_str(), &file) != 0 || file.st_dev != device_ || file.st_ino != inode_) return;
    ::unlink(path.c_str());
}

Result<LocalSocketFile> bind_local(int descriptor, const Address& address) {
    const auto& path = address.host;
    const auto endpoint = Endpoint::from_literal(address);
    // Linux gives the file the mode of the descriptor, less the umask; so nobody else gets in before the mode is right.
    if (::fchmod(descriptor, kMode) != 0) return cannot_bind(address, errno);
    const auto bind = [&] { return ::bind(descriptor, endpoint->data(), endpoint->size) == 0 ? 0 : errno; };
    int outcome = bind();
    if (outcome == EADDRINUSE) {
        if (auto gone = check_left_over(address); !gone) return std::move(gone).error();
        ::unlink(path.c_str());
        outcome = bind();
    }
    if (outcome != 0) return cannot_bind(address, outcome);
    LocalSocketFile file{path};
    if (::chmod(path.c_str(), kMode) != 0) return cannot_bind(address, errno);
    return file;
}

}  // namespace tw::net
