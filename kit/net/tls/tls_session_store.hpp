#pragma once

#include "kit/net/tls/tls_handles.hpp"

#include <utility>

namespace tw::net {

/// The last session that one target gave a client, for the next connection to it. It belongs to one
/// loop. Internal to kit/net.
class TlsSessionStore {
 public:
    /// Returns the session for one handshake with `context`. Returns nothing if the session is
    /// another context's, since the rules may have changed.
    SSL_SESSION* find(const SSL_CTX* context) const { return context == context_.get() ? session_.get() : nullptr; }
    void forget() { session_.reset(); }

    /// OpenSSL's callback. It finds the store in the connection's app data.
    static int on_new_session(SSL* ssl, SSL_SESSION* session) {
        auto* const store = static_cast<TlsSessionStore*>(SSL_get_ex_data(ssl, ssl_index()));
        if (store == nullptr || SSL_SESSION_is_resumable(session) != 1) return 0;
        auto* const context = SSL_get_SSL_CTX(ssl);
        SSL_CTX_up_ref(context);
        store->context_.reset(context);
        store->session_.reset(session);
        return 1;
    }
    void attach(SSL& ssl) { SSL_set_ex_data(&ssl, ssl_index(), this); }

 private:
    static int ssl_index() {
        static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return kIndex;
    }

    /// The context is kept, so that no other one gets its address.
    SslContextHandle context_;
    SslSessionHandle session_;
};

}  // namespace tw::net
