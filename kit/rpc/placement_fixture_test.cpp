#include "kit/rpc/placement_fixture.hpp"

#include "kit/testing/memory_stream.hpp"

namespace tw::rpc::test {

Task<Result<std::unique_ptr<net::Stream>>> Placement::connect(const CallContext&) {
    co_await hop_to(loop);
    ++connections;
    if (unreachable) co_return unavailable("refused");
    auto pair = tw::test::MemoryStream::make_pair(loop);
    server().serve_stream(std::move(pair.second));
    co_return std::unique_ptr<net::Stream>{std::move(pair.first)};
}

}  // namespace tw::rpc::test
