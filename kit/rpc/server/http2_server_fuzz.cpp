#include "kit/rpc/placement_fixture.hpp"
#include "kit/testing/fuzz_input.hpp"
#include "kit/testing/memory_stream.hpp"

// This target runs a gRPC server with all four shapes of calls against a client that sends
// arbitrary frames after HTTP/2's preface.
namespace tw::rpc::test {
namespace {

constexpr std::string_view kPreface{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33};

Task<void> talk(std::unique_ptr<net::Stream> client, std::string bytes) {
    static_cast<void>(co_await client->write_all(bytes));
    client->shutdown_write();
    std::vector<char> answers(4096);
    while (true) {
        const auto got = co_await client->read_some(answers);
        if (!got || *got == 0) break;
    }
}

}  // namespace
}  // namespace tw::rpc::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw::rpc::test;
    tw::test::FuzzInput input{bytes, size};
    Placement at{true};
    at.server_limits.message_bytes_max = 4096;
    auto ends = tw::test::MemoryStream::make_pair(at.loop);
    at.server().serve_stream(std::move(ends.first));
    at.run(talk(std::move(ends.second), std::string{kPreface} + frames_of(input)));
    at.run(at.settle());
    tw::test::require(at.server().connections() == 0, "a connection ends with its client");
    tw::test::require(at.service.running == 0, "no handler outlives its caller");
    return 0;
}
