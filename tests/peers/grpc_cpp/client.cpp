#include "cases.hpp"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

namespace peer {
namespace {

constexpr int kUsage = 64;  // sysexits.h

const Case* find_case(std::string_view name) {
    for (const auto cases : {unary_cases(), streaming_cases(), orca_cases()}) {
        for (const auto& one : cases) {
            if (one.name == name) return &one;
        }
    }
    return nullptr;
}

int run(int argc, char** argv) {
    std::string host = "localhost";
    int port = 10'000;
    std::string name = "large_unary";
    std::string ca;
    std::string host_override;
    bool tls = false;
    CLI::App app{"The client of gRPC's interoperability suite, on gRPC C++."};
    app.add_option("--server_host", host);
    app.add_option("--server_port", port);
    app.add_option("--test_case", name);
    app.add_flag("--use_tls", tls);
    app.add_option("--ca_file", ca);
    app.add_option("--server_host_override", host_override);
    CLI11_PARSE(app, argc, argv);
    const auto* const wanted = find_case(name);
    if (wanted == nullptr) return kUsage;

    auto credentials = grpc::InsecureChannelCredentials();
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
    if (tls) credentials = grpc::SslCredentials({.pem_root_certs = read_file(ca), .pem_private_key = {}, .pem_cert_chain = {}});
    if (!host_override.empty()) arguments.SetSslTargetNameOverride(host_override);
    try {
        // Port 0 says that the host is a whole target, as Go's and Java's clients have it.
        const auto target = port == 0 ? host : host + ":" + std::to_string(port);
        wanted->run(grpc::CreateCustomChannel(target, credentials, arguments));
    } catch (const std::runtime_error& unlike) {
        std::fprintf(stderr, "%s: FAILED: %s\n", name.c_str(), unlike.what());
        return 1;
    }
    return 0;
}

}  // namespace
}  // namespace peer

int main(int argc, char** argv) { return peer::run(argc, argv); }
