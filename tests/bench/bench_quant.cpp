// SPDX-License-Identifier: GPL-3.0-or-later
// Our side of bench_quant.py: one linear layer in 4 bits. Reads commands from stdin, answers on
// stdout: "run OP M" times one call ("WALL CPU" in seconds), "save OP M FILE" writes the result.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <ctime>
#include <iostream>
#include <sstream>

#include "core/quant/kernels.h"
#include "core/quant/quant_linear.h"
#include "core/quant/tile_matmul.h"
#include "tests/support/tensors.h"

namespace moelora {
namespace {

double clock_seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

class Bench {
  public:
    explicit Bench(const std::string& file) : tensors_(test::read_tensors(file)) {
        for (int copy = 0; tensors_.contains(std::string("codes.").append(std::to_string(copy)));
             ++copy) {
            const std::string end = std::string(".").append(std::to_string(copy));
            QuantizedMatrix w;
            w.out = tensors_.at("dy.1").size(1);
            w.in = tensors_.at("x.1").size(1);
            w.codes = tensors_.at("codes" + end);
            w.absmax = tensors_.at("absmax" + end);
            w.table = tensors_.at("map" + end);
            w.nested_absmax = tensors_.at("nested_absmax" + end);
            w.nested_table = tensors_.at("nested_map" + end);
            w.nested_offset = tensors_.at("offset" + end).item<float>();
            copies_.push_back(std::make_shared<const QuantizedMatrix>(std::move(w)));
        }
    }
    // Copies take turns, so that weights come from memory as they do in a model.
    at::Tensor call(const std::string& op, const std::string& rows) {
        const QuantizedPtr& w = copies_[next_++ % copies_.size()];
        if (op == "dequantize") return dequantize(*w, at::kFloat);
        const at::Tensor x = tensors_.at("x." + rows);
        if (op == "forward") return quant_linear(x, w, {});
        const at::Tensor leaf = x.detach().requires_grad_();
        const at::Tensor y = quant_linear(leaf, w, {});
        started();
        return torch::autograd::grad({y}, {leaf}, {tensors_.at("dy." + rows)})[0];
    }
    void run(const std::string& op, const std::string& rows) {
        started();
        const at::Tensor result = call(op, rows);
        std::cout << clock_seconds(CLOCK_MONOTONIC) - wall_ << ' '
                  << clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_ << std::endl;
    }
    void save(const std::string& op, const std::string& rows, const std::string& file) {
        next_ = 0;
        const Status done = test::write_tensors(file, {{"out", call(op, rows)}});
        std::cout << (done ? "saved" : "failed") << std::endl;
    }

  private:
    void started() {
        wall_ = clock_seconds(CLOCK_MONOTONIC);
        cpu_ = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    }
    test::TensorMap tensors_;
    std::vector<QuantizedPtr> copies_;
    std::size_t next_ = 0;
    double wall_ = 0, cpu_ = 0;
};

}  // namespace
}  // namespace moelora

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    at::set_num_threads(std::atoi(argv[2]));
    moelora::Bench bench(argv[1]);
    std::cout << moelora::quant_kernels().name << (moelora::tile_kernels() ? ", amx for bf16" : "")
              << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string verb, op, rows, file;
        words >> verb >> op >> rows >> file;
        if (verb == "run") bench.run(op, rows);
        if (verb == "save") bench.save(op, rows, file);
    }
    return 0;
}
