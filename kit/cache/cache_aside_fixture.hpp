#pragma once

#include "kit/cache/cache_aside.hpp"
#include "kit/cache/local_cache.hpp"
#include "kit/redis/redis_fixture.hpp"
#include "kit/testing/fake_clock.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tw::cache {

/// A row with its version.
struct Row {
    std::string text;
    std::int64_t version = 1;
    bool operator==(const Row&) const = default;
};

inline RowCodec<Row> codec() {
    return {.encode = [](const Row& row) { return std::to_string(row.version) + "," + row.text; },
            .decode = [](std::string_view bytes) -> std::optional<Row> {
                const auto comma = bytes.find(',');
                if (comma == std::string_view::npos) return std::nullopt;
                return Row{std::string{bytes.substr(comma + 1)}, std::stoll(std::string{bytes.substr(0, comma)})};
            },
            .version = [](const Row& row) { return row.version; }};
}

/// The table from which rows are loaded.
struct Source {
    EventLoop& loop;
    std::optional<Row> row = Row{"one"};
    int reads = 0;
    std::chrono::milliseconds slow{0};
    std::optional<Error> failure;

    Task<Result<std::optional<Row>>> operator()(const CallContext& ctx) {
        ++reads;
        const auto read = row;
        if (slow.count() > 0) {
            if (auto fine = co_await sleep_for(ctx, slow); !fine) co_return std::move(fine).error();
        }
        if (failure) co_return *failure;
        co_return read;
    }
};

class CacheAsideTest : public redis::RedisTest {
 public:
    using Aside = CacheAside<Row>;
    Aside aside(Cache& cache, CacheAsideOptions options = {.name = "row"}) {
        return {cache, codec(), invalidations, telemetry.get(), std::move(options)};
    }
    std::string get(Aside& rows, std::string_view id = "a") {
        const auto row = run(rows.get(call.context(), id, source));
        if (!row) return row.error().reason();
        return *row ? (*row)->text : "none";
    }
    /// Returns what `load` returns through the cache, or the text of what it throws.
    template <class Load>
    Task<std::string> guard(Aside& rows, Load& load) {
        try {
            const auto row = co_await rows.get(call.context(), "a", load);
            co_return row ? (*row)->text : row.error().reason();
        } catch (const std::runtime_error& thrown) {
            co_return thrown.what();
        }
    }
    void change(Aside& rows, std::string text) {
        source.row = Row{std::move(text), source.row->version + 1};
        run_until_done(loop, rows.changed(call.context(), "a", source.row->version));
    }

    test::FakeClock clock;
    LocalCache local{clock};
    std::shared_ptr<Invalidations> invalidations = std::make_shared<Invalidations>();
    Source source{loop};
};

}  // namespace tw::cache
