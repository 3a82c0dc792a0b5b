#pragma once

#include "kit/net/h2_session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

/// The functions that connect H2Session and nghttp2. Internal to kit/net.
namespace tw::net {

inline std::uint8_t* bytes_of(std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

/// Converts fields to nghttp2's form. Fields for which `indexed` returns true are added to the
/// peer's table.
class FieldArray {
 public:
    explicit FieldArray(std::span<const H2Field> fields)
        : FieldArray{fields, [](const H2Field& field) { return field.repeats; }} {}
    template <class Indexed>
    FieldArray(std::span<const H2Field> fields, Indexed indexed) : size_{fields.size()} {
        if (size_ > few_.size()) many_.resize(size_);
        auto* out = data();
        for (const auto& field : fields) {
            std::uint8_t flags = NGHTTP2_NV_FLAG_NONE;
            if (field.stable) flags |= NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
            if (!indexed(field)) flags |= NGHTTP2_NV_FLAG_NO_INDEX;
            *out++ = {bytes_of(field.name), bytes_of(field.value), field.name.size(), field.value.size(), flags};
        }
    }
    nghttp2_nv* data() { return many_.empty() ? few_.data() : many_.data(); }
    std::size_t size() const { return size_; }

 private:
    std::size_t size_;
    std::array<nghttp2_nv, 12> few_;
    std::vector<nghttp2_nv> many_;
};

/// The content of the ping that follows the first GOAWAY of a drain. No other ping has it.
inline constexpr std::array<std::uint8_t, 8> kDrainPing{'t', 'w', ' ', 'd', 'r', 'a', 'i', 'n'};

/// The functions that nghttp2 calls. nghttp2 is written in C: no exception may pass through it.
struct H2Session::Callbacks {
    static H2Session& self(void* user) { return *static_cast<H2Session*>(user); }

    static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) noexcept;
    /// Frames of unknown types are ignored (RFC 9113 §5.5). begin_frame has counted them before.
    static int skip_extension_chunk(nghttp2_session*, const nghttp2_frame_hd*, const std::uint8_t*, std::size_t, void*) noexcept;
    static int skip_extension(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) noexcept;
    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept;
    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) noexcept;
    static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept;
    static int end_of_stream(H2Session& session, const nghttp2_frame* frame);
    static void ping_received(H2Session& session, const nghttp2_frame& frame);

    /// The client has answered the ping after the first GOAWAY: everything that it sent before it
    /// knew of the drain has arrived.
    static void finish_drain(H2Session& session);
    static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user) noexcept;
    static int data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                          void* user) noexcept;
    static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) noexcept;
    /// This is called before the frame is returned by pull(). frame_sent may be called one pull
    /// later.
    static int before_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept;
    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept;

    /// nghttp2 asks how much of a body may go into a frame of up to `size` bytes.
    static ssize_t read_body(nghttp2_session* raw, std::int32_t id, std::uint8_t*, std::size_t size, std::uint32_t* flags,
                             nghttp2_data_source*, void* user) noexcept;
    /// nghttp2 asks to write that frame.
    static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t size, nghttp2_data_source*,
                         void* user) noexcept;
    static nghttp2_mem allocator(H2Memory& memory);
    static nghttp2_session_callbacks* make();
    static nghttp2_option* options();
};

}  // namespace tw::net
