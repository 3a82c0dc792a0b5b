#include "kit/redis/command.hpp"

#include <array>
#include <hiredis/hiredis.h>
#include <new>
#include <vector>

namespace tw::redis {
namespace {

/// Nearly all commands have fewer parts than this.
constexpr std::size_t kPartsOnStack = 24;

}  // namespace

void Command::Free::operator()(char* wire) const { redisFreeCommand(wire); }

Command::Command(std::string_view name, std::span<const std::string_view> arguments) : name_{name} {
    const auto count = arguments.size() + 1;
    std::array<const char*, kPartsOnStack> few_texts;
    std::array<std::size_t, kPartsOnStack> few_sizes;
    std::vector<const char*> many_texts(count > kPartsOnStack ? count : 0);
    std::vector<std::size_t> many_sizes(many_texts.size());
    auto* const texts = many_texts.empty() ? few_texts.data() : many_texts.data();
    auto* const sizes = many_sizes.empty() ? few_sizes.data() : many_sizes.data();
    texts[0] = name.data();
    sizes[0] = name.size();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        texts[i + 1] = arguments[i].data();
        sizes[i + 1] = arguments[i].size();
    }
    char* wire = nullptr;
    const auto size = redisFormatCommandArgv(&wire, static_cast<int>(count), texts, sizes);
    if (size < 0) throw std::bad_alloc{};
    wire_.reset(wire);
    size_ = static_cast<std::size_t>(size);
}

}  // namespace tw::redis
