#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"
#include "kit/net/descriptor.hpp"

#include <string>
#include <sys/types.h>

/// The file of a Unix domain socket, and who owns it. Internal to kit/net.
///
/// A killed process leaves its file behind. The next process has to check that nobody answers
/// there, remove the file and bind its own: three steps, between which another process may do the
/// same. A process that wants a path therefore holds the lock (flock) of a second file, PATH.lock,
/// from before the first step until its own file is removed. The system releases the lock however a
/// process ends. The second file stays: if it were removed, one process could hold the lock of the
/// old file and another that of a new one.
namespace tw::net {

/// Removes the file in the end, unless another program has replaced it by its own, and then
/// releases the lock.
class LocalSocketFile {
 public:
    LocalSocketFile() = default;
    /// Takes over the file of the socket that was just bound to `path`.
    LocalSocketFile(std::string path, Descriptor lock);
    LocalSocketFile(LocalSocketFile&&) noexcept = default;
    LocalSocketFile& operator=(LocalSocketFile&&) = delete;
    ~LocalSocketFile() { remove(); }

    /// Removes the file. A second call does nothing.
    void remove();

 private:
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    /// The lock; empty if there is no file, or not any more.
    Descriptor lock_;
};

/// Binds `descriptor` to the path of `address`, with mode 0660 from the first moment. The file of a
/// socket where nobody answers is replaced. Fails with FAILED_PRECONDITION if a program answers
/// there or is about to (ADDRESS_IN_USE), or if the path is no socket (NOT_A_SOCKET). Fails with
/// INVALID_ARGUMENT or UNAVAILABLE if the system refuses.
Result<LocalSocketFile> bind_local(int descriptor, const Address& address);

}  // namespace tw::net
