#include "kit/http/client_attributes.hpp"

#include "kit/net/address.hpp"

namespace tw::http {

const telemetry::FixedAttributes& ClientAttributes::of(const Request& request, std::string_view peer, bool http_1_1) {
    const auto host = request.headers.find("host").value_or("");
    const auto agent = request.headers.find("user-agent").value_or("");
    if (known_ && host == host_ && agent == agent_ && http_1_1 == http_1_1_) return attributes_;
    known_ = true;
    host_ = host;
    agent_ = agent;
    http_1_1_ = http_1_1;
    attributes_ = {};
    attributes_.add("url.scheme", "http");
    attributes_.add("client.address", peer);
    attributes_.add("network.protocol.version", http_1_1 ? "1.1" : "1.0");
    if (const auto address = net::Address::parse(host)) {
        attributes_.add("server.address", address->host);
        attributes_.add("server.port", static_cast<int>(address->port));
    } else if (!host.empty()) {
        attributes_.add("server.address", host);
    }
    if (!agent.empty()) attributes_.add("user_agent.original", agent);
    return attributes_;
}

}  // namespace tw::http
