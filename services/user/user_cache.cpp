#include "services/user/user_cache.hpp"

namespace tw::user {

cache::RowCodec<::user::User> user_codec() {
    return {.encode = [](const ::user::User& user) { return user.SerializeAsString(); },
            .decode = [](std::string_view bytes) -> std::optional<::user::User> {
                ::user::User user;
                if (!user.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || user.id().empty()) return std::nullopt;
                return user;
            },
            .version = [](const ::user::User& user) { return user.version(); }};
}

cache::CacheAsideOptions user_cache_options() { return {.name = "user.1"}; }

}  // namespace tw::user
