// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/memory_error.h"

#include <c10/util/Exception.h>

#include <new>
#include <string_view>
#include <system_error>

namespace moelora {
namespace {

// LibTorch's CPU allocator and oneDNN report a failed allocation as a plain error; the text is all
// there is. oneDNN has described the primitive by then, so that nothing but room can be missing.
bool names_allocator(std::string_view what) {
    return what.find("DefaultCPUAllocator") != std::string_view::npos ||
           what.ends_with("could not create a primitive");
}

// A failed allocation, or a thread for which the system has no room.
bool is_of_memory(const std::exception& thrown) {
    if (dynamic_cast<const std::bad_alloc*>(&thrown)) return true;
    const auto* system = dynamic_cast<const std::system_error*>(&thrown);
    if (system)
        return system->code() == std::errc::resource_unavailable_try_again ||
               system->code() == std::errc::not_enough_memory;
    const auto* torch = dynamic_cast<const c10::Error*>(&thrown);
    return names_allocator(torch ? torch->what_without_backtrace() : thrown.what());
}

}  // namespace

std::optional<Error> memory_error(const std::exception& thrown, const std::string& stage) {
    if (dynamic_cast<const c10::OutOfMemoryError*>(&thrown))
        return Error{
            ErrorCode::DeviceOutOfMemory, {{"device", "GPU"}, {"stage", stage}}, {}, thrown.what()};
    if (!is_of_memory(thrown)) return std::nullopt;
    return Error{ErrorCode::HostOutOfMemory, {{"stage", stage}}, {}, thrown.what()};
}

bool is_memory_error(const Error& error) {
    return error.code == ErrorCode::HostOutOfMemory || error.code == ErrorCode::DeviceOutOfMemory ||
           (error.code == ErrorCode::Internal && names_allocator(error.arg("what")));
}

}  // namespace moelora
