// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/memory_error.h"

#include <c10/util/Exception.h>

#include <new>
#include <string_view>

namespace moelora {
namespace {

// LibTorch's CPU allocator reports a failed allocation as a plain error; the text is all there is.
bool names_allocator(std::string_view what) {
    return what.find("DefaultCPUAllocator") != std::string_view::npos;
}

}  // namespace

std::optional<Error> memory_error(const std::exception& thrown, const std::string& stage) {
    if (dynamic_cast<const c10::OutOfMemoryError*>(&thrown))
        return Error{
            ErrorCode::DeviceOutOfMemory, {{"device", "GPU"}, {"stage", stage}}, {}, thrown.what()};
    const auto* plain = dynamic_cast<const c10::Error*>(&thrown);
    const bool full = plain && names_allocator(plain->what_without_backtrace());
    if (!full && !dynamic_cast<const std::bad_alloc*>(&thrown)) return std::nullopt;
    return Error{ErrorCode::HostOutOfMemory, {{"stage", stage}}, {}, thrown.what()};
}

bool is_memory_error(const Error& error) {
    return error.code == ErrorCode::HostOutOfMemory || error.code == ErrorCode::DeviceOutOfMemory ||
           (error.code == ErrorCode::Internal && names_allocator(error.arg("what")));
}

}  // namespace moelora
