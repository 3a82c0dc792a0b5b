#include "kit/runtime/store_module.hpp"

namespace tw::runtime {

Task<Result<void>> StoreModule::prepare(Host& host) {
    store_ = &host.store();
    co_return store_->migrate(schema_);
}

Task<void> StoreModule::drain(Deadline) { co_return; }

Health StoreModule::health() const {
    if (store_ == nullptr) return {.ready = false, .reasons = {"not prepared yet"}};
    if (const auto fine = store_->health(); !fine) return {.ready = false, .reasons = {fine.error().detail()}};
    return {};
}

}  // namespace tw::runtime
