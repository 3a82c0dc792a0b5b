#pragma once

#include "kit/base/result.hpp"
#include "kit/net/tls/tls_certificate.hpp"
#include "kit/net/tls_options.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tw::net {

class TlsMaterial;

/// Certificates, keys and rules of one side, read from files, for its handshakes. When the files
/// change, new connections use the new content, and existing ones keep the old. Thread-safe; share
/// it among the loops.
class TlsContext {
 public:
    /// Reads all files. Fails with INVALID_ARGUMENT, reason TLS_FILES; the detail names the file
    /// and what is wrong with it.
    static Result<std::shared_ptr<TlsContext>> make_server(TlsServerOptions options);
    static Result<std::shared_ptr<TlsContext>> make_client(TlsClientOptions options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// The outcome of a refresh.
    enum class Refresh : std::uint8_t {
        unchanged,
        reloaded,
        still_bad,  ///< as at the last refresh, which reported it
    };
    /// Reads the files again if one has changed since the last refresh (by inode, size and time of
    /// change), or if `always` is set. Files that cannot be used are reported once, as TLS_FILES,
    /// and the former content stays in use. The call blocks on the files.
    Result<Refresh> refresh(bool always = false);

    /// The certificates in use that this side presents.
    std::vector<TlsCertificate> certificates() const;

    /// The content in use, for the handshakes of kit/net.
    std::shared_ptr<const TlsMaterial> material() const { return material_.load(); }
    bool is_server() const { return is_server_; }

 private:
    TlsContext(bool is_server, TlsServerOptions server, TlsClientOptions client);
    Result<std::shared_ptr<const TlsMaterial>> read() const;
    std::vector<std::string> files() const;

    bool is_server_;
    TlsServerOptions server_;
    TlsClientOptions client_;
    std::atomic<std::shared_ptr<const TlsMaterial>> material_;
    /// Locked during a refresh, so that only one runs at a time.
    std::mutex refreshing_;
    /// The state of the files when they were last read, successfully or not.
    std::string seen_;
    bool bad_ = false;
};

}  // namespace tw::net
