// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/environment.h"

#include <sys/utsname.h>
#include <torch/headeronly/version.h>

#include <fstream>
#include <string>

#include "core/session/device.h"
#include "core/session/machine.h"

namespace moelora {
namespace {

// "Debian GNU/Linux 12 (bookworm)"
std::string system_name() {
    constexpr std::string_view key = "PRETTY_NAME=\"";
    std::ifstream file("/etc/os-release");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(key) && line.ends_with('"'))
            return line.substr(key.size(), line.size() - key.size() - 1);
    return {};
}

std::string kernel_release() {
    utsname names{};
    return uname(&names) == 0 ? names.release : "";
}

}  // namespace

std::string libtorch_version() {
    return TORCH_VERSION;
}

Json environment_record() {
    const HardwareReport found = hardware_report();
    Json gpus = Json::array();
    for (const GpuReport& gpu : found.gpus) gpus.push_back(gpu.name);
    return {{"system", system_name()},      {"kernel", kernel_release()},
            {"processor", found.processor}, {"instructions", found.instructions},
            {"threads", found.threads},     {"libtorch", TORCH_VERSION},
            {"gpus", std::move(gpus)},      {"driver", found.driver}};
}

}  // namespace moelora
