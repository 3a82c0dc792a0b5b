#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tw::test {

/// A TCP proxy on loopback that makes connections fail as networks do. It has its own thread. Call
/// it from any other thread.
class FaultProxy {
 public:
    enum class From : std::uint8_t { client, server };

    explicit FaultProxy(std::uint16_t target);
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    std::uint16_t port() const { return port_; }

    /// Cuts the connection on which these bytes come next, before they are passed on. It does so
    /// once.
    void cut_at(From side, std::string bytes);
    /// Cuts the next connection on which so many bytes have come from this side. It does so once.
    void cut_after(From side, std::size_t bytes);
    /// Whether the last cut that was asked for has taken place.
    bool cut() const { return !cutting_.load(); }
    /// Cuts all open connections.
    void cut_all();
    /// While set, nothing is passed on, and neither side is told. New connections are accepted, and
    /// nothing is passed on there either.
    void swallow(bool on) { swallowing_ = on; }
    /// While set, nobody listens on the port.
    void refuse(bool on) { refusing_ = on; }
    /// Delays everything that is passed on by this time.
    void delay(std::chrono::milliseconds by) { delay_ms_ = by.count(); }

 private:
    struct Pair;
    struct Cut {
        From side;
        std::string bytes;
        std::size_t after = 0;
    };

    void serve(const std::stop_token& stop);
    void listen();
    void accept();
    void ask(Cut cut);
    bool pass_on(Pair& pair, From side);
    bool meets_cut(Pair& pair, From side, const char* bytes, std::size_t size);

    std::uint16_t target_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::vector<std::unique_ptr<Pair>> pairs_;
    std::atomic<bool> swallowing_{false};
    std::atomic<bool> refusing_{false};
    std::atomic<bool> cutting_all_{false};
    std::atomic<bool> cutting_{false};
    std::atomic<std::int64_t> delay_ms_{0};
    std::mutex mutex_;
    std::optional<Cut> cut_;
    std::jthread thread_;
};

}  // namespace tw::test
