#include "kit/base/encoding.hpp"
#include "kit/testing/fuzz_input.hpp"

// Fuzzes percent-decoding and the other functions that read untrusted text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw;
    test::FuzzInput input{bytes, size};
    const bool plus_is_space = input.byte() % 2 == 1;
    const auto text = input.rest();

    if (const auto decoded = percent_decode(text, plus_is_space)) {
        test::require(decoded->size() <= text.size(), "decoding makes nothing longer");
        // The decoded text, with every byte escaped, decodes to itself.
        std::string escaped;
        for (const char c : *decoded) {
            const auto byte = static_cast<std::uint8_t>(c);
            std::string digits(2, '\0');
            write_hex({&byte, 1}, digits.data());
            escaped += '%' + digits;
        }
        test::require(percent_decode(escaped, plus_is_space) == decoded, "escaping undoes decoding");
    }
    if (const auto decoded = base64_decode(text)) {
        test::require(base64_decode(base64_encode(*decoded)) == decoded, "base64 is read as it was written");
    }
    if (is_utf8(text)) test::require(utf8_length(text) <= text.size(), "a code point has a byte");
    test::require(json_plain_length(text) <= text.size(), "what is plain is a part");
    test::require(ascii_lower(ascii_lower(text)) == ascii_lower(text), "lower case stays lower case");
    return 0;
}
