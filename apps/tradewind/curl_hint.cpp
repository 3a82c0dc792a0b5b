#include "apps/tradewind/curl_hint.hpp"

#include "kit/async/run.hpp"
#include "kit/cli/reachable.hpp"
#include "kit/net/connector.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/process_tls.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kHintTimeMax{1};

Task<bool> shakes_hands(EventLoop& loop, net::Address address, std::shared_ptr<net::TlsContext> tls, std::string host) {
    RootCall call{loop, Deadline::after(loop.now(), kHintTimeMax)};
    auto connector =
        net::make_connector(loop, std::move(address), kHintTimeMax, std::move(tls), {.host = std::move(host), .uri = {}});
    const auto stream = co_await connector(call.context());
    if (stream) (*stream)->close();
    co_return stream.has_value();
}

/// Returns the CA files that may verify the certificate: the `ca.crt` that `certs dev` puts beside
/// it, the CA file of the modules, and the certificate itself, which may be self-signed. The empty
/// string stands for the CAs that the system trusts.
std::vector<std::string> candidates_for(const runtime::Config& config, const std::string& certificate) {
    std::vector<std::string> files{""};
    for (const auto& file :
         {(fs::path{certificate}.parent_path() / "ca.crt").string(), runtime::tls_settings(config).rpc_ca, certificate}) {
        std::error_code unreachable;
        if (!file.empty() && fs::is_regular_file(file, unreachable)) files.push_back(file);
    }
    return files;
}

/// Returns `word` as a word of a shell's command line, quoted if necessary.
std::string shell_word(const std::string& word) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{"/._-:,+"}.contains(c);
    };
    if (std::ranges::all_of(word, plain)) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    return text + "'";
}

CurlHint over_tls(const runtime::Config& config, const net::Address& at) {
    const auto list = runtime::tls_settings(config).edge_certificate;
    const std::vector<std::string> names{"localhost", at.host};
    EventLoop loop;
    for (const auto& file : candidates_for(config, list.substr(0, list.find(',')))) {
        auto context = net::TlsContext::make_client({.ca = file, .identity = {}, .alpn = {"http/1.1"}});
        if (!context) continue;
        for (const auto& name : names) {
            if (!run_until_done(loop, shakes_hands(loop, at, *context, name))) continue;
            const auto host = net::Address{name, at.port}.to_string();
            const auto resolve = name == at.host || at.host == "127.0.0.1" || at.host == "::1"
                                     ? std::string{}
                                     : fmt::format("--resolve {}:{} ", host, at.host);
            return {.options = resolve + (file.empty() ? std::string{} : fmt::format("--cacert {} ", shell_word(file))),
                    .base = "https://" + host};
        }
    }
    return {.options = "--insecure ", .base = "https://" + at.to_string()};
}

}  // namespace

CurlHint curl_hint(const runtime::Config& config, const net::Address& address) {
    const auto scheme = runtime::edge_scheme(config);
    if (address.is_local_socket()) {
        const bool tls = scheme == "https://";
        return {.options = fmt::format("{}--unix-socket {} ", tls ? "--insecure " : "", shell_word(address.host)),
                .base = std::string{scheme} + "localhost"};
    }
    const auto at = cli::reachable(address);
    if (scheme == "https://") return over_tls(config, at);
    return {.options = {}, .base = std::string{scheme} + at.to_string()};
}

}  // namespace tw::app
