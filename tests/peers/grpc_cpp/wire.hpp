#pragma once

#include <cstdint>
#include <fstream>
#include <grpc/testing/test.grpc.pb.h>
#include <grpcpp/grpcpp.h>
#include <iterator>
#include <string>

/// gRPC's library has this for its own interoperability tests, but in no header that it installs.
std::uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace peer {

/// Whether the message that `context`'s call received last came packed.
template <class Context>
bool came_packed(Context& context) {
    constexpr std::uint32_t kPacked = 0x8000'0000;
    constexpr std::uint32_t kWasPacked = 0x4000'0000;
    return (grpc_call_test_only_get_message_flags(context.c_call()) & (kPacked | kWasPacked)) != 0;
}

inline std::string read_file(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// As much as Java's programs take.
inline constexpr int kMessageBytesMax = 16 * 1024 * 1024;

inline constexpr const char* kEchoInitial = "x-grpc-test-echo-initial";
inline constexpr const char* kEchoTrailing = "x-grpc-test-echo-trailing-bin";
/// A call's own load report (ORCA) comes in this of its trailers.
inline constexpr const char* kLoadTrailer = "endpoint-load-metrics-bin";

}  // namespace peer
