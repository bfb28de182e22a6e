// SPDX-License-Identifier: GPL-3.0-or-later
// Every preset as a system to be tested, and a pass of the tiny model with all that any of them
// asks for. The caller includes torch (precompiled header).
#pragma once

#include <string>
#include <vector>

#include "core/options/config.h"
#include "core/options/presets.h"
#include "tests/core/adapter/tiny_model.h"

namespace moelora::test {

struct System {
    std::string name;  // "mola diamond"
    AdapterOptions options;
};

// What fits the tiny model: 2 layers, 2 tasks. Dropout is left out; it has tests of its own.
inline std::vector<System> systems() {
    std::vector<System> all;
    for (const Preset& preset : presets()) {
        RunOptions run;
        EXPECT_TRUE(from_json(preset.options, run).empty());
        AdapterOptions& o = run.adapter;
        o.preset = preset.name;
        o.dropout = 0;
        o.gate_dropout = 0;
        o.num_tasks = 2;
        all.push_back({preset.name + " " + preset.flavour, o});
    }
    return all;
}

struct Passed {
    at::Tensor logits, loss, aux;
};

// Row 0 has task 0 and the first of the sample types, row 1 the others.
inline Passed pass(Qwen3VL& model, Adapter& adapter, bool training,
                   const TinyBatch& batch = tiny_batch(),
                   std::vector<std::int64_t> sample_types = {1, 0}) {
    ForwardInfo info = batch.info(training);
    info.sample_types = at::tensor(sample_types, at::kLong);
    adapter.begin_pass(info);
    const auto hidden = model.forward(batch.inputs);
    const at::Tensor y = model.logits(hidden.states);
    return {y, cross_entropy(y, batch.labels), hidden.loss};
}

}  // namespace moelora::test
