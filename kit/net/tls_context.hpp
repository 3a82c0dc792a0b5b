#pragma once

#include "kit/base/result.hpp"
#include "kit/net/tls_certificate.hpp"
#include "kit/net/tls_options.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tw::net {

class TlsMaterial;

/// Certificates, keys and rules of one side, as files say; whoever shakes hands asks it. When the files change, what was read
/// from them is replaced for new connections, while those that there are live on. Thread-safe; share it among the loops.
class TlsContext {
 public:
    /// Reads all files. INVALID_ARGUMENT, reason TLS_FILES, naming the file and what is wrong with it.
    static Result<std::shared_ptr<TlsContext>> make_server(TlsServerOptions options);
    static Result<std::shared_ptr<TlsContext>> make_client(TlsClientOptions options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// What a look at the files came to.
    enum class Refresh : std::uint8_t {
        unchanged,
        reloaded,
        still_bad,  ///< as at the last look, which reported it
    };
    /// Reads the files again where one is another than at the last look (by inode, size and time of change), or `always`. What
    /// cannot be used is reported once, as TLS_FILES, and the former stays in use. Blocks on the files.
    Result<Refresh> refresh(bool always = false);

    /// The certificates in use that this side shows.
    std::vector<TlsCertificate> certificates() const;

    /// For the handshakes of kit/net.
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
    /// One refresh at a time.
    std::mutex refreshing_;
    /// How the files looked when they were read last, well or not.
    std::string seen_;
    bool bad_ = false;
};

}  // namespace tw::net
