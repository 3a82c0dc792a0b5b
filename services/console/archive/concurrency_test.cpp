#include "services/console/archive/archive_fixture.hpp"

#include <thread>

#include <gmock/gmock.h>

namespace tw::console::test {
namespace {

TEST_F(ArchiveTest, readers_see_whole_traces_while_others_are_stored_and_removed) {
    constexpr std::uint64_t kTraces = 400;
    options_.file_bytes_max = 128 * 1024;
    options_.bytes_max = 512 * 1024;
    open();
    std::atomic<bool> stored_all{false};
    std::atomic<int> whole{0};
    std::atomic<int> broken{0};
    const auto read = [&] {
        do {
            const auto page = traces("service:shop", 20);
            for (const auto& listed : page.traces()) {
                ::console::GetTraceRequest request;
                request.set_trace_id(listed.trace_id());
                const auto found = archive_->get_trace(request);
                // Between the list and this question its file may have been removed.
                if (found) (found->span_ids_size() == 3 && listed.spans() == 3 ? whole : broken) += 1;
            }
            logs("said", 20);
            status();
        } while (!stored_all);
    };
    std::thread first{read};
    std::thread second{read};
    for (std::uint64_t i = 1; i <= kTraces; ++i) {
        SpanRequest request;
        request.span(i, 1).with("padding", std::string(3000, 'x')).span(i, 2, 1).span(i, 3, 1);
        archive_->add(telemetry::Signal::traces, request.bytes(), {});
        ASSERT_TRUE(store(LogRequest{}.log("said", i, 1)));
    }
    stored_all = true;
    first.join();
    second.join();
    EXPECT_EQ(broken, 0);
    EXPECT_GT(whole, 0);
    EXPECT_TRUE(trace(kTraces));
    EXPECT_FALSE(trace(1));
    EXPECT_THAT(sink_.lines(), testing::IsEmpty());
    EXPECT_THAT(status().losses(), testing::IsEmpty());
}

}  // namespace
}  // namespace tw::console::test
