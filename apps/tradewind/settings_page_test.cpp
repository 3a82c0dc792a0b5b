#include "apps/tradewind/settings_page.hpp"

#include "apps/tradewind/modules.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/runtime/core_settings.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace tw::app {
namespace {

TEST(SettingsPage, says_what_the_tables_say) {
    const auto page = settings_page(program_name(), runtime::all_settings(program_name(), modules(), "~/.local/share/tradewind"));
    if (std::getenv("TW_WRITE_PAGES") != nullptr) std::ofstream{TW_SETTINGS_PAGE} << page;
    std::ifstream file{TW_SETTINGS_PAGE};
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>{file}, {}), page)
        << "docs/reference/settings.md is not what the tables declare; run this test with TW_WRITE_PAGES=1 to write it again";
}

}  // namespace
}  // namespace tw::app
