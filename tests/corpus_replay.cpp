#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <gtest/gtest.h>

// Puts every input that a fuzz target's corpus holds to the target once: whatever was found stays found.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

TEST(Corpus, is_taken_without_a_finding) {
    std::size_t inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator{TW_CORPUS}) {
        SCOPED_TRACE(entry.path());
        std::ifstream file{entry.path(), std::ios::binary};
        const std::vector<char> bytes{std::istreambuf_iterator<char>{file}, {}};
        EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
        ++inputs;
    }
    EXPECT_GT(inputs, 0u) << TW_CORPUS;
}
