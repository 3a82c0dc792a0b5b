#include "kit/net/tls_context.hpp"

#include "kit/net/tls/tls_material.hpp"

#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

namespace tw::net {
namespace {

/// Returns a text that changes when the file does. Links are followed, since mounted secrets are
/// replaced by changing a link.
std::string look_at(const std::string& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return file + " missing;";
    return fmt::format("{} {} {} {} {}.{};", file, status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
}

}  // namespace

TlsContext::TlsContext(bool is_server, TlsServerOptions server, TlsClientOptions client)
    : is_server_{is_server}, server_{std::move(server)}, client_{std::move(client)} {}

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::make_server(TlsServerOptions options) {
    std::shared_ptr<TlsContext> context{new TlsContext{true, std::move(options), {}}};
    if (auto read = context->refresh(true); !read) return std::move(read).error();
    return context;
}

Result<std::shared_ptr<TlsContext>> TlsContext::make_client(TlsClientOptions options) {
    std::shared_ptr<TlsContext> context{new TlsContext{false, {}, std::move(options)}};
    if (auto read = context->refresh(true); !read) return std::move(read).error();
    return context;
}

std::vector<std::string> TlsContext::files() const {
    std::vector<std::string> names;
    const auto add = [&names](const std::string& name) {
        if (!name.empty()) names.push_back(name);
    };
    for (const auto& identity : server_.identities) {
        add(identity.certificate);
        add(identity.key);
    }
    add(server_.client_ca);
    add(client_.ca);
    add(client_.identity.certificate);
    add(client_.identity.key);
    return names;
}

Result<std::shared_ptr<const TlsMaterial>> TlsContext::read() const {
    return is_server_ ? TlsMaterial::for_server(server_) : TlsMaterial::for_client(client_);
}

Result<TlsContext::Refresh> TlsContext::refresh(bool always) {
    const std::lock_guard lock{refreshing_};
    // The files are looked at before they are read, so that a change in between is noticed the next
    // time.
    std::string seen;
    for (const auto& file : files()) seen += look_at(file);
    const bool same = std::exchange(seen_, seen) == seen;
    if (same && !always) return bad_ ? Refresh::still_bad : Refresh::unchanged;
    auto material = read();
    bad_ = !material;
    if (!material) return std::move(material).error();
    material_.store(std::move(*material));
    return Refresh::reloaded;
}

std::vector<TlsCertificate> TlsContext::certificates() const { return material()->certificates(); }

}  // namespace tw::net
