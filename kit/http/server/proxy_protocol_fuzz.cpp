#include "kit/http/server/proxy_protocol.hpp"
#include "kit/testing/fuzz_input.hpp"

// Fuzzes the header of the PROXY protocol, version 2, as a proxy sends it in front of its client's
// bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw::http;
    using tw::test::require;
    tw::test::FuzzInput input{bytes, size};
    const auto fixed = input.take(kProxyHeadBytes);
    if (fixed.size() < kProxyHeadBytes) return 0;
    const auto head = read_proxy_head(fixed);
    if (!head) {
        require(head.error().reason() == "PROXY_PROTOCOL", "a refusal has its reason");
        return 0;
    }
    require(head->rest_bytes <= 4096, "a header is bounded");
    const auto rest = input.take(head->rest_bytes);
    const auto address = read_proxied_address(*head, rest);
    if (!address) {
        require(address.error().reason() == "PROXY_PROTOCOL", "a refusal has its reason");
        return 0;
    }
    if (head->local) require(!*address, "a proxy's own connection has no client");
    return 0;
}
