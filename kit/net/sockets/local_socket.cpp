#include "kit/net/sockets/local_socket.hpp"

#include "kit/net/sockets/endpoint.hpp"
#include "kit/net/sockets/listen_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tw::net {
namespace {

/// Members of the group may connect, and others may not; a socket's file has no other protection. A
/// process that may not open the lock's file cannot hold its lock and block this one.
constexpr mode_t kMode = 0660;

/// Checks that the path is free or has a socket. This comes first, so that a mistyped path does not
/// even get a lock file beside it.
Result<void> check_is_for_sockets(const Address& address) {
    struct stat file{};
    if (::lstat(address.host.c_str(), &file) != 0) return errno == ENOENT ? Result<void>{} : cannot_listen(address, errno);
    if (S_ISSOCK(file.st_mode)) return {};
    return Error{Code::failed_precondition, "NOT_A_SOCKET",
                 "cannot listen on " + address.to_string() + ": a file that is not a socket exists there; choose another path"};
}

/// Takes the lock of the path. No other listener has the path for as long as the descriptor is
/// open.
Result<Descriptor> take_lock(const Address& address) {
    const auto path = address.host + ".lock";
    const auto failed = [&](int error_number) {
        auto error = cannot_listen(address, error_number);
        const auto detail = error.detail() + " (" + path + ")";
        return std::move(error).with_detail(detail);
    };
    // Others may have write access to the folder, so links are not followed, and opening a pipe
    // does not wait.
    constexpr int kFlags = O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    Descriptor lock{::open(path.c_str(), kFlags, kMode)};
    if (!lock) return failed(errno);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK ? address_in_use(address) : failed(errno);
    // Other members of the group get access whatever the umask is. If the file belongs to another
    // user, that user has done this already.
    static_cast<void>(::fchmod(lock.number(), kMode));
    return lock;
}

/// Fails with ADDRESS_IN_USE if a program that takes no lock answers at the path.
Result<void> check_nobody_answers(const Address& address) {
    const Descriptor probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!probe) return cannot_listen(address, errno);
    const auto endpoint = Endpoint::from_literal(address);
    const int outcome = ::connect(probe.number(), endpoint->data(), endpoint->size) == 0 ? 0 : errno;
    if (outcome == ECONNREFUSED || outcome == ENOENT) return {};
    // EAGAIN means that the program has not accepted earlier connections yet.
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
    // Linux gives the file the mode of the descriptor, less the umask, so nobody else can connect
    // before the mode is right.
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
