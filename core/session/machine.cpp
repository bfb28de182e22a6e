// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/machine.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>

namespace moelora {
namespace fs = std::filesystem;
namespace {

// The few functions of NVML that are needed, with their published layouts; its header is not
// required to build.
struct NvmlUtilization {
    unsigned gpu, memory;
};
struct NvmlProcess {  // version 3
    unsigned pid;
    unsigned long long used;
    unsigned instance, compute_instance;
};
using NvmlDevice = void*;

struct Nvml {
    int (*init)() = nullptr;
    int (*by_index)(unsigned, NvmlDevice*) = nullptr;
    int (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;
    int (*temperature)(NvmlDevice, int, unsigned*) = nullptr;
    int (*compute)(NvmlDevice, unsigned*, NvmlProcess*) = nullptr;
    int (*graphics)(NvmlDevice, unsigned*, NvmlProcess*) = nullptr;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

std::optional<Nvml> open_nvml() {
    void* library = dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL);
    Nvml out;
    if (library == nullptr || !find(library, "nvmlInit_v2", out.init) ||
        !find(library, "nvmlDeviceGetHandleByIndex_v2", out.by_index) || out.init() != 0)
        return std::nullopt;
    // What an older driver lacks is not shown.
    find(library, "nvmlDeviceGetUtilizationRates", out.utilization);
    find(library, "nvmlDeviceGetTemperature", out.temperature);
    find(library, "nvmlDeviceGetComputeRunningProcesses_v3", out.compute);
    find(library, "nvmlDeviceGetGraphicsRunningProcesses_v3", out.graphics);
    return out;
}

std::string program_name(unsigned pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name;
    if (!std::getline(file, name) || name.empty()) name = "process " + std::to_string(pid);
    return name;
}

void add_users(int (*list)(NvmlDevice, unsigned*, NvmlProcess*), NvmlDevice device,
               std::vector<unsigned>& seen, std::vector<GpuUser>& users) {
    if (list == nullptr) return;
    constexpr unsigned most = 256;
    std::vector<NvmlProcess> found(most);
    unsigned count = most;
    if (list(device, &count, found.data()) != 0) return;
    found.resize(std::min(count, most));
    for (const NvmlProcess& process : found) {
        if (std::find(seen.begin(), seen.end(), process.pid) != seen.end()) continue;
        seen.push_back(process.pid);
        const bool known = process.used != std::numeric_limits<unsigned long long>::max();
        users.push_back({program_name(process.pid),
                         known ? static_cast<std::int64_t>(process.used) : 0,
                         process.pid == static_cast<unsigned>(getpid())});
    }
}

fs::path largest_file(const fs::path& path) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path;
    fs::path largest;
    std::uintmax_t bytes = 0;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code unreadable;
        if (!entry->is_regular_file(unreadable)) continue;
        const std::uintmax_t size = entry->file_size(unreadable);
        if (unreadable || size <= bytes) continue;
        bytes = size;
        largest = entry->path();
    }
    return largest;
}

class File {
  public:
    explicit File(const fs::path& path) : number_(open(path.c_str(), O_RDONLY | O_DIRECT)) {
        if (number_ >= 0) return;
        number_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (number_ >= 0) posix_fadvise(number_, 0, 0, POSIX_FADV_DONTNEED);
    }
    ~File() {
        if (number_ >= 0) close(number_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

}  // namespace

std::optional<GpuState> gpu_state(std::int64_t number) {
    static const std::optional<Nvml> nvml = open_nvml();  // once a process
    NvmlDevice device = nullptr;
    if (!nvml || nvml->by_index(static_cast<unsigned>(number), &device) != 0) return std::nullopt;
    GpuState out;
    NvmlUtilization use{};
    if (nvml->utilization != nullptr && nvml->utilization(device, &use) == 0)
        out.busy_percent = use.gpu;
    unsigned celsius = 0;
    if (nvml->temperature != nullptr && nvml->temperature(device, 0, &celsius) == 0)
        out.celsius = celsius;
    std::vector<unsigned> seen;
    add_users(nvml->compute, device, seen, out.users);
    add_users(nvml->graphics, device, seen, out.users);
    std::stable_sort(out.users.begin(), out.users.end(),
                     [](const GpuUser& a, const GpuUser& b) { return a.bytes > b.bytes; });
    return out;
}

std::optional<double> read_bytes_per_second(const std::string& path) {
    constexpr std::size_t piece = 4U << 20, alignment = 4096;
    constexpr std::int64_t least = 1 << 20, most = 128 << 20;
    constexpr double patience_s = 0.5;
    const File file(largest_file(path));
    if (file.number() < 0) return std::nullopt;
    struct Free {
        void operator()(void* memory) const { std::free(memory); }
    };
    const std::unique_ptr<void, Free> block(std::aligned_alloc(alignment, piece));
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    std::int64_t bytes = 0;
    double seconds = 0;
    while (block && bytes < most && seconds < patience_s) {
        const ssize_t got = read(file.number(), block.get(), piece);
        if (got <= 0) break;
        bytes += got;
        seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    }
    if (bytes < least || seconds <= 0) return std::nullopt;
    return static_cast<double>(bytes) / seconds;
}

}  // namespace moelora
