#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/testing/fuzz_input.hpp"

// This target reads arbitrary texts as `grpc-timeout` and as `grpc-message`.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw;
    const std::string_view text{reinterpret_cast<const char*>(bytes), size};
    if (const auto timeout = rpc::parse_timeout(text)) {
        test::require(timeout->count() >= 0, "no time is negative");
        const auto again = rpc::parse_timeout(rpc::format_timeout(*timeout));
        test::require(again && (*again <= *timeout || timeout->count() == 0), "a time grows on no hop");
        test::require(rpc::format_timeout(*again).size() <= 9, "eight digits and a unit");
    }
    const auto decoded = rpc::decode_status_message(text);
    test::require(decoded.size() <= size, "decoding makes nothing longer");
    test::require(rpc::decode_status_message(rpc::encode_status_message(text)) == text, "a message arrives as it was sent");
    return 0;
}
