#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/net/tls/tls_handshake.hpp"
#include "kit/net/tls_issue.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace tw::net::test {

using namespace std::chrono_literals;

/// A folder with a certificate authority and the certificates that it issued.
class CertificateFolder {
 public:
    CertificateFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tls-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        authority_ = make_authority("Test authority", now() - 1h, now() + 1h).value();
        write("ca.pem", authority_.certificate);
    }
    ~CertificateFolder() { std::filesystem::remove_all(folder_); }
    CertificateFolder(const CertificateFolder&) = delete;
    CertificateFolder& operator=(const CertificateFolder&) = delete;

    static Timestamp now() { return SystemClock{}.now(); }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    std::string ca() const { return path("ca.pem"); }

    /// Writes NAME.pem and NAME.key, which are valid around now.
    TlsKeyFiles issue(const std::string& name, std::vector<std::string> hosts, std::vector<std::string> uris = {}) {
        return issue_as(name, {.common_name = name,
                               .hosts = std::move(hosts),
                               .uris = std::move(uris),
                               .not_before = now() - 1h,
                               .not_after = now() + 1h});
    }
    TlsKeyFiles issue_as(const std::string& name, const TlsCertificateRequest& request) {
        const auto pem = issue_certificate(authority_, request).value();
        write(name + ".pem", pem.certificate);
        write(name + ".key", pem.key);
        return {.certificate = path(name + ".pem"), .key = path(name + ".key")};
    }
    /// Replaces a file by a new one, as rotation does.
    void write(const std::string& name, const std::string& text) {
        std::ofstream{path(name + ".new")} << text;
        std::filesystem::rename(path(name + ".new"), path(name));
    }

 private:
    std::string folder_;
    TlsPem authority_;
};

inline std::string uri_of(const std::string& service) { return "spiffe://shop/" + service; }

/// The two ends of a connection.
struct StreamPair {
    std::unique_ptr<Stream> client;
    std::unique_ptr<Stream> server;
};

inline StreamPair make_socket_pair(EventLoop& loop) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    return {make_tcp_stream(loop, Socket{ends[0], {"server", 1}}), make_tcp_stream(loop, Socket{ends[1], {"client", 2}})};
}

using Secured = Result<std::unique_ptr<Stream>>;

/// Makes a handshake over `pair`. Returns the client's result and the server's.
inline std::pair<Secured, Secured> shake_hands(EventLoop& loop, TlsClient& client, const TlsContext& server, StreamPair pair) {
    RootCall call{loop, Deadline::after(loop.now(), 20s)};
    auto theirs = client.secure(call.context(), std::move(pair.client));
    auto ours = accept_tls(call.context(), server, std::move(pair.server));
    return run_until_done(loop, both(std::move(theirs), std::move(ours)));
}

inline std::pair<Secured, Secured> shake_hands(EventLoop& loop, TlsClient& client, const TlsContext& server) {
    return shake_hands(loop, client, server, make_socket_pair(loop));
}

/// Lets closed streams end before their loop does.
inline void settle(EventLoop& loop) {
    run_until_done(loop, [](EventLoop& on) -> Task<void> {
        for (int i = 0; i < 20; ++i) co_await hop_to(on);
    }(loop));
}

}  // namespace tw::net::test
