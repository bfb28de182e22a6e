// SPDX-License-Identifier: GPL-3.0-or-later
// moelora_bench: answers one line of JSON per command on standard input (step, layers, frozen,
// gradients FILE, compare FILE, decode KIND STEPS [FILE], memory, reset_memory, quit), so that a
// driver can interleave it with its peers. See README.md.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "core/base/host_process.h"
#include "tests/bench/bench_slice.h"

namespace {

using moelora::bench::Measured;
using moelora::bench::Slice;

// Peak resident memory in KiB, as the kernel counts it.
std::int64_t peak_memory_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6));
    return 0;
}

void answer(const Measured& m) {
    std::cout << nlohmann::json{{"seconds", m.seconds},
                                {"cpu_seconds", m.cpu_seconds},
                                {"loss", m.loss},
                                {"grad_norm", m.grad_norm}}
                     .dump()
              << std::endl;
}

void serve(Slice& slice) {
    for (std::string command; std::getline(std::cin, command) && command != "quit";) {
        constexpr std::string_view gradients = "gradients ";
        if (command.starts_with(gradients)) {
            slice.save_gradients(command.substr(gradients.size()));
            std::cout << R"({"saved":true})" << std::endl;
        }
        constexpr std::string_view compare = "compare ";
        if (command.starts_with(compare)) {
            const auto found = slice.compare(command.substr(compare.size()));
            std::cout << nlohmann::json{{"cosine", found.cosine},
                                        {"tensor", found.tensor},
                                        {"tensors", found.tensors}}
                             .dump()
                      << std::endl;
        }
        if (std::istringstream words(command); command.starts_with("decode ")) {
            std::string word, kind, file;
            std::int64_t steps = 0;
            words >> word >> kind >> steps >> file;
            answer(slice.decode(kind, steps, file));
        }
        if (command == "step") answer(slice.step());
        if (command == "layers") answer(slice.layers());
        if (command == "frozen") answer(slice.frozen());
        if (command == "reset_memory") std::ofstream("/proc/self/clear_refs") << "5";
        if (command == "memory" || command == "reset_memory")
            std::cout << nlohmann::json{{"kib", peak_memory_kib()}}.dump() << std::endl;
    }
}

}  // namespace

int main(int argc, char** argv) {
    moelora::keep_large_blocks();  // as the programs do
    CLI::App app("One side of the training benchmark; tests/bench/run drives it.");
    std::string model, inputs, adapter = "lora", save, save_folder, dtype = "fp32";
    int threads = 2;
    std::int64_t accumulate = 1, pack_tokens = 1;
    app.add_option("--model", model)->required();
    app.add_option("--inputs", inputs)->required();
    app.add_option("--adapter", adapter);
    app.add_option("--save-folder", save_folder);
    app.add_option("--save-adapter", save);
    app.add_option("--dtype", dtype)->check(CLI::IsMember({"fp32", "bf16"}));
    app.add_option("--threads", threads);
    app.add_option("--accumulate", accumulate);
    app.add_option("--pack-tokens", pack_tokens);
    CLI11_PARSE(app, argc, argv);
    at::set_num_threads(threads);
    try {
        Slice slice(model, inputs, adapter,
                    dtype == "bf16" ? moelora::ComputeDtype::Bf16 : moelora::ComputeDtype::Fp32,
                    accumulate, pack_tokens);
        if (!save.empty()) slice.save_adapter(save);
        if (!save_folder.empty()) slice.save_folder(save_folder);
        std::cout << R"({"ready":true})" << std::endl;
        serve(slice);
    } catch (const std::exception& e) {
        std::cerr << "moelora_bench: " << e.what() << '\n';
        return 1;
    }
    return 0;
}
