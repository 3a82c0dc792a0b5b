#include "services/console/address_file.hpp"

#include "kit/runtime/listening.hpp"
#include "kit/runtime/process_settings.hpp"

#include <filesystem>
#include <fstream>

namespace tw::console {

AddressFile::AddressFile(const runtime::Config& config)
    : path_{(std::filesystem::path{runtime::process_settings(config).data_folder} / "console" / "address").string()} {}

Result<void> AddressFile::write(const net::Address& page) const { return runtime::write_ready_file(path_, page.to_string()); }

void AddressFile::remove(const net::Address& page) const { runtime::remove_ready_file(path_, page.to_string()); }

std::optional<net::Address> AddressFile::read() const {
    std::ifstream file{path_};
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    auto address = net::Address::parse(line);
    if (!address) return std::nullopt;
    return std::move(*address);
}

}  // namespace tw::console
