#include "kit/http/server/client_attributes.hpp"

#include "kit/net/address.hpp"

namespace tw::http {

const telemetry::FixedAttributes& ClientAttributes::of(const Request& request, std::string_view peer, bool secure) {
    const auto host = request.headers.find("host").value_or("");
    const auto agent = request.headers.find("user-agent").value_or("");
    const bool same_client = known_ && peer == peer_ && secure == secure_;
    if (same_client && host == host_ && agent == agent_ && request.version == version_) return attributes_;
    known_ = true;
    peer_ = peer;
    secure_ = secure;
    host_ = host;
    agent_ = agent;
    version_ = request.version;
    attributes_ = {};
    attributes_.add("url.scheme", secure ? "https" : "http");
    attributes_.add("client.address", peer);
    attributes_.add("network.protocol.version", version_text(version_));
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
