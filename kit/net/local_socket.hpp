#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"
#include "kit/net/descriptor.hpp"

#include <string>
#include <sys/types.h>

/// The file by which others find a Unix domain socket, and whose it is. Internal to kit/net.
///
/// A killed process leaves its file, and who comes next has to see that nobody answers there, take it away and bind its own:
/// three steps, between which another may do the same. So whoever wants a path holds the lock (flock) of a second file,
/// PATH.lock, from before the first step until its own file is gone. The system takes the lock back however a process ends. The
/// second file stays: were it taken away, one process could hold the lock of the file that was there and another that of the next
/// one.
namespace tw::net {

/// Takes the file away when it is done with, unless another program has put one of its own there meanwhile; then gives the lock
/// back.
class LocalSocketFile {
 public:
    LocalSocketFile() = default;
    /// Of the socket that was bound to `path` just now.
    LocalSocketFile(std::string path, Descriptor lock);
    LocalSocketFile(LocalSocketFile&&) noexcept = default;
    LocalSocketFile& operator=(LocalSocketFile&&) = delete;
    ~LocalSocketFile() { remove(); }

    /// Idempotent.
    void remove();

 private:
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    /// None where there is no file, or no longer.
    Descriptor lock_;
};

/// Binds `descriptor` to the path of `address`, mode 0660 from the first moment on. The file of a socket where nobody answers is
/// replaced. FAILED_PRECONDITION where somebody does, or is about to (ADDRESS_IN_USE), or where the path is no socket
/// (NOT_A_SOCKET); INVALID_ARGUMENT or UNAVAILABLE where the system refuses.
Result<LocalSocketFile> bind_local(int descriptor, const Address& address);

}  // namespace tw::net
