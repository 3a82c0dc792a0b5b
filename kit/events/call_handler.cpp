#include "kit/events/call_handler.hpp"

#include <exception>
#include <string>

namespace tw::events {

Task<Result<void>> call_handler(const CallContext& ctx, const Handler& handler, const Event& event,
                                std::function<void(std::string_view what)> on_exception) {
    std::string what;
    try {
        auto handling = handler(ctx, event);
        co_return co_await std::move(handling);
    } catch (const std::exception& exception) {
        what = exception.what();
    } catch (...) {
        what = "an object that is not a std::exception";
    }
    on_exception(what);
    co_return internal("exception: " + what);
}

}  // namespace tw::events
