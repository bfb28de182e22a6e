// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/device.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "core/ops/cuda/backend_api.h"
#include "core/session/session.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

struct Processor {
    std::int64_t physical_cores = 1;
    std::set<std::string> flags;
};

Processor read_processor() {
    Processor out;
    std::set<std::pair<std::string, std::string>> cores;
    std::string package, line;
    std::ifstream file("/proc/cpuinfo");
    while (std::getline(file, line)) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::string value = line.substr(std::min(colon + 2, line.size()));
        if (line.starts_with("physical id")) package = value;
        if (line.starts_with("core id")) cores.emplace(package, value);
        if (line.starts_with("flags") && out.flags.empty()) {
            std::istringstream words(value);
            for (std::string word; words >> word;) out.flags.insert(word);
        }
    }
    out.physical_cores = std::max<std::int64_t>(1, static_cast<std::int64_t>(cores.size()));
    return out;
}

const Processor& processor() {
    static const Processor found = read_processor();
    return found;
}

bool bf16_in_hardware() {
    return processor().flags.contains("amx_bf16") || processor().flags.contains("avx512_bf16");
}

std::string instruction_set() {
    static constexpr std::pair<const char*, const char*> known[] = {
        {"amx_bf16", "AMX"}, {"avx512f", "AVX-512"}, {"avx2", "AVX2"}};
    for (const auto& [flag, name] : known)
        if (processor().flags.contains(flag)) return name;
    return "baseline instructions";
}

// The back-end library beside the program: build/lib, or lib/moelora of an installation.
std::string backend_path() {
    std::error_code error;
    fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (int up = 0; up < 5 && !error && !folder.empty(); ++up, folder = folder.parent_path())
        for (const char* place : {"lib", "lib/moelora", "lib/x86_64-linux-gnu/moelora"}) {
            const fs::path candidate = folder / place / "libmoelora_cuda.so";
            if (fs::exists(candidate, error)) return candidate.string();
        }
    return {};
}

std::string torch_library_folder() {
    Dl_info info{};
    const auto* symbol =
        reinterpret_cast<const void*>(static_cast<int (*)()>(&at::get_num_threads));
    if (dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) return {};
    return fs::path(info.dli_fname).parent_path().string();
}

struct Backend {
    int devices = 0;
    std::string why;  // when there are none
};

// Each step says why it ends the search; nothing after the driver check runs on a machine without a
// driver.
Backend open_backend() {
    if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) == nullptr) return {0, "no NVIDIA driver"};
    const std::string path = backend_path();
    if (path.empty())
        return {0, "a driver is there, but this program was built without its CUDA back end"};
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return {0, std::string("the CUDA back end cannot be opened: ") + dlerror()};
    const auto open = reinterpret_cast<MoeloraCudaOpen>(dlsym(library, MOELORA_CUDA_OPEN));
    if (open == nullptr) return {0, "the CUDA back end belongs to another version of the program"};
    char message[512] = "";
    const int count = open(torch_library_folder().c_str(), message, sizeof message);
    if (count <= 0) return {0, count == 0 ? "the driver shows no device" : message};
    return {count, {}};
}

const Backend& backend() {
    static const Backend opened = open_backend();  // once a process
    return opened;
}

std::int64_t status_bytes(const char* key) {
    std::ifstream file("/proc/self/status");
    std::string line;
    while (std::getline(file, line))
        if (line.starts_with(key))
            return std::strtoll(line.c_str() + std::string(key).size(), nullptr, 10) * 1024;
    return 0;
}

Result<std::string> device_name(const std::string& wanted) {
    if (wanted == "cpu") return std::string("cpu");
    if (wanted == "auto") return std::string(backend().devices > 0 ? "cuda:0" : "cpu");
    const std::string index = wanted == "cuda"              ? "0"
                              : wanted.starts_with("cuda:") ? wanted.substr(5)
                                                            : "";
    if (index.empty() || index.size() > 3 ||
        index.find_first_not_of("0123456789") != std::string::npos)
        return fail(ErrorCode::OptionInvalid, {{"option", "device.name"},
                                               {"value", wanted},
                                               {"why", "it must be auto, cpu, cuda or cuda:N"}});
    if (backend().devices == 0)
        return fail(ErrorCode::DeviceUnavailable, {{"device", wanted}, {"why", backend().why}});
    if (std::strtoll(index.c_str(), nullptr, 10) >= backend().devices)
        return fail(ErrorCode::DeviceUnavailable,
                    {{"device", wanted},
                     {"why", "there are " + std::to_string(backend().devices) + " devices"}});
    return "cuda:" + index;
}

}  // namespace

Result<DeviceChoice> choose_device(const DeviceOptions& options, ComputeDtype wanted) {
    DeviceChoice out;
    MOELORA_TRY(out.name, device_name(options.name));
    at::set_num_threads(
        static_cast<int>(options.threads > 0 ? options.threads : processor().physical_cores));
    const bool cpu = out.name == "cpu";
    out.dtype = wanted;
    if (wanted == ComputeDtype::Auto)
        out.dtype = cpu ? (bf16_in_hardware() ? ComputeDtype::Bf16 : ComputeDtype::Fp32)
                        : ComputeDtype::Fp16;
    // An emulated type is slower than fp32 and less exact.
    const bool emulated = cpu && (out.dtype == ComputeDtype::Fp16 ||
                                  (out.dtype == ComputeDtype::Bf16 && !bf16_in_hardware()));
    out.note = cpu ? device_report() : out.name;
    if (emulated) {
        out.note +=
            "; " + std::string(name_of_enum(out.dtype)) + " is only emulated here, fp32 is used";
        out.dtype = ComputeDtype::Fp32;
    }
    return out;
}

std::string device_report() {
    if (backend().devices > 0) return "CUDA, " + std::to_string(backend().devices) + " device(s)";
    return "CPU, " + std::to_string(at::get_num_threads()) + " threads, " + instruction_set() +
           " (" + backend().why + ")";
}

std::string program_version() {
    return MOELORA_VERSION;
}

std::string demo_dir() {
    std::error_code error;
    if (const char* set = std::getenv("MOELORA_DEMO")) return fs::exists(set, error) ? set : "";
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const fs::path& place :
         {program / ".." / "share" / "moelora" / "demo", fs::path(MOELORA_SOURCE_DEMO)})
        if (fs::exists(place / "model" / "config.json", error))
            return fs::weakly_canonical(place, error).string();
    return {};
}

std::int64_t resident_bytes() {
    return status_bytes("VmRSS:");
}
std::int64_t file_backed_bytes() {
    return status_bytes("RssFile:");
}
std::int64_t peak_resident_bytes() {
    return status_bytes("VmHWM:");
}

}  // namespace moelora
