<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>OptionForm</name>
    <message>
        <source>Write a whole number, such as 8.</source>
        <translation>请填写整数，例如 8。</translation>
    </message>
    <message>
        <source>Write a number, such as 0.05 or 1e-4.</source>
        <translation>请填写数字，例如 0.05 或 1e-4。</translation>
    </message>
    <message>
        <source>Allowed: %1.</source>
        <translation>允许范围：%1。</translation>
    </message>
</context>
<context>
    <name>about</name>
    <message>
        <source>Fine-tunes vision-language captioners with mixtures of LoRA experts, on this computer, and shows what changed because experts learnt.</source>
        <translation>在本机上用 LoRA 专家混合微调视觉语言描述模型，并展示专家学习之后带来的变化。</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later; it comes without any warranty.</source>
        <translation>自由软件，按 GNU 通用公共许可证第 3 版或更新版本发布；不附带任何担保。</translation>
    </message>
    <message>
        <source>Uses Qt, Qt Charts, LibTorch, OpenCV, PCRE2, utf8proc, nlohmann_json, fmt and spdlog. The demo&apos;s pictures are composed of Noto Color Emoji (SIL Open Font License 1.1).</source>
        <translation>使用 Qt、Qt Charts、LibTorch、OpenCV、PCRE2、utf8proc、nlohmann_json、fmt 和 spdlog。演示图片由 Noto Color Emoji（SIL 开放字体许可证 1.1）合成。</translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>Open the &amp;demo</source>
        <translation>打开演示(&amp;D)</translation>
    </message>
    <message>
        <source>Choose &amp;model folder ...</source>
        <translation>选择模型文件夹(&amp;M)…</translation>
    </message>
    <message>
        <source>Choose data &amp;folder ...</source>
        <translation>选择数据文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Open &amp;run folder ...</source>
        <translation>打开运行文件夹(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Start training</source>
        <translation>开始训练(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Pause or continue</source>
        <translation>暂停或继续(&amp;P)</translation>
    </message>
    <message>
        <source>S&amp;top and save</source>
        <translation>停止并保存(&amp;T)</translation>
    </message>
    <message>
        <source>Save a &amp;checkpoint now</source>
        <translation>立即保存检查点(&amp;C)</translation>
    </message>
    <message>
        <source>Caption p&amp;robes now</source>
        <translation>立即生成探测描述(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Start page</source>
        <translation>开始页(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Adapter</source>
        <translation>适配器(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Train</source>
        <translation>训练(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Monitor</source>
        <translation>监视(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Compare</source>
        <translation>比较(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>导出(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Runs</source>
        <translation>运行记录(&amp;R)</translation>
    </message>
    <message>
        <source>Colours of the &amp;desktop</source>
        <translation>跟随桌面配色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>Dar&amp;k</source>
        <translation>深色(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>Copy &amp;diagnostics</source>
        <translation>复制诊断信息(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;About MoE-LoRA Workbench</source>
        <translation>关于 MoE-LoRA 工作台(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>运行(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>Something went wrong inside the program: {what}</source>
        <translation>程序内部出错：{what}</translation>
    </message>
    <message>
        <source>This is a bug. Nothing saved so far is lost; please report the text with Help &gt; Copy diagnostics.</source>
        <translation>这是程序缺陷。已保存的内容不会丢失；请用“帮助 &gt; 复制诊断信息”报告此问题。</translation>
    </message>
    <message>
        <source>The computer&apos;s memory is used up while {stage}.</source>
        <translation>{stage}时内存已用尽。</translation>
    </message>
    <message>
        <source>Use a smaller batch, smaller pictures or gradient checkpointing, or close other programs.</source>
        <translation>请减小批量、缩小图片、启用梯度检查点，或关闭其他程序。</translation>
    </message>
    <message>
        <source>The memory of device {device} is used up while {stage}.</source>
        <translation>{stage}时设备 {device} 的显存已用尽。</translation>
    </message>
    <message>
        <source>Use a smaller batch, smaller pictures or gradient checkpointing.</source>
        <translation>请减小批量、缩小图片，或启用梯度检查点。</translation>
    </message>
    <message>
        <source>The device {device} cannot be used: {why}</source>
        <translation>无法使用设备 {device}：{why}</translation>
    </message>
    <message>
        <source>Choose the device cpu, or auto.</source>
        <translation>请选择设备 cpu 或 auto。</translation>
    </message>
    <message>
        <source>{path} does not exist.</source>
        <translation>{path} 不存在。</translation>
    </message>
    <message>
        <source>Check the path and its spelling.</source>
        <translation>请检查路径及其拼写。</translation>
    </message>
    <message>
        <source>{path} cannot be read: {why}</source>
        <translation>无法读取 {path}：{why}</translation>
    </message>
    <message>
        <source>Check that the file is complete and that you may read it.</source>
        <translation>请检查文件是否完整，以及是否有读取权限。</translation>
    </message>
    <message>
        <source>{path} cannot be written: {why}</source>
        <translation>无法写入 {path}：{why}</translation>
    </message>
    <message>
        <source>Choose another folder, or check permissions and free space.</source>
        <translation>请选择其他文件夹，或检查权限和剩余空间。</translation>
    </message>
    <message>
        <source>There is no space left for {path}.</source>
        <translation>没有剩余空间写入 {path}。</translation>
    </message>
    <message>
        <source>Free some space and go on; nothing saved so far is lost.</source>
        <translation>请释放一些空间后继续；已保存的内容不会丢失。</translation>
    </message>
    <message>
        <source>{path} exists already.</source>
        <translation>{path} 已存在。</translation>
    </message>
    <message>
        <source>Choose another name, or replace it with --force.</source>
        <translation>请换一个名称，或用 --force 替换。</translation>
    </message>
    <message>
        <source>{path} is not valid JSON: {why}</source>
        <translation>{path} 不是有效的 JSON：{why}</translation>
    </message>
    <message>
        <source>Fetch or write the file again; it must be complete UTF-8 JSON.</source>
        <translation>请重新获取或写入该文件；它必须是完整的 UTF-8 JSON。</translation>
    </message>
    <message>
        <source>{path} is not a usable safetensors file: {why}</source>
        <translation>{path} 不是可用的 safetensors 文件：{why}</translation>
    </message>
    <message>
        <source>Fetch the file again; a partial download or another format under this name is the usual cause.</source>
        <translation>请重新获取该文件；常见原因是下载不完整，或文件其实是别的格式。</translation>
    </message>
    <message>
        <source>{path} is a Python pickle, which can run code when opened.</source>
        <translation>{path} 是 Python pickle 文件，打开时可能执行代码。</translation>
    </message>
    <message>
        <source>Convert it to safetensors first; the program never opens pickles.</source>
        <translation>请先转换为 safetensors；本程序从不打开 pickle 文件。</translation>
    </message>
    <message>
        <source>The checkpoint {path} is not complete: {why}</source>
        <translation>检查点 {path} 不完整：{why}</translation>
    </message>
    <message>
        <source>An older checkpoint of the run can be used instead.</source>
        <translation>可以改用该运行的较早检查点。</translation>
    </message>
    <message>
        <source>{why}</source>
        <translation>{why}</translation>
    </message>
    <message>
        <source>See --help for what is possible.</source>
        <translation>可用的写法见 --help。</translation>
    </message>
    <message>
        <source>There is no option {option}.</source>
        <translation>没有选项 {option}。</translation>
    </message>
    <message>
        <source>Did you mean {nearest}? `moelora options` lists all of them.</source>
        <translation>是否想写 {nearest}？`moelora options` 可列出全部选项。</translation>
    </message>
    <message>
        <source>{option} cannot be {value}: {why}</source>
        <translation>{option} 不能是 {value}：{why}</translation>
    </message>
    <message>
        <source>Give a value that the option allows; `moelora options` shows types and ranges.</source>
        <translation>请填写该选项允许的值；`moelora options` 会显示类型和范围。</translation>
    </message>
    <message>
        <source>The configuration {path} has version {version}, which this program does not know.</source>
        <translation>配置 {path} 的版本是 {version}，本程序不认识。</translation>
    </message>
    <message>
        <source>Use a newer program, or a configuration of version 1.</source>
        <translation>请使用更新的程序，或版本 1 的配置。</translation>
    </message>
    <message>
        <source>There is no preset {preset}.</source>
        <translation>没有预设 {preset}。</translation>
    </message>
    <message>
        <source>Choose one of: {known}.</source>
        <translation>请从中选择：{known}。</translation>
    </message>
    <message>
        <source>{option} is {value}: {why}</source>
        <translation>{option} 为 {value}：{why}</translation>
    </message>
    <message>
        <source>The run can start like this; change the option if that is not what you want.</source>
        <translation>可以这样开始运行；如果这不是您想要的，请更改该选项。</translation>
    </message>
    <message>
        <source>{path}: {field} cannot be used: {why}</source>
        <translation>{path}：{field} 不可用：{why}</translation>
    </message>
    <message>
        <source>The model folder does not describe a model that this program can run; fetch its configuration again.</source>
        <translation>该模型文件夹描述的不是本程序能运行的模型；请重新获取其配置。</translation>
    </message>
    <message>
        <source>{path}: model_type {found} is not supported.</source>
        <translation>{path}：不支持 model_type {found}。</translation>
    </message>
    <message>
        <source>Supported: {known}.</source>
        <translation>支持：{known}。</translation>
    </message>
    <message>
        <source>The model folder {path} has no {file}.</source>
        <translation>模型文件夹 {path} 中缺少 {file}。</translation>
    </message>
    <message>
        <source>Fetch the missing file of the model; a partial download is the usual cause.</source>
        <translation>请获取模型缺少的文件；常见原因是下载不完整。</translation>
    </message>
    <message>
        <source>{path} lacks the tensor {tensor}.</source>
        <translation>{path} 缺少张量 {tensor}。</translation>
    </message>
    <message>
        <source>The weights do not belong to this configuration, or the download is partial.</source>
        <translation>权重与此配置不匹配，或下载不完整。</translation>
    </message>
    <message>
        <source>{path}: the tensor {tensor} has the shape {found}, the configuration asks for {expected}.</source>
        <translation>{path}：张量 {tensor} 的形状为 {found}，而配置要求 {expected}。</translation>
    </message>
    <message>
        <source>The weights do not belong to this configuration.</source>
        <translation>权重与此配置不匹配。</translation>
    </message>
    <message>
        <source>{path} says that output and input embedding are one, but holds a head of its own, which is used.</source>
        <translation>{path} 声明输出与输入嵌入共用，却另带输出头；程序采用该输出头。</translation>
    </message>
    <message>
        <source>Merged and resized models often look like this; set tie_word_embeddings to false to silence the warning.</source>
        <translation>合并或调整过大小的模型常常如此；将 tie_word_embeddings 设为 false 可消除此警告。</translation>
    </message>
    <message>
        <source>{path} is not a usable tokenizer: {why}</source>
        <translation>{path} 不是可用的分词器：{why}</translation>
    </message>
    <message>
        <source>Fetch the tokenizer of the model again.</source>
        <translation>请重新获取该模型的分词器。</translation>
    </message>
    <message>
        <source>A text cannot be split into tokens: {why}</source>
        <translation>文本无法切分为词元：{why}</translation>
    </message>
    <message>
        <source>Shorten the text, or use another tokenizer.</source>
        <translation>请缩短文本，或使用其他分词器。</translation>
    </message>
    <message>
        <source>The picture {path} cannot be used: {why}</source>
        <translation>图片 {path} 不可用：{why}</translation>
    </message>
    <message>
        <source>Replace the picture or leave it out.</source>
        <translation>请替换或去掉这张图片。</translation>
    </message>
    <message>
        <source>The picture {path} is {width} x {height}; sides may differ by a factor of 200 at most.</source>
        <translation>图片 {path} 为 {width} x {height}；长短边之比最多为 200。</translation>
    </message>
    <message>
        <source>Crop the picture or leave it out.</source>
        <translation>请裁剪或去掉这张图片。</translation>
    </message>
    <message>
        <source>The picture {path} claims {width} x {height} pixels, more than the limit of {limit} million.</source>
        <translation>图片 {path} 声称有 {width} x {height} 像素，超过 {limit} 百万的上限。</translation>
    </message>
    <message>
        <source>Shrink the picture or leave it out.</source>
        <translation>请缩小或去掉这张图片。</translation>
    </message>
    <message>
        <source>{path} is not a data set in a known form: {why}</source>
        <translation>{path} 不是已知形式的数据集：{why}</translation>
    </message>
    <message>
        <source>{path} has no usable sample.</source>
        <translation>{path} 中没有可用的样本。</translation>
    </message>
    <message>
        <source>Read the issues listed with it; each names a file or line and what is wrong.</source>
        <translation>请查看随附的问题列表；每条都指出文件或行以及错误所在。</translation>
    </message>
    <message>
        <source>A record cannot be used: {why}</source>
        <translation>有一条记录不可用：{why}</translation>
    </message>
    <message>
        <source>Mend the record or leave it out.</source>
        <translation>请修正或去掉这条记录。</translation>
    </message>
    <message>
        <source>The picture {path} does not exist.</source>
        <translation>图片 {path} 不存在。</translation>
    </message>
    <message>
        <source>Add the picture or remove the record.</source>
        <translation>请补上图片或删除该记录。</translation>
    </message>
    <message>
        <source>The picture path {path} leads out of the data folder.</source>
        <translation>图片路径 {path} 指向数据文件夹之外。</translation>
    </message>
    <message>
        <source>Move the picture into the folder, or allow it with data.allow_outside_root.</source>
        <translation>请把图片移入文件夹，或用 data.allow_outside_root 允许。</translation>
    </message>
    <message>
        <source>A caption is empty.</source>
        <translation>有一条描述为空。</translation>
    </message>
    <message>
        <source>Write the caption or remove the record.</source>
        <translation>请写上描述或删除该记录。</translation>
    </message>
    <message>
        <source>The sample {sample} has {tokens} tokens, more than the limit of {limit}.</source>
        <translation>样本 {sample} 有 {tokens} 个词元，超过上限 {limit}。</translation>
    </message>
    <message>
        <source>Raise data.max_length, use smaller pictures or leave the sample out; nothing is cut silently.</source>
        <translation>请提高 data.max_length、缩小图片或去掉该样本；程序不会悄悄截断。</translation>
    </message>
    <message>
        <source>The target {pattern} matches no linear layer of this model.</source>
        <translation>目标 {pattern} 与此模型的任何线性层都不匹配。</translation>
    </message>
    <message>
        <source>Near matches: {nearest}.</source>
        <translation>相近的名称：{nearest}。</translation>
    </message>
    <message>
        <source>{path} is not a usable adapter: {why}</source>
        <translation>{path} 不是可用的适配器：{why}</translation>
    </message>
    <message>
        <source>Export the adapter again, or choose another folder.</source>
        <translation>请重新导出适配器，或选择其他文件夹。</translation>
    </message>
    <message>
        <source>The adapter {path} does not fit this model: {why}</source>
        <translation>适配器 {path} 与此模型不匹配：{why}</translation>
    </message>
    <message>
        <source>Use the adapter with the model it was trained on.</source>
        <translation>请与训练它时所用的模型一起使用。</translation>
    </message>
    <message>
        <source>The adapter cannot be written as {format}: {why}</source>
        <translation>无法把适配器写成 {format}：{why}</translation>
    </message>
    <message>
        <source>Export it in the native format instead.</source>
        <translation>请改用原生格式导出。</translation>
    </message>
    <message>
        <source>The adapter names experts in its configuration but holds a plain LoRA.</source>
        <translation>该适配器的配置中写有专家，但实际只是普通 LoRA。</translation>
    </message>
    <message>
        <source>It is used as the plain LoRA that it is; the published recipe never builds its mixture.</source>
        <translation>按其本来的普通 LoRA 使用；公开的配方从未真正建立混合。</translation>
    </message>
    <message>
        <source>The self-test failed: {why}</source>
        <translation>自检失败：{why}</translation>
    </message>
    <message>
        <source>Do not trust these captions; check model and adapter.</source>
        <translation>请勿相信这些描述；请检查模型和适配器。</translation>
    </message>
    <message>
        <source>The loss became {value} in update {step}; samples: {samples}. No weight was changed by it.</source>
        <translation>第 {step} 次更新时损失变为 {value}；样本：{samples}。权重未因此改变。</translation>
    </message>
    <message>
        <source>Lower the learning rate, look at the samples, or set train.on_nonfinite to skip.</source>
        <translation>请降低学习率、查看这些样本，或将 train.on_nonfinite 设为 skip。</translation>
    </message>
    <message>
        <source>The gradient became {value} in update {step}; samples: {samples}. No weight was changed by it.</source>
        <translation>第 {step} 次更新时梯度变为 {value}；样本：{samples}。权重未因此改变。</translation>
    </message>
    <message>
        <source>There is no run {run}.</source>
        <translation>没有运行 {run}。</translation>
    </message>
    <message>
        <source>`moelora runs list` shows all runs.</source>
        <translation>`moelora runs list` 可显示所有运行。</translation>
    </message>
    <message>
        <source>The run folder {path} cannot be used: {why}</source>
        <translation>运行文件夹 {path} 不可用：{why}</translation>
    </message>
    <message>
        <source>Start a new run; the files of this one are left as they are.</source>
        <translation>请开始新的运行；此运行的文件保持原样。</translation>
    </message>
    <message>
        <source>Another program works on the run {path}.</source>
        <translation>另一个程序正在处理运行 {path}。</translation>
    </message>
    <message>
        <source>Wait until it is done, or stop it.</source>
        <translation>请等它完成，或将其停止。</translation>
    </message>
    <message>
        <source>The run {path} has no valid checkpoint.</source>
        <translation>运行 {path} 没有有效的检查点。</translation>
    </message>
    <message>
        <source>Start the run again.</source>
        <translation>请重新开始该运行。</translation>
    </message>
    <message>
        <source>There is no job {job}.</source>
        <translation>没有作业 {job}。</translation>
    </message>
    <message>
        <source>It has ended, or was never started.</source>
        <translation>它已结束，或从未开始。</translation>
    </message>
    <message>
        <source>Known forms: COCO captions, messages, ShareGPT or Alpaca records (JSON or JSONL), a CSV or TSV table with a heading, pictures with .txt files of the same name.</source>
        <translation>已知形式：COCO 描述、messages、ShareGPT 或 Alpaca 记录（JSON 或 JSONL）、带表头的 CSV 或 TSV 表格、图片加同名 .txt 文件。</translation>
    </message>
    <message>
        <source>{path} is not UTF-8 text: {why}</source>
        <translation>{path} 不是 UTF-8 文本：{why}</translation>
    </message>
    <message>
        <source>Save the file as UTF-8, or name its encoding with data.encoding (gb18030 is usual for spreadsheets in Chinese).</source>
        <translation>请把文件存为 UTF-8，或用 data.encoding 指明编码（中文电子表格通常是 gb18030）。</translation>
    </message>
    <message>
        <source>{path} is not a usable table: {why}</source>
        <translation>{path} 不是可用的表格：{why}</translation>
    </message>
    <message>
        <source>Mend the line, or save the table again as CSV with quotes around texts.</source>
        <translation>请修正该行，或重新存为 CSV，并给文本加引号。</translation>
    </message>
    <message>
        <source>The picture {path} is a {found} file by its content.</source>
        <translation>图片 {path} 按内容是 {found} 文件。</translation>
    </message>
    <message>
        <source>It is used as what it is; rename it if other programs are to read it.</source>
        <translation>按实际内容使用；若其他程序也要读取，请改名。</translation>
    </message>
    <message>
        <source>The pictures {path} and {file} are the same file.</source>
        <translation>图片 {path} 与 {file} 是相同的文件。</translation>
    </message>
    <message>
        <source>Leave one out, so that none is learnt twice or judged by what was learnt.</source>
        <translation>请去掉一张，以免重复学习或用学过的图片来评判。</translation>
    </message>
    <message>
        <source>The pictures {path} and {file} look nearly the same.</source>
        <translation>图片 {path} 与 {file} 看上去几乎相同。</translation>
    </message>
    <message>
        <source>Look at both; leave one out if they show the same.</source>
        <translation>请查看两张图；若内容相同，请去掉一张。</translation>
    </message>
    <message>
        <source>A caption has {found} characters, more than {limit}.</source>
        <translation>有一条描述长达 {found} 个字符，超过 {limit}。</translation>
    </message>
    <message>
        <source>Shorten it or leave it out; `dataset check --model` counts its tokens.</source>
        <translation>请缩短或去掉它；`dataset check --model` 可统计词元数。</translation>
    </message>
    <message>
        <source>Hidden files and leftovers of the system are not read, such as {path}.</source>
        <translation>隐藏文件和系统遗留文件不会被读取，例如 {path}。</translation>
    </message>
    <message>
        <source>Nothing needs to be done.</source>
        <translation>无需处理。</translation>
    </message>
    <message>
        <source>The picture {path} belongs to no record.</source>
        <translation>图片 {path} 不属于任何记录。</translation>
    </message>
    <message>
        <source>Write a record for it, or leave it aside.</source>
        <translation>请为它写一条记录，或不予理会。</translation>
    </message>
    <message>
        <source>A text holds {value}, the name of a control token.</source>
        <translation>有一段文本含有控制词元的名称 {value}。</translation>
    </message>
    <message>
        <source>It is read as plain text, never as the token; remove it if it is a leftover.</source>
        <translation>它按普通文本读取，绝不当作控制词元；若是残留请删除。</translation>
    </message>
    <message>
        <source>The picture {path} is learnt, and {file}, which shows the same, is kept for evaluation.</source>
        <translation>图片 {path} 用于训练，而内容相同的 {file} 留作评估。</translation>
    </message>
    <message>
        <source>Leave one of the two out; an evaluation on learnt pictures is too good.</source>
        <translation>请去掉其中一张；用学过的图片评估会显得过好。</translation>
    </message>
    <message>
        <source>{path} has another text encoding ({found}) than most files here.</source>
        <translation>{path} 的文本编码（{found}）与此处多数文件不同。</translation>
    </message>
    <message>
        <source>Save all text files as UTF-8.</source>
        <translation>请把所有文本文件存为 UTF-8。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::AdapterPage</name>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>How many experts, how large, where, and who decides which of them a token uses.</source>
        <translation>多少个专家、多大、放在哪里，以及由谁决定每个词元使用哪些专家。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Trainable parameters</source>
        <translation>可训练参数</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>搜索设置</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>Experts × rank</source>
        <translation>专家 × 秩</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Adapted layers</source>
        <translation>被适配的层</translation>
    </message>
    <message>
        <source>Next: train</source>
        <translation>下一步：训练</translation>
    </message>
    <message>
        <source>Counting ...</source>
        <translation>正在计算…</translation>
    </message>
    <message>
        <source>Choose a model on the page Start; the count then follows every keystroke.</source>
        <translation>请在“开始”页选择模型；此后每次按键都会更新数量。</translation>
    </message>
    <message>
        <source>%1 % of the model, </source>
        <translation>占模型的 %1 %，</translation>
    </message>
    <message>
        <source>%1%2 in fp32, %3 as a bf16 file, at %4 layers</source>
        <translation>%1fp32 占 %2，bf16 文件 %3，位于 %4 个层</translation>
    </message>
    <message>
        <source>Vision layer %1</source>
        <translation>视觉层 %1</translation>
    </message>
    <message>
        <source>Text layer %1</source>
        <translation>文本层 %1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ComparePage</name>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>The same pictures, the same prompts, with and without the adapter.</source>
        <translation>同样的图片、同样的提示，分别不用和使用适配器。</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>最多</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Number of samples at most</source>
        <translation>最多样本数</translation>
    </message>
    <message>
        <source>Pictures to caption</source>
        <translation>要描述的图片</translation>
    </message>
    <message>
        <source>data folder or file</source>
        <translation>数据文件夹或文件</translation>
    </message>
    <message>
        <source>Data (*.json *.jsonl);;All files (*)</source>
        <translation>数据 (*.json *.jsonl);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Progress of the comparison</source>
        <translation>比较进度</translation>
    </message>
    <message>
        <source>HTML report</source>
        <translation>HTML 报告</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基座</translation>
    </message>
    <message>
        <source>Adapted</source>
        <translation>适配后</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参考</translation>
    </message>
    <message>
        <source>Previous difference</source>
        <translation>上一处差异</translation>
    </message>
    <message>
        <source>Next difference</source>
        <translation>下一处差异</translation>
    </message>
    <message>
        <source>Previous difference (P)</source>
        <translation>上一处差异 (P)</translation>
    </message>
    <message>
        <source>Next difference (N)</source>
        <translation>下一处差异 (N)</translation>
    </message>
    <message>
        <source>Compared samples</source>
        <translation>已比较的样本</translation>
    </message>
    <message>
        <source>Samples shown</source>
        <translation>显示的样本</translation>
    </message>
    <message>
        <source>differing</source>
        <translation>有差异</translation>
    </message>
    <message>
        <source>▲ won</source>
        <translation>▲ 变对</translation>
    </message>
    <message>
        <source>▼ lost</source>
        <translation>▼ 变错</translation>
    </message>
    <message>
        <source>%1, update %2</source>
        <translation>%1，第 %2 次更新</translation>
    </message>
    <message>
        <source>Train an adapter first, or choose a run</source>
        <translation>请先训练适配器，或选择一个运行</translation>
    </message>
    <message>
        <source>Captioning ...</source>
        <translation>正在生成描述…</translation>
    </message>
    <message>
        <source>Nothing compared yet</source>
        <translation>尚未比较</translation>
    </message>
    <message>
        <source>No adapter yet</source>
        <translation>还没有适配器</translation>
    </message>
    <message>
        <source>Base and adapted captions appear when both are there.</source>
        <translation>两种描述都完成后会显示在这里。</translation>
    </message>
    <message>
        <source>Choose an adapter and pictures above, then press Compare.</source>
        <translation>请在上方选择适配器和图片，然后按“比较”。</translation>
    </message>
    <message>
        <source>Train an adapter, or open an earlier run; then its captions stand beside those of the base.</source>
        <translation>训练一个适配器，或打开较早的运行；其描述会与基座的描述并列显示。</translation>
    </message>
    <message>
        <source>Show the runs</source>
        <translation>显示运行记录</translation>
    </message>
    <message>
        <source>✓ self-test passed</source>
        <translation>✓ 自检通过</translation>
    </message>
    <message>
        <source>✗ self-test failed</source>
        <translation>✗ 自检失败</translation>
    </message>
    <message>
        <source>Adapter off equals base: %1
Adapter on differs: %2 (largest logit difference %3)
Adapted layers: %4</source>
        <translation>关闭适配器等于基座：%1
打开适配器有差异：%2（最大 logit 差 %3）
被适配的层：%4</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>Equal to the reference: base %1, adapted %2</source>
        <translation>与参考相同：基座 %1，适配后 %2</translation>
    </message>
    <message>
        <source>Model %1 (%2) · adapter %3 (%4) · %5, %6, %7 · made %8 UTC by version %9</source>
        <translation>模型 %1 (%2) · 适配器 %3 (%4) · %5，%6，%7 · %8 UTC 由版本 %9 生成</translation>
    </message>
    <message>
        <source>greedy</source>
        <translation>贪心</translation>
    </message>
    <message>
        <source>sampled, seed %1</source>
        <translation>采样，种子 %1</translation>
    </message>
    <message>
        <source>no reference</source>
        <translation>没有参考</translation>
    </message>
    <message>
        <source>✓ equal</source>
        <translation>✓ 相同</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>不同</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ExportPage</name>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Takes an adapter away; what was written is read back and held against the original.</source>
        <translation>把适配器取走；写出的内容会重新读回并与原件核对。</translation>
    </message>
    <message>
        <source>What and where</source>
        <translation>内容与位置</translation>
    </message>
    <message>
        <source>Verification</source>
        <translation>核对</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Native adapter</source>
        <translation>原生适配器</translation>
    </message>
    <message>
        <source>safetensors and JSON with every axis, base fingerprint, prompt and preprocessing. Exact for every mixture.</source>
        <translation>safetensors 加 JSON，含全部设置、基座指纹、提示和预处理。对任何混合都精确。</translation>
    </message>
    <message>
        <source>PEFT LoRA</source>
        <translation>PEFT LoRA</translation>
    </message>
    <message>
        <source>Loads in PEFT and programs built on it. Only for a plain LoRA: a router that looks at the input cannot be written as one matrix.</source>
        <translation>可由 PEFT 及基于它的程序加载。仅限普通 LoRA：依赖输入的路由器无法写成一个矩阵。</translation>
    </message>
    <message>
        <source>New folder</source>
        <translation>新文件夹</translation>
    </message>
    <message>
        <source>Folder to write</source>
        <translation>要写入的文件夹</translation>
    </message>
    <message>
        <source>Replace the folder if it exists</source>
        <translation>若文件夹已存在则替换</translation>
    </message>
    <message>
        <source>Export and verify</source>
        <translation>导出并核对</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>%1, update %2</source>
        <translation>%1，第 %2 次更新</translation>
    </message>
    <message>
        <source>There is no adapter yet: train one first, or open a folder that holds one.</source>
        <translation>还没有适配器：请先训练，或打开含有适配器的文件夹。</translation>
    </message>
    <message>
        <source>Writing and reading back ...</source>
        <translation>正在写出并读回…</translation>
    </message>
    <message>
        <source>%1: %2 experts of rank %3, alpha %4, %5 parameters in %6 tensors; base %7</source>
        <translation>%1：%2 个秩为 %3 的专家，alpha %4，%6 个张量共 %5 个参数；基座 %7</translation>
    </message>
    <message>
        <source>After the export this place says which files were written and whether every tensor came back equal.</source>
        <translation>导出后，这里会说明写出了哪些文件，以及每个张量读回后是否相同。</translation>
    </message>
    <message>
        <source>✓ verified</source>
        <translation>✓ 已核对</translation>
    </message>
    <message>
        <source>✗ not verified</source>
        <translation>✗ 未通过</translation>
    </message>
    <message>
        <source>Read back from disk: every tensor is equal.</source>
        <translation>已从磁盘读回：每个张量都相同。</translation>
    </message>
    <message>
        <source>Read back from disk: not everything is equal. Do not pass it on.</source>
        <translation>已从磁盘读回：并非全部相同。请勿交给他人。</translation>
    </message>
    <message>
        <source>Largest logit difference: %1</source>
        <translation>最大 logit 差：%1</translation>
    </message>
    <message>
        <source>Opened again: %1, %2 parameters.</source>
        <translation>重新打开：%1，%2 个参数。</translation>
    </message>
    <message>
        <source>Nothing exported yet</source>
        <translation>尚未导出</translation>
    </message>
</context>
<context>
    <name>moelora::ui::GateCard</name>
    <message>
        <source>%1
entropy %2, experts in use %3, %4 tokens</source>
        <translation>%1
熵 %2，在用专家 %3，%4 个词元</translation>
    </message>
    <message>
        <source>share of each expert; 1 = fair share</source>
        <translation>各专家所占份额；1 = 均等</translation>
    </message>
    <message>
        <source>Gates</source>
        <translation>门控</translation>
    </message>
    <message>
        <source>This adapter has no router, or nothing was recorded yet.</source>
        <translation>此适配器没有路由器，或尚无记录。</translation>
    </message>
    <message>
        <source>Mean weight by task</source>
        <translation>各任务的平均权重</translation>
    </message>
    <message>
        <source>Module shown</source>
        <translation>显示的模块</translation>
    </message>
    <message>
        <source>Update shown</source>
        <translation>显示的更新</translation>
    </message>
    <message>
        <source>Share of each expert, by layer</source>
        <translation>各层中每个专家的份额</translation>
    </message>
    <message>
        <source>Mean weight of each expert, by task</source>
        <translation>各任务中每个专家的平均权重</translation>
    </message>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
    <message>
        <source>no task</source>
        <translation>无任务</translation>
    </message>
    <message>
        <source>by layer</source>
        <translation>按层</translation>
    </message>
    <message>
        <source>every module</source>
        <translation>每个模块</translation>
    </message>
</context>
<context>
    <name>moelora::ui::IssueList</name>
    <message>
        <source>... and %1 more</source>
        <translation>…以及另外 %1 条</translation>
    </message>
</context>
<context>
    <name>moelora::ui::MainWindow</name>
    <message>
        <source>Choose model folder</source>
        <translation>选择模型文件夹</translation>
    </message>
    <message>
        <source>Choose data folder</source>
        <translation>选择数据文件夹</translation>
    </message>
    <message>
        <source>Open run folder</source>
        <translation>打开运行文件夹</translation>
    </message>
    <message>
        <source>The training is done.</source>
        <translation>训练已完成。</translation>
    </message>
    <message>
        <source>Compare shows what it changed; Export takes the adapter away.</source>
        <translation>“比较”显示它带来的变化；“导出”把适配器取走。</translation>
    </message>
    <message>
        <source>This language is not installed.</source>
        <translation>未安装此语言。</translation>
    </message>
    <message>
        <source>MoE-LoRA Workbench</source>
        <translation>MoE-LoRA 工作台</translation>
    </message>
    <message>
        <source>About MoE-LoRA Workbench</source>
        <translation>关于 MoE-LoRA 工作台</translation>
    </message>
    <message>
        <source>The diagnostics are on the clipboard.</source>
        <translation>诊断信息已复制到剪贴板。</translation>
    </message>
    <message>
        <source>They hold versions, device and the last messages, no private paths.</source>
        <translation>其中有版本、设备和最近的消息，不含私人路径。</translation>
    </message>
    <message>
        <source>A run is at work</source>
        <translation>有运行正在进行</translation>
    </message>
    <message>
        <source>Stop the run, save a checkpoint and close?</source>
        <translation>停止运行、保存检查点并关闭吗？</translation>
    </message>
    <message>
        <source>Stop, save and close</source>
        <translation>停止、保存并关闭</translation>
    </message>
    <message>
        <source>Keep running</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Stopping; the window closes when the checkpoint is saved.</source>
        <translation>正在停止；检查点保存后窗口会关闭。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::MessageBar</name>
    <message>
        <source>Dismiss the message</source>
        <translation>关闭此消息</translation>
    </message>
</context>
<context>
    <name>moelora::ui::MetricChart</name>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
</context>
<context>
    <name>moelora::ui::MonitorPage</name>
    <message>
        <source>No run to watch</source>
        <translation>没有可监视的运行</translation>
    </message>
    <message>
        <source>Start a training run, or open an earlier one on the page Runs. Loss, gates and captions appear here while it learns.</source>
        <translation>请开始训练，或在“运行记录”页打开较早的运行。学习过程中的损失、门控和描述会显示在这里。</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>前往“训练”</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Probe captions</source>
        <translation>探测描述</translation>
    </message>
    <message>
        <source>The probe pictures are captioned at the start, at intervals and at the end of a run.</source>
        <translation>运行开始时、每隔一段以及结束时会为探测图片生成描述。</translation>
    </message>
    <message>
        <source>log</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>Logarithmic loss axis</source>
        <translation>损失轴取对数</translation>
    </message>
    <message>
        <source>Compared with the captions of update</source>
        <translation>对照哪次更新的描述</translation>
    </message>
    <message>
        <source>Captions of update</source>
        <translation>哪次更新的描述</translation>
    </message>
    <message>
        <source>Save now</source>
        <translation>立即保存</translation>
    </message>
    <message>
        <source>Caption now</source>
        <translation>立即描述</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stops after the current step and saves a checkpoint (Shift+F5)</source>
        <translation>在当前步之后停止并保存检查点 (Shift+F5)</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>运行进度</translation>
    </message>
    <message>
        <source>Chart of the loss</source>
        <translation>损失曲线</translation>
    </message>
    <message>
        <source>Chart of the learning rate</source>
        <translation>学习率曲线</translation>
    </message>
    <message>
        <source>Update %1, %2: %3</source>
        <translation>第 %1 次更新，%2：%3</translation>
    </message>
    <message>
        <source>Monitor</source>
        <translation>监视</translation>
    </message>
    <message>
        <source>What the model learns, while it learns it.</source>
        <translation>模型在学什么，随学随看。</translation>
    </message>
    <message>
        <source>Preparing the run ...</source>
        <translation>正在准备运行…</translation>
    </message>
    <message>
        <source>%1 on %2, %3</source>
        <translation>%1，设备 %2，%3</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>%1 of %2 updates</source>
        <translation>%1 / %2 次更新</translation>
    </message>
    <message>
        <source>each update</source>
        <translation>每次更新</translation>
    </message>
    <message>
        <source>smoothed</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>evaluation</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>against update %1</source>
        <translation>对照第 %1 次更新</translation>
    </message>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
    <message>
        <source>%1, gradient norm %2</source>
        <translation>%1，梯度范数 %2</translation>
    </message>
</context>
<context>
    <name>moelora::ui::Navigation</name>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>needs attention</source>
        <translation>需要处理</translation>
    </message>
    <message>
        <source>at work</source>
        <translation>进行中</translation>
    </message>
</context>
<context>
    <name>moelora::ui::OptionForm</name>
    <message>
        <source>Changed; the preset says %1</source>
        <translation>已更改；预设为 %1</translation>
    </message>
    <message>
        <source>%1 (changed)</source>
        <translation>%1（已更改）</translation>
    </message>
    <message>
        <source>More settings (%1, changed: %2)</source>
        <translation>更多设置（%1 项，已更改 %2 项）</translation>
    </message>
    <message>
        <source>More settings (%1)</source>
        <translation>更多设置（%1 项）</translation>
    </message>
    <message>
        <source>Reset %1</source>
        <translation>重置 %1</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
</context>
<context>
    <name>moelora::ui::PathField</name>
    <message>
        <source>Folder ...</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>File ...</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>最近</translation>
    </message>
    <message>
        <source>Choose: %1</source>
        <translation>选择：%1</translation>
    </message>
    <message>
        <source>Recent: %1</source>
        <translation>最近：%1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ProbeStrip</name>
    <message>
        <source>Update %1: %2</source>
        <translation>第 %1 次更新：%2</translation>
    </message>
    <message>
        <source>as at update %1</source>
        <translation>与第 %1 次更新相同</translation>
    </message>
</context>
<context>
    <name>moelora::ui::Project</name>
    <message>
        <source>Choose a model folder</source>
        <translation>请选择模型文件夹</translation>
    </message>
    <message>
        <source>Reading the model folder ...</source>
        <translation>正在读取模型文件夹…</translation>
    </message>
    <message>
        <source>The model folder lacks %1</source>
        <translation>模型文件夹缺少 %1</translation>
    </message>
    <message>
        <source>The model folder has problems</source>
        <translation>模型文件夹有问题</translation>
    </message>
    <message>
        <source>Model: %1, %2 parameters</source>
        <translation>模型：%1，%2 个参数</translation>
    </message>
    <message>
        <source>Choose the data</source>
        <translation>请选择数据</translation>
    </message>
    <message>
        <source>Checking the data ...</source>
        <translation>正在检查数据…</translation>
    </message>
    <message>
        <source>The data has no usable sample</source>
        <translation>数据中没有可用的样本</translation>
    </message>
    <message>
        <source>Samples longer than the limit: %1</source>
        <translation>超过长度上限的样本：%1</translation>
    </message>
    <message>
        <source>Data: %1 samples, %2 pictures</source>
        <translation>数据：%1 个样本，%2 张图片</translation>
    </message>
    <message>
        <source>The adapter is planned with the model</source>
        <translation>选择模型后规划适配器</translation>
    </message>
    <message>
        <source>Planning the adapter ...</source>
        <translation>正在规划适配器…</translation>
    </message>
    <message>
        <source>Adapter: %1 trainable parameters at %2 layers</source>
        <translation>适配器：%1 个可训练参数，位于 %2 个层</translation>
    </message>
    <message>
        <source>All options are valid</source>
        <translation>所有选项均有效</translation>
    </message>
</context>
<context>
    <name>moelora::ui::RunModel</name>
    <message>
        <source>Update</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Balance loss</source>
        <translation>均衡损失</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Tokens/s</source>
        <translation>词元/秒</translation>
    </message>
</context>
<context>
    <name>moelora::ui::RunsModel</name>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Updates</source>
        <translation>更新次数</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
</context>
<context>
    <name>moelora::ui::RunsPage</name>
    <message>
        <source>Runs</source>
        <translation>运行记录</translation>
    </message>
    <message>
        <source>Everything that was trained, as it was. The folders are the truth; this is a view of them.</source>
        <translation>训练过的一切，保持原样。以文件夹为准；此处只是其视图。</translation>
    </message>
    <message>
        <source>All runs</source>
        <translation>全部运行</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Why this run, what it showed</source>
        <translation>为何运行，得到什么</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>To the trash</source>
        <translation>移到回收站</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>No runs yet</source>
        <translation>还没有运行</translation>
    </message>
    <message>
        <source>Every training run is kept here with its settings, losses and captions.</source>
        <translation>每次训练都会连同设置、损失和描述保存在这里。</translation>
    </message>
    <message>
        <source>Begin with the demo or your own data</source>
        <translation>从演示或您自己的数据开始</translation>
    </message>
    <message>
        <source>Folder: %1
Model: %2
Data: %3
Method: %4
Updates: %5 of %6
Last loss: %7
Checkpoints: %8</source>
        <translation>文件夹：%1
模型：%2
数据：%3
方法：%4
更新：%5 / %6
最后损失：%7
检查点：%8</translation>
    </message>
</context>
<context>
    <name>moelora::ui::StartPage</name>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Choose a model and pictures with captions; everything stays on this computer.</source>
        <translation>选择模型以及带描述的图片；一切都留在本机。</translation>
    </message>
    <message>
        <source>Bundled demo</source>
        <translation>自带演示</translation>
    </message>
    <message>
        <source>Open the demo</source>
        <translation>打开演示</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Folder of a Qwen3-VL model, or drop it here</source>
        <translation>Qwen3-VL 模型文件夹，或拖放到此</translation>
    </message>
    <message>
        <source>Data folder or file</source>
        <translation>数据文件夹或文件</translation>
    </message>
    <message>
        <source>Folder or file with captions, or drop it here</source>
        <translation>含描述的文件夹或文件，或拖放到此</translation>
    </message>
    <message>
        <source>Data (*.json *.jsonl);;All files (*)</source>
        <translation>数据 (*.json *.jsonl);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Next: adapter</source>
        <translation>下一步：适配器</translation>
    </message>
    <message>
        <source>Choose a model and data first</source>
        <translation>请先选择模型和数据</translation>
    </message>
    <message>
        <source>reading</source>
        <translation>正在读取</translation>
    </message>
    <message>
        <source>A folder as downloaded from Hugging Face: config.json, safetensors files, tokenizer.json. Only headers are read here, nothing is run.</source>
        <translation>从 Hugging Face 下载的文件夹：config.json、safetensors 文件、tokenizer.json。此处只读取文件头，不执行任何内容。</translation>
    </message>
    <message>
        <source>not usable</source>
        <translation>不可用</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>incomplete</source>
        <translation>不完整</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>系列</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>%1 (text %2, vision %3)</source>
        <translation>%1（文本 %2，视觉 %3）</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>%1, width %2, vocabulary %3</source>
        <translation>%1，宽度 %2，词表 %3</translation>
    </message>
    <message>
        <source>Stored as</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>%1, %2 files, %3</source>
        <translation>%1，%2 个文件，%3</translation>
    </message>
    <message>
        <source>Tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>缺少</translation>
    </message>
    <message>
        <source>checking</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>COCO captions JSON, messages JSONL, or pictures with .txt files of the same name. The form is recognised by its content.</source>
        <translation>COCO 描述 JSON、messages JSONL，或图片加同名 .txt 文件。形式按内容识别。</translation>
    </message>
    <message>
        <source>ready, with remarks</source>
        <translation>就绪，有提示</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>形式</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>median %1, longest %2</source>
        <translation>中位数 %1，最长 %2</translation>
    </message>
    <message>
        <source>A small captioner, and 500 pictures with captions in four styles. It knows one style; the adapter learns three more: tags, Chinese sentences, counts. About three minutes on two processor cores.</source>
        <translation>一个小型描述模型，以及 500 张配有四种风格描述的图片。模型已会一种；适配器再学三种：标签、中文句子、计数。双核处理器上约三分钟。</translation>
    </message>
    <message>
        <source>No model chosen</source>
        <translation>未选择模型</translation>
    </message>
    <message>
        <source>No data chosen</source>
        <translation>未选择数据</translation>
    </message>
    <message>
        <source>%1 captions of %2 pictures</source>
        <translation>%1 条描述，%2 张图片</translation>
    </message>
</context>
<context>
    <name>moelora::ui::StatusBar</name>
    <message>
        <source>Training: %1</source>
        <translation>训练：%1</translation>
    </message>
    <message>
        <source>update %1 of %2</source>
        <translation>更新 %1 / %2</translation>
    </message>
    <message>
        <source>loss %1</source>
        <translation>损失 %1</translation>
    </message>
    <message>
        <source>%1 samples/s</source>
        <translation>%1 样本/秒</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>Comparing: %1 %2 of %3</source>
        <translation>比较：%1 %2 / %3</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Progress of the job</source>
        <translation>作业进度</translation>
    </message>
    <message>
        <source>Memory %1</source>
        <translation>内存 %1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::TrainPage</name>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>How long, how fast, and what is kept. Everything that could stop the run is listed before it starts.</source>
        <translation>训练多久、多快、保留什么。所有可能妨碍运行的问题都会在开始前列出。</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>日程</translation>
    </message>
    <message>
        <source>Use of the data</source>
        <translation>数据的使用</translation>
    </message>
    <message>
        <source>Computation</source>
        <translation>计算</translation>
    </message>
    <message>
        <source>Ready list</source>
        <translation>就绪清单</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>本次运行</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name of the run</source>
        <translation>运行名称</translation>
    </message>
    <message>
        <source>from the preset</source>
        <translation>取自预设</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>Watch</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Show the page Monitor</source>
        <translation>显示“监视”页</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>缺少</translation>
    </message>
    <message>
        <source>A run is at work; it must end before the next one starts.</source>
        <translation>有运行正在进行；结束后才能开始下一个。</translation>
    </message>
    <message>
        <source>Ready. F5 starts, too.</source>
        <translation>已就绪。也可按 F5 开始。</translation>
    </message>
    <message>
        <source>Start is off: %1 points of the ready list are missing.</source>
        <translation>无法开始：就绪清单中还缺 %1 项。</translation>
    </message>
    <message>
        <source>Start is off until the checks are done.</source>
        <translation>检查完成后才能开始。</translation>
    </message>
    <message>
        <source>%1 updates</source>
        <translation>%1 次更新</translation>
    </message>
    <message>
        <source>Updates: not known yet</source>
        <translation>更新次数：尚不可知</translation>
    </message>
    <message>
        <source>%1 samples in each update (%2 at a time, accumulated %3 times)</source>
        <translation>每次更新 %1 个样本（每批 %2 个，累积 %3 次）</translation>
    </message>
</context>
<context>
    <name>names</name>
    <message>
        <source>queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>加载中</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>被中断</translation>
    </message>
    <message>
        <source>reading data</source>
        <translation>读取数据</translation>
    </message>
    <message>
        <source>loading model</source>
        <translation>加载模型</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>captioning</source>
        <translation>生成描述</translation>
    </message>
    <message>
        <source>evaluating</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>saving</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>note</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>now equal to the reference</source>
        <translation>现在与参考相同</translation>
    </message>
    <message>
        <source>no longer equal to the reference</source>
        <translation>不再与参考相同</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>有变化</translation>
    </message>
    <message>
        <source>same as the base</source>
        <translation>与基座相同</translation>
    </message>
    <message>
        <source>%1, line %2</source>
        <translation>%1，第 %2 行</translation>
    </message>
</context>
<context>
    <name>options</name>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>A Hugging Face folder of a dense Qwen3-VL model: config.json, safetensors, tokenizer.json.</source>
        <translation>稠密 Qwen3-VL 模型的 Hugging Face 文件夹：config.json、safetensors、tokenizer.json。</translation>
    </message>
    <message>
        <source>Compute type</source>
        <translation>计算类型</translation>
    </message>
    <message>
        <source>auto takes bf16 where the device does it in hardware, else fp32 on the CPU and fp16 on CUDA.</source>
        <translation>auto：设备硬件支持时用 bf16，否则 CPU 用 fp32、CUDA 用 fp16。</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>What the user says beside the picture, for data that brings no prompt of its own.</source>
        <translation>用户在图片旁说的话，用于自身不带提示的数据。</translation>
    </message>
    <message>
        <source>Resize first</source>
        <translation>先行缩放</translation>
    </message>
    <message>
        <source>Height and width to which every picture is brought before the processor&apos;s own resize; kept in the adapter and applied at inference too. Empty: none.</source>
        <translation>在处理器自身缩放之前，把每张图片调整到的高和宽；记入适配器，推理时同样应用。留空：不缩放。</translation>
    </message>
    <message>
        <source>Resampler</source>
        <translation>重采样</translation>
    </message>
    <message>
        <source>torchvision equals the default processor of the model family bit for bit, pillow its Pillow variant (width first, Pillow up to 12).</source>
        <translation>torchvision 与该模型系列的默认处理器逐位相同，pillow 为其 Pillow 变体（先宽后高，Pillow 至 12）。</translation>
    </message>
    <message>
        <source>Transparency</source>
        <translation>透明度</translation>
    </message>
    <message>
        <source>drop ignores the alpha channel, white puts the picture on white.</source>
        <translation>drop 忽略透明通道，white 把图片置于白底。</translation>
    </message>
    <message>
        <source>Captions per image</source>
        <translation>每图描述</translation>
    </message>
    <message>
        <source>Which captions of a picture are used: all, the first, or one at random by the seed.</source>
        <translation>使用图片的哪些描述：全部、第一条，或按种子随机一条。</translation>
    </message>
    <message>
        <source>Validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Pictures kept for evaluation: below 1 a share, else a count. Split by picture with the seed.</source>
        <translation>留作评估的图片：小于 1 为比例，否则为张数。按种子以图片划分。</translation>
    </message>
    <message>
        <source>End marker</source>
        <translation>结束标记</translation>
    </message>
    <message>
        <source>The token that closes an answer in training; the published recipe uses &lt;|endoftext|&gt;.</source>
        <translation>训练中结束回答的词元；公开配方使用 &lt;|endoftext|&gt;。</translation>
    </message>
    <message>
        <source>Longest sample</source>
        <translation>最长样本</translation>
    </message>
    <message>
        <source>Samples with more tokens are refused before the start; nothing is cut silently.</source>
        <translation>词元更多的样本在开始前即被拒绝；不会悄悄截断。</translation>
    </message>
    <message>
        <source>Fewest pixels</source>
        <translation>最少像素</translation>
    </message>
    <message>
        <source>Smaller pictures are enlarged. 0 takes the value of the model&apos;s preprocessor file.</source>
        <translation>更小的图片会被放大。0 取模型预处理文件中的值。</translation>
    </message>
    <message>
        <source>Most pixels</source>
        <translation>最多像素</translation>
    </message>
    <message>
        <source>Larger pictures are shrunk. 0 takes the value of the model&apos;s preprocessor file.</source>
        <translation>更大的图片会被缩小。0 取模型预处理文件中的值。</translation>
    </message>
    <message>
        <source>Allow pictures outside the data folder</source>
        <translation>允许数据文件夹外的图片</translation>
    </message>
    <message>
        <source>Off: a path that leads out of the data folder is an issue and is never opened.</source>
        <translation>关闭时：指向数据文件夹之外的路径视为问题，绝不打开。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Sets the axes below; what is given beside it wins. `moelora presets` shows what each expands to.</source>
        <translation>设定下面各项；另外给出的值优先。`moelora presets` 可显示各预设的内容。</translation>
    </message>
    <message>
        <source>Flavour</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>For the Qwen3-VL recipe: intended (a real mixture), as-run (the plain LoRA the published script trains) or as-written.</source>
        <translation>用于 Qwen3-VL 配方：intended（真正的混合）、as-run（公开脚本实际训练的普通 LoRA）或 as-written（照写）。</translation>
    </message>
    <message>
        <source>Start from adapter</source>
        <translation>起始适配器</translation>
    </message>
    <message>
        <source>An adapter folder whose weights are the start. Empty: fresh weights.</source>
        <translation>以该适配器文件夹的权重为起点。留空：全新权重。</translation>
    </message>
    <message>
        <source>Target modules</source>
        <translation>目标模块</translation>
    </message>
    <message>
        <source>Module patterns: a name matches whole path tails (q_proj, attn.qkv, layers.0.mlp.down_proj), * stands for anything. Each must match.</source>
        <translation>模块模式：名称匹配路径的完整末段（q_proj、attn.qkv、layers.0.mlp.down_proj），* 代表任意内容。每个都必须有匹配。</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家数</translation>
    </message>
    <message>
        <source>Low-rank experts at each adapted layer. 1 is plain LoRA.</source>
        <translation>每个被适配层的低秩专家数。1 即普通 LoRA。</translation>
    </message>
    <message>
        <source>Rank r</source>
        <translation>秩 r</translation>
    </message>
    <message>
        <source>Rank of each expert (or of all together, see the rank rule).</source>
        <translation>每个专家的秩（或全部专家的总秩，见秩规则）。</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>The update is scaled by alpha / r (see the scale rule).</source>
        <translation>更新量按 alpha / r 缩放（见缩放规则）。</translation>
    </message>
    <message>
        <source>Active experts k</source>
        <translation>激活专家 k</translation>
    </message>
    <message>
        <source>Experts that a token uses with the gate topk.</source>
        <translation>门控为 topk 时每个词元使用的专家数。</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>Dropout</translation>
    </message>
    <message>
        <source>On the input of the experts, in training only.</source>
        <translation>作用于专家的输入，仅在训练时。</translation>
    </message>
    <message>
        <source>Router</source>
        <translation>路由器</translation>
    </message>
    <message>
        <source>token: a linear router looks at each token. none: no mixture.</source>
        <translation>token：线性路由器查看每个词元。none：不混合。</translation>
    </message>
    <message>
        <source>Gate</source>
        <translation>门控</translation>
    </message>
    <message>
        <source>softmax uses all experts by their probability, topk the k likeliest.</source>
        <translation>softmax 按概率使用所有专家，topk 使用概率最高的 k 个。</translation>
    </message>
    <message>
        <source>Renormalise top-k</source>
        <translation>top-k 重新归一</translation>
    </message>
    <message>
        <source>Divide the chosen weights by their sum. With k = 1 the router then gets no gradient from the task.</source>
        <translation>将所选权重除以其和。k = 1 时，路由器便得不到来自任务的梯度。</translation>
    </message>
    <message>
        <source>Router bias</source>
        <translation>路由器偏置</translation>
    </message>
    <message>
        <source>Gives the router a bias for each expert.</source>
        <translation>为路由器的每个专家加一个偏置。</translation>
    </message>
    <message>
        <source>Router initial deviation</source>
        <translation>路由器初始标准差</translation>
    </message>
    <message>
        <source>Standard deviation of the router&apos;s first weights. 0 takes the usual uniform initialisation.</source>
        <translation>路由器初始权重的标准差。0 采用通常的均匀初始化。</translation>
    </message>
    <message>
        <source>Gate dropout</source>
        <translation>门控 dropout</translation>
    </message>
    <message>
        <source>Share of router outputs dropped in training.</source>
        <translation>训练中丢弃的路由器输出比例。</translation>
    </message>
    <message>
        <source>Gate dropout on</source>
        <translation>门控 dropout 位置</translation>
    </message>
    <message>
        <source>logits (before the softmax) or probs (after it, as the published recipe is written).</source>
        <translation>logits（softmax 之前）或 probs（之后，公开配方如此书写）。</translation>
    </message>
    <message>
        <source>Balance loss</source>
        <translation>均衡损失</translation>
    </message>
    <message>
        <source>switch keeps experts equally busy; none leaves it to the task.</source>
        <translation>switch 让各专家同样忙碌；none 由任务决定。</translation>
    </message>
    <message>
        <source>Balance weight</source>
        <translation>均衡权重</translation>
    </message>
    <message>
        <source>Factor of the balance loss. With a batch of one it balances within a single sample.</source>
        <translation>均衡损失的系数。批量为一时在单个样本内均衡。</translation>
    </message>
    <message>
        <source>Divide load by k</source>
        <translation>负载除以 k</translation>
    </message>
    <message>
        <source>Balanced value 1 instead of k.</source>
        <translation>均衡时的值为 1 而不是 k。</translation>
    </message>
    <message>
        <source>Balanced tokens</source>
        <translation>参与均衡的词元</translation>
    </message>
    <message>
        <source>all, attention (without padding) or response.</source>
        <translation>all（全部）、attention（不含填充）或 response（回答）。</translation>
    </message>
    <message>
        <source>Balance over sites</source>
        <translation>各处均衡的汇总</translation>
    </message>
    <message>
        <source>How the terms of the adapted layers become one number.</source>
        <translation>各被适配层的项如何合成一个数。</translation>
    </message>
    <message>
        <source>Rank rule</source>
        <translation>秩规则</translation>
    </message>
    <message>
        <source>per_expert: each expert has rank r. total: r is shared out.</source>
        <translation>per_expert：每个专家的秩为 r。total：r 由各专家分摊。</translation>
    </message>
    <message>
        <source>Scale rule</source>
        <translation>缩放规则</translation>
    </message>
    <message>
        <source>What alpha is divided by.</source>
        <translation>alpha 除以什么。</translation>
    </message>
    <message>
        <source>Fixed scale</source>
        <translation>固定缩放</translation>
    </message>
    <message>
        <source>The scale itself, with the scale rule fixed.</source>
        <translation>缩放规则为 fixed 时的缩放值。</translation>
    </message>
    <message>
        <source>Expert initialisation</source>
        <translation>专家初始化</translation>
    </message>
    <message>
        <source>kaiming_zero and normal_zero leave the model unchanged at the start; default_both does not.</source>
        <translation>kaiming_zero 与 normal_zero 在开始时不改变模型；default_both 会改变。</translation>
    </message>
    <message>
        <source>Initial deviation</source>
        <translation>初始标准差</translation>
    </message>
    <message>
        <source>Standard deviation with normal_zero.</source>
        <translation>normal_zero 的标准差。</translation>
    </message>
    <message>
        <source>Dropout place</source>
        <translation>Dropout 位置</translation>
    </message>
    <message>
        <source>input, or rank (between A and B).</source>
        <translation>input（输入），或 rank（A 与 B 之间）。</translation>
    </message>
    <message>
        <source>Dropout draw</source>
        <translation>Dropout 抽取</translation>
    </message>
    <message>
        <source>shared: one draw for all experts, fast. per_expert: as the published systems do.</source>
        <translation>shared：所有专家共用一次抽取，快。per_expert：与公开系统相同。</translation>
    </message>
    <message>
        <source>Experts per layer</source>
        <translation>每层专家数</translation>
    </message>
    <message>
        <source>One number for each text layer. Empty: the same everywhere.</source>
        <translation>每个文本层一个数。留空：处处相同。</translation>
    </message>
    <message>
        <source>Ranks per layer</source>
        <translation>每层秩</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>批量</translation>
    </message>
    <message>
        <source>Samples in one forward pass.</source>
        <translation>一次前向传递的样本数。</translation>
    </message>
    <message>
        <source>Accumulation</source>
        <translation>累积</translation>
    </message>
    <message>
        <source>Forward passes for one update.</source>
        <translation>每次更新的前向传递次数。</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Passes over the data; ignored when max_steps is given.</source>
        <translation>遍历数据的次数；给出 max_steps 时忽略。</translation>
    </message>
    <message>
        <source>Updates</source>
        <translation>更新次数</translation>
    </message>
    <message>
        <source>Number of updates. 0: as the epochs say.</source>
        <translation>更新次数。0：由轮数决定。</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>The schedule&apos;s highest value.</source>
        <translation>日程中的最高值。</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>日程</translation>
    </message>
    <message>
        <source>linear or cosine fall to zero, constant stays.</source>
        <translation>linear 或 cosine 降到零，constant 保持不变。</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Updates of rising learning rate; below 1 a share of all updates.</source>
        <translation>学习率上升的更新次数；小于 1 为占全部更新的比例。</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Decoupled, of AdamW.</source>
        <translation>AdamW 的解耦权重衰减。</translation>
    </message>
    <message>
        <source>Beta 1</source>
        <translation>Beta 1</translation>
    </message>
    <message>
        <source>AdamW&apos;s decay of the first moment.</source>
        <translation>AdamW 一阶矩的衰减。</translation>
    </message>
    <message>
        <source>Beta 2</source>
        <translation>Beta 2</translation>
    </message>
    <message>
        <source>AdamW&apos;s decay of the second moment.</source>
        <translation>AdamW 二阶矩的衰减。</translation>
    </message>
    <message>
        <source>Epsilon</source>
        <translation>Epsilon</translation>
    </message>
    <message>
        <source>AdamW&apos;s guard against division by zero.</source>
        <translation>AdamW 防止除以零的小量。</translation>
    </message>
    <message>
        <source>Gradient clipping</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Largest norm of the whole gradient. 0: no clipping.</source>
        <translation>整个梯度的最大范数。0：不裁剪。</translation>
    </message>
    <message>
        <source>Gradient checkpointing</source>
        <translation>梯度检查点</translation>
    </message>
    <message>
        <source>Recompute each layer in the backward pass: less memory, about a third more time.</source>
        <translation>反向传递时重新计算各层：省内存，时间约多三分之一。</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Of data order, initial weights and dropout.</source>
        <translation>用于数据顺序、初始权重和 dropout。</translation>
    </message>
    <message>
        <source>Save every</source>
        <translation>保存间隔</translation>
    </message>
    <message>
        <source>Updates between checkpoints. 0: only at the end.</source>
        <translation>检查点之间的更新次数。0：仅在结束时。</translation>
    </message>
    <message>
        <source>Evaluate every</source>
        <translation>评估间隔</translation>
    </message>
    <message>
        <source>Updates between evaluations. 0: at the end of each epoch.</source>
        <translation>评估之间的更新次数。0：每轮结束时。</translation>
    </message>
    <message>
        <source>Router record every</source>
        <translation>路由记录间隔</translation>
    </message>
    <message>
        <source>Updates between records of the gate weights. 0: never.</source>
        <translation>门控权重记录之间的更新次数。0：从不。</translation>
    </message>
    <message>
        <source>Probe captions every</source>
        <translation>探测描述间隔</translation>
    </message>
    <message>
        <source>Updates between captions of the probe pictures. 0: only at start and end.</source>
        <translation>探测图片描述之间的更新次数。0：仅在开始和结束时。</translation>
    </message>
    <message>
        <source>Probe pictures</source>
        <translation>探测图片</translation>
    </message>
    <message>
        <source>Fixed pictures that are captioned while training.</source>
        <translation>训练期间生成描述的固定图片。</translation>
    </message>
    <message>
        <source>Checkpoints kept</source>
        <translation>保留的检查点</translation>
    </message>
    <message>
        <source>The newest ones; older ones are removed.</source>
        <translation>保留最新的；较旧的会被删除。</translation>
    </message>
    <message>
        <source>Keep the best</source>
        <translation>保留最佳</translation>
    </message>
    <message>
        <source>Also keep the checkpoint of the lowest evaluation loss.</source>
        <translation>同时保留评估损失最低的检查点。</translation>
    </message>
    <message>
        <source>On NaN or infinity</source>
        <translation>遇到 NaN 或无穷</translation>
    </message>
    <message>
        <source>stop the run, or skip the update. Weights are never touched by it.</source>
        <translation>stop 停止运行，或 skip 跳过该次更新。权重绝不受其影响。</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>Tokens of an answer at most.</source>
        <translation>一个回答的最多词元数。</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Off: always the likeliest token, so that answers repeat.</source>
        <translation>关闭：总取最可能的词元，因此回答可重复。</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Below 1 sharper, above 1 flatter.</source>
        <translation>小于 1 更尖锐，大于 1 更平缓。</translation>
    </message>
    <message>
        <source>Top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Sample among the k likeliest. 0: all.</source>
        <translation>在最可能的 k 个中采样。0：全部。</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Sample among the likeliest that hold this share.</source>
        <translation>在累计达到此份额的最可能词元中采样。</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Above 1: tokens already said become less likely.</source>
        <translation>大于 1：已说过的词元变得更不可能。</translation>
    </message>
    <message>
        <source>Sampling seed</source>
        <translation>采样种子</translation>
    </message>
    <message>
        <source>Of the random draw.</source>
        <translation>用于随机抽取。</translation>
    </message>
    <message>
        <source>Pictures at once</source>
        <translation>同时处理的图片</translation>
    </message>
    <message>
        <source>Pictures that are captioned together.</source>
        <translation>一起生成描述的图片数。</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>auto, cpu, cuda or cuda:N. auto takes CUDA where it works.</source>
        <translation>auto、cpu、cuda 或 cuda:N。auto 在可用时采用 CUDA。</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>Of the CPU. 0: one for each physical core.</source>
        <translation>CPU 线程数。0：每个物理核心一个。</translation>
    </message>
    <message>
        <source>px</source>
        <translation>像素</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>updates</source>
        <translation>次更新</translation>
    </message>
    <message>
        <source>A file of records (COCO captions, messages, ShareGPT, Alpaca, CSV), or a folder that holds one, or pictures with .txt files of the same name.</source>
        <translation>记录文件（COCO 描述、messages、ShareGPT、Alpaca、CSV），或包含它的文件夹，或带同名 .txt 的图片。</translation>
    </message>
    <message>
        <source>Picture folder</source>
        <translation>图片文件夹</translation>
    </message>
    <message>
        <source>A further folder from which picture paths are looked for, for pictures that do not lie beside their records.</source>
        <translation>另一个查找图片路径的文件夹，用于图片不在记录旁边的情况。</translation>
    </message>
    <message>
        <source>Text encoding</source>
        <translation>文本编码</translation>
    </message>
    <message>
        <source>auto takes UTF-8, and UTF-16 with a byte order mark; any other encoding is never guessed and must be named.</source>
        <translation>auto 接受 UTF-8 以及带字节顺序标记的 UTF-16；其他编码绝不猜测，必须指明。</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Which column or key holds what, as USE=NAME with the uses image, caption, prompt, task, sample_type, split. Empty: found by the usual names.</source>
        <translation>哪一列或键存放什么，写作 用途=名称，用途有 image、caption、prompt、task、sample_type、split。留空：按常用名称查找。</translation>
    </message>
    <message>
        <source>Task order</source>
        <translation>任务顺序</translation>
    </message>
    <message>
        <source>Task names in the order of their numbers. Tasks that are not listed get the next numbers; existing numbers never move.</source>
        <translation>按编号顺序排列的任务名。未列出的任务取后续编号；已有编号不会变动。</translation>
    </message>
    <message>
        <source>Loader threads</source>
        <translation>读取线程</translation>
    </message>
    <message>
        <source>Threads that decode pictures ahead of the training. Order and content do not depend on their number.</source>
        <translation>在训练之前解码图片的线程数。顺序和内容与线程数无关。</translation>
    </message>
</context>
<context>
    <name>pages</name>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Monitor</source>
        <translation>监视</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行记录</translation>
    </message>
</context>
<context>
    <name>presets</name>
    <message>
        <source>Plain LoRA</source>
        <translation>普通 LoRA</translation>
    </message>
    <message>
        <source>One low-rank update at each layer, no router: the baseline, and the only one that other programs can load.</source>
        <translation>每层一个低秩更新，没有路由器：这是基准，也是唯一能被其他程序加载的方法。</translation>
    </message>
    <message>
        <source>Soft mixture</source>
        <translation>软混合</translation>
    </message>
    <message>
        <source>Every token uses all experts, weighted by a router that looks at the token; learns smoothly and needs no balance loss.</source>
        <translation>每个词元都使用全部专家，由查看该词元的路由器加权；学习平稳，无需均衡损失。</translation>
    </message>
    <message>
        <source>Top-k with balance</source>
        <translation>带均衡的 top-k</translation>
    </message>
    <message>
        <source>Every token uses its k likeliest experts; a balance loss keeps all experts busy.</source>
        <translation>每个词元使用其最可能的 k 个专家；均衡损失让所有专家保持忙碌。</translation>
    </message>
    <message>
        <source>Qwen3-VL MoE-LoRA, as intended</source>
        <translation>Qwen3-VL MoE-LoRA（原意）</translation>
    </message>
    <message>
        <source>The published recipe as its authors meant it: 2 experts, one of them for each token.</source>
        <translation>作者本意的公开配方：2 个专家，每个词元使用其中一个。</translation>
    </message>
    <message>
        <source>Qwen3-VL MoE-LoRA, as run</source>
        <translation>Qwen3-VL MoE-LoRA（实际运行）</translation>
    </message>
    <message>
        <source>What the published script really trains: a plain LoRA, because its mixture is never installed.</source>
        <translation>公开脚本实际训练的内容：普通 LoRA，因为其混合从未真正装入。</translation>
    </message>
    <message>
        <source>Qwen3-VL MoE-LoRA, as written</source>
        <translation>Qwen3-VL MoE-LoRA（照写）</translation>
    </message>
    <message>
        <source>The published class with the smallest repairs that let it run; it changes the model before the first update.</source>
        <translation>公开的类，仅作使其能运行的最小修补；在第一次更新之前就会改变模型。</translation>
    </message>
</context>
</TS>
