#include "kit/net/tls/tls_material.hpp"

#include "kit/net/reasons.hpp"
#include "kit/net/tls/tls_session_store.hpp"

#include <cerrno>
#include <cstring>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::net {
namespace {

/// How long a session may be resumed. A revoked certificate or a withdrawn CA may go unnoticed for
/// that long.
constexpr long kSessionSeconds = 3600;

using TrustCheckHandle = std::unique_ptr<X509_STORE_CTX, TlsFree<X509_STORE_CTX_free>>;

Error bad_files(const std::string& file, std::string why) {
    return Error{Code::invalid_argument, reason::kTlsFiles, fmt::format("{}: {}", file, std::move(why))};
}

/// Checks that a file can be read. OpenSSL would only say "system lib" for a file that cannot be
/// opened.
Result<void> check_readable(const std::string& file) {
    struct stat status{};
    if (::access(file.c_str(), R_OK) != 0 || ::stat(file.c_str(), &status) != 0) return bad_files(file, std::strerror(errno));
    if (S_ISDIR(status.st_mode)) return bad_files(file, "this is a folder, not a PEM file");
    return {};
}

/// There is nobody who could type a password.
int no_password(char*, int, int, void*) { return -1; }

std::string on_the_wire(const std::vector<std::string>& protocols) {
    std::string wire;
    for (const auto& protocol : protocols) {
        wire.push_back(static_cast<char>(protocol.size()));
        wire += protocol;
    }
    return wire;
}

std::string_view type_of(const EVP_PKEY& key) {
    const char* const name = EVP_PKEY_get0_type_name(&key);
    return name == nullptr ? "unknown" : name;
}

/// Loads the key after comparing it with the certificate. A context has a slot for each type of
/// key. A key of another type than the certificate's would go to a slot without a certificate,
/// which would then become the current one.
Result<void> use_key(SSL_CTX& context, const TlsKeyFiles& files) {
    auto* const certificate = SSL_CTX_get0_certificate(&context);
    const auto* const certified = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
    if (certified == nullptr) return bad_files(files.certificate, "the certificate's key has a type that TLS cannot use");
    const BioHandle file{BIO_new_file(files.key.c_str(), "r")};
    const KeyHandle key{file ? PEM_read_bio_PrivateKey(file.get(), nullptr, no_password, nullptr) : nullptr};
    if (!key) return bad_files(files.key, fmt::format("no private key for {}: {}", files.certificate, take_tls_error()));
    if (EVP_PKEY_eq(certified, key.get()) != 1) {
        ERR_clear_error();
        const auto ours = type_of(*key);
        const auto theirs = type_of(*certified);
        return bad_files(files.key, fmt::format("this private key ({}) does not belong to the certificate ({}) in {}", ours,
                                                theirs, files.certificate));
    }
    if (SSL_CTX_use_PrivateKey(&context, key.get()) == 1) return {};
    return bad_files(files.key, fmt::format("the key cannot be used with {}: {}", files.certificate, take_tls_error()));
}

Result<void> trust(SSL_CTX& context, const std::string& file) {
    if (auto readable = check_readable(file); !readable) return readable;
    if (SSL_CTX_load_verify_file(&context, file.c_str()) == 1) return {};
    return bad_files(file, "no CA certificates in PEM: " + take_tls_error());
}

/// Returns why the CAs that the context trusts do not verify its own certificate; empty if they do.
/// Problems with the certificate's dates are reported elsewhere.
std::string ca_problem_of(SSL_CTX& context) {
    const TrustCheckHandle check{X509_STORE_CTX_new()};
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(&context, &chain);
    auto* const leaf = SSL_CTX_get0_certificate(&context);
    if (!check || X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(&context), leaf, chain) != 1) return take_tls_error();
    X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_NO_CHECK_TIME);
    const bool vouched = X509_verify_cert(check.get()) == 1;
    const auto why = vouched ? std::string{} : X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
    ERR_clear_error();
    return why;
}

}  // namespace

Result<SslContextHandle> TlsMaterial::make_context(bool is_server, TlsVersion least) const {
    ERR_clear_error();
    SslContextHandle context{SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method())};
    if (!context) return internal("OpenSSL cannot make a context: " + take_tls_error());
    auto* const ctx = context.get();
    SSL_CTX_set_min_proto_version(ctx, least == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_options(
        ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_default_passwd_cb(ctx, no_password);
    SSL_CTX_set_timeout(ctx, kSessionSeconds);
    return context;
}

Result<void> TlsMaterial::add_identity(SSL_CTX& context, const TlsKeyFiles& files) {
    for (const auto* const file : {&files.certificate, &files.key}) {
        if (auto readable = check_readable(*file); !readable) return readable;
    }
    if (SSL_CTX_use_certificate_chain_file(&context, files.certificate.c_str()) != 1)
        return bad_files(files.certificate, "no certificate in PEM: " + take_tls_error());
    if (auto fits = use_key(context, files); !fits) return fits;
    auto described = describe_certificate(*SSL_CTX_get0_certificate(&context));
    described.file = files.certificate;
    certificates_.push_back(std::move(described));
    return {};
}

Result<std::shared_ptr<const TlsMaterial>> TlsMaterial::for_server(const TlsServerOptions& options) {
    std::shared_ptr<TlsMaterial> material{new TlsMaterial};
    material->alpn_ = on_the_wire(options.alpn);
    material->peer_uri_prefix_ = options.client_uri_prefix;
    material->asks_for_certificate_ = !options.client_ca.empty();
    for (const auto& identity : options.identities) {
        auto context = material->make_context(true, options.least);
        if (!context) return std::move(context).error();
        auto* const ctx = context->get();
        if (auto added = material->add_identity(*ctx, identity); !added) return std::move(added).error();
        // Sessions are kept by the clients, in tickets.
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        constexpr unsigned char kIdContext[] = "tw";
        SSL_CTX_set_session_id_context(ctx, kIdContext, sizeof kIdContext - 1);
        SSL_CTX_set_num_tickets(ctx, 1);
        SSL_CTX_set_alpn_select_cb(ctx, &choose_protocol, material.get());
        SSL_CTX_set_tlsext_servername_callback(ctx, &choose_identity);
        SSL_CTX_set_tlsext_servername_arg(ctx, material.get());
        if (material->asks_for_certificate_) {
            if (auto trusted = trust(*ctx, options.client_ca); !trusted) return std::move(trusted).error();
            SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(options.client_ca.c_str()));
            material->certificates_.back().ca_problem = ca_problem_of(*ctx);
        }
        material->contexts_.push_back(std::move(*context));
    }
    return std::shared_ptr<const TlsMaterial>{std::move(material)};
}

Result<std::shared_ptr<const TlsMaterial>> TlsMaterial::for_client(const TlsClientOptions& options) {
    std::shared_ptr<TlsMaterial> material{new TlsMaterial};
    auto context = material->make_context(false, options.least);
    if (!context) return std::move(context).error();
    auto* const ctx = context->get();
    material->alpn_ = on_the_wire(options.alpn);
    if (!options.alpn.empty()) {
        SSL_CTX_set_alpn_protos(ctx, reinterpret_cast<const unsigned char*>(material->alpn_.data()),
                                static_cast<unsigned>(material->alpn_.size()));
    }
    if (!options.identity.certificate.empty()) {
        if (auto added = material->add_identity(*ctx, options.identity); !added) return std::move(added).error();
    }
    if (options.ca.empty()) {
        SSL_CTX_set_default_verify_paths(ctx);
    } else if (auto trusted = trust(*ctx, options.ca); !trusted) {
        return std::move(trusted).error();
    } else if (!material->certificates_.empty()) {
        material->certificates_.back().ca_problem = ca_problem_of(*ctx);
    }
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, &TlsSessionStore::on_new_session);
    material->contexts_.push_back(std::move(*context));
    return std::shared_ptr<const TlsMaterial>{std::move(material)};
}

int TlsMaterial::choose_identity(SSL* ssl, int*, void* self) {
    const auto& material = *static_cast<const TlsMaterial*>(self);
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    for (const auto& context : material.contexts_) {
        if (X509_check_host(SSL_CTX_get0_certificate(context.get()), name, 0, 0, nullptr) != 1) continue;
        SSL_set_SSL_CTX(ssl, context.get());
        break;
    }
    return SSL_TLSEXT_ERR_OK;
}

int TlsMaterial::choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                                 unsigned in_size, void* self) {
    const auto& wanted = static_cast<const TlsMaterial*>(self)->alpn_;
    if (wanted.empty()) return SSL_TLSEXT_ERR_NOACK;
    unsigned char* chosen = nullptr;
    const auto outcome = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(wanted.data()),
                                               static_cast<unsigned>(wanted.size()), in, in_size);
    *out = chosen;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace tw::net
