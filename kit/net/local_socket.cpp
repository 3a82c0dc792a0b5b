#include "kit/net/local_socket.hpp"

#include "kit/net/endpoint.hpp"
#include "kit/net/listen_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tw::net {
namespace {

/// Whoever shares the group may connect, others may not: a socket file has no other guard. And whoever may not open the lock's
/// file cannot hold its lock against us.
constexpr mode_t kMode = 0660;

/// Before anything is made: a path that was mistyped shall not even get a lock beside it.
Result<void> check_is_for_sockets(const Address& address) {
    struct stat file{};
    if (::lstat(address.host.c_str(), &file) != 0) return errno == ENOENT ? Result<void>{} : cannot_listen(address, errno);
    if (S_ISSOCK(file.st_mode)) return {};
    return Error{Code::failed_precondition, "NOT_A_SOCKET",
                 "cannot listen on " + address.to_string() + ": there is a file that is no socket; choose another path"};
}

/// Nobody else who asks here has the path for as long as this is open.
Result<Descriptor> take_lock(const Address& address) {
    const auto path = address.host + ".lock";
    const auto failed = [&](int error_number) {
        auto error = cannot_listen(address, error_number);
        const auto detail = error.detail() + " (" + path + ")";
        return std::move(error).with_detail(detail);
    };
    // The folder may be everybody's: no link of somebody's is followed, and no pipe's other end waited for.
    constexpr int kFlags = O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    Descriptor lock{::open(path.c_str(), kFlags, kMode)};
    if (!lock) return failed(errno);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK ? address_in_use(address) : failed(errno);
    // For others of the group, whatever the umask. Where it is another's already, he has seen to that.
    static_cast<void>(::fchmod(lock.number(), kMode));
    return lock;
}

/// ADDRESS_IN_USE where a program that takes no lock answers at the path.
Result<void> check_nobody_answers(const Address& address) {
    const Descriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!probe) return cannot_listen(address, errno);
    const auto endpoint = Endpoint::from_literal(address);
    const int outcome = ::connect(probe.number(), endpoint->data(), endpoint->size) == 0 ? 0 : errno;
    if (outcome == ECONNREFUSED || outcome == ENOENT) return {};
    // EAGAIN: it has not accepted those before us yet.
    return outcome == 0 || outcome == EAGAIN ? address_in_use(address) : cannot_listen(address, outcome);
}

}  // namespace

LocalSocketFile::LocalSocketFile(std::string path, Descriptor lock) : path_{std::move(path)}, lock_{std::move(lock)} {
    struct stat file{};
    if (::lstat(path_.c_str(), &file) != 0) return;
    device_ = file.st_dev;
    inode_ = file.st_ino;
}

void LocalSocketFile::remove() {
    const auto lock = std::exchange(lock_, {});
    if (!lock) return;
    struct stat file{};
    if (::lstat(path_.c_str(), &file) != 0 || file.st_dev != device_ || file.st_ino != inode_) return;
    ::unlink(path_.c_str());
}

Result<LocalSocketFile> bind_local(int descriptor, const Address& address) {
    if (auto fit = check_is_for_sockets(address); !fit) return std::move(fit).error();
    auto lock = take_lock(address);
    if (!lock) return std::move(lock).error();
    // Linux gives the file the mode of the descriptor, less the umask; so nobody else gets in before the mode is right.
    if (::fchmod(descriptor, kMode) != 0) return cannot_listen(address, errno);
    const auto& path = address.host;
    const auto endpoint = Endpoint::from_literal(address);
    const auto bind = [&] { return ::bind(descriptor, endpoint->data(), endpoint->size) == 0 ? 0 : errno; };
    int outcome = bind();
    if (outcome == EADDRINUSE) {
        if (auto gone = check_nobody_answers(address); !gone) return std::move(gone).error();
        ::unlink(path.c_str());
        outcome = bind();
    }
    if (outcome != 0) return cannot_listen(address, outcome);
    LocalSocketFile file{path, std::move(*lock)};
    if (::chmod(path.c_str(), kMode) != 0) return cannot_listen(address, errno);
    return file;
}

}  // namespace tw::net
