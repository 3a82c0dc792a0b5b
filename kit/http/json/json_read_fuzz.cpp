#include "kit/http/json/json_mapping_test.pb.h"
#include "kit/http/json_mapping.hpp"
#include "kit/testing/fuzz_input.hpp"

// Fuzzes the reading of JSON. A message that was read is written, and must be read as the same
// message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw;
    http::test::Everything message;
    std::vector<Violation> violations;
    const auto read = http::parse_json({reinterpret_cast<const char*>(bytes), size}, message, violations);
    if (!read || !violations.empty()) return 0;

    std::string written;
    http::write_json(message, written);
    http::test::Everything again;
    // The limits are meant for text from others. The written text is longer, since it has all
    // defaults.
    const http::JsonOptions ample{.bytes_max = 64 << 20, .depth_max = 64, .elements_max = 1 << 20};
    test::require(static_cast<bool>(http::parse_json(written, again, violations, ample)) && violations.empty(),
                  "what is written can be read");
    std::string twice;
    http::write_json(again, twice);
    test::require(twice == written, "it says the same");
    return 0;
}
