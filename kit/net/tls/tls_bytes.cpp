#include "kit/net/tls/tls_bytes.hpp"

#include <algorithm>
#include <cstring>

namespace tw::net {
namespace {

TlsBytes& bytes_of(BIO* bio) { return *static_cast<TlsBytes*>(BIO_get_data(bio)); }

int write_bytes(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
    bytes_of(bio).out.append(data, size);
    *written = size;
    return 1;
}

int read_bytes(BIO* bio, char* data, std::size_t size, std::size_t* taken) {
    auto& bytes = bytes_of(bio);
    BIO_clear_retry_flags(bio);
    *taken = std::min(size, bytes.in.size());
    if (*taken == 0) {
        if (!bytes.ended) BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(data, bytes.in.data(), *taken);
    bytes.in.remove_prefix(*taken);
    return 1;
}

long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return bytes_of(bio).ended && bytes_of(bio).in.empty() ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* method() {
    static const BIO_METHOD* const kMethod = [] {
        auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tw");
        if (made == nullptr) return made;
        BIO_meth_set_write_ex(made, write_bytes);
        BIO_meth_set_read_ex(made, read_bytes);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return kMethod;
}

}  // namespace

BIO* TlsBytes::make_bio() {
    if (method() == nullptr) return nullptr;
    auto* const bio = BIO_new(method());
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    return bio;
}

}  // namespace tw::net
