#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/base/result.hpp"
#include "kit/http/client.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tw::auth {

/// A place from which a JWK set is read, by one reader at a time. It belongs to one event loop.
class JwksLocation {
 public:
    virtual ~JwksLocation() = default;
    /// Reads the text of the set, of at most KeySet::kBytesMax bytes. The task ends when `ctx` is
    /// over. The location and `ctx` must outlive it.
    virtual Task<Result<std::string>> read(const CallContext& ctx) = 0;
    /// Says where the set is, for logs.
    virtual std::string name() const = 0;
};

/// A JWK set in a file. Another process may replace the file at any time.
class FileJwks final : public JwksLocation {
 public:
    FileJwks(EventLoop& loop, std::shared_ptr<WorkerPool> workers, std::string path)
        : loop_{loop}, workers_{std::move(workers)}, path_{std::move(path)} {}

    /// Fails with UNAVAILABLE if the file cannot be read, and with INVALID_KEY_SET if it is larger
    /// than a set may be.
    Task<Result<std::string>> read(const CallContext& ctx) override;
    std::string name() const override { return path_; }

 private:
    EventLoop& loop_;
    std::shared_ptr<WorkerPool> workers_;
    std::string path_;
};

/// Makes the client for the host of a URL.
using MakeHttpClient = std::function<Result<std::unique_ptr<http::Client>>(const http::Url& url, const http::ClientOptions&)>;

/// Which URLs may be asked for keys. Whoever can change an answer can sign tokens, so that keys
/// come over https.
struct UrlRule {
    /// Whether http is allowed to a host on this machine, for development.
    bool http_on_loopback = false;
};

/// Reads documents over http or https, with one connection to the host of the last URL.
class DocumentReader {
 public:
    DocumentReader(MakeHttpClient make, UrlRule rule) : make_{std::move(make)}, rule_{rule} {}

    /// Gets a document of at most KeySet::kBytesMax bytes. Redirects are not followed. Fails with
    /// UNAVAILABLE if the answer's status is not 200, with INVALID_ARGUMENT if the URL is not
    /// allowed, and like http::Client::send.
    Task<Result<std::string>> get(const CallContext& ctx, std::string url);

 private:
    Result<http::Url> allowed(const std::string& url) const;

    MakeHttpClient make_;
    UrlRule rule_;
    std::unique_ptr<http::Client> client_;
    /// The scheme and the address for which there is a client.
    std::string origin_;
};

/// A JWK set at a URL that is configured.
class UrlJwks final : public JwksLocation {
 public:
    UrlJwks(std::string url, MakeHttpClient make, UrlRule rule = {}) : url_{std::move(url)}, reader_{std::move(make), rule} {}

    Task<Result<std::string>> read(const CallContext& ctx) override { return reader_.get(ctx, url_); }
    std::string name() const override { return url_; }

 private:
    std::string url_;
    DocumentReader reader_;
};

/// The JWK set that an issuer names in its metadata, at <issuer>/.well-known/openid-configuration
/// (OpenID Connect Discovery 1.0 §4). Each reading reads the metadata, too.
class DiscoveredJwks final : public JwksLocation {
 public:
    DiscoveredJwks(std::string issuer, const MakeHttpClient& make, UrlRule rule = {})
        : issuer_{std::move(issuer)}, metadata_reader_{make, rule}, set_reader_{make, rule} {}

    /// Fails with FAILED_PRECONDITION, ISSUER_INVALID, if the metadata is not valid or names
    /// another issuer (§4.3), and like DocumentReader::get.
    Task<Result<std::string>> read(const CallContext& ctx) override;
    std::string name() const override { return metadata_url(); }

 private:
    std::string metadata_url() const;

    std::string issuer_;
    DocumentReader metadata_reader_;
    DocumentReader set_reader_;
};

/// Makes clients that connect over the network. With `tls` they trust what it trusts, and otherwise
/// the system's CAs.
MakeHttpClient network_clients(EventLoop& loop, std::shared_ptr<net::TlsContext> tls = nullptr,
                               std::optional<telemetry::Telemetry> telemetry = {});

}  // namespace tw::auth
