// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/device.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "core/base/host_process.h"
#include "core/ops/cuda_kernels.h"
#include "core/ops/varlen_attention.h"
#include "core/session/machine.h"
#include "core/session/session.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

constexpr int bf16_capability = 80;  // since Ampere

struct Processor {
    std::string name;
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
        if (line.starts_with("model name")) out.name = value;
        if (line.starts_with("physical id")) package = value;
        if (line.starts_with("core id")) cores.emplace(package, value);
        if (line.starts_with("flags") && out.flags.empty()) {
            std::istringstream words(value);
            for (std::string word; words >> word;) out.flags.insert(word);
        }
    }
    out.physical_cores = static_cast<std::int64_t>(cores.size());
    return out;
}

// Processors this process may use: its affinity (taskset, cpusets), and the share of time that its
// control group has (containers). Version 2 of control groups; without one there is no limit.
std::int64_t allowed_processors() {
    cpu_set_t set;
    std::int64_t allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    std::string group, quota;
    std::ifstream own("/proc/self/cgroup");
    while (std::getline(own, group))
        if (group.starts_with("0::")) break;
    if (!group.starts_with("0::")) return allowed;
    for (fs::path at = "/sys/fs/cgroup" + group.substr(3);; at = at.parent_path()) {
        std::int64_t period = 0;
        if (std::ifstream file(at / "cpu.max"); file >> quota >> period)
            if (const auto time = std::strtoll(quota.c_str(), nullptr, 10); time > 0 && period > 0)
                allowed =
                    std::min(allowed, std::max<std::int64_t>(1, (time + period - 1) / period));
        if (at == "/sys/fs/cgroup" || !at.has_relative_path()) return allowed;
    }
}

const Processor& processor() {
    static const Processor found = read_processor();
    return found;
}

// Physical cores, as far as they may be used; where the system tells no cores, what may be used.
std::int64_t usual_threads() {
    const std::int64_t cores = processor().physical_cores, allowed = allowed_processors();
    return std::max<std::int64_t>(1, cores > 0 ? std::min(cores, allowed) : allowed);
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
    MoeloraCudaCapability capability = nullptr;
    MoeloraCudaSelfTest self_test = nullptr;
    std::string note;  // why our kernels are not used
};

Backend no_backend(std::string why) {
    return {0, std::move(why), nullptr, nullptr, {}};
}

// Each step says why it ends the search; nothing after the driver check runs on a machine without a
// driver.
Backend open_backend() {
    if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) == nullptr)
        return no_backend("no NVIDIA driver");
    const std::string path = backend_path();
    if (path.empty())
        return no_backend(
            "a driver is there, but this program was built without its CUDA back end");
    const std::string torch = torch_library_folder();
    if (std::error_code error; !fs::exists(fs::path(torch) / "libtorch_cuda.so", error))
        return no_backend(
            "a driver is there, but LibTorch's CUDA part is not; packaging/fetch-libtorch --cuda "
            "brings it");
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return no_backend(std::string("the CUDA back end cannot be opened: ") + dlerror());
    const auto open = reinterpret_cast<MoeloraCudaOpen>(dlsym(library, MOELORA_CUDA_OPEN));
    const auto capability =
        reinterpret_cast<MoeloraCudaCapability>(dlsym(library, MOELORA_CUDA_CAPABILITY));
    const auto self_test =
        reinterpret_cast<MoeloraCudaSelfTest>(dlsym(library, MOELORA_CUDA_SELF_TEST));
    const auto table = reinterpret_cast<MoeloraCudaTableOf>(dlsym(library, MOELORA_CUDA_TABLE));
    const MoeloraCudaTable* kernels = table == nullptr ? nullptr : table();
    if (std::string why = cuda::why_unfit(kernels); !why.empty()) return no_backend(std::move(why));
    if (open == nullptr || capability == nullptr || self_test == nullptr)
        return no_backend("the CUDA back end lacks functions of its version; build it anew");
    char message[512] = "";
    const int count = open(torch.c_str(), message, sizeof message);
    if (count <= 0) return no_backend(count == 0 ? "the driver shows no device" : message);
    std::vector<int> capabilities;
    for (int i = 0; i < count; ++i) capabilities.push_back(capability(i));
    use_varlen_kernels(std::move(capabilities));
    return {count, {}, capability, self_test, cuda::use_kernels(kernels)};
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

// KiB of /proc/meminfo in bytes; 0 = not known.
std::int64_t system_memory(std::string_view wanted) {
    std::ifstream info("/proc/meminfo");
    std::string name, unit;
    for (std::int64_t kib = 0; info >> name >> kib; std::getline(info, unit))
        if (name == wanted) return kib * 1024;
    return 0;
}

// What stands behind `key` in a file of the NVIDIA driver; "" = nothing.
std::string driver_value(const fs::path& file, std::string_view key) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);)
        if (const std::size_t at = line.find(key); at != std::string::npos) {
            const std::size_t begin = line.find_first_not_of(" \t:", at + key.size());
            return begin == std::string::npos ? std::string() : line.substr(begin);
        }
    return {};
}

// The name of the only kind of card there is: the driver numbers its files in another order.
std::string gpu_name() {
    std::set<std::string> names;
    std::error_code error;
    for (fs::directory_iterator card("/proc/driver/nvidia/gpus", error), end; !error && card != end;
         card.increment(error))
        names.insert(driver_value(card->path() / "information", "Model:"));
    return names.size() == 1 ? *names.begin() : std::string("NVIDIA");
}

GpuReport gpu_report(int index) {
    GpuReport out;
    out.name = gpu_name();
    out.capability = backend().capability(index);
    out.bf16 = out.capability >= bf16_capability;
    try {
        const auto [free, total] =
            at::accelerator::getMemoryInfo(static_cast<c10::DeviceIndex>(index));
        out.memory_bytes = static_cast<std::int64_t>(total);
        out.free_bytes = static_cast<std::int64_t>(free);
    } catch (const std::exception&) {  // busy or lost: the card is shown without numbers
    }
    if (const auto state = gpu_state(index))
        for (const GpuUser& user : state->users)
            if (user.own) out.own_bytes = user.bytes;
    return out;
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
bool bf16_on_gpu(const std::string& name) {
    return backend().capability(std::atoi(name.c_str() + name.find(':') + 1)) >= bf16_capability;
}

// Packs go on with a loop where LibTorch's kernel fails, so that is no failure.
std::string attention_self_test(int index) {
    const at::ScalarType type =
        backend().capability(index) >= bf16_capability ? at::kBFloat16 : at::kHalf;
    const VarlenKernel kernel = varlen_kernel(type, backend().capability(index), 64);
    const std::string name = "cuda:" + std::to_string(index) + ": attention of a pack in one call ";
    if (kernel == VarlenKernel::None) return name + "not on this card";
    const std::string why =
        why_no_varlen(kernel, at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index)), type);
    return name + (why.empty() ? "passed" : "not used: " + why);
}

}  // namespace

Result<DeviceChoice> choose_device(const DeviceOptions& options, ComputeDtype wanted) {
    DeviceChoice out;
    MOELORA_TRY(out.name, device_name(options.name));
    at::set_num_threads(static_cast<int>(options.threads > 0 ? options.threads : usual_threads()));
    const bool cpu = out.name == "cpu";
    out.dtype = wanted;
    if (wanted == ComputeDtype::Auto)
        out.dtype = cpu ? (bf16_in_hardware() ? ComputeDtype::Bf16 : ComputeDtype::Fp32)
                    : bf16_on_gpu(out.name) ? ComputeDtype::Bf16
                                            : ComputeDtype::Fp16;
    // An emulated type is slower than fp32 and less exact.
    const bool emulated = cpu && (out.dtype == ComputeDtype::Fp16 ||
                                  (out.dtype == ComputeDtype::Bf16 && !bf16_in_hardware()));
    out.note = cpu ? device_report() : out.name;
    if (emulated) {
        const std::string name(name_of_enum(out.dtype));
        out.note += "; " + name + " is only emulated here, fp32 is used";
        out.issues.push_back(
            {Severity::Info,
             {ErrorCode::DtypeReplaced, {{"wanted", name}, {"dtype", "fp32"}}, {}, {}},
             {},
             1});
        out.dtype = ComputeDtype::Fp32;
    }
    return out;
}

std::string device_report() {
    if (backend().devices > 0)
        return "CUDA, " + std::to_string(backend().devices) + " device(s)" +
               (backend().note.empty() ? "" : "; " + backend().note);
    return "CPU, " + std::to_string(at::get_num_threads()) + " threads, " + instruction_set() +
           " (" + backend().why + ")";
}

HardwareReport hardware_report() {
    HardwareReport out;
    out.processor = processor().name;
    out.instructions = instruction_set();
    out.cores = processor().physical_cores;
    out.threads = usual_threads();
    out.bf16 = bf16_in_hardware();
    out.memory_bytes = system_memory("MemTotal:");
    out.free_bytes = available_memory();
    out.own_bytes = std::max<std::int64_t>(0, resident_bytes() - file_backed_bytes());
    for (int i = 0; i < backend().devices; ++i) out.gpus.push_back(gpu_report(i));
    out.no_gpu = backend().why;
    // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Wed ..."
    std::istringstream version(driver_value("/proc/driver/nvidia/version", "Module"));
    version >> out.driver;
    return out;
}

std::int64_t available_memory() {
    return system_memory("MemAvailable:");
}

std::int64_t free_memory() {
    return available_memory();
}

std::vector<std::string> device_self_tests() {
    std::vector<std::string> out;
    for (int i = 0; i < backend().devices; ++i) {
        char message[512] = "";
        const int result = backend().self_test(i, message, sizeof message);
        out.push_back("cuda:" + std::to_string(i) + (result == 0 ? ": passed, " : ": FAILED, ") +
                      message);
        out.push_back(attention_self_test(i));
    }
    return out;
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

void reset_peak_resident_bytes() {
    std::ofstream("/proc/self/clear_refs") << "5";  // proc(5)
}

void give_back_unused_memory(const DeviceChoice& device) {
    if (device.name != "cpu") at::accelerator::emptyCache();
    give_back_free_memory();
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
