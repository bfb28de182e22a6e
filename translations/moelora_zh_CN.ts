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
    <message>
        <source>The preset says %1.</source>
        <translation>预设值为 %1。</translation>
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
        <source>Uses Qt, LibTorch, OpenCV, PCRE2, utf8proc, nlohmann_json, fmt and spdlog. The demo&apos;s pictures are composed of Noto Color Emoji (SIL Open Font License 1.1).</source>
        <translation>使用 Qt、LibTorch、OpenCV、PCRE2、utf8proc、nlohmann_json、fmt 和 spdlog。演示图片由 Noto Color Emoji（SIL 开放字体许可证 1.1）合成。</translation>
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
        <source>Pause and give memory &amp;back</source>
        <translation>暂停并释放内存(&amp;B)</translation>
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
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Data</source>
        <translation>数据(&amp;D)</translation>
    </message>
    <message>
        <source>Colours of the deskto&amp;p</source>
        <translation>跟随桌面配色(&amp;P)</translation>
    </message>
    <message>
        <source>M&amp;odel</source>
        <translation>模型(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Guided start</source>
        <translation>引导开始(&amp;G)</translation>
    </message>
    <message>
        <source>Lo&amp;g</source>
        <translation>日志(&amp;G)</translation>
    </message>
    <message>
        <source>Stop and &amp;discard ...</source>
        <translation>停止并丢弃(&amp;D)……</translation>
    </message>
    <message>
        <source>&amp;High contrast</source>
        <translation>高对比度(&amp;H)</translation>
    </message>
    <message>
        <source>Open a &amp;configuration ...</source>
        <translation>打开配置(&amp;C)……</translation>
    </message>
    <message>
        <source>&amp;Explain what has the focus</source>
        <translation>解释当前焦点(&amp;E)</translation>
    </message>
    <message>
        <source>Explain what is &amp;clicked</source>
        <translation>解释所点击之处(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts ...</source>
        <translation>键盘快捷键(&amp;K)……</translation>
    </message>
    <message>
        <source>Data: filter</source>
        <translation>数据：筛选</translation>
    </message>
    <message>
        <source>Data: sample before</source>
        <translation>数据：上一个样本</translation>
    </message>
    <message>
        <source>Data: next sample</source>
        <translation>数据：下一个样本</translation>
    </message>
    <message>
        <source>Data: next finding</source>
        <translation>数据：下一处问题</translation>
    </message>
    <message>
        <source>Data: correct the caption</source>
        <translation>数据：更正描述</translation>
    </message>
    <message>
        <source>%1 alone is needed in text fields. Add Ctrl or Alt.</source>
        <translation>文本框需要单独使用 %1。请加上 Ctrl 或 Alt。</translation>
    </message>
    <message>
        <source>%1 belongs to &quot;%2&quot;. Choose other keys, or change those first.</source>
        <translation>%1 已属于“%2”。请选择其他按键，或先更改那一项。</translation>
    </message>
    <message>
        <source>&amp;New configuration</source>
        <translation>新建配置(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Save the configuration</source>
        <translation>保存配置(&amp;S)</translation>
    </message>
    <message>
        <source>Save the configuration &amp;as ...</source>
        <translation>配置另存为(&amp;A)……</translation>
    </message>
    <message>
        <source>&amp;Preferences ...</source>
        <translation>首选项(&amp;P)……</translation>
    </message>
    <message>
        <source>Larger te&amp;xt</source>
        <translation>放大文字(&amp;X)</translation>
    </message>
    <message>
        <source>Shri&amp;nk the text</source>
        <translation>缩小文字(&amp;N)</translation>
    </message>
    <message>
        <source>Us&amp;ual size of the text</source>
        <translation>文字默认大小(&amp;U)</translation>
    </message>
    <message>
        <source>Data: next hit of the filter, again from the first</source>
        <translation>数据：筛选的下一个结果，末尾后回到第一个</translation>
    </message>
    <message>
        <source>Data, in the grid: leave the sample out</source>
        <translation>数据（网格中）：排除该样本</translation>
    </message>
    <message>
        <source>Compare, in the list: next, previous difference</source>
        <translation>比较（列表中）：下一处、上一处差异</translation>
    </message>
    <message>
        <source>Compare, Blind: left, right, the same</source>
        <translation>比较（盲测）：左、右、相同</translation>
    </message>
    <message>
        <source>Charts: closer, wider, the whole run</source>
        <translation>图表：放大、缩小、整个运行</translation>
    </message>
    <message>
        <source>Charts: as a table</source>
        <translation>图表：显示为表格</translation>
    </message>
    <message>
        <source>Doctor, Compare: cancel what is at work</source>
        <translation>数据医生、比较：取消正在进行的工作</translation>
    </message>
</context>
<context>
    <name>choices</name>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>same</source>
        <translation>与文本部分相同</translation>
    </message>
    <message>
        <source>drop</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>white</source>
        <translation>白底</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>first</source>
        <translation>第一条</translation>
    </message>
    <message>
        <source>random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>intended</source>
        <translation>原意</translation>
    </message>
    <message>
        <source>as-run</source>
        <translation>按实际运行</translation>
    </message>
    <message>
        <source>as-written</source>
        <translation>按代码所写</translation>
    </message>
    <message>
        <source>code</source>
        <translation>按代码</translation>
    </message>
    <message>
        <source>paper</source>
        <translation>按论文</translation>
    </message>
    <message>
        <source>global</source>
        <translation>全局</translation>
    </message>
    <message>
        <source>per-site</source>
        <translation>每个位置</translation>
    </message>
    <message>
        <source>inverted-triangle</source>
        <translation>倒三角</translation>
    </message>
    <message>
        <source>triangle</source>
        <translation>三角</translation>
    </message>
    <message>
        <source>diamond</source>
        <translation>菱形</translation>
    </message>
    <message>
        <source>hourglass</source>
        <translation>沙漏</translation>
    </message>
    <message>
        <source>rectangle</source>
        <translation>矩形</translation>
    </message>
    <message>
        <source>before_norm</source>
        <translation>归一化之前</translation>
    </message>
    <message>
        <source>after_norm</source>
        <translation>归一化之后</translation>
    </message>
    <message>
        <source>per_expert</source>
        <translation>每个专家</translation>
    </message>
    <message>
        <source>total</source>
        <translation>总计</translation>
    </message>
    <message>
        <source>fixed</source>
        <translation>固定</translation>
    </message>
    <message>
        <source>kaiming_zero</source>
        <translation>Kaiming 与零</translation>
    </message>
    <message>
        <source>normal_zero</source>
        <translation>正态与零</translation>
    </message>
    <message>
        <source>default_both</source>
        <translation>两者均默认</translation>
    </message>
    <message>
        <source>ones</source>
        <translation>全一</translation>
    </message>
    <message>
        <source>input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>shared</source>
        <translation>共享</translation>
    </message>
    <message>
        <source>token</source>
        <translation>按词元</translation>
    </message>
    <message>
        <source>token_activation</source>
        <translation>按词元激活</translation>
    </message>
    <message>
        <source>per_head</source>
        <translation>按注意力头</translation>
    </message>
    <message>
        <source>task</source>
        <translation>按任务</translation>
    </message>
    <message>
        <source>per_site</source>
        <translation>每个位置</translation>
    </message>
    <message>
        <source>topk</source>
        <translation>前 k 个</translation>
    </message>
    <message>
        <source>logits</source>
        <translation>逻辑值</translation>
    </message>
    <message>
        <source>probs</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>straight_through</source>
        <translation>直通（straight-through）</translation>
    </message>
    <message>
        <source>top_p</source>
        <translation>累积概率</translation>
    </message>
    <message>
        <source>threshold</source>
        <translation>阈值</translation>
    </message>
    <message>
        <source>threshold_shifted</source>
        <translation>平移阈值</translation>
    </message>
    <message>
        <source>relative</source>
        <translation>相对最大者</translation>
    </message>
    <message>
        <source>soft_topk</source>
        <translation>软性前 k 个</translation>
    </message>
    <message>
        <source>importance_cv2</source>
        <translation>重要性 CV²</translation>
    </message>
    <message>
        <source>importance_scv</source>
        <translation>重要性 SCV</translation>
    </message>
    <message>
        <source>kl_uniform</source>
        <translation>与均匀分布的 KL</translation>
    </message>
    <message>
        <source>z_loss</source>
        <translation>z 损失</translation>
    </message>
    <message>
        <source>image</source>
        <translation>图像位置</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本位置</translation>
    </message>
    <message>
        <source>switch</source>
        <translation>Switch 负载均衡</translation>
    </message>
    <message>
        <source>localized</source>
        <translation>局部均衡</translation>
    </message>
    <message>
        <source>var_over_mean</source>
        <translation>方差除以均值</translation>
    </message>
    <message>
        <source>attention</source>
        <translation>注意力掩码</translation>
    </message>
    <message>
        <source>response</source>
        <translation>仅回答</translation>
    </message>
    <message>
        <source>sum_sites</source>
        <translation>各位置求和</translation>
    </message>
    <message>
        <source>mean_sites</source>
        <translation>各位置平均</translation>
    </message>
    <message>
        <source>per_layer_concat</source>
        <translation>按层拼接</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>线性</translation>
    </message>
    <message>
        <source>cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>cosine-restarts</source>
        <translation>余弦重启</translation>
    </message>
    <message>
        <source>polynomial</source>
        <translation>多项式</translation>
    </message>
    <message>
        <source>inverse-sqrt</source>
        <translation>平方根倒数</translation>
    </message>
    <message>
        <source>constant</source>
        <translation>恒定</translation>
    </message>
    <message>
        <source>stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>skip</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>rollback</source>
        <translation>回退</translation>
    </message>
    <message>
        <source>true</source>
        <translation>是</translation>
    </message>
    <message>
        <source>false</source>
        <translation>否</translation>
    </message>
    <message>
        <source>compute capability %1</source>
        <translation>计算能力 %1</translation>
    </message>
    <message>
        <source>%1 free of %2</source>
        <translation>可用 %1，共 %2</translation>
    </message>
    <message>
        <source>fits</source>
        <translation>放得下</translation>
    </message>
    <message>
        <source>tight</source>
        <translation>紧张</translation>
    </message>
    <message>
        <source>will not fit</source>
        <translation>放不下</translation>
    </message>
    <message>
        <source>Processors only emulate fp16: it would be slower and less exact than fp32. It is for a GPU.</source>
        <translation>处理器只能模拟 fp16：会比 fp32 更慢、更不精确。它适用于 GPU。</translation>
    </message>
    <message>
        <source>This GPU has no bf16 arithmetic (compute capability 8.0 or newer has): fp16 is faster and as small.</source>
        <translation>此 GPU 没有 bf16 运算（计算能力 8.0 及以上才有）：fp16 更快，且一样小。</translation>
    </message>
    <message>
        <source>This processor has no bf16 arithmetic (AVX-512 BF16 or AMX has): it would be emulated, slower than fp32.</source>
        <translation>此处理器没有 bf16 运算（AVX-512 BF16 或 AMX 才有）：只能模拟，比 fp32 慢。</translation>
    </message>
    <message>
        <source>The folder holds its layers as %1 already. Another format needs the unquantized folder of this model.</source>
        <translation>该文件夹中的层已是 %1 格式。要用其他格式，需要此模型未量化的文件夹。</translation>
    </message>
    <message>
        <source>Not quantized</source>
        <translation>不量化</translation>
    </message>
    <message>
        <source>NF4, 4 bits</source>
        <translation>NF4，4 位</translation>
    </message>
    <message>
        <source>NF4, double quantization</source>
        <translation>NF4，双重量化</translation>
    </message>
    <message>
        <source>FP4, 4 bits</source>
        <translation>FP4，4 位</translation>
    </message>
    <message>
        <source>FP4, double quantization</source>
        <translation>FP4，双重量化</translation>
    </message>
    <message>
        <source>INT8, 8 bits</source>
        <translation>INT8，8 位</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Computes with</source>
        <translation>计算方式</translation>
    </message>
    <message>
        <source>%1 threads, %2</source>
        <translation>%1 线程，%2</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>none: %1</source>
        <translation>无：%1</translation>
    </message>
    <message>
        <source>Driver</source>
        <translation>驱动</translation>
    </message>
    <message>
        <source>split</source>
        <translation>拆分</translation>
    </message>
    <message>
        <source>ladder</source>
        <translation>逐级降低</translation>
    </message>
    <message>
        <source>alone</source>
        <translation>不采用</translation>
    </message>
    <message>
        <source>beside</source>
        <translation>一并采用</translation>
    </message>
    <message>
        <source>lora_shared_a</source>
        <translation>共享 A 的 LoRA</translation>
    </message>
    <message>
        <source>modulation</source>
        <translation>一个 LoRA 与各专家的输出调制向量</translation>
    </message>
    <message>
        <source>low_rank</source>
        <translation>由 A·x 决定</translation>
    </message>
    <message>
        <source>instance</source>
        <translation>由整条样本的均值决定</translation>
    </message>
    <message>
        <source>zero_param</source>
        <translation>无参数</translation>
    </message>
    <message>
        <source>per_block</source>
        <translation>每块一个</translation>
    </message>
    <message>
        <source>whole_slice</source>
        <translation>对整个切片归一化</translation>
    </message>
    <message>
        <source>switch_threshold</source>
        <translation>带阈值的 Switch</translation>
    </message>
    <message>
        <source>global_concat</source>
        <translation>所有位置的词元合并</translation>
    </message>
    <message>
        <source>goat_theory</source>
        <translation>按 GOAT 的理论</translation>
    </message>
    <message>
        <source>uniform</source>
        <translation>均匀分布</translation>
    </message>
    <message>
        <source>pissa</source>
        <translation>取自权重的主奇异部分</translation>
    </message>
    <message>
        <source>svd_pieces</source>
        <translation>取自权重的各段奇异部分</translation>
    </message>
    <message>
        <source>loftq</source>
        <translation>补偿量化误差</translation>
    </message>
    <message>
        <source>ffn_block</source>
        <translation>整个前馈块</translation>
    </message>
    <message>
        <source>normalised_sigmoid</source>
        <translation>归一化 sigmoid</translation>
    </message>
    <message>
        <source>switch_by_sample</source>
        <translation>按样本的 Switch</translation>
    </message>
    <message>
        <source>llava</source>
        <translation>LLaVA 版</translation>
    </message>
    <message>
        <source>dynamic</source>
        <translation>动态</translation>
    </message>
    <message>
        <source>no bf16</source>
        <translation>不支持 bf16</translation>
    </message>
    <message>
        <source>no program</source>
        <translation>没有程序</translation>
    </message>
    <message>
        <source>%1 free for runs</source>
        <translation>运行记录所在磁盘可用 %1</translation>
    </message>
    <message>
        <source>the model is read at %1 a second</source>
        <translation>模型读取速度每秒 %1</translation>
    </message>
    <message>
        <source>GPU memory held by</source>
        <translation>占用显存的程序</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
</context>
<context>
    <name>drop</name>
    <message>
        <source>Drop: this run opens on the page Monitor.</source>
        <translation>松开：在“监视”页打开此运行。</translation>
    </message>
    <message>
        <source>Drop: this comparison opens on the page Compare.</source>
        <translation>松开：在“比较”页打开此比较。</translation>
    </message>
    <message>
        <source>Drop: this bundle goes into the library, on the page Runs.</source>
        <translation>松开：将此运行包收入“运行记录”页的库中。</translation>
    </message>
    <message>
        <source>Drop: this adapter is chosen on the page Compare.</source>
        <translation>松开：在“比较”页选用此适配器。</translation>
    </message>
    <message>
        <source>Drop: this model is chosen on the page Model.</source>
        <translation>松开：在“模型”页选用此模型。</translation>
    </message>
    <message>
        <source>Drop: this configuration opens on the page Train.</source>
        <translation>松开：在“训练”页打开此配置。</translation>
    </message>
    <message>
        <source>Drop: it is read as data, on the page Data.</source>
        <translation>松开：在“数据”页作为数据读取。</translation>
    </message>
    <message numerus="yes">
        <source>Drop: %Ln picture(s) for base and adapter to describe, on the page Compare.</source>
        <translation>
            <numerusform>松开：在“比较”页由基座和适配器描述 %Ln 张图片。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>effects</name>
    <message>
        <source>More: more parameters and memory, updates a little slower, more room to specialise.</source>
        <translation>越多：参数和内存越多，更新略慢，分工的余地越大。</translation>
    </message>
    <message>
        <source>Higher: more parameters and memory, a little slower; learns finer changes and overfits small data sooner.</source>
        <translation>越高：参数和内存越多，略慢；能学到更细的变化，也更早在小数据上过拟合。</translation>
    </message>
    <message>
        <source>Higher: stronger changes at the same learning rate; memory and speed stay.</source>
        <translation>越高：相同学习率下变化越强；内存和速度不变。</translation>
    </message>
    <message>
        <source>More: softer decisions; memory and speed hardly change.</source>
        <translation>越多：选择越柔和；内存和速度几乎不变。</translation>
    </message>
    <message>
        <source>Higher: less overfitting, slower learning; memory and speed stay.</source>
        <translation>越高：过拟合越少，学习越慢；内存和速度不变。</translation>
    </message>
    <message>
        <source>More layers: more parameters, memory and time; learns more.</source>
        <translation>层越多：参数、内存和时间越多；学得越多。</translation>
    </message>
    <message>
        <source>Decides what can be exported: without a router, or by the task alone, the adapter merges exactly.</source>
        <translation>决定能够导出什么：没有路由器，或仅按任务选择时，适配器可以精确合并。</translation>
    </message>
    <message>
        <source>Keeps experts from being forgotten; memory and speed stay.</source>
        <translation>避免专家被遗忘；内存和速度不变。</translation>
    </message>
    <message>
        <source>Higher: experts are used more evenly, at some cost to the captions; memory and speed stay.</source>
        <translation>越高：专家的使用越均匀，描述质量略有代价；内存和速度不变。</translation>
    </message>
    <message>
        <source>More: more memory, smoother gradients, fewer updates an epoch.</source>
        <translation>越多：内存越多，梯度越平稳，每轮更新次数越少。</translation>
    </message>
    <message>
        <source>More: smoother gradients at the same memory; an update takes as much longer.</source>
        <translation>越多：内存不变而梯度更平稳；每次更新相应变长。</translation>
    </message>
    <message>
        <source>More: faster with short samples, more memory; the result is the same up to rounding.</source>
        <translation>越多：短样本更快，内存更多；结果除舍入外相同。</translation>
    </message>
    <message>
        <source>More: longer; watch when the evaluation stops falling.</source>
        <translation>越多：时间越长；请留意评估损失何时不再下降。</translation>
    </message>
    <message>
        <source>Higher: faster, and at some point unstable; memory and speed stay.</source>
        <translation>越高：学得越快，到一定程度会不稳定；内存和速度不变。</translation>
    </message>
    <message>
        <source>More: a calmer start; memory and speed stay.</source>
        <translation>越多：开始更平稳；内存和速度不变。</translation>
    </message>
    <message>
        <source>Lower: single outliers do less harm, learning slows down.</source>
        <translation>越低：个别异常样本的影响越小，学习变慢。</translation>
    </message>
    <message>
        <source>On: much less memory, updates about a third slower, the same result.</source>
        <translation>开启：内存大幅减少，更新约慢三分之一，结果相同。</translation>
    </message>
    <message>
        <source>Lower: as many layers as needed are computed again in the backward pass, which takes time and changes no result.</source>
        <translation>越低：反向传播时按需要重新计算更多的层，会花费时间，但不改变结果。</translation>
    </message>
    <message>
        <source>8-bit moments need a quarter of the optimizer&apos;s memory.</source>
        <translation>8 位动量只需优化器内存的四分之一。</translation>
    </message>
    <message>
        <source>Fewer: less memory and faster; small details are lost.</source>
        <translation>越少：内存更少、更快；会丢失细节。</translation>
    </message>
    <message>
        <source>More: small pictures take more memory and time.</source>
        <translation>越多：小图片占用更多内存和时间。</translation>
    </message>
    <message>
        <source>Smaller: less memory and faster; small details are lost.</source>
        <translation>越小：内存更少、更快；会丢失细节。</translation>
    </message>
    <message>
        <source>A limit and no cut: longer samples block the start. The longest sample decides the memory.</source>
        <translation>只是上限，不会截断：超长样本会阻止开始。最长的样本决定内存。</translation>
    </message>
    <message>
        <source>All: longer epochs and more varied answers; the memory stays.</source>
        <translation>全部：每轮更长，回答更多样；内存不变。</translation>
    </message>
    <message>
        <source>More: a steadier evaluation, less to learn from.</source>
        <translation>越多：评估越稳定，可学习的数据越少。</translation>
    </message>
    <message>
        <source>Fewer bits: less memory, a little slower and less exact.</source>
        <translation>位数越少：内存越少，略慢，精度略低。</translation>
    </message>
    <message>
        <source>16 bits: half the memory, and faster where the hardware has them.</source>
        <translation>16 位：内存减半，硬件支持时更快。</translation>
    </message>
    <message>
        <source>More often: less is lost when the computer stops; more disk.</source>
        <translation>越频繁：计算机中断时损失越少；占用磁盘越多。</translation>
    </message>
    <message>
        <source>More often: seen sooner; the run waits for each.</source>
        <translation>越频繁：越早看到；每次都会让训练等待。</translation>
    </message>
    <message>
        <source>More: a fuller picture; each moment of captions takes longer.</source>
        <translation>越多：了解越全面；每次生成描述更久。</translation>
    </message>
    <message>
        <source>More: more disk, more to choose from.</source>
        <translation>越多：磁盘占用越多，可选的检查点越多。</translation>
    </message>
    <message>
        <source>On: each picture is seen once, so epochs after the first are faster; more memory of the computer.</source>
        <translation>开启：每张图片只处理一次，首轮之后更快；占用更多内存。</translation>
    </message>
    <message>
        <source>More: longer captions, and slower where a caption does not end.</source>
        <translation>越多：描述可以更长；描述不结束时更慢。</translation>
    </message>
    <message>
        <source>Another seed is another draw; memory, speed and, on average, quality stay.</source>
        <translation>换一个种子就是另一次抽取；内存、速度以及平均质量不变。</translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>Something went wrong inside the program: {what}</source>
        <translation>程序内部出错：{what}</translation>
    </message>
    <message>
        <source>This is a bug. Nothing saved so far is lost; please report it with what Help &gt; Copy diagnostics, or `moelora diagnostics`, gives.</source>
        <translation>这是程序缺陷。已保存的内容不会丢失；请用“帮助 &gt; 复制诊断信息”或 `moelora diagnostics` 给出的内容报告此问题。</translation>
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
        <source>Update {step} did not fit into the memory; it is made again after unused memory was given back.</source>
        <translation>第 {step} 次更新超出了内存；归还未用的内存后重新进行。</translation>
    </message>
    <message>
        <source>Nothing was lost. Close other programs if it happens often.</source>
        <translation>没有任何损失。若经常发生，请关闭其他程序。</translation>
    </message>
    <message>
        <source>Update {step} did not fit into the memory; until the end of the epoch {rows} samples are computed at a time.</source>
        <translation>第 {step} 次更新超出了内存；在本轮结束前，每次只计算 {rows} 个样本。</translation>
    </message>
    <message>
        <source>The result is the same up to rounding. A smaller train.batch_size with more accumulation saves the repetition.</source>
        <translation>除舍入外结果相同。减小 train.batch_size 并增加累积次数可免去重复计算。</translation>
    </message>
    <message>
        <source>The sample {sample} does not fit into the memory; its pictures are read with {pixels} pixels at most from now on.</source>
        <translation>样本 {sample} 超出了内存；从现在起，其图片最多以 {pixels} 像素读取。</translation>
    </message>
    <message>
        <source>Turn gradient checkpointing on, or lower data.max_pixels for all, if that is not wanted.</source>
        <translation>若不希望如此，请启用梯度检查点，或为所有图片降低 data.max_pixels。</translation>
    </message>
    <message>
        <source>The sample {sample} does not fit into the memory and is left out from now on.</source>
        <translation>样本 {sample} 超出了内存，从现在起不再使用。</translation>
    </message>
    <message>
        <source>Turn gradient checkpointing on, or shorten the sample, if it is to be learnt.</source>
        <translation>若要学习该样本，请启用梯度检查点，或缩短该样本。</translation>
    </message>
    <message>
        <source>The evaluation of update {step} did not fit into the memory; it is made with {rows} samples at a time.</source>
        <translation>第 {step} 次更新后的评估超出了内存；改为每次 {rows} 个样本进行。</translation>
    </message>
    <message>
        <source>The result is the same up to rounding.</source>
        <translation>除舍入外结果相同。</translation>
    </message>
    <message>
        <source>The evaluation of update {step} does not fit into the memory and is left out; training goes on.</source>
        <translation>第 {step} 次更新后的评估超出了内存，已略去；训练继续。</translation>
    </message>
    <message>
        <source>Shorten the longest samples of the validation part, or close other programs.</source>
        <translation>请缩短验证部分中最长的样本，或关闭其他程序。</translation>
    </message>
    <message>
        <source>The probe captions of update {step} did not fit into the memory; they are made {rows} at a time.</source>
        <translation>第 {step} 次更新后的探测描述超出了内存；改为每次生成 {rows} 条。</translation>
    </message>
    <message>
        <source>Lower generate.batch_size to save the repetition.</source>
        <translation>降低 generate.batch_size 可免去重复计算。</translation>
    </message>
    <message>
        <source>The probe captions of update {step} do not fit into the memory and are left out; training goes on.</source>
        <translation>第 {step} 次更新后的探测描述超出了内存，已略去；训练继续。</translation>
    </message>
    <message>
        <source>Choose smaller probe pictures, or close other programs.</source>
        <translation>请选择较小的探测图片，或关闭其他程序。</translation>
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
        <source>Convert it to safetensors first (packaging/python/convert_pickle.py); the program never opens pickles.</source>
        <translation>请先转换为 safetensors（packaging/python/convert_pickle.py）；本程序从不打开 pickle 文件。</translation>
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
        <source>{path} holds NaN or infinity in {tensor}.</source>
        <translation>{path} 的 {tensor} 中含有 NaN 或无穷大。</translation>
    </message>
    <message>
        <source>Captions and training will hardly be right; fetch the weights again, or choose another dtype.</source>
        <translation>描述和训练结果很可能不对；请重新获取权重，或改用其他数据类型。</translation>
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
        <source>Shorten or change the text, or use another tokenizer.</source>
        <translation>请缩短或修改文本，或使用其他分词器。</translation>
    </message>
    <message>
        <source>A text is not valid UTF-8.</source>
        <translation>文本不是有效的 UTF-8。</translation>
    </message>
    <message>
        <source>Write it in UTF-8; nothing is guessed about other encodings.</source>
        <translation>请用 UTF-8 书写；程序不会猜测其他编码。</translation>
    </message>
    <message>
        <source>The picture {path} of sample {sample} changed since the run began.</source>
        <translation>样本 {sample} 的图片 {path} 在运行开始后发生了变化。</translation>
    </message>
    <message>
        <source>The run goes on with the new picture; if that is not wanted, stop it, put the old one back, and resume.</source>
        <translation>运行将使用新图片继续；若非所愿，请停止运行，放回原图片，再继续运行。</translation>
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
        <source>The picture {path} cannot be shown to this model, which reads text only.</source>
        <translation>该模型只读文本，无法向它展示图片 {path}。</translation>
    </message>
    <message>
        <source>Choose a vision model, or a data set without pictures.</source>
        <translation>请选择视觉模型，或不含图片的数据集。</translation>
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
        <source>Read the issues listed with it; each names a file or line and what is wrong. Without any there is nothing in it that could be a sample.</source>
        <translation>请查看随附的问题列表；每条都指出文件或行以及错误所在。如果没有列出问题，则其中没有任何可用作样本的内容。</translation>
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
        <source>The adapter {path} that training starts from decides its own axes: {changes}.</source>
        <translation>训练所起始的适配器 {path} 自带各项设置：{changes}。</translation>
    </message>
    <message>
        <source>Leave these options out, or start without adapter.init_from. Dropout, jitter and balance are free.</source>
        <translation>请去掉这些选项，或不使用 adapter.init_from。丢弃、抖动与均衡可自由设置。</translation>
    </message>
    <message>
        <source>Training goes on from {path} with these options otherwise than before: {changes}.</source>
        <translation>训练从 {path} 继续，以下选项与之前不同：{changes}。</translation>
    </message>
    <message>
        <source>That is how this run asks for it; set them as they were to train on as before.</source>
        <translation>这是本次运行所要求的；若要照旧训练，请把它们设回原值。</translation>
    </message>
    <message>
        <source>The run {path} cannot go on: {what} is not what it was when the run began ({found}).</source>
        <translation>运行 {path} 无法继续：{what} 与运行开始时不同（{found}）。</translation>
    </message>
    <message>
        <source>Put it back, or start a new run from this one&apos;s adapter (adapter.init_from).</source>
        <translation>请将其恢复原状，或从该运行的适配器开始新的运行（adapter.init_from）。</translation>
    </message>
    <message>
        <source>the run has made {1} updates</source>
        <translation>该运行已完成 {1} 次更新</translation>
    </message>
    <message>
        <source>the adapter that training starts from numbers its tasks {1}</source>
        <translation>训练所起始的适配器按 {1} 的顺序给任务编号</translation>
    </message>
    <message>
        <source>This device only emulates {wanted}; {dtype} is used instead.</source>
        <translation>该设备只能模拟 {wanted}；改用 {dtype}。</translation>
    </message>
    <message>
        <source>The launches of a token could not be recorded ({why}); captions are written without that.</source>
        <translation>无法录制一个词元的内核启动（{why}）；改为不录制继续生成描述。</translation>
    </message>
    <message>
        <source>Leave device.cuda_graphs off on this device.</source>
        <translation>请在此设备上关闭 device.cuda_graphs。</translation>
    </message>
    <message>
        <source>Nothing needs to be done; fp32 is exact and faster here.</source>
        <translation>无需处理；fp32 在此既精确又更快。</translation>
    </message>
    <message>
        <source>{path} is not a usable zip file: {why}</source>
        <translation>{path} 不是可用的 zip 文件：{why}</translation>
    </message>
    <message>
        <source>Make the bundle again (`moelora runs bundle`).</source>
        <translation>请重新打包（`moelora runs bundle`）。</translation>
    </message>
    <message>
        <source>a name in it is of another encoding</source>
        <translation>其中有名称使用了其他编码</translation>
    </message>
    <message>
        <source>it unpacks to more than a file of its size can hold</source>
        <translation>其解压后的大小超过该文件所能容纳的上限</translation>
    </message>
    <message>
        <source>it is not of the form PATTERN: rank=4, experts=2</source>
        <translation>它不是“模式: rank=4, experts=2”的形式</translation>
    </message>
    <message>
        <source>{1} needs a value</source>
        <translation>{1} 需要一个值</translation>
    </message>
    <message>
        <source>{1} must be from 1 to {2}</source>
        <translation>{1} 必须在 1 到 {2} 之间</translation>
    </message>
    <message>
        <source>there is no {1}; there are experts, rank, top_k and alpha</source>
        <translation>没有 {1}；只有 experts、rank、top_k 和 alpha</translation>
    </message>
    <message>
        <source>alpha must be above 0</source>
        <translation>alpha 必须大于 0</translation>
    </message>
    <message>
        <source>scaling vectors have no rank and no alpha</source>
        <translation>缩放向量没有秩和 alpha</translation>
    </message>
    <message>
        <source>top_k needs the gate topk</source>
        <translation>top_k 需要门控 topk</translation>
    </message>
    <message>
        <source>Training would need {needed} of memory, and device.memory_budget allows {budget}.</source>
        <translation>训练需要 {needed} 内存，而 device.memory_budget 只允许 {budget}。</translation>
    </message>
    <message>
        <source>Change this, in this order: {changes}.</source>
        <translation>请按此顺序更改：{changes}。</translation>
    </message>
    <message>
        <source>it must be a number above 0 with B, KB, MB, GB, KiB, MiB or GiB, or nothing</source>
        <translation>必须是大于 0 且带 B、KB、MB、GB、KiB、MiB 或 GiB 的数字，或者留空</translation>
    </message>
    <message>
        <source>the data name no sample types, so it is zero</source>
        <translation>数据没有给出样本类型，因此它为零</translation>
    </message>
    <message>
        <source>it knows two sample types, and the data have {1}</source>
        <translation>它只认识两种样本类型，而数据有 {1} 种</translation>
    </message>
    <message>
        <source>the vectors of k_proj act behind the norm of the keys, where neither PEFT nor a weight has a place for them</source>
        <translation>k_proj 的向量作用于键归一化之后，PEFT 和权重中都没有它们的位置</translation>
    </message>
    <message>
        <source>{1}: it has no A of an expert</source>
        <translation>{1}：没有任何专家的 A</translation>
    </message>
    <message>
        <source>{path} needs {needed} of space, and {free} are free there.</source>
        <translation>{path} 需要 {needed} 空间，而那里只剩 {free}。</translation>
    </message>
    <message>
        <source>Free some space, or choose another place; nothing saved so far is lost.</source>
        <translation>请释放一些空间或选择其他位置；已保存的内容不会丢失。</translation>
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
        <source>Lower the learning rate, look at the samples, or set train.on_nonfinite to skip or rollback.</source>
        <translation>请降低学习率、查看这些样本，或将 train.on_nonfinite 设为 skip 或 rollback。</translation>
    </message>
    <message>
        <source>The gradient became {value} in update {step}; samples: {samples}. No weight was changed by it.</source>
        <translation>第 {step} 次更新时梯度变为 {value}；样本：{samples}。权重未因此改变。</translation>
    </message>
    <message>
        <source>The loss is exactly 0 in update {step}; samples: {samples}. No weight was changed by it.</source>
        <translation>第 {step} 次更新时损失恰好为 0；样本：{samples}。权重未因此改变。</translation>
    </message>
    <message>
        <source>Nothing is left to learn from these samples, or their answers are cut off; look at them, or set train.on_nonfinite to skip or rollback.</source>
        <translation>这些样本已无可学，或其答案被截断；请查看它们，或将 train.on_nonfinite 设为 skip 或 rollback。</translation>
    </message>
    <message>
        <source>Training went back to update {step} and goes on with the data behind those samples.</source>
        <translation>训练已回到第 {step} 次更新，并从这些样本之后的数据继续。</translation>
    </message>
    <message>
        <source>Look at the samples; if it happens again, lower the learning rate.</source>
        <translation>请查看这些样本；若再次发生，请降低学习率。</translation>
    </message>
    <message>
        <source>Stopped early after update {step}: {found} evaluations brought no loss below {loss} of update {best}.</source>
        <translation>在第 {step} 次更新后提前停止：{found} 次评估的损失都没有低于第 {best} 次更新的 {loss}。</translation>
    </message>
    <message>
        <source>Resume the run, or raise train.early_stop_patience, to train longer.</source>
        <translation>要继续训练，请恢复该运行，或调大 train.early_stop_patience。</translation>
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
        <source>The run goes on with another {what}: {found}; it began with {expected}.</source>
        <translation>运行改用另一个 {what} 继续：{found}；开始时是 {expected}。</translation>
    </message>
    <message>
        <source>Its losses may differ in the last digits from those of an undisturbed run.</source>
        <translation>它的损失在末尾几位上可能与未受干扰的运行不同。</translation>
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
        <source>it is missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>it is not an object</source>
        <translation>它不是对象</translation>
    </message>
    <message>
        <source>it is not a table</source>
        <translation>它不是对象（键值表）</translation>
    </message>
    <message>
        <source>it is no plain file</source>
        <translation>它不是普通文件</translation>
    </message>
    <message>
        <source>it is not a file</source>
        <translation>它不是文件</translation>
    </message>
    <message>
        <source>it may not be read</source>
        <translation>没有读取权限</translation>
    </message>
    <message>
        <source>the file is empty</source>
        <translation>文件是空的</translation>
    </message>
    <message>
        <source>it begins with a byte order mark</source>
        <translation>它以字节顺序标记（BOM）开头</translation>
    </message>
    <message>
        <source>it is nested deeper than {1} levels</source>
        <translation>嵌套超过 {1} 层</translation>
    </message>
    <message>
        <source>the key &quot;{1}&quot; stands twice in one object</source>
        <translation>同一对象中键 “{1}” 出现两次</translation>
    </message>
    <message>
        <source>the number {1} is too large</source>
        <translation>数字 {1} 过大</translation>
    </message>
    <message>
        <source>{1} is missing</source>
        <translation>缺少 {1}</translation>
    </message>
    <message>
        <source>{1} is missing or has another size</source>
        <translation>{1} 缺失或大小不同</translation>
    </message>
    <message>
        <source>{1} is no plain file</source>
        <translation>{1} 不是普通文件</translation>
    </message>
    <message>
        <source>{1} has another size</source>
        <translation>{1} 的大小不同</translation>
    </message>
    <message>
        <source>{1} has another content</source>
        <translation>{1} 的内容不同</translation>
    </message>
    <message>
        <source>{1} cannot be read</source>
        <translation>{1} 无法读取</translation>
    </message>
    <message>
        <source>{1} does not belong to it</source>
        <translation>{1} 不属于它</translation>
    </message>
    <message>
        <source>it holds more than {1} files</source>
        <translation>其中的文件多于 {1} 个</translation>
    </message>
    <message>
        <source>{1} in it is longer than {2} bytes</source>
        <translation>其中的 {1} 长于 {2} 字节</translation>
    </message>
    <message>
        <source>{1} in it has a line longer than {2} bytes</source>
        <translation>其中的 {1} 有一行长于 {2} 字节</translation>
    </message>
    <message>
        <source>it is longer than {1} bytes</source>
        <translation>它长于 {1} 字节</translation>
    </message>
    <message>
        <source>A text for a run may be {1} bytes long at most.</source>
        <translation>运行的文字最长为 {1} 字节。</translation>
    </message>
    <message>
        <source>COMPLETE is missing or cannot be read</source>
        <translation>COMPLETE 缺失或无法读取</translation>
    </message>
    <message>
        <source>COMPLETE is of an unknown form</source>
        <translation>COMPLETE 的格式未知</translation>
    </message>
    <message>
        <source>the folder cannot be read</source>
        <translation>文件夹无法读取</translation>
    </message>
    <message>
        <source>it is shorter than 8 bytes</source>
        <translation>不足 8 字节</translation>
    </message>
    <message>
        <source>its header is empty</source>
        <translation>文件头是空的</translation>
    </message>
    <message>
        <source>it claims a header of {1} bytes</source>
        <translation>它声称文件头有 {1} 字节</translation>
    </message>
    <message>
        <source>its header of {1} bytes is longer than the file</source>
        <translation>它的文件头（{1} 字节）比文件还长</translation>
    </message>
    <message>
        <source>its header does not begin with {</source>
        <translation>文件头不以 { 开头</translation>
    </message>
    <message>
        <source>its header does not end with }</source>
        <translation>文件头不以 } 结尾</translation>
    </message>
    <message>
        <source>{1} bytes at the end belong to no tensor</source>
        <translation>末尾 {1} 字节不属于任何张量</translation>
    </message>
    <message>
        <source>the tensor {1} stands twice</source>
        <translation>张量 {1} 出现两次</translation>
    </message>
    <message>
        <source>the index is larger than 64 MiB</source>
        <translation>索引大于 64 MiB</translation>
    </message>
    <message>
        <source>it has no weight_map</source>
        <translation>它没有 weight_map</translation>
    </message>
    <message>
        <source>it is no JSON object</source>
        <translation>它不是 JSON 对象</translation>
    </message>
    <message>
        <source>it holds no safetensors file</source>
        <translation>其中没有 safetensors 文件</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>没有这个文件或文件夹</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>磁盘空间不足</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>它是文件夹</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>它不是文件夹</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>文件系统只读</translation>
    </message>
    <message>
        <source>it must be true or false</source>
        <translation>必须是 true 或 false</translation>
    </message>
    <message>
        <source>it must be a whole number</source>
        <translation>必须是整数</translation>
    </message>
    <message>
        <source>it must be a number</source>
        <translation>必须是数字</translation>
    </message>
    <message>
        <source>it must be a text</source>
        <translation>必须是文本</translation>
    </message>
    <message>
        <source>it must be a list of whole numbers</source>
        <translation>必须是整数列表</translation>
    </message>
    <message>
        <source>it must be a list of texts</source>
        <translation>必须是文本列表</translation>
    </message>
    <message>
        <source>it must be an object with options</source>
        <translation>必须是含选项的对象</translation>
    </message>
    <message>
        <source>it must be from {1} to {2}</source>
        <translation>必须在 {1} 到 {2} 之间</translation>
    </message>
    <message>
        <source>for each entry, {1}</source>
        <translation>对每一项，{1}</translation>
    </message>
    <message>
        <source>it must be 1 or more</source>
        <translation>必须不小于 1</translation>
    </message>
    <message>
        <source>choose one of: {1}</source>
        <translation>请选择其中之一：{1}</translation>
    </message>
    <message>
        <source>give height and width, or nothing</source>
        <translation>请给出高和宽，或留空</translation>
    </message>
    <message>
        <source>from 1 on it is a count of pictures</source>
        <translation>从 1 起它表示图片数</translation>
    </message>
    <message>
        <source>it is more than data.max_pixels</source>
        <translation>它大于 data.max_pixels</translation>
    </message>
    <message>
        <source>it takes a height and a width of at least 1, or nothing</source>
        <translation>它需要不小于 1 的高和宽，或留空</translation>
    </message>
    <message>
        <source>it is above the most pixels, {1}</source>
        <translation>它超过了最大像素数 {1}</translation>
    </message>
    <message>
        <source>a module pattern is not empty and has no blanks</source>
        <translation>模块模式不能为空，也不能含空格</translation>
    </message>
    <message>
        <source>name at least one module pattern</source>
        <translation>请至少给出一个模块模式</translation>
    </message>
    <message>
        <source>at least one module pattern is needed</source>
        <translation>至少需要一个模块模式</translation>
    </message>
    <message>
        <source>{1} asks for several experts, which need a router</source>
        <translation>{1} 要求多个专家，这需要路由器</translation>
    </message>
    <message>
        <source>several experts need a router</source>
        <translation>多个专家需要路由器</translation>
    </message>
    <message>
        <source>a router needs a gate, such as softmax or topk</source>
        <translation>路由器需要门控，例如 softmax 或 topk</translation>
    </message>
    <message>
        <source>soft_topk needs some; without any it is the gate topk</source>
        <translation>soft_topk 需要一定的柔度；没有时就是门控 topk</translation>
    </message>
    <message>
        <source>where no expert reaches the level, scaling vectors would make the layer zero</source>
        <translation>若无专家达到界限，缩放向量会使该层为零</translation>
    </message>
    <message>
        <source>an undecided router gives each of {1} experts less: tokens that none of them reaches get nothing and teach the router nothing</source>
        <translation>尚未分化的路由器给 {1} 个专家的概率都更低：无专家达到界限的词元得不到任何更新，也教不会路由器</translation>
    </message>
    <message>
        <source>every expert reaches it, so it is the gate softmax</source>
        <translation>每个专家都达到它，因此就是 softmax 门控</translation>
    </message>
    <message>
        <source>an instance router sees the mean of a prompt, which is not jittered</source>
        <translation>实例路由器看的是提示词的均值，不会被抖动</translation>
    </message>
    <message>
        <source>a task router sees no tokens, so nothing is jittered</source>
        <translation>任务路由器看不到词元，因此没有抖动</translation>
    </message>
    <message>
        <source>the data have no pictures, so it is zero</source>
        <translation>数据没有图片，因此为零</translation>
    </message>
    <message>
        <source>it is more than the {1} experts of {2}</source>
        <translation>它多于 {2} 的 {1} 个专家</translation>
    </message>
    <message>
        <source>it has another number of entries than adapter.layer_experts</source>
        <translation>它的项数与 adapter.layer_experts 不同</translation>
    </message>
    <message>
        <source>with the rank rule total, {1} is shared out to {2} experts and must be divisible by them</source>
        <translation>按总秩规则，{1} 要分给 {2} 个专家，必须能整除</translation>
    </message>
    <message>
        <source>with the rank rule total it must be divisible by {1} experts</source>
        <translation>按总秩规则，它必须能被 {1} 个专家整除</translation>
    </message>
    <message>
        <source>{1} has {2} experts</source>
        <translation>{1} 有 {2} 个专家</translation>
    </message>
    <message>
        <source>the model has {1} text layers</source>
        <translation>模型有 {1} 个文本层</translation>
    </message>
    <message>
        <source>the sites of layer {1} differ in their number of experts</source>
        <translation>第 {1} 层各处的专家数不同</translation>
    </message>
    <message>
        <source>with one active expert its weight is always 1, so the router learns nothing from the task</source>
        <translation>只有一个激活专家时其权重恒为 1，路由器从任务中学不到东西</translation>
    </message>
    <message>
        <source>an update is one micro-batch, so there is nothing to pack</source>
        <translation>每次更新只有一个微批，没有可打包的内容</translation>
    </message>
    <message>
        <source>samples depend on one another with router_norm whole_slice, so each micro-batch is computed on its own</source>
        <translation>router_norm 为 whole_slice 时样本相互影响，因此各微批单独计算</translation>
    </message>
    <message>
        <source>it has no effect without a router</source>
        <translation>没有路由器时它不起作用</translation>
    </message>
    <message>
        <source>with all experts active the balance loss is constant</source>
        <translation>所有专家都激活时平衡损失是常数</translation>
    </message>
    <message>
        <source>the model is changed at once, before the first update</source>
        <translation>模型在第一次更新之前就被改变</translation>
    </message>
    <message>
        <source>it is more than train.max_steps</source>
        <translation>它大于 train.max_steps</translation>
    </message>
    <message>
        <source>choose auto, cpu, cuda or cuda:N</source>
        <translation>请选择 auto、cpu、cuda 或 cuda:N</translation>
    </message>
    <message>
        <source>sampling needs a positive one</source>
        <translation>采样需要正数</translation>
    </message>
    <message>
        <source>it must be auto, cpu, cuda or cuda:N</source>
        <translation>必须是 auto、cpu、cuda 或 cuda:N</translation>
    </message>
    <message>
        <source>there are {1} devices</source>
        <translation>共有 {1} 个设备</translation>
    </message>
    <message>
        <source>unknown device</source>
        <translation>未知设备</translation>
    </message>
    <message>
        <source>no CUDA device was found</source>
        <translation>没有找到 CUDA 设备</translation>
    </message>
    <message>
        <source>the program knows cpu and cuda devices only</source>
        <translation>本程序只支持 cpu 和 cuda 设备</translation>
    </message>
    <message>
        <source>no NVIDIA driver</source>
        <translation>没有 NVIDIA 驱动</translation>
    </message>
    <message>
        <source>a driver is there, but this program was built without its CUDA back end</source>
        <translation>有驱动，但本程序构建时没有 CUDA 后端</translation>
    </message>
    <message>
        <source>the CUDA back end cannot be opened: {1}</source>
        <translation>CUDA 后端无法打开：{1}</translation>
    </message>
    <message>
        <source>the driver shows no device</source>
        <translation>驱动没有报告设备</translation>
    </message>
    <message>
        <source>graphs are recorded on CUDA devices, and {1} records none</source>
        <translation>图只能在 CUDA 设备上录制，{1} 不能录制</translation>
    </message>
    <message>
        <source>it is switched off</source>
        <translation>它被关闭了</translation>
    </message>
    <message>
        <source>it is not a list</source>
        <translation>它不是列表</translation>
    </message>
    <message>
        <source>it is not a list of three numbers</source>
        <translation>它不是三个数的列表</translation>
    </message>
    <message>
        <source>it holds {1}</source>
        <translation>其中含有 {1}</translation>
    </message>
    <message>
        <source>it is {1}, the model has {2}</source>
        <translation>它是 {1}，而模型是 {2}</translation>
    </message>
    <message>
        <source>it is not 3 (bicubic)</source>
        <translation>它不是 3（双三次）</translation>
    </message>
    <message>
        <source>the fewest pixels are above the most pixels</source>
        <translation>最小像素数大于最大像素数</translation>
    </message>
    <message>
        <source>{1} is unknown; known: {2}</source>
        <translation>{1} 未知；已知：{2}</translation>
    </message>
    <message>
        <source>{1} is neither true nor false</source>
        <translation>{1} 既不是 true 也不是 false</translation>
    </message>
    <message>
        <source>{1} is not a positive number</source>
        <translation>{1} 不是正数</translation>
    </message>
    <message>
        <source>{1} is not a whole number from {2} to {3}</source>
        <translation>{1} 不是 {2} 到 {3} 的整数</translation>
    </message>
    <message>
        <source>{1} differs from the model&apos;s {2}</source>
        <translation>{1} 与模型的 {2} 不同</translation>
    </message>
    <message>
        <source>the tensor {1} has the type {2}, which holds no weights</source>
        <translation>张量 {1} 的类型是 {2}，不存放权重</translation>
    </message>
    <message>
        <source>this family has no attention bias</source>
        <translation>这个系列没有注意力偏置</translation>
    </message>
    <message>
        <source>the tokenizer gives &lt;|image_pad|&gt; another id</source>
        <translation>分词器给 &lt;|image_pad|&gt; 的编号不同</translation>
    </message>
    <message>
        <source>it has no control token {1}</source>
        <translation>它没有控制词元 {1}</translation>
    </message>
    <message>
        <source>it is not valid UTF-8</source>
        <translation>它不是有效的 UTF-8</translation>
    </message>
    <message>
        <source>its name is not valid UTF-8; rename it</source>
        <translation>它的名称不是有效的 UTF-8;请重命名</translation>
    </message>
    <message>
        <source>the name of {1} is not valid UTF-8; rename it</source>
        <translation>{1} 的名称不是有效的 UTF-8;请重命名</translation>
    </message>
    <message>
        <source>it is not a byte-level model</source>
        <translation>它不是字节级模型</translation>
    </message>
    <message>
        <source>it is not a byte-level tokenizer</source>
        <translation>它不是字节级分词器</translation>
    </message>
    <message>
        <source>it has no &quot;model&quot;</source>
        <translation>它没有 “model”</translation>
    </message>
    <message>
        <source>its model type is {1}, not &quot;BPE&quot;</source>
        <translation>它的模型类型是 {1}，不是 “BPE”</translation>
    </message>
    <message>
        <source>its model has no vocab or no merges</source>
        <translation>它的模型没有 vocab 或 merges</translation>
    </message>
    <message>
        <source>its data is damaged</source>
        <translation>图片数据已损坏</translation>
    </message>
    <message>
        <source>its data and its header disagree about the size</source>
        <translation>数据与文件头的尺寸不一致</translation>
    </message>
    <message>
        <source>its samples are not 8 or 16 bits wide</source>
        <translation>它的采样不是 8 位或 16 位</translation>
    </message>
    <message>
        <source>its header is damaged or cut off</source>
        <translation>文件头损坏或被截断</translation>
    </message>
    <message>
        <source>its header is damaged</source>
        <translation>文件头已损坏</translation>
    </message>
    <message>
        <source>it is an animation</source>
        <translation>它是动画</translation>
    </message>
    <message>
        <source>it is a TIFF file with an orientation mark</source>
        <translation>它是带方向标记的 TIFF 文件</translation>
    </message>
    <message>
        <source>GIF is not supported; save it as PNG</source>
        <translation>不支持 GIF；请另存为 PNG</translation>
    </message>
    <message>
        <source>it is a web page or a drawing, not a photo format</source>
        <translation>它是网页或矢量图，不是照片格式</translation>
    </message>
    <message>
        <source>it is not a PNG, JPEG, WebP, BMP or TIFF file</source>
        <translation>它不是 PNG、JPEG、WebP、BMP 或 TIFF 文件</translation>
    </message>
    <message>
        <source>its header says that it has no pixels</source>
        <translation>文件头表示它没有像素</translation>
    </message>
    <message>
        <source>the file ends before the picture does</source>
        <translation>文件在图片结束之前就中断了</translation>
    </message>
    <message>
        <source>it is a COCO file of boxes or keypoints; its annotations have no captions</source>
        <translation>它是框或关键点的 COCO 文件；标注里没有描述</translation>
    </message>
    <message>
        <source>its images or annotations are not a list</source>
        <translation>它的 images 或 annotations 不是列表</translation>
    </message>
    <message>
        <source>it holds no captions in a known form</source>
        <translation>其中没有已知格式的描述</translation>
    </message>
    <message>
        <source>what it holds lies deeper than {1} levels</source>
        <translation>其中的内容位于 {1} 层以下</translation>
    </message>
    <message>
        <source>it is a link that leads out of the data folder</source>
        <translation>它是指向数据文件夹之外的链接</translation>
    </message>
    <message>
        <source>it holds no captions in a known form; its keys: {1}</source>
        <translation>其中没有已知形式的描述；它的键：{1}</translation>
    </message>
    <message>
        <source>its folder {1} is not read: {2}</source>
        <translation>不读取其中的文件夹 {1}：{2}</translation>
    </message>
    <message>
        <source>its first record is longer than {1} bytes</source>
        <translation>它的第一条记录超过 {1} 字节</translation>
    </message>
    <message>
        <source>it is an adapter folder</source>
        <translation>它是适配器文件夹</translation>
    </message>
    <message>
        <source>it is a run folder</source>
        <translation>它是运行文件夹</translation>
    </message>
    <message>
        <source>it is a model folder</source>
        <translation>它是模型文件夹</translation>
    </message>
    <message>
        <source>it holds pictures without captions ({1}); they can be captioned and compared, not learnt</source>
        <translation>其中的图片没有描述（{1} 张）；可以为其生成描述并做比较，但不能用于学习</translation>
    </message>
    <message>
        <source>it holds neither records nor pictures</source>
        <translation>其中既没有记录也没有图片</translation>
    </message>
    <message>
        <source>the picture has no file_name</source>
        <translation>图片没有 file_name</translation>
    </message>
    <message>
        <source>the picture id {1} stands twice</source>
        <translation>图片 id {1} 出现两次</translation>
    </message>
    <message>
        <source>the annotation belongs to picture {1}, which is not listed</source>
        <translation>标注属于未列出的图片 {1}</translation>
    </message>
    <message>
        <source>the annotation id {1} stands twice</source>
        <translation>标注 id {1} 出现两次</translation>
    </message>
    <message>
        <source>the annotation has no caption</source>
        <translation>标注没有描述</translation>
    </message>
    <message>
        <source>the picture has no caption</source>
        <translation>图片没有描述</translation>
    </message>
    <message>
        <source>its list of pictures holds something that is no path</source>
        <translation>图片列表里有不是路径的内容</translation>
    </message>
    <message>
        <source>an answer comes before any question</source>
        <translation>回答出现在任何提问之前</translation>
    </message>
    <message>
        <source>a picture stands in an answer</source>
        <translation>回答里含有图片</translation>
    </message>
    <message>
        <source>it asks nothing</source>
        <translation>它没有提出任何问题</translation>
    </message>
    <message>
        <source>it does not end in an answer; it can be captioned and compared, not learnt</source>
        <translation>它不是以回答结尾；可以为其生成描述并做比较，但不能用于学习</translation>
    </message>
    <message>
        <source>it has no &quot;messages&quot;</source>
        <translation>它没有 “messages”</translation>
    </message>
    <message>
        <source>the picture has no text file beside it</source>
        <translation>图片旁边没有文本文件</translation>
    </message>
    <message>
        <source>the text file has no picture beside it</source>
        <translation>文本文件旁边没有图片</translation>
    </message>
    <message>
        <source>the text file is a link that leads out of the data folder</source>
        <translation>文本文件是指向数据文件夹之外的链接</translation>
    </message>
    <message>
        <source>a picture has no path</source>
        <translation>有图片没有路径</translation>
    </message>
    <message>
        <source>a picture is given as an address; only files are read</source>
        <translation>图片以网址给出；只读取文件</translation>
    </message>
    <message>
        <source>a part of a message is not a table</source>
        <translation>消息的一部分不是对象</translation>
    </message>
    <message>
        <source>an image part names no file</source>
        <translation>图片部分没有给出文件</translation>
    </message>
    <message>
        <source>videos are not supported</source>
        <translation>不支持视频</translation>
    </message>
    <message>
        <source>a part of a message holds neither a text nor a picture</source>
        <translation>消息的一部分既没有文本也没有图片</translation>
    </message>
    <message>
        <source>a message is not a table</source>
        <translation>有消息不是对象</translation>
    </message>
    <message>
        <source>a message has a role other than system, user, assistant</source>
        <translation>有消息的角色不是 system、user 或 assistant</translation>
    </message>
    <message>
        <source>the content of a message is neither a text nor a list</source>
        <translation>消息内容既不是文本也不是列表</translation>
    </message>
    <message>
        <source>&quot;messages&quot; is not a list</source>
        <translation>“messages” 不是列表</translation>
    </message>
    <message>
        <source>task is not a text</source>
        <translation>task 不是文本</translation>
    </message>
    <message>
        <source>its caption is not a text</source>
        <translation>它的描述不是文本</translation>
    </message>
    <message>
        <source>{1} is not a text</source>
        <translation>{1} 不是文本</translation>
    </message>
    <message>
        <source>none of its layers exists in the model</source>
        <translation>它的层在模型里一个也没有</translation>
    </message>
    <message>
        <source>it has neither adapter.json nor adapter_config.json</source>
        <translation>它既没有 adapter.json 也没有 adapter_config.json</translation>
    </message>
    <message>
        <source>it holds neither adapter.json nor adapter_config.json, and is no run</source>
        <translation>其中既没有 adapter.json 也没有 adapter_config.json，也不是运行</translation>
    </message>
    <message>
        <source>it holds a folder for each expert; name one of them, as expert_0</source>
        <translation>其中每个专家各有一个文件夹；请指定其中一个，例如 expert_0</translation>
    </message>
    <message>
        <source>it has another format</source>
        <translation>它是另一种格式</translation>
    </message>
    <message>
        <source>peft_type is not LORA</source>
        <translation>peft_type 不是 LORA</translation>
    </message>
    <message>
        <source>it trains biases, which this program does not do</source>
        <translation>它训练偏置，本程序不支持</translation>
    </message>
    <message>
        <source>{1} is set, which this program does not do</source>
        <translation>设置了 {1}，本程序不支持</translation>
    </message>
    <message>
        <source>init_lora_weights {1} changes the base model</source>
        <translation>init_lora_weights {1} 会改变基座模型</translation>
    </message>
    <message>
        <source>{1} has {2} experts with a router, which PEFT cannot hold</source>
        <translation>{1} 有 {2} 个带路由器的专家，PEFT 无法保存</translation>
    </message>
    <message>
        <source>with the adapter switched off the model is not the base</source>
        <translation>关闭适配器后模型与基座不同</translation>
    </message>
    <message>
        <source>the adapter changes nothing</source>
        <translation>适配器没有改变任何东西</translation>
    </message>
    <message>
        <source>it has no run.json</source>
        <translation>它没有 run.json</translation>
    </message>
    <message>
        <source>run.json is no object</source>
        <translation>run.json 不是对象</translation>
    </message>
    <message>
        <source>run.json holds no configuration</source>
        <translation>run.json 里没有配置</translation>
    </message>
    <message>
        <source>the random state is missing</source>
        <translation>缺少随机状态</translation>
    </message>
    <message>
        <source>{1} has the type {2}</source>
        <translation>{1} 的类型是 {2}</translation>
    </message>
    <message>
        <source>nothing uses it with the other options as they are</source>
        <translation>在其他选项如此设置时，它不起作用</translation>
    </message>
    <message>
        <source>There is nothing to answer: no prompts.</source>
        <translation>没有可回答的内容：没有提示词。</translation>
    </message>
    <message>
        <source>The prompt of {1} is empty.</source>
        <translation>{1} 的提示词是空的。</translation>
    </message>
    <message>
        <source>working</source>
        <translation>运行时</translation>
    </message>
    <message>
        <source>reading samples</source>
        <translation>读取样本时</translation>
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
    <message>
        <source>The folder {path} is not read: {why}</source>
        <translation>不读取文件夹 {path}：{why}</translation>
    </message>
    <message>
        <source>Open that folder itself, or move it up. Links that lead out of the data folder are followed with data.allow_outside_root.</source>
        <translation>请直接打开该文件夹，或把它上移。设置 data.allow_outside_root 后会跟随指向数据文件夹之外的链接。</translation>
    </message>
    <message>
        <source>{path} is one of {needed} files of a set, of which {found} can be read here.</source>
        <translation>{path} 是一组 {needed} 个文件之一，这里能读取其中 {found} 个。</translation>
    </message>
    <message>
        <source>Add or mend the other files, or go on with those that can be read.</source>
        <translation>请补上或修复其余文件，或用能读取的文件继续。</translation>
    </message>
    <message>
        <source>{file} holds {found} records of another list, which are not part of this data set.</source>
        <translation>{file} 含有另一份列表的 {found} 条记录，它们不属于此数据集。</translation>
    </message>
    <message>
        <source>Choose that file itself as the data set to use them.</source>
        <translation>若要使用它们，请直接选择该文件作为数据集。</translation>
    </message>
    <message>
        <source>{file} is another list of records, which is not part of this data set and whose records cannot be counted.</source>
        <translation>{file} 是另一份记录列表，不属于此数据集，其记录数无法统计。</translation>
    </message>
    <message>
        <source>Check that file as a data set of its own to see why.</source>
        <translation>请把该文件单独作为数据集检查，以了解原因。</translation>
    </message>
    <message>
        <source>The picture {path} does not exist, but {file} does.</source>
        <translation>图片 {path} 不存在，但 {file} 存在。</translation>
    </message>
    <message>
        <source>Write the name as the file has it, or rename the file; it is not used unasked.</source>
        <translation>请按文件的实际名称书写，或重命名该文件；程序不会擅自使用它。</translation>
    </message>
    <message>
        <source>The picture {path} is not there; with data.image_root={value} it would be {file}.</source>
        <translation>图片 {path} 不在那里；若设 data.image_root={value}，它就是 {file}。</translation>
    </message>
    <message>
        <source>Set data.image_root if that is the picture, or correct the paths; it is not used unasked.</source>
        <translation>如果那就是所指的图片，请设置 data.image_root，或更正路径；程序不会擅自使用它。</translation>
    </message>
    <message>
        <source>{found} samples are left out, as data.exclude says.</source>
        <translation>按 data.exclude 略去了 {found} 个样本。</translation>
    </message>
    <message>
        <source>Take names out of data.exclude to use them again.</source>
        <translation>从 data.exclude 中移除名称即可重新使用它们。</translation>
    </message>
    <message>
        <source>Nothing in the data is called {value}, which data.exclude names.</source>
        <translation>data.exclude 中的 {value} 在数据中不存在。</translation>
    </message>
    <message>
        <source>Correct the name or take it out of data.exclude; what else it names is left out.</source>
        <translation>更正该名称或将其从 data.exclude 中移除；其余所列内容已被略去。</translation>
    </message>
    <message>
        <source>The data have no sample {sample}.</source>
        <translation>数据中没有样本 {sample}。</translation>
    </message>
    <message>
        <source>It was left out or its file has changed; choose another sample.</source>
        <translation>它已被略去，或其文件已更改；请选择其他样本。</translation>
    </message>
    <message>
        <source>The corrected caption of the sample {sample} is not used, because the data have another caption there than the one that was corrected.</source>
        <translation>样本 {sample} 的更正描述未被采用，因为数据中该处的描述已不是当初更正的那一条。</translation>
    </message>
    <message>
        <source>Correct the caption again, or take the sample out of data.edits.</source>
        <translation>请重新更正该描述，或将该样本从 data.edits 中移除。</translation>
    </message>
    <message>
        <source>{path}: the quantised tensor {tensor} cannot be used: {why}.</source>
        <translation>{path}：量化张量 {tensor} 无法使用：{why}。</translation>
    </message>
    <message>
        <source>Quantise the original model again, or fetch the file again.</source>
        <translation>请重新量化原始模型，或重新获取文件。</translation>
    </message>
    <message>
        <source>The quantised weights are kept in {path} ({needed}), so that the next start takes seconds.</source>
        <translation>量化后的权重保存在 {path}（{needed}），下次启动只需数秒。</translation>
    </message>
    <message>
        <source>The sample {sample} is left out of this run, because its picture cannot be used.</source>
        <translation>样本 {sample} 的图片无法使用，本次运行将其略去。</translation>
    </message>
    <message>
        <source>Mend or remove the picture before the next run; data.on_bad_picture=stop ends a run instead.</source>
        <translation>请在下次运行之前修复或删除该图片；data.on_bad_picture=stop 则会结束运行。</translation>
    </message>
    <message>
        <source>{file} is named like another part of the set and is not taken.</source>
        <translation>{file} 的名称像是数据集的另一部分，未采用。</translation>
    </message>
    <message>
        <source>Set data.parts=beside to evaluate on validation files and keep test files out of training.</source>
        <translation>设置 data.parts=beside 可用验证文件做评估，并使测试文件不参与训练。</translation>
    </message>
    <message>
        <source>{path} is {found} bytes long, {expected} were there at the checkpoint: the records in between are lost.</source>
        <translation>{path} 现有 {found} 字节，保存检查点时为 {expected} 字节：其间的记录已丢失。</translation>
    </message>
    <message>
        <source>The run goes on from the checkpoint all the same; its curve has a gap.</source>
        <translation>运行仍从检查点继续；其曲线会有一段空缺。</translation>
    </message>
    <message>
        <source>{path} is not what it was at the checkpoint: it was changed, or is damaged.</source>
        <translation>{path} 与保存检查点时不同：已被更改或损坏。</translation>
    </message>
    <message>
        <source>The run goes on from the checkpoint all the same; lines that cannot be read are missing from its curves, and {file} keeps the file as it was found.</source>
        <translation>运行仍从检查点继续；无法读取的行不会出现在曲线中，{file} 保留了发现时的文件。</translation>
    </message>
    <message>
        <source>The run {path} had saved nothing yet, so it begins anew.</source>
        <translation>运行 {path} 尚未保存任何内容，因此重新开始。</translation>
    </message>
    <message>
        <source>Nothing needs to be done; a smaller train.save_every saves earlier.</source>
        <translation>无需任何操作；减小 train.save_every 可更早保存。</translation>
    </message>
    <message>
        <source>`moelora cache clear` removes them; device.quantized_cache=false keeps none.</source>
        <translation>可用“moelora cache clear”删除；device.quantized_cache=false 则不保存。</translation>
    </message>
    <message>
        <source>The adapter comes from another program: {why}.</source>
        <translation>适配器来自另一个程序：{why}。</translation>
    </message>
    <message>
        <source>Compare some captions with those of that program before relying on it.</source>
        <translation>使用前请与那个程序的一些描述比较。</translation>
    </message>
    <message>
        <source>The adapter {path} was trained on another base than this model: {found}</source>
        <translation>适配器 {path} 是在另一个基础模型上训练的，不是当前模型：{found}</translation>
    </message>
    <message>
        <source>Its captions may be wrong here; use it with the model it was trained on.</source>
        <translation>用在这里，描述可能不对；请与训练它时所用的模型一起使用。</translation>
    </message>
    <message>
        <source>{sample} has no task, and this adapter&apos;s router goes by the task.</source>
        <translation>{sample} 没有任务，而此适配器的路由器按任务选择。</translation>
    </message>
    <message>
        <source>Give it one (a task column, or --task). Known tasks: {known}.</source>
        <translation>请给出任务（任务列或 --task）。已知任务：{known}。</translation>
    </message>
    <message>
        <source>The task {task} of {sample} is not one of this adapter.</source>
        <translation>{sample} 的任务 {task} 不属于这个适配器。</translation>
    </message>
    <message>
        <source>Known tasks: {known}.</source>
        <translation>已知任务：{known}。</translation>
    </message>
    <message>
        <source>The caption of {sample} ({variant}) was cut at the length limit.</source>
        <translation>{sample}（{variant}）的描述在长度上限处被截断。</translation>
    </message>
    <message>
        <source>Raise the limit (--max-new-tokens), or look whether it repeats itself.</source>
        <translation>请提高上限（--max-new-tokens），或查看它是否重复自身。</translation>
    </message>
    <message>
        <source>The caption of {sample} ({variant}) repeats itself: &quot;{text}&quot;.</source>
        <translation>{sample}（{variant}）的描述自我重复：“{text}”。</translation>
    </message>
    <message>
        <source>Train less, lower the learning rate, or try a repetition penalty.</source>
        <translation>请减少训练、降低学习率，或尝试重复惩罚。</translation>
    </message>
    <message>
        <source>The caption of {sample} ({variant}) has {found} words, its references {limit}.</source>
        <translation>{sample}（{variant}）的描述有 {found} 个词，参考描述有 {limit} 个。</translation>
    </message>
    <message>
        <source>Check that the prompt is the one of the references.</source>
        <translation>请检查提示词是否与参考描述的提示词相同。</translation>
    </message>
    <message>
        <source>The caption of {sample} ({variant}) is empty.</source>
        <translation>{sample}（{variant}）的描述是空的。</translation>
    </message>
    <message>
        <source>Check that prompt and end marker are those of the training.</source>
        <translation>请检查提示词和结束标记是否与训练时相同。</translation>
    </message>
    <message>
        <source>{found} of {limit} captions are the same with and without the adapter.</source>
        <translation>{limit} 条描述中有 {found} 条有无适配器都相同。</translation>
    </message>
    <message>
        <source>Train longer or with a higher rate if the adapter should change them.</source>
        <translation>如果适配器应当改变它们，请训练更久或提高学习率。</translation>
    </message>
    <message>
        <source>{found} different pictures got one and the same caption ({variant}).</source>
        <translation>{found} 张不同的图片得到同一个描述（{variant}）。</translation>
    </message>
    <message>
        <source>The model may answer without looking; compare with the base and train less.</source>
        <translation>模型可能没有看图就作答；请与基座比较，并减少训练。</translation>
    </message>
    <message>
        <source>adapter.layer_experts already says how many experts each layer has</source>
        <translation>adapter.layer_experts 已经给出每层的专家数</translation>
    </message>
    <message>
        <source>it belongs to scaling vectors (adapter.bank = ia3)</source>
        <translation>它属于缩放向量（adapter.bank = ia3）</translation>
    </message>
    <message>
        <source>scaling vectors start at ones, or uniform</source>
        <translation>缩放向量从 1 开始，或均匀取值</translation>
    </message>
    <message>
        <source>it must be below adapter.init_high</source>
        <translation>它必须小于 adapter.init_high</translation>
    </message>
    <message>
        <source>it gives A and B of low-rank experts (adapter.bank = lora) their start</source>
        <translation>它为低秩专家（adapter.bank = lora）的 A 和 B 赋初值</translation>
    </message>
    <message>
        <source>all experts would start alike from the same directions; it is defined for one expert, and svd_pieces for several</source>
        <translation>所有专家都会从相同方向同样出发；它只为一个专家定义，多个专家请用 svd_pieces</translation>
    </message>
    <message>
        <source>the experts share one A of rank r, so there is nothing to share out</source>
        <translation>专家共用一个秩为 r 的 A，因此没有可分配的</translation>
    </message>
    <message>
        <source>it looks at A x, which needs an A that all experts share (adapter.bank = lora_shared_a or modulation)</source>
        <translation>它查看 A x，需要所有专家共用的 A（adapter.bank = lora_shared_a 或 modulation）</translation>
    </message>
    <message>
        <source>it looks at one update of all experts (adapter.bank = modulation)</source>
        <translation>它查看所有专家共有的一个更新（adapter.bank = modulation）</translation>
    </message>
    <message>
        <source>one router serves several layers only where it looks at their common input (adapter.router = token or instance)</source>
        <translation>只有查看共同输入的路由器才能服务多个层（adapter.router = token 或 instance）</translation>
    </message>
    <message>
        <source>whether an expert reaches the level is a yes or no that teaches the level nothing (adapter.gate = threshold_shifted does)</source>
        <translation>专家是否达到阈值只是“是或否”，无法教会阈值（adapter.gate = threshold_shifted 可以）</translation>
    </message>
    <message>
        <source>the threshold is learnt from tokens, as adapter.router = token sees them</source>
        <translation>阈值从词元学习，如同 adapter.router = token 所见</translation>
    </message>
    <message>
        <source>it counts what exceeds a threshold (adapter.gate = threshold or threshold_shifted)</source>
        <translation>它计入超过阈值的部分（adapter.gate = threshold 或 threshold_shifted）</translation>
    </message>
    <message>
        <source>it looks at the prompt, which the vision tower&apos;s {1} does not see</source>
        <translation>它查看提示，而视觉塔的 {1} 看不到提示</translation>
    </message>
    <message>
        <source>{1} has only {2} channels, and zero_param takes one for each expert</source>
        <translation>{1} 只有 {2} 个通道，而 zero_param 每个专家需要一个</translation>
    </message>
    <message>
        <source>the weight of {1} has {2} directions, so each of {3} experts can start from at most {4}</source>
        <translation>{1} 的权重有 {2} 个方向，因此 {3} 个专家各自最多能从 {4} 个出发</translation>
    </message>
    <message>
        <source>{1} and {2} differ in their experts, so one router cannot serve both</source>
        <translation>{1} 与 {2} 的专家不同，因此一个路由器无法同时服务两者</translation>
    </message>
    <message>
        <source>the layers differ in their number of experts</source>
        <translation>各层的专家数不同</translation>
    </message>
    <message>
        <source>{1} is not quantised, so nothing was lost</source>
        <translation>{1} 未量化，因此没有损失</translation>
    </message>
    <message>
        <source>the weights from before quantisation are not at hand</source>
        <translation>量化之前的权重不在手边</translation>
    </message>
    <message>
        <source>the model&apos;s files hold no unquantised weight of {1}</source>
        <translation>模型文件中没有 {1} 的未量化权重</translation>
    </message>
    <message>
        <source>a sample&apos;s output depends on the samples beside it, and an answer written token by token differs from the same answer in one pass</source>
        <translation>一个样本的输出依赖于同批样本，逐词元写出的回答与一次算完的同一回答不同</translation>
    </message>
    <message>
        <source>{1} is no plain LoRA as it stands; its collapse (merge.h) is</source>
        <translation>{1} 本身不是普通 LoRA；其合并形式（merge.h）才是</translation>
    </message>
    <message>
        <source>ones is the start of scaling vectors</source>
        <translation>ones 是缩放向量的初值</translation>
    </message>
    <message>
        <source>only scaling vectors (adapter.bank = ia3) can stand at a layer&apos;s input</source>
        <translation>只有缩放向量（adapter.bank = ia3）可以放在层的输入处</translation>
    </message>
    <message>
        <source>heads that are routed apart have no common load to balance</source>
        <translation>分别路由的注意力头没有可平衡的共同负载</translation>
    </message>
    <message>
        <source>the localized balance loss needs two halves of equal size</source>
        <translation>局部化平衡损失需要大小相等的两半</translation>
    </message>
    <message>
        <source>the localized balance loss is one of each layer&apos;s site</source>
        <translation>局部化平衡损失按每层各处计算</translation>
    </message>
    <message>
        <source>give two names, or none</source>
        <translation>请给出两个名称，或不给</translation>
    </message>
    <message>
        <source>no sample and no picture is called like this; near matches: {1}</source>
        <translation>没有这样命名的样本或图片；相近的有：{1}</translation>
    </message>
    <message>
        <source>no sample and no picture is called like this</source>
        <translation>没有这样命名的样本或图片</translation>
    </message>
    <message>
        <source>more than {1} pictures are too many to caption again and again</source>
        <translation>反复描述的图片不宜超过 {1} 张</translation>
    </message>
    <message>
        <source>it has version {1}, which a newer program wrote</source>
        <translation>其版本为 {1}，由更新的程序写出</translation>
    </message>
    <message>
        <source>it counts from 1</source>
        <translation>编号从 1 开始</translation>
    </message>
    <message>
        <source>a layer has only {1} experts</source>
        <translation>有一层只有 {1} 个专家</translation>
    </message>
    <message>
        <source>the adapter has no router</source>
        <translation>该适配器没有路由器</translation>
    </message>
    <message>
        <source>no layer has more than {1} experts</source>
        <translation>没有一层的专家多于 {1} 个</translation>
    </message>
    <message>
        <source>one gate for all layers needs the same number of experts everywhere</source>
        <translation>所有层共用一个门控时，各处专家数必须相同</translation>
    </message>
    <message>
        <source>it was {1} when the run began</source>
        <translation>运行开始时为 {1}</translation>
    </message>
    <message>
        <source>it was {1} at the checkpoint</source>
        <translation>检查点处为 {1}</translation>
    </message>
    <message>
        <source>with all experts active it is constant at {1} of {2} sites</source>
        <translation>所有专家都激活时，它在 {2} 处中的 {1} 处恒定</translation>
    </message>
    <message>
        <source>the weights of the chosen vectors sum to less than 1, so the model is changed at once, before the first update</source>
        <translation>所选向量的权重之和小于 1，所以模型在第一次更新之前就被改变</translation>
    </message>
    <message>
        <source>it must hold three numbers</source>
        <translation>它必须包含三个数</translation>
    </message>
    <message>
        <source>the layers must rise</source>
        <translation>层号必须递增</translation>
    </message>
    <message>
        <source>it has more entries than text layers</source>
        <translation>它的项数多于文本层</translation>
    </message>
    <message>
        <source>it equals video_token_id</source>
        <translation>它与 video_token_id 相同</translation>
    </message>
    <message>
        <source>the sizes together give a model beyond all memory</source>
        <translation>这些尺寸合起来的模型超出一切内存</translation>
    </message>
    <message>
        <source>its split is {1}, which is none of train, val, test</source>
        <translation>它的划分是 {1}，不是 train、val、test 之一</translation>
    </message>
    <message>
        <source>a turn is not a table</source>
        <translation>有一轮对话不是对象</translation>
    </message>
    <message>
        <source>a turn has no &quot;from&quot; or no &quot;value&quot; that is a text</source>
        <translation>有一轮对话没有 “from” 或没有文本形式的 “value”</translation>
    </message>
    <message>
        <source>&quot;system&quot; is not a text</source>
        <translation>“system” 不是文本</translation>
    </message>
    <message>
        <source>it has no list of turns under &quot;conversations&quot;</source>
        <translation>“conversations” 下没有对话列表</translation>
    </message>
    <message>
        <source>its &quot;instruction&quot;, &quot;input&quot; or &quot;output&quot; is not a text</source>
        <translation>它的 “instruction”、“input” 或 “output” 不是文本</translation>
    </message>
    <message>
        <source>its &quot;history&quot; is not a list</source>
        <translation>它的 “history” 不是列表</translation>
    </message>
    <message>
        <source>its &quot;history&quot; holds something that is no pair</source>
        <translation>它的 “history” 里有不成对的内容</translation>
    </message>
    <message>
        <source>a vision mark is not closed</source>
        <translation>有视觉标记没有闭合</translation>
    </message>
    <message>
        <source>no path stands between the vision marks</source>
        <translation>视觉标记之间没有路径</translation>
    </message>
    <message>
        <source>a vision mark is closed but never opened</source>
        <translation>有视觉标记闭合了却没有开始</translation>
    </message>
    <message>
        <source>a question is not a text</source>
        <translation>有提问不是文本</translation>
    </message>
    <message>
        <source>it has no picture between vision marks</source>
        <translation>它的视觉标记之间没有图片</translation>
    </message>
    <message>
        <source>the caption holds a zero character</source>
        <translation>描述里含有零字符</translation>
    </message>
    <message>
        <source>a picture&apos;s path holds a zero character</source>
        <translation>图片路径里含有零字符</translation>
    </message>
    <message>
        <source>the quote that begins in line {1} never ends</source>
        <translation>从第 {1} 行开始的引号没有结束</translation>
    </message>
    <message>
        <source>it is empty</source>
        <translation>它是空的</translation>
    </message>
    <message>
        <source>its heading has {1} twice</source>
        <translation>它的表头里 {1} 出现两次</translation>
    </message>
    <message>
        <source>its task numbers have a gap</source>
        <translation>它的任务编号有空缺</translation>
    </message>
    <message>
        <source>its task numbers are not whole numbers from 1 on, each once</source>
        <translation>它的任务编号不是从 1 起、各出现一次的整数</translation>
    </message>
    <message>
        <source>it has no object &quot;str2id&quot;</source>
        <translation>它没有 “str2id” 对象</translation>
    </message>
    <message>
        <source>an expert of {1} needs gate_proj, up_proj and down_proj together, with the same number of experts</source>
        <translation>{1} 的专家需要 gate_proj、up_proj 和 down_proj 一起，且专家数相同</translation>
    </message>
    <message>
        <source>no feed-forward block (gate_proj, up_proj and down_proj) is among the layers with several experts</source>
        <translation>有多个专家的层中没有完整的前馈块（gate_proj、up_proj 和 down_proj）</translation>
    </message>
    <message>
        <source>the experts of a feed-forward block are low-rank updates (adapter.bank = lora, lora_shared_a or dora)</source>
        <translation>前馈块的专家是低秩更新（adapter.bank = lora、lora_shared_a 或 dora）</translation>
    </message>
    <message>
        <source>a feed-forward block has one router (adapter.router_scope = per_block)</source>
        <translation>一个前馈块只有一个路由器（adapter.router_scope = per_block）</translation>
    </message>
    <message>
        <source>what it adds at the start cannot be taken off a whole feed-forward block</source>
        <translation>它在起点加上的部分无法从整个前馈块中去掉</translation>
    </message>
    <message>
        <source>where no expert reaches the level, the feed-forward block would be zero</source>
        <translation>没有专家达到界限时，前馈块会变为零</translation>
    </message>
    <message>
        <source>it is one of all tokens, and switch_by_sample looks at each sample</source>
        <translation>它针对所有词元，而 switch_by_sample 针对每个样本</translation>
    </message>
    <message>
        <source>the weights of the chosen experts sum to less than 1, so the feed-forward blocks are changed at once, before the first update</source>
        <translation>所选专家的权重之和小于 1，因此前馈块在第一次更新之前就已改变</translation>
    </message>
    <message>
        <source>the experts are whole feed-forward blocks, which are no linear layers, so no weights give what a mixture of them gives</source>
        <translation>专家是整个前馈块，不是线性层，因此没有任何权重能给出它们混合的结果</translation>
    </message>
    <message>
        <source>mixlora-switch lets the tokens pass that exceed an expert&apos;s capacity, which is not offered here</source>
        <translation>mixlora-switch 让超出专家容量的词元直接通过，这里不提供</translation>
    </message>
    <message>
        <source>{1} has experts for some of gate_proj, up_proj and down_proj only</source>
        <translation>{1} 只有 gate_proj、up_proj 和 down_proj 中一部分的专家</translation>
    </message>
    <message>
        <source>its layers have several experts with a router, which PEFT cannot hold</source>
        <translation>其各层有多个专家和路由器，PEFT 无法容纳</translation>
    </message>
    <message>
        <source>it has one expert, and that is what peft writes</source>
        <translation>它只有一个专家，这正是 peft 所写的</translation>
    </message>
    <message>
        <source>it has no router whose weights could be averaged; peft is exact</source>
        <translation>它没有可以取平均权重的路由器；peft 是精确的</translation>
    </message>
    <message>
        <source>it does not route by task</source>
        <translation>它不按任务路由</translation>
    </message>
    <message>
        <source>the base folder is quantised; merging starts from the unquantised model in 16 or 32 bit</source>
        <translation>基础模型文件夹已量化；合并须从 16 或 32 位的未量化模型开始</translation>
    </message>
    <message>
        <source>DoRA experts scale the frozen layer each by lengths of its own, so a mixture of them is no DoRA</source>
        <translation>每个 DoRA 专家以自己的长度缩放冻结层，因此它们的混合不是 DoRA</translation>
    </message>
    <message>
        <source>the picture has no whole number or text as id</source>
        <translation>图片的 id 既不是整数也不是文本</translation>
    </message>
    <message>
        <source>the annotation has no whole number or text as image_id</source>
        <translation>标注的 image_id 既不是整数也不是文本</translation>
    </message>
    <message>
        <source>with one active expert its weight is always 1, so the router learns nothing; set it to false, use two active experts, or give the router a balance loss</source>
        <translation>只有一个激活专家时其权重恒为 1，路由器什么也学不到；请设为 false，或使用两个激活专家，或为路由器加上均衡损失</translation>
    </message>
    <message>
        <source>{found} of {limit} routed layers tell nothing of their gates, the first of them {tensor}.</source>
        <translation>{limit} 个带路由的层中有 {found} 个没有报告门控，第一个是 {tensor}。</translation>
    </message>
    <message>
        <source>Training goes on, and the picture of the gates lacks these layers. This is a fault of the program: copy the diagnostics and report it.</source>
        <translation>训练会继续，但门控图中缺少这些层。这是程序的错误：请复制诊断信息并报告。</translation>
    </message>
    <message>
        <source>the header is no valid JSON (byte {1})</source>
        <translation>文件头不是有效的 JSON（第 {1} 字节）</translation>
    </message>
    <message>
        <source>the header is no JSON object</source>
        <translation>文件头不是 JSON 对象</translation>
    </message>
    <message>
        <source>the header is nested too deeply</source>
        <translation>文件头嵌套过深</translation>
    </message>
    <message>
        <source>a value of __metadata__ is no text</source>
        <translation>__metadata__ 的一个值不是文本</translation>
    </message>
    <message>
        <source>__metadata__ stands twice</source>
        <translation>__metadata__ 出现了两次</translation>
    </message>
    <message>
        <source>its __metadata__ is too long</source>
        <translation>其 __metadata__ 过长</translation>
    </message>
    <message>
        <source>the entry {1} is no object</source>
        <translation>条目 {1} 不是对象</translation>
    </message>
    <message>
        <source>its {1} is not as the format says, or stands twice</source>
        <translation>其 {1} 不符合格式规定，或出现了两次</translation>
    </message>
    <message>
        <source>it names more than {1} tensors</source>
        <translation>它列出的张量超过 {1} 个</translation>
    </message>
    <message>
        <source>tensor {1}: {2}</source>
        <translation>张量 {1}：{2}</translation>
    </message>
    <message>
        <source>a dimension is no whole number from 0 to 2^63-1</source>
        <translation>有一个维度不是 0 到 2^63-1 之间的整数</translation>
    </message>
    <message>
        <source>an offset is no whole number from 0 to 2^63-1</source>
        <translation>有一个偏移量不是 0 到 2^63-1 之间的整数</translation>
    </message>
    <message>
        <source>it has no dtype</source>
        <translation>它没有 dtype</translation>
    </message>
    <message>
        <source>it has no shape</source>
        <translation>它没有 shape</translation>
    </message>
    <message>
        <source>it does not have two data_offsets</source>
        <translation>它的 data_offsets 不是两个</translation>
    </message>
    <message>
        <source>its dtype stands twice</source>
        <translation>其 dtype 出现了两次</translation>
    </message>
    <message>
        <source>its dtype {1} is unknown</source>
        <translation>其 dtype {1} 未知</translation>
    </message>
    <message>
        <source>it has more than {1} dimensions</source>
        <translation>其维度超过 {1} 个</translation>
    </message>
    <message>
        <source>its shape has more elements than can be counted</source>
        <translation>其形状的元素多到无法计数</translation>
    </message>
    <message>
        <source>its elements do not fill whole bytes</source>
        <translation>其元素不足整字节</translation>
    </message>
    <message>
        <source>its data end before they begin</source>
        <translation>其数据的结束位置早于开始位置</translation>
    </message>
    <message>
        <source>shape and dtype ask for {1} bytes, the offsets give {2}</source>
        <translation>shape 和 dtype 需要 {1} 字节，偏移量给出 {2} 字节</translation>
    </message>
    <message>
        <source>the file of {1} is no text</source>
        <translation>{1} 的文件名不是文本</translation>
    </message>
    <message>
        <source>the file {1} is no plain name within the model folder</source>
        <translation>文件 {1} 不是模型文件夹内的普通文件名</translation>
    </message>
    <message>
        <source>the file {1} is a link out of the folder</source>
        <translation>文件 {1} 是指向文件夹之外的链接</translation>
    </message>
    <message>
        <source>the tensor {1} is not in {2}</source>
        <translation>张量 {1} 不在 {2} 中</translation>
    </message>
    <message>
        <source>the tensor {1} of {2} is not listed there, or is in two files</source>
        <translation>{2} 中的张量 {1} 未在索引中列出，或同时在两个文件中</translation>
    </message>
    <message>
        <source>{1} is missing or no integer</source>
        <translation>{1} 缺失或不是整数</translation>
    </message>
    <message>
        <source>code is unknown</source>
        <translation>错误代码未知</translation>
    </message>
    <message>
        <source>args are missing</source>
        <translation>缺少参数</translation>
    </message>
    <message>
        <source>it must be finite</source>
        <translation>必须是有限值</translation>
    </message>
    <message>
        <source>here KEY=VALUE sets options of the group data alone, and no path</source>
        <translation>此处的 KEY=VALUE 只能设置 data 组的选项，且不能是路径</translation>
    </message>
    <message>
        <source>a vision model has a form of its own</source>
        <translation>视觉模型有自己的对话格式</translation>
    </message>
    <message>
        <source>adapter.targets names layers of the vision tower</source>
        <translation>adapter.targets 含有视觉塔的层</translation>
    </message>
    <message>
        <source>the features of all pictures need {1}, and feature_cache and feature_cache_disk hold {2}</source>
        <translation>全部图片的特征需要 {1}，而 feature_cache 与 feature_cache_disk 只能容纳 {2}</translation>
    </message>
    <message>
        <source>it has no {prompt}</source>
        <translation>其中没有 {prompt}</translation>
    </message>
    <message>
        <source>{system} must stand before {prompt}</source>
        <translation>{system} 必须在 {prompt} 之前</translation>
    </message>
    <message>
        <source>{answer} must stand behind {prompt}</source>
        <translation>{answer} 必须在 {prompt} 之后</translation>
    </message>
    <message>
        <source>the chat template of this model is neither ChatML nor Llama 2&apos;s; write its form with {prompt} and {answer}</source>
        <translation>此模型的对话模板既不是 ChatML 也不是 Llama 2 的；请用 {prompt} 和 {answer} 写出它的格式</translation>
    </message>
    <message>
        <source>the tokenizer has no &lt;|im_start|&gt; and &lt;|im_end|&gt;</source>
        <translation>分词器没有 &lt;|im_start|&gt; 和 &lt;|im_end|&gt;</translation>
    </message>
    <message>
        <source>the tokenizer has no token that begins a text</source>
        <translation>分词器没有表示文本开头的词元</translation>
    </message>
    <message>
        <source>The device {1} does not tell how much of its memory is used; measure with --device cpu.</source>
        <translation>设备 {1} 不报告已使用的内存；请用 --device cpu 测量。</translation>
    </message>
    <message>
        <source>There is no export format {1}.</source>
        <translation>没有导出格式 {1}。</translation>
    </message>
    <message>
        <source>There is no token {1}; those of this model are 0 to {2}.</source>
        <translation>没有词元 {1}；此模型的词元为 0 到 {2}。</translation>
    </message>
    <message>
        <source>A tag is a word or a few without a comma: &quot;{1}&quot;.</source>
        <translation>标签是一个或几个词，不含逗号：“{1}”。</translation>
    </message>
    <message>
        <source>a driver is there, but LibTorch&apos;s CUDA part is not; packaging/fetch-libtorch --cuda brings it</source>
        <translation>有驱动，但没有 LibTorch 的 CUDA 部分；packaging/fetch-libtorch --cuda 会取来</translation>
    </message>
    <message>
        <source>the CUDA back end lacks functions of its version; build it anew</source>
        <translation>CUDA 后端缺少本版本的函数；请重新构建</translation>
    </message>
    <message>
        <source>the CUDA back end is of another version than the program (interface {1}, {2} is needed); build or install both together</source>
        <translation>CUDA 后端与程序的版本不同（接口 {1}，需要 {2}）；请一起构建或安装两者</translation>
    </message>
    <message>
        <source>its sum must be half of head_dim, {1}</source>
        <translation>其总和必须是 head_dim 的一半，即 {1}</translation>
    </message>
    <message>
        <source>hidden_size {1} by {2} heads gives no head size that is a multiple of 4</source>
        <translation>hidden_size {1} 除以 {2} 个头，得不到 4 的倍数的头维度</translation>
    </message>
    <message>
        <source>{1} differs from hidden_size of the text model, {2}</source>
        <translation>{1} 与文本模型的 hidden_size {2} 不同</translation>
    </message>
    <message>
        <source>{1} positions do not form a square</source>
        <translation>{1} 个位置无法构成正方形</translation>
    </message>
    <message>
        <source>hidden_size {1} is not a multiple of {2}</source>
        <translation>hidden_size {1} 不是 {2} 的倍数</translation>
    </message>
    <message>
        <source>heads that are rotated in part are not supported</source>
        <translation>不支持只旋转一部分的注意力头</translation>
    </message>
    <message>
        <source>it must be above low_freq_factor</source>
        <translation>必须大于 low_freq_factor</translation>
    </message>
    <message>
        <source>it names sliding layers, use_sliding_window is off</source>
        <translation>它列出了滑动窗口层，但 use_sliding_window 已关闭</translation>
    </message>
    <message>
        <source>it must name the kind of every layer</source>
        <translation>必须写明每一层的类型</translation>
    </message>
    <message>
        <source>times hidden_size it gives an embedding beyond all memory</source>
        <translation>乘以 hidden_size 后，嵌入表大到任何内存都放不下</translation>
    </message>
    <message>
        <source>{1} query heads cannot share {2}</source>
        <translation>{1} 个查询头无法共用 {2} 个</translation>
    </message>
    <message>
        <source>an odd size cannot be rotated in pairs</source>
        <translation>奇数维度无法成对旋转</translation>
    </message>
    <message>
        <source>it is quantised already</source>
        <translation>它已经量化过</translation>
    </message>
    <message>
        <source>no format was asked for</source>
        <translation>没有指定格式</translation>
    </message>
    <message>
        <source>one folder holds 4 bits or 8 bits, not both</source>
        <translation>一个文件夹只能是 4 位或 8 位，不能两者都有</translation>
    </message>
    <message>
        <source>its type is {1}, not {2}</source>
        <translation>其类型是 {1}，不是 {2}</translation>
    </message>
    <message>
        <source>its quant_type does not fit its name</source>
        <translation>其 quant_type 与名称不符</translation>
    </message>
    <message>
        <source>its blocksize is no power of two from 32 to 4096</source>
        <translation>其 blocksize 不是 32 到 4096 之间的 2 的幂</translation>
    </message>
    <message>
        <source>its dtype is unknown</source>
        <translation>其 dtype 未知</translation>
    </message>
    <message>
        <source>its nested scales are not float32 in blocks of 256</source>
        <translation>其嵌套缩放系数不是以 256 为一块的 float32</translation>
    </message>
    <message>
        <source>its shape is not that of the configuration</source>
        <translation>其形状与配置不符</translation>
    </message>
    <message>
        <source>the codes are not stored by rows</source>
        <translation>编码不是按行存储的</translation>
    </message>
    <message>
        <source>the layer has two of them</source>
        <translation>该层有两个</translation>
    </message>
    <message>
        <source>it uses merge dropout</source>
        <translation>它使用了合并丢弃（dropout）</translation>
    </message>
    <message>
        <source>its vocab is not a table</source>
        <translation>其 vocab 不是表</translation>
    </message>
    <message>
        <source>the piece &quot;{1}&quot; has the id {2}</source>
        <translation>词片“{1}”的编号是 {2}</translation>
    </message>
    <message>
        <source>two pieces have the id {1}</source>
        <translation>两个词片的编号都是 {1}</translation>
    </message>
    <message>
        <source>its merges are not a list</source>
        <translation>其 merges 不是列表</translation>
    </message>
    <message>
        <source>{1} is not a pair of pieces</source>
        <translation>{1} 不是一对词片</translation>
    </message>
    <message>
        <source>{1} (&quot;{2}&quot;, &quot;{3}&quot;) uses a piece that is not in the vocabulary</source>
        <translation>{1}（“{2}”，“{3}”）用到了词表中没有的词片</translation>
    </message>
    <message>
        <source>the pattern {1} does not compile at {2}: {3}</source>
        <translation>模式 {1} 在第 {2} 处无法编译：{3}</translation>
    </message>
    <message>
        <source>the tokenizer&apos;s split pattern gave up: {1}</source>
        <translation>分词器的切分模式中途放弃：{1}</translation>
    </message>
    <message>
        <source>it is not a SentencePiece model</source>
        <translation>它不是 SentencePiece 模型</translation>
    </message>
    <message>
        <source>it cannot split a text</source>
        <translation>它无法切分文本</translation>
    </message>
    <message>
        <source>the tokenizer has no token for the byte {1}</source>
        <translation>分词器没有字节 {1} 的词元</translation>
    </message>
    <message>
        <source>added_tokens is not a list</source>
        <translation>added_tokens 不是列表</translation>
    </message>
    <message>
        <source>added_tokens_decoder holds no token at {1}</source>
        <translation>added_tokens_decoder 在 {1} 处没有词元</translation>
    </message>
    <message>
        <source>an added token is not a table</source>
        <translation>有一个附加词元不是表</translation>
    </message>
    <message>
        <source>an added token has no text</source>
        <translation>有一个附加词元没有文本</translation>
    </message>
    <message>
        <source>the added token &quot;{1}&quot; stands twice</source>
        <translation>附加词元“{1}”出现了两次</translation>
    </message>
    <message>
        <source>the added token &quot;{1}&quot; has no usable id</source>
        <translation>附加词元“{1}”没有可用的编号</translation>
    </message>
    <message>
        <source>the added token &quot;{1}&quot; and a piece contradict each other</source>
        <translation>附加词元“{1}”与一个词片相互矛盾</translation>
    </message>
    <message>
        <source>the added token &quot;{1}&quot; asks for single_word</source>
        <translation>附加词元“{1}”要求 single_word</translation>
    </message>
    <message>
        <source>its normalizer is not a table</source>
        <translation>其 normalizer 不是表</translation>
    </message>
    <message>
        <source>the normalizer {1} is not supported</source>
        <translation>不支持 normalizer {1}</translation>
    </message>
    <message>
        <source>it has no pre_tokenizer</source>
        <translation>它没有 pre_tokenizer</translation>
    </message>
    <message>
        <source>the pre_tokenizer {1} is not supported</source>
        <translation>不支持 pre_tokenizer {1}</translation>
    </message>
    <message>
        <source>its pre_tokenizer holds a sequence inside a sequence</source>
        <translation>其 pre_tokenizer 的序列中还有序列</translation>
    </message>
    <message>
        <source>a Split stands after ByteLevel</source>
        <translation>Split 排在 ByteLevel 之后</translation>
    </message>
    <message>
        <source>the split behavior {1} is not supported</source>
        <translation>不支持切分方式 {1}</translation>
    </message>
    <message>
        <source>a Split has no pattern</source>
        <translation>有一个 Split 没有模式</translation>
    </message>
    <message>
        <source>Digits stands after ByteLevel</source>
        <translation>Digits 排在 ByteLevel 之后</translation>
    </message>
    <message>
        <source>ByteLevel stands twice</source>
        <translation>ByteLevel 出现了两次</translation>
    </message>
    <message>
        <source>ByteLevel adds a blank and splits after another Split</source>
        <translation>ByteLevel 加空格，又在另一个 Split 之后切分</translation>
    </message>
    <message>
        <source>it is {1}, not a whole number from 1 to {2}</source>
        <translation>它是 {1}，不是 1 到 {2} 之间的整数</translation>
    </message>
    <message>
        <source>the conversation shows {1} pictures, {2} were given</source>
        <translation>对话中有 {1} 张图片，给出了 {2} 张</translation>
    </message>
    <message>
        <source>{1} is neither a text nor a whole number, nor a list of them</source>
        <translation>{1} 既不是文本，也不是整数，也不是它们的列表</translation>
    </message>
    <message>
        <source>{1} holds a list in a list</source>
        <translation>{1} 的列表中还有列表</translation>
    </message>
    <message>
        <source>it has {1} &lt;image&gt; marks ({2} outside of questions) and {3} pictures</source>
        <translation>它有 {1} 个 &lt;image&gt; 标记（{2} 个在问题之外）和 {3} 张图片</translation>
    </message>
    <message>
        <source>the loss of each of its answers is false</source>
        <translation>其每个回答的 loss 都是 false</translation>
    </message>
    <message>
        <source>it has {1} fields, the heading {2}</source>
        <translation>它有 {1} 个字段，表头有 {2} 个</translation>
    </message>
    <message>
        <source>its heading has {1}; wanted are a picture ({2}) and a caption ({3}), or name them with data.columns</source>
        <translation>其表头是 {1}；需要图片列（{2}）和描述列（{3}），或用 data.columns 指明</translation>
    </message>
    <message>
        <source>this system cannot read {1}</source>
        <translation>本系统无法读取 {1}</translation>
    </message>
    <message>
        <source>its byte {1} (line {2}) is not {3}</source>
        <translation>其第 {1} 字节（第 {2} 行）不是 {3}</translation>
    </message>
    <message>
        <source>line {1} has the byte {2} where none like it can stand</source>
        <translation>第 {1} 行有字节 {2}，此处不可能出现这样的字节</translation>
    </message>
    <message>
        <source>{1} has no message</source>
        <translation>{1} 没有消息</translation>
    </message>
    <message>
        <source>a system message must be the first</source>
        <translation>系统消息必须是第一条</translation>
    </message>
    <message>
        <source>two questions follow each other</source>
        <translation>两个问题接连出现</translation>
    </message>
    <message>
        <source>an answer follows no question</source>
        <translation>有一个回答前面没有问题</translation>
    </message>
    <message>
        <source>it has a system message, for which data.template has no {system}</source>
        <translation>它有系统消息，而 data.template 中没有 {system}</translation>
    </message>
    <message>
        <source>the data set has {1} tasks</source>
        <translation>数据集有 {1} 个任务</translation>
    </message>
    <message>
        <source>no routing was measured at {1}</source>
        <translation>{1} 处没有测得路由</translation>
    </message>
    <message>
        <source>the router of {1} looks at every token, so no fixed weights equal it</source>
        <translation>{1} 的路由器逐词元判断，没有固定权重与之相等</translation>
    </message>
    <message>
        <source>it has version {1}; this program reads version {2}</source>
        <translation>其版本是 {1}；本程序读取版本 {2}</translation>
    </message>
    <message>
        <source>neither adapter.json nor adapter_config.json stands beside it</source>
        <translation>旁边既没有 adapter.json，也没有 adapter_config.json</translation>
    </message>
    <message>
        <source>The adapter has no run with probes; name a data set.</source>
        <translation>此适配器没有带探针的运行；请指定数据集。</translation>
    </message>
    <message>
        <source>mean gate weights have to be measured: give --data</source>
        <translation>平均门控权重需要测量：请给出 --data</translation>
    </message>
    <message>
        <source>the router looks at every token, so no fixed weights equal it. Export native, or give --data to merge the mean mixture</source>
        <translation>路由器逐词元判断，没有固定权重与之相等。请导出为原生格式，或给出 --data 以合并平均混合</translation>
    </message>
    <message>
        <source>{1} is stored as {2}; merging starts from the unquantised model in 16 or 32 bit</source>
        <translation>{1} 以 {2} 存储；合并要从 16 位或 32 位的未量化模型开始</translation>
    </message>
    <message>
        <source>{1} has values that are too large for fp16; choose bf16</source>
        <translation>{1} 含有超出 fp16 范围的值；请选择 bf16</translation>
    </message>
    <message>
        <source>{1} has no weight in the files</source>
        <translation>{1} 在文件中没有权重</translation>
    </message>
    <message>
        <source>{1} does not read back as it was written: {2}</source>
        <translation>{1} 读回的内容与写入的不同：{2}</translation>
    </message>
    <message>
        <source>{1} may be each of these runs: {2}</source>
        <translation>{1} 可能是以下任一运行：{2}</translation>
    </message>
    <message>
        <source>{1}; the run goes on from {2}</source>
        <translation>{1}；运行从 {2} 继续</translation>
    </message>
    <message>
        <source>no entry {1}</source>
        <translation>没有条目 {1}</translation>
    </message>
    <message>
        <source>shape or type of {1}</source>
        <translation>{1} 的形状或类型</translation>
    </message>
    <message>
        <source>a value of {1} is not finite</source>
        <translation>{1} 中有一个值不是有限值</translation>
    </message>
    <message>
        <source>{1} entries instead of {2}</source>
        <translation>条目数为 {1}，应为 {2}</translation>
    </message>
    <message>
        <source>it holds an unknown field</source>
        <translation>它含有未知字段</translation>
    </message>
    <message>
        <source>it holds a value that is not finite</source>
        <translation>它含有非有限的值</translation>
    </message>
    <message>
        <source>it holds no pieces</source>
        <translation>它不含词片</translation>
    </message>
    <message>
        <source>the loss of a message is neither true nor false</source>
        <translation>一条消息的 loss 既不是 true 也不是 false</translation>
    </message>
    <message>
        <source>add_generation_prompt is neither true nor false</source>
        <translation>add_generation_prompt 既不是 true 也不是 false</translation>
    </message>
    <message>
        <source>it cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>it holds a zero character</source>
        <translation>它含有零字符</translation>
    </message>
    <message>
        <source>it holds binary data</source>
        <translation>它含有二进制数据</translation>
    </message>
    <message>
        <source>{path} is of another kind than what is to be written, so it is not replaced.</source>
        <translation>{path} 与要写入的内容种类不同，因此不会被替换。</translation>
    </message>
    <message>
        <source>Choose another name; only what the same command wrote is ever replaced.</source>
        <translation>请另选名称；只会替换同一命令写出的内容。</translation>
    </message>
</context>
<context>
    <name>exports</name>
    <message>
        <source>Native adapter</source>
        <translation>原生适配器</translation>
    </message>
    <message>
        <source>safetensors and JSON with every axis, base fingerprint, prompt and preprocessing. Exact for every mixture.</source>
        <translation>safetensors 和 JSON，含所有维度、基础模型指纹、提示和预处理。对任何混合都精确。</translation>
    </message>
    <message>
        <source>PEFT</source>
        <translation>PEFT</translation>
    </message>
    <message>
        <source>A LoRA, DoRA or IA3 that PEFT and programs built on it load. Exact.</source>
        <translation>PEFT 及基于它的程序能加载的 LoRA、DoRA 或 IA3。精确。</translation>
    </message>
    <message>
        <source>PEFT, a folder for each expert</source>
        <translation>PEFT，每个专家一个文件夹</translation>
    </message>
    <message>
        <source>Each expert alone and always on, for tools that mix adapters themselves. The routing is not in them.</source>
        <translation>每个专家单独且始终启用，供自行混合适配器的工具使用。其中没有路由。</translation>
    </message>
    <message>
        <source>PEFT, the mean mixture</source>
        <translation>PEFT，平均混合</translation>
    </message>
    <message>
        <source>One LoRA at the mean gate weights of a data set. An approximation; the report says how far logits and answers drift.</source>
        <translation>按一个数据集的平均门控权重得到的一个 LoRA。这是近似；报告说明 logits 和回答偏离多少。</translation>
    </message>
    <message>
        <source>PEFT, one task</source>
        <translation>PEFT，一个任务</translation>
    </message>
    <message>
        <source>The mixture of one task as one LoRA. Exact for that task.</source>
        <translation>一个任务的混合，写成一个 LoRA。对该任务精确。</translation>
    </message>
    <message>
        <source>Whole model, merged</source>
        <translation>整个模型，已合并</translation>
    </message>
    <message>
        <source>The base&apos;s folder with the adapter folded into its weights, in their types; needs no adapter to run.</source>
        <translation>基础模型的文件夹，适配器已并入其权重并保持其类型；运行时不需要适配器。</translation>
    </message>
</context>
<context>
    <name>goals</name>
    <message>
        <source>Quick smoke test</source>
        <translation>快速试运行</translation>
    </message>
    <message>
        <source>A small plain adapter for 20 updates: does everything work?</source>
        <translation>用小型普通适配器做 20 次更新：一切是否正常？</translation>
    </message>
    <message>
        <source>Caption style</source>
        <translation>描述风格</translation>
    </message>
    <message>
        <source>What the model knows already, said in your way: a plain adapter in the attention, 3 epochs.</source>
        <translation>模型已知的内容，用您的方式来说：注意力层中的普通适配器，3 轮。</translation>
    </message>
    <message>
        <source>New vocabulary</source>
        <translation>新词汇</translation>
    </message>
    <message>
        <source>Words and things it has not seen: four experts of rank 16 in all layers, 5 epochs.</source>
        <translation>模型没见过的词和事物：所有层中四个秩为 16 的专家，5 轮。</translation>
    </message>
    <message>
        <source>Reference recipe</source>
        <translation>参考配方</translation>
    </message>
    <message>
        <source>The published Qwen3-VL MoE-LoRA recipe as it was intended: two experts, samples one at a time, 8 to an update, 5 epochs.</source>
        <translation>公开的 Qwen3-VL MoE-LoRA 配方的本意：两个专家，每次一个样本，每次更新 8 个，5 轮。</translation>
    </message>
</context>
<context>
    <name>hints</name>
    <message>
        <source>Choose another name, or tick that it may be replaced.</source>
        <translation>请换一个名称，或勾选允许替换。</translation>
    </message>
    <message>
        <source>Make the bundle again (Export bundle, on the page Runs).</source>
        <translation>请重新制作运行包（“运行记录”页的“导出运行包”）。</translation>
    </message>
    <message>
        <source>With device.quantized_cache=false none are kept.</source>
        <translation>设置 device.quantized_cache=false 则不保留。</translation>
    </message>
    <message>
        <source>Allow more new tokens (page Train), or look whether it repeats itself.</source>
        <translation>请在“训练”页增大新词元数上限，或检查是否在重复。</translation>
    </message>
    <message>
        <source>Did you mean {nearest}? The search box of a page finds settings.</source>
        <translation>是否指 {nearest}？可用页面上的搜索框查找设置。</translation>
    </message>
    <message>
        <source>Give a value that the setting allows; F1 on it says which.</source>
        <translation>请填写该设置允许的值；在其上按 F1 可查看。</translation>
    </message>
    <message>
        <source>Choose a task above, or give the data a task column. Known tasks: {known}.</source>
        <translation>请在上方选择任务，或为数据加上任务列。已知任务：{known}。</translation>
    </message>
    <message>
        <source>The page Runs shows all runs.</source>
        <translation>“运行记录”页列出全部运行。</translation>
    </message>
    <message>
        <source>Shorten it or leave it out; Tokens, on the page Data, shows the longest samples.</source>
        <translation>请缩短或排除该样本；“数据”页的“词元”显示最长的样本。</translation>
    </message>
    <message>
        <source>This is a bug. Nothing saved so far is lost; please report it with what Help &gt; Copy diagnostics gives.</source>
        <translation>这是程序的错误。已保存的内容不会丢失；请附上“帮助”菜单中“复制诊断信息”的内容进行报告。</translation>
    </message>
</context>
<context>
    <name>memory</name>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>gradients</source>
        <translation>梯度</translation>
    </message>
    <message>
        <source>optimizer</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>activations</source>
        <translation>激活</translation>
    </message>
    <message>
        <source>work</source>
        <translation>工作区</translation>
    </message>
    <message>
        <source>picture features</source>
        <translation>图片特征</translation>
    </message>
    <message>
        <source>program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>one micro-batch at a time</source>
        <translation>每次一个微批</translation>
    </message>
    <message>
        <source>the vision tower leaves memory once all pictures are seen</source>
        <translation>看完所有图片后，视觉塔移出内存</translation>
    </message>
    <message>
        <source>batch size %1 with as many more micro-batches</source>
        <translation>批量 %1，微批数相应增加</translation>
    </message>
    <message>
        <source>pictures are seen anew each time</source>
        <translation>每次重新计算图片</translation>
    </message>
    <message>
        <source>gradient checkpointing</source>
        <translation>梯度检查点</translation>
    </message>
    <message>
        <source>model in %1</source>
        <translation>模型用 %1</translation>
    </message>
    <message>
        <source>pictures of at most %1 pixels</source>
        <translation>图片最多 %1 像素</translation>
    </message>
    <message>
        <source>rank %1, alpha smaller by as much</source>
        <translation>秩 %1，alpha 按比例减小</translation>
    </message>
    <message>
        <source>%1 experts</source>
        <translation>%1 个专家</translation>
    </message>
    <message>
        <source>the attention alone (%1)</source>
        <translation>仅注意力层（%1）</translation>
    </message>
    <message>
        <source>vision</source>
        <translation>视觉</translation>
    </message>
    <message>
        <source>a smaller model</source>
        <translation>用更小的模型</translation>
    </message>
</context>
<context>
    <name>metrics</name>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Balance loss</source>
        <translation>均衡损失</translation>
    </message>
    <message>
        <source>Samples per second</source>
        <translation>每秒样本数</translation>
    </message>
    <message>
        <source>Peak memory in MB</source>
        <translation>内存峰值 (MB)</translation>
    </message>
</context>
<context>
    <name>moelora::ui::AdapterBox</name>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>%1, update %2</source>
        <translation>%1，第 %2 次更新</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>Choose an adapter folder</source>
        <translation>选择适配器文件夹</translation>
    </message>
    <message>
        <source>Choose an adapter folder that is not in the list</source>
        <translation>选择不在列表中的适配器文件夹</translation>
    </message>
    <message>
        <source>%1, checkpoint of update %2</source>
        <translation>%1，第 %2 次更新的检查点</translation>
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
        <source>Search settings</source>
        <translation>搜索设置</translation>
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
        <source>%1%2 in fp32, %3 as a bf16 file, at %4 layers</source>
        <translation>%1fp32 占 %2，bf16 文件 %3，位于 %4 个层</translation>
    </message>
    <message>
        <source>Experts of each text layer</source>
        <translation>每个文本层的专家数</translation>
    </message>
    <message>
        <source>Drag over the bars, or choose one with Left and Right and change it with Up and Down.</source>
        <translation>拖过柱条，或用左右键选择、用上下键修改。</translation>
    </message>
    <message>
        <source>Same everywhere</source>
        <translation>各层相同</translation>
    </message>
    <message>
        <source>Undo the last change</source>
        <translation>撤销上一次更改</translation>
    </message>
    <message>
        <source>Redo the change</source>
        <translation>重做更改</translation>
    </message>
    <message>
        <source>Undo (Ctrl+Z)  %1</source>
        <translation>撤销 (Ctrl+Z)  %1</translation>
    </message>
    <message>
        <source>Redo (Ctrl+Shift+Z)  %1</source>
        <translation>重做 (Ctrl+Shift+Z)  %1</translation>
    </message>
    <message>
        <source>%1 of the model, </source>
        <translation>占模型的 %1，</translation>
    </message>
    <message>
        <source>Choose a model on the page Model; the count then follows every keystroke.</source>
        <translation>请在“模型”页选择模型；之后每次键入都会更新参数数量。</translation>
    </message>
    <message>
        <source>Here stands what the field with the focus does. F1 says more.</source>
        <translation>这里说明当前字段的作用。按 F1 查看更多。</translation>
    </message>
    <message>
        <source>By goal</source>
        <translation>按目标</translation>
    </message>
    <message>
        <source>Adapter and training settings for what you want to reach</source>
        <translation>按您想达到的目标设置适配器和训练</translation>
    </message>
</context>
<context>
    <name>moelora::ui::BarEdit</name>
    <message>
        <source>Bar %1 of %2: %3</source>
        <translation>第 %1 根，共 %2 根：%3</translation>
    </message>
</context>
<context>
    <name>moelora::ui::BlindPane</name>
    <message>
        <source>Caption 1</source>
        <translation>描述 1</translation>
    </message>
    <message>
        <source>Caption 2</source>
        <translation>描述 2</translation>
    </message>
    <message>
        <source>1 is better</source>
        <translation>1 更好</translation>
    </message>
    <message>
        <source>2 is better</source>
        <translation>2 更好</translation>
    </message>
    <message>
        <source>Equally good</source>
        <translation>一样好</translation>
    </message>
    <message>
        <source>Key 1</source>
        <translation>按键 1</translation>
    </message>
    <message>
        <source>Key 2</source>
        <translation>按键 2</translation>
    </message>
    <message>
        <source>Key 0</source>
        <translation>按键 0</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Begin again</source>
        <translation>重新开始</translation>
    </message>
    <message>
        <source>Picture of the sample</source>
        <translation>样本图片</translation>
    </message>
    <message>
        <source>Blind comparison</source>
        <translation>盲评</translation>
    </message>
    <message>
        <source>All pairs are judged.</source>
        <translation>所有配对均已评判。</translation>
    </message>
    <message>
        <source>No captions differ, so there is nothing to judge.</source>
        <translation>没有不同的描述，无需评判。</translation>
    </message>
    <message>
        <source>Judged when the comparison is whole.</source>
        <translation>比较完成后再评判。</translation>
    </message>
    <message>
        <source>Which caption is whose is told after the vote.</source>
        <translation>投票之后才会告知描述属于哪一方。</translation>
    </message>
    <message>
        <source>Before: 1 was the adapter&apos;s, 2 the base&apos;s.</source>
        <translation>上一对：1 来自适配器，2 来自基础模型。</translation>
    </message>
    <message>
        <source>Before: 1 was the base&apos;s, 2 the adapter&apos;s.</source>
        <translation>上一对：1 来自基础模型，2 来自适配器。</translation>
    </message>
    <message>
        <source>%1 of %2 judged: adapter %3, base %4, equal %5.</source>
        <translation>已评判 %1 / %2：适配器 %3，基础模型 %4，相同 %5。</translation>
    </message>
    <message>
        <source>The adapter wins %1 (95 % interval %2 to %3, n = %4).</source>
        <translation>适配器胜率 %1（95 % 区间 %2 至 %3，n = %4）。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::BudgetPane</name>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Visual</source>
        <translation>视觉</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Longest samples</source>
        <translation>最长的样本</translation>
    </message>
    <message>
        <source>Samples by tokens</source>
        <translation>按词元数的样本</translation>
    </message>
    <message>
        <source>Median %1, 95 % below %2, longest %3; %4 above the limit of %5.</source>
        <translation>中位数 %1，95 % 低于 %2，最长 %3；超过上限 %5 的有 %4 个。</translation>
    </message>
    <message>
        <source>Sample %1</source>
        <translation>样本 %1</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本</translation>
    </message>
</context>
<context>
    <name>moelora::ui::CaptionEdit</name>
    <message>
        <source>A caption cannot be empty; leave the sample out instead.</source>
        <translation>描述不能为空；请改为排除该样本。</translation>
    </message>
    <message>
        <source>Caption %1</source>
        <translation>描述 %1</translation>
    </message>
    <message>
        <source>Type to correct the caption. It is kept beside the data, whose files stay as they are. Ctrl+Enter keeps it at once, Escape takes it back.</source>
        <translation>直接输入即可更正描述。更正保存在数据旁边，数据文件保持不变。Ctrl+Enter 立即保存，Esc 撤回。</translation>
    </message>
    <message>
        <source>... and %1 more</source>
        <translation>……以及另外 %1 项</translation>
    </message>
</context>
<context>
    <name>moelora::ui::CaptionsPane</name>
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
        <source>weights %1</source>
        <translation>权重 %1</translation>
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
        <source>no adapter</source>
        <translation>无适配器</translation>
    </message>
    <message>
        <source>adapter %1 (%2)</source>
        <translation>适配器 %1（%2）</translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation>强度 %1</translation>
    </message>
    <message>
        <source>only expert %1</source>
        <translation>仅专家 %1</translation>
    </message>
    <message>
        <source>sample %1</source>
        <translation>样本 %1</translation>
    </message>
    <message>
        <source>no reference</source>
        <translation>没有参考</translation>
    </message>
    <message>
        <source>comes when the comparison is whole</source>
        <translation>比较完成后显示</translation>
    </message>
    <message>
        <source>✓ equal</source>
        <translation>✓ 相同</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>不同</translation>
    </message>
    <message>
        <source>%1 × %2 px</source>
        <translation>%1 × %2 像素</translation>
    </message>
    <message>
        <source>≤ %1 px</source>
        <translation>≤ %1 像素</translation>
    </message>
    <message>
        <source>the model&apos;s pixels</source>
        <translation>像素按模型</translation>
    </message>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ChartCard</name>
    <message>
        <source>Show the numbers as a table (T)</source>
        <translation>以表格显示数值 (T)</translation>
    </message>
    <message>
        <source>Chart: %1</source>
        <translation>图表：%1</translation>
    </message>
    <message>
        <source>Table: %1</source>
        <translation>表格：%1</translation>
    </message>
    <message>
        <source>Write as a file: %1</source>
        <translation>写入文件：%1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::CheckpointGrid</name>
    <message>
        <source>as finished</source>
        <translation>最终结果</translation>
    </message>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
    <message>
        <source>%1 ★ best</source>
        <translation>%1 ★ 最佳</translation>
    </message>
    <message>
        <source>waits</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>not asked</source>
        <translation>未询问</translation>
    </message>
    <message>
        <source>equal to the reference</source>
        <translation>与参考一致</translation>
    </message>
    <message>
        <source>as the base</source>
        <translation>与基座相同</translation>
    </message>
    <message>
        <source>as before</source>
        <translation>与前一列相同</translation>
    </message>
    <message>
        <source>differs from the base</source>
        <translation>与基座不同</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>有变化</translation>
    </message>
    <message>
        <source>no adapter</source>
        <translation>无适配器</translation>
    </message>
    <message>
        <source>adapter %1</source>
        <translation>适配器 %1</translation>
    </message>
    <message>
        <source>fingerprint %1</source>
        <translation>指纹 %1</translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation>强度 %1</translation>
    </message>
    <message>
        <source>self-test passed</source>
        <translation>自检通过</translation>
    </message>
    <message>
        <source>self-test failed</source>
        <translation>自检失败</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基座</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参考</translation>
    </message>
    <message>
        <source>%1 of %2 equal</source>
        <translation>%2 条中 %1 条一致</translation>
    </message>
</context>
<context>
    <name>moelora::ui::CompareControls</name>
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
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Checkpoint</source>
        <translation>检查点</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
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
        <source>one picture, a data folder or a file</source>
        <translation>一张图片、数据文件夹或文件</translation>
    </message>
    <message>
        <source>Data and pictures (*.json *.jsonl *.csv *.tsv *.jpg *.jpeg *.png *.webp *.bmp);;All files (*)</source>
        <translation>数据和图片 (*.json *.jsonl *.csv *.tsv *.jpg *.jpeg *.png *.webp *.bmp);;所有文件 (*)</translation>
    </message>
    <message>
        <source>as the data or the adapter ask</source>
        <translation>按数据或适配器的提问</translation>
    </message>
    <message>
        <source>Ask this about every picture instead of what the data say</source>
        <translation>对每张图片提出此问题，而非数据中的提示</translation>
    </message>
    <message>
        <source>Scale of the adapter</source>
        <translation>适配器强度</translation>
    </message>
    <message>
        <source>Factor of the adapter&apos;s update: 0 is the base, 1 as trained, above 1 exaggerates</source>
        <translation>适配器更新量的系数：0 即基础模型，1 为训练结果，大于 1 为夸大</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
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
        <source>Experts that are used</source>
        <translation>使用的专家</translation>
    </message>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
    <message>
        <source>as finished</source>
        <translation>最终结果</translation>
    </message>
    <message>
        <source>Which of the run&apos;s checkpoints is compared</source>
        <translation>比较该运行的哪个检查点</translation>
    </message>
    <message>
        <source>There is only one state of this adapter</source>
        <translation>该适配器只有一个状态</translation>
    </message>
    <message>
        <source>as routed</source>
        <translation>按路由</translation>
    </message>
    <message>
        <source>only expert %1</source>
        <translation>仅专家 %1</translation>
    </message>
    <message>
        <source>One expert alone, whatever the routers say: its &quot;voice&quot;</source>
        <translation>不管路由器如何，只用一个专家：听它的“声音”</translation>
    </message>
    <message>
        <source>This adapter has no routed experts</source>
        <translation>该适配器没有路由专家</translation>
    </message>
    <message>
        <source>Train an adapter first, or choose a run</source>
        <translation>请先训练适配器，或选择一次运行</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Of samples that have none of their own, as single pictures</source>
        <translation>用于自身没有任务的样本，例如单张图片</translation>
    </message>
    <message>
        <source>as the data say</source>
        <translation>按数据所写</translation>
    </message>
    <message>
        <source>Decoding: sampled</source>
        <translation>解码：采样</translation>
    </message>
    <message>
        <source>Decoding: greedy</source>
        <translation>解码：贪心</translation>
    </message>
    <message>
        <source>How answers are drawn: greedy or sampled, their length, what repeats</source>
        <translation>回答如何产生：贪心或采样、长度、重复惩罚</translation>
    </message>
    <message>
        <source>Choose pictures: this adapter&apos;s run kept no probes that could be asked instead</source>
        <translation>请选择图片：该适配器的运行没有保存可代替的探测图片</translation>
    </message>
    <message>
        <source>the probes of the run</source>
        <translation>该运行的探测图片</translation>
    </message>
</context>
<context>
    <name>moelora::ui::CompareJob</name>
    <message>
        <source>A comparison is being made here, so %1 is not shown. Open it when that has ended, or cancel that first.</source>
        <translation>这里正在进行比较，因此不显示 %1。请等它结束后再打开，或先取消它。</translation>
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
        <source>all</source>
        <translation>全部</translation>
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
        <source>in the order of the data</source>
        <translation>按数据顺序</translation>
    </message>
    <message>
        <source>what got worse first</source>
        <translation>变差的在前</translation>
    </message>
    <message>
        <source>Order of the samples</source>
        <translation>样本顺序</translation>
    </message>
    <message>
        <source>Captions</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Scores</source>
        <translation>得分</translation>
    </message>
    <message>
        <source>Routing</source>
        <translation>路由</translation>
    </message>
    <message>
        <source>Blind</source>
        <translation>盲评</translation>
    </message>
    <message>
        <source>What is shown of the comparison</source>
        <translation>显示比较的哪一部分</translation>
    </message>
    <message>
        <source> · scale %1</source>
        <translation> · 强度 %1</translation>
    </message>
    <message>
        <source> · only expert %1</source>
        <translation> · 仅专家 %1</translation>
    </message>
    <message>
        <source> · update %1</source>
        <translation> · 第 %1 次更新</translation>
    </message>
    <message>
        <source> · asked “%1” and %2 more</source>
        <translation> · 提问“%1”等，另有 %2 种</translation>
    </message>
    <message>
        <source> · asked “%1”</source>
        <translation> · 提问“%1”</translation>
    </message>
    <message>
        <source>Save the report as a new folder</source>
        <translation>将报告保存为新文件夹</translation>
    </message>
    <message>
        <source>Save report ...</source>
        <translation>保存报告……</translation>
    </message>
    <message>
        <source>A new folder with the report (HTML with pictures), tables (CSV), COCO results and the comparison itself, which can be opened again</source>
        <translation>新文件夹，含报告（带图片的 HTML）、表格（CSV）、COCO 结果以及可再次打开的比较</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写入：%1</translation>
    </message>
    <message>
        <source>No layer is adapted.</source>
        <translation>没有任何层被适配。</translation>
    </message>
    <message>
        <source>With the adapter off the model does not compute what the base computes: the column Base is not the base.</source>
        <translation>关闭适配器后，模型的计算与基座不同：“基座”一栏并不是基座。</translation>
    </message>
    <message>
        <source>The adapter changes nothing: it has not learnt anything yet, or it is not attached.</source>
        <translation>适配器没有带来任何变化：它尚未学到东西，或没有接上。</translation>
    </message>
    <message>
        <source>Another picture gives the same answer: the picture is not looked at.</source>
        <translation>换一张图片得到同样的回答：模型没有看图片。</translation>
    </message>
    <message>
        <source>The captions fit the other column&apos;s model better: the columns are swapped.</source>
        <translation>描述与另一栏的模型更吻合：两栏被调换了。</translation>
    </message>
    <message>
        <source>Do not trust these columns. %1</source>
        <translation>请勿相信这些栏目。%1</translation>
    </message>
    <message>
        <source>Checkpoints</source>
        <translation>检查点</translation>
    </message>
    <message>
        <source>The captions of base and adapter appear as they come.</source>
        <translation>基座和适配器的描述生成后立即显示。</translation>
    </message>
    <message>
        <source>not proven yet</source>
        <translation>尚未自检</translation>
    </message>
    <message>
        <source>not proven</source>
        <translation>未自检</translation>
    </message>
    <message>
        <source>The self-test is made when all captions are there</source>
        <translation>全部描述生成后进行自检</translation>
    </message>
    <message>
        <source>The comparison ended early: nothing proves whose captions these are</source>
        <translation>比较提前结束：无法证明这些描述出自哪个模型</translation>
    </message>
    <message>
        <source>nothing learnt yet</source>
        <translation>尚未学到任何东西</translation>
    </message>
    <message>
        <source>This adapter has not learnt anything yet: what it adds is zero everywhere, so both columns are the base&apos;s.</source>
        <translation>该适配器尚未学到任何东西：其更新量处处为零，因此两列都是基座的描述。</translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s) so far</source>
        <translation>
            <numerusform>目前 %Ln 个样本</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> · at most %Ln token(s)</source>
        <translation>
            <numerusform> · 最多 %Ln 个词元</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::DataPage</name>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Every picture with its captions, as the training will read them.</source>
        <translation>每张图片及其描述，与训练读取的一致。</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Filter of the samples</source>
        <translation>样本筛选</translation>
    </message>
    <message>
        <source>Picture of the sample</source>
        <translation>样本的图片</translation>
    </message>
    <message>
        <source>The data cannot be shown</source>
        <translation>数据无法显示</translation>
    </message>
    <message>
        <source>Reading the data ...</source>
        <translation>正在读取数据 ...</translation>
    </message>
    <message>
        <source>No data chosen</source>
        <translation>未选择数据</translation>
    </message>
    <message>
        <source>Records and headers of the pictures are read.</source>
        <translation>正在读取记录和图片头。</translation>
    </message>
    <message>
        <source>No sample is chosen.</source>
        <translation>没有选中样本。</translation>
    </message>
    <message>
        <source>What is shown beside the samples</source>
        <translation>样本旁边显示的内容</translation>
    </message>
    <message>
        <source>Caption while training</source>
        <translation>训练时生成描述</translation>
    </message>
    <message>
        <source>Makes this sample one of the chosen probes: they are captioned while the run trains, and asked again by comparisons and exports of its adapter.</source>
        <translation>将此样本设为选定的探测图片：训练期间会为其生成描述，比较和导出其适配器时也会再次询问。</translation>
    </message>
    <message>
        <source>Tokens are counted when a model is chosen, too.</source>
        <translation>选定模型后才会统计词元。</translation>
    </message>
    <message>
        <source>Counting tokens ...</source>
        <translation>正在统计词元 ...</translation>
    </message>
    <message>
        <source>There is nothing to count.</source>
        <translation>没有可统计的内容。</translation>
    </message>
    <message>
        <source>Take the sample&apos;s data and model</source>
        <translation>使用示例的数据和模型</translation>
    </message>
    <message>
        <source>The remarks above say why.</source>
        <translation>原因见上方的提示。</translation>
    </message>
    <message>
        <source>COCO captions, messages, ShareGPT, Alpaca, CSV, or pictures with .txt files of the same name: choose a folder or file above. The form is recognised by its content.</source>
        <translation>COCO 描述、messages、ShareGPT、Alpaca、CSV，或带同名 .txt 文件的图片：请在上方选择文件夹或文件。格式按内容识别。</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写入：%1</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Leave out of the next run</source>
        <translation>下次运行排除此样本</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>全部显示</translation>
    </message>
    <message>
        <source>Model&apos;s view</source>
        <translation>模型所见</translation>
    </message>
    <message>
        <source>Doctor</source>
        <translation>体检</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>The sample with its captions (F2 corrects the first)</source>
        <translation>样本及其描述（F2 更正第一条）</translation>
    </message>
    <message>
        <source>What the model sees of the sample</source>
        <translation>模型看到的样本</translation>
    </message>
    <message>
        <source>How long the samples are, and how large pictures may be</source>
        <translation>样本有多长，图片可以多大</translation>
    </message>
    <message>
        <source>What is wrong with the data</source>
        <translation>数据有什么问题</translation>
    </message>
    <message>
        <source>What is learnt, what is kept for evaluation, and the probes</source>
        <translation>哪些用于学习、哪些留作评估，以及探测图片</translation>
    </message>
    <message>
        <source>The sample is neither trained on nor evaluated (data.exclude). No file is changed. Del in the grid does the same.</source>
        <translation>该样本既不训练也不评估（data.exclude）。不更改任何文件。在网格中按 Del 效果相同。</translation>
    </message>
    <message>
        <source>Filter: words, caption:dog  tokens&gt;300  issue:*  NOT name:00*  (Ctrl+F)</source>
        <translation>筛选：词语，caption:dog  tokens&gt;300  issue:*  NOT name:00*  (Ctrl+F)</translation>
    </message>
    <message>
        <source>Words, or fields: caption: name: path: task: prompt: issue: with * and ?; tokens, chars and captions with = != &lt; &gt; &lt;= &gt;=; missing:caption. NOT before AND before OR, and parentheses.</source>
        <translation>词语，或字段：caption: name: path: task: prompt: issue:，可用 * 和 ?；tokens、chars、captions 可用 = != &lt; &gt; &lt;= &gt;=；missing:caption。优先级 NOT、AND、OR，可用括号。</translation>
    </message>
    <message>
        <source>Ctrl+Up and Ctrl+Down go from sample to sample, Ctrl+J to the next one with a finding.</source>
        <translation>Ctrl+Up 和 Ctrl+Down 切换样本，Ctrl+J 跳到下一个有问题的样本。</translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s)</source>
        <translation>
            <numerusform>%Ln 个样本</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %Ln sample(s)</source>
        <translation>
            <numerusform>%1 / %Ln 个样本</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::DoctorPane</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Examine every picture</source>
        <translation>检查每张图片</translation>
    </message>
    <message>
        <source>Reading records and file headers: %1</source>
        <translation>正在读取记录和文件头：%1</translation>
    </message>
    <message>
        <source>Decodes every picture and looks for damaged files, duplicates, pictures without records, hidden files, long captions and encodings. Findings are kept by file: a second time no picture is read again.</source>
        <translation>解码每张图片，查找损坏的文件、重复图片、没有记录的图片、隐藏文件、过长的描述和编码问题。结果按文件保存：第二次检查不再读取图片。</translation>
    </message>
    <message>
        <source>Cancelled: %1. The next examination goes on.</source>
        <translation>已取消：%1。下次检查会继续。</translation>
    </message>
    <message>
        <source>Nothing was found: %1.</source>
        <translation>未发现问题：%1。</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %Ln picture(s)</source>
        <translation>
            <numerusform>%1 / %Ln 张图片</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) decoded, %1 known from before</source>
        <translation>
            <numerusform>解码了 %Ln 张图片，%1 张先前已检查</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::ExportButton</name>
    <message>
        <source>it was not written completely</source>
        <translation>没有完整写入</translation>
    </message>
    <message>
        <source>Write this chart as a file</source>
        <translation>将此图表写入文件</translation>
    </message>
    <message>
        <source>Picture (PNG) ...</source>
        <translation>图片 (PNG) ...</translation>
    </message>
    <message>
        <source>Drawing (SVG) ...</source>
        <translation>矢量图 (SVG) ...</translation>
    </message>
    <message>
        <source>Numbers (CSV) ...</source>
        <translation>数据 (CSV) ...</translation>
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
        <source>Opened again: %1, %2 parameters.</source>
        <translation>重新打开：%1，%2 个参数。</translation>
    </message>
    <message>
        <source>Its files are no longer those that were written.</source>
        <translation>其文件已不是当初写入的文件。</translation>
    </message>
    <message>
        <source>It names no check sums, so its files cannot be checked.</source>
        <translation>它未列出校验和，因此无法检查其文件。</translation>
    </message>
    <message>
        <source>Complete: its files are those that were written.</source>
        <translation>完整：其文件正是当初写入的文件。</translation>
    </message>
    <message>
        <source>Nothing exported yet</source>
        <translation>尚未导出</translation>
    </message>
    <message>
        <source>Data to measure the gate weights on</source>
        <translation>用来测量门控权重的数据</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>all ranks of the experts</source>
        <translation>各专家的秩之和</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Type of the weights</source>
        <translation>权重的类型</translation>
    </message>
    <message>
        <source>16 bit, as the base where it has such</source>
        <translation>16 位（基座为 16 位时与其相同）</translation>
    </message>
    <message>
        <source>Choose the data on which the gate weights are measured.</source>
        <translation>请选择用来测量门控权重的数据。</translation>
    </message>
    <message>
        <source>The adapter knows no task by name.</source>
        <translation>适配器不知道任何任务名。</translation>
    </message>
    <message>
        <source>An approximation: the routing is not in it, and what follows is its drift.</source>
        <translation>这是近似：其中没有路由，以下是它的偏差。</translation>
    </message>
    <message>
        <source>Answers to them equal to the adapter&apos;s: %1 of %2; the base gives %3 of them.</source>
        <translation>对它们的回答与适配器相同：%2 中的 %1 个；基础模型给出其中 %3 个。</translation>
    </message>
    <message numerus="yes">
        <source>Largest logit difference to the adapter on %Ln probe(s): %1; the adapter itself moves them by %2.</source>
        <translation>
            <numerusform>在 %Ln 个探测样本上与适配器的最大 logit 差异：%1；适配器本身使其变化 %2。</numerusform>
        </translation>
    </message>
    <message>
        <source>There is too little room: up to %1 are written, and %2 are free there.</source>
        <translation>空间不足：最多要写入 %1，而那里只剩 %2。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::FilmModel</name>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参考</translation>
    </message>
</context>
<context>
    <name>moelora::ui::FindingsList</name>
    <message>
        <source>Findings of the data doctor</source>
        <translation>数据医生的发现</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Only the samples of the chosen findings stand in the grid</source>
        <translation>网格中只显示所选发现的样本</translation>
    </message>
    <message>
        <source>Export list...</source>
        <translation>导出列表……</translation>
    </message>
    <message>
        <source>All findings as a table (CSV)</source>
        <translation>全部发现，导出为表格（CSV）</translation>
    </message>
    <message>
        <source>... and %1 more</source>
        <translation>……以及另外 %1 项</translation>
    </message>
    <message>
        <source>Take back in</source>
        <translation>重新纳入</translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation>排除</translation>
    </message>
    <message>
        <source>Choose findings first</source>
        <translation>请先选择发现</translation>
    </message>
    <message>
        <source>No sample that is in use belongs to these findings</source>
        <translation>这些发现不涉及任何正在使用的样本</translation>
    </message>
    <message>
        <source>Takes these samples back into the data: %1</source>
        <translation>将这些样本重新纳入数据：%1</translation>
    </message>
    <message>
        <source>Leaves these samples out of the next run: %1. No file is changed.</source>
        <translation>下次运行排除这些样本：%1。不更改任何文件。</translation>
    </message>
    <message>
        <source>Export the findings</source>
        <translation>导出发现</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
</context>
<context>
    <name>moelora::ui::FormatList</name>
    <message>
        <source>Not for this adapter: %1</source>
        <translation>不适用于此适配器：%1</translation>
    </message>
    <message>
        <source>At most %1; %2 are free there.</source>
        <translation>最多 %1；该处可用 %2。</translation>
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
        <source>Mean weight</source>
        <translation>平均权重</translation>
    </message>
    <message>
        <source>Mean weight by task</source>
        <translation>各任务的平均权重</translation>
    </message>
    <message>
        <source>Mean weight by kind of token</source>
        <translation>各类词元的平均权重</translation>
    </message>
    <message>
        <source>Mean weight of each expert, by kind of token</source>
        <translation>各类词元中每个专家的平均权重</translation>
    </message>
    <message>
        <source>Mean weights shown</source>
        <translation>显示的平均权重</translation>
    </message>
    <message>
        <source>by task</source>
        <translation>按任务</translation>
    </message>
    <message>
        <source>by kind of token</source>
        <translation>按词元类别</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>all tokens together: entropy %1, experts in use %2, hardly used %3, largest load / smallest %4</source>
        <translation>全部词元合计：熵 %1，在用专家 %2，几乎不用 %3，最大负载/最小负载 %4</translation>
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
    <message>
        <source>%1: expert E%2 is hardly used (%3 of the weight).</source>
        <translation>%1：专家 E%2 几乎未被使用（占权重 %3）。</translation>
    </message>
    <message>
        <source>%1: expert E%2 takes nearly everything (%3 of the weight).</source>
        <translation>%1：专家 E%2 几乎独占（占权重 %3）。</translation>
    </message>
    <message>
        <source>A balance loss, a softer gate or fewer experts spread the work.</source>
        <translation>平衡损失、更柔和的门控或更少的专家可以分散负担。</translation>
    </message>
    <message>
        <source>Table: share of each expert</source>
        <translation>表格：各专家的份额</translation>
    </message>
    <message>
        <source>Show the numbers as a table (T)</source>
        <translation>以表格显示数值 (T)</translation>
    </message>
    <message>
        <source>Write as a file: %1</source>
        <translation>写入文件：%1</translation>
    </message>
    <message numerus="yes">
        <source>And at %Ln more place(s).</source>
        <translation>
            <numerusform>另外还有 %Ln 处。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::GoalMenu</name>
    <message>
        <source>about %1 min</source>
        <translation>约 %1 分钟</translation>
    </message>
    <message>
        <source>%1 With your data: %2.</source>
        <translation>%1 用您的数据：%2。</translation>
    </message>
    <message numerus="yes">
        <source>%Ln update(s)</source>
        <translation>
            <numerusform>%Ln 次更新</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>Updates, memory and minutes stand here when model and data are chosen.</source>
        <translation>选好模型和数据后，这里会显示更新次数、内存和分钟数。</translation>
    </message>
    <message>
        <source>Minutes stand here after the first run of this model on this computer.</source>
        <translation>这个模型在本机运行过一次后，这里会显示分钟数。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::GridPane</name>
    <message>
        <source>Pictures</source>
        <translation>图片数</translation>
    </message>
    <message>
        <source>Pictures asked about</source>
        <translation>询问的图片数</translation>
    </message>
    <message>
        <source>The first so many of the pictures chosen above</source>
        <translation>取上面所选图片的前若干张</translation>
    </message>
    <message>
        <source>Marked against</source>
        <translation>标出变化，对照</translation>
    </message>
    <message>
        <source>the column before</source>
        <translation>前一列</translation>
    </message>
    <message>
        <source>the base</source>
        <translation>基座</translation>
    </message>
    <message>
        <source>What the captions are marked against</source>
        <translation>描述与哪一列对照</translation>
    </message>
    <message>
        <source>Fill the grid</source>
        <translation>填充网格</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Save grid ...</source>
        <translation>保存网格…</translation>
    </message>
    <message>
        <source>As a page with pictures (HTML) or a table (CSV)</source>
        <translation>保存为带图片的网页 (HTML) 或表格 (CSV)</translation>
    </message>
    <message>
        <source>Progress of the grid</source>
        <translation>网格的进度</translation>
    </message>
    <message>
        <source>Captions by picture and checkpoint</source>
        <translation>各图片在各检查点的描述</translation>
    </message>
    <message>
        <source>Compare this checkpoint</source>
        <translation>比较此检查点</translation>
    </message>
    <message>
        <source>Chooses it above, for a comparison with scores and routing (Enter)</source>
        <translation>在上方选中它，以便做带评分和路由的比较 (Enter)</translation>
    </message>
    <message>
        <source>Checkpoints that are asked</source>
        <translation>要询问的检查点</translation>
    </message>
    <message>
        <source>Checkpoints that are asked; each of them takes a comparison</source>
        <translation>要询问的检查点；每个检查点各做一次比较</translation>
    </message>
    <message>
        <source>Checkpoints: %1 of %2</source>
        <translation>检查点：%1 / %2</translation>
    </message>
    <message>
        <source>Train an adapter first, or choose a run</source>
        <translation>请先训练适配器，或选择一次运行</translation>
    </message>
    <message>
        <source>Choose at least one checkpoint</source>
        <translation>请至少选择一个检查点</translation>
    </message>
    <message>
        <source>Captioning ...</source>
        <translation>正在生成描述…</translation>
    </message>
    <message>
        <source>No adapter yet</source>
        <translation>还没有适配器</translation>
    </message>
    <message>
        <source>No grid yet</source>
        <translation>还没有网格</translation>
    </message>
    <message>
        <source>Each row is a picture, each column a checkpoint; captions stand here as they come.</source>
        <translation>每行一张图片，每列一个检查点；描述生成后立即显示在这里。</translation>
    </message>
    <message>
        <source>Train an adapter, or open an earlier run; its checkpoints stand here side by side.</source>
        <translation>请训练适配器，或打开以前的运行；其检查点将在这里并排显示。</translation>
    </message>
    <message>
        <source>Shows what the base and each checkpoint say of the same pictures, so that you can see when the adapter learnt what. Choose checkpoints, then press Fill the grid.</source>
        <translation>显示基座和各检查点对同一批图片的描述，可以看出适配器何时学会了什么。请选择检查点，然后按“填充网格”。</translation>
    </message>
    <message>
        <source>Save the grid</source>
        <translation>保存网格</translation>
    </message>
    <message>
        <source>Pages and tables (*.html *.csv)</source>
        <translation>网页和表格 (*.html *.csv)</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Reference</source>
        <translation>参考</translation>
    </message>
    <message>
        <source>Where the columns come from</source>
        <translation>各列的来源</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写入：%1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::Guide</name>
    <message>
        <source>The sample project is done: base and adapted captions stand side by side. Your own model and pictures come next.</source>
        <translation>示例项目已完成：原始描述与适配后的描述并排显示。接下来可以使用您自己的模型和图片。</translation>
    </message>
    <message>
        <source>The sample project cannot begin: %1</source>
        <translation>示例项目无法开始：%1</translation>
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
    <name>moelora::ui::LogModel</name>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Checkpoint saved: %1</source>
        <translation>已保存检查点：%1</translation>
    </message>
    <message>
        <source>update %1: %2</source>
        <translation>第 %1 次更新：%2</translation>
    </message>
    <message numerus="yes">
        <source>Run %1 on %2, %3: %4, %5 trainable parameters at %Ln layer(s)</source>
        <translation>
            <numerusform>运行 %1，设备 %2，%3：%4，%Ln 层共 %5 个可训练参数</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln update(s)</source>
        <translation>
            <numerusform>%Ln 次更新</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Evaluation: loss %1 over %Ln token(s)</source>
        <translation>
            <numerusform>评估：损失 %1，共 %Ln 个词元</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::LogPane</name>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>警告和错误</translation>
    </message>
    <message>
        <source>Errors only</source>
        <translation>仅错误</translation>
    </message>
    <message>
        <source>Lines shown</source>
        <translation>显示的行</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>搜索日志</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the lines that are shown</source>
        <translation>复制所显示的行</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
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
    <message>
        <source>The program did not end properly the last time.</source>
        <translation>程序上次没有正常结束。</translation>
    </message>
    <message>
        <source>Finished updates are safe; a run that was interrupted can go on from its newest checkpoint, on the page Runs.</source>
        <translation>已完成的更新是安全的；被中断的运行可以在“运行记录”页从最新检查点继续。</translation>
    </message>
    <message>
        <source>A stopped run can go on later from its checkpoint, on the page Runs.</source>
        <translation>已停止的运行以后可以在“运行记录”页从检查点继续。</translation>
    </message>
    <message>
        <source>Keep running, minimise</source>
        <translation>继续运行并最小化</translation>
    </message>
    <message>
        <source>Discard the run?</source>
        <translation>丢弃该运行？</translation>
    </message>
    <message>
        <source>Stop the run and put all of it into the trash?</source>
        <translation>停止运行并将其全部移入回收站？</translation>
    </message>
    <message>
        <source>The page Runs can restore it until the trash is emptied.</source>
        <translation>清空回收站之前，可在“运行记录”页恢复。</translation>
    </message>
    <message>
        <source>Stop and discard</source>
        <translation>停止并丢弃</translation>
    </message>
    <message>
        <source>Restore what was prepared</source>
        <translation>恢复已准备的设置</translation>
    </message>
    <message>
        <source>Show the runs</source>
        <translation>显示运行记录</translation>
    </message>
    <message>
        <source>Open a configuration</source>
        <translation>打开配置</translation>
    </message>
    <message>
        <source>Configurations (*.json)</source>
        <translation>配置 (*.json)</translation>
    </message>
    <message>
        <source>Save the configuration</source>
        <translation>保存配置</translation>
    </message>
    <message>
        <source>Written: %1. On the command line: moelora train --config %1</source>
        <translation>已写入：%1。命令行：moelora train --config %1</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>在托盘中继续运行</translation>
    </message>
    <message>
        <source>Go on from update %1</source>
        <translation>从第 %1 次更新继续</translation>
    </message>
    <message>
        <source>A new configuration. Undo brings the one before back.</source>
        <translation>已新建配置。“撤销”可恢复之前的配置。</translation>
    </message>
    <message>
        <source>The file of the settings was damaged, so the usual settings are used.</source>
        <translation>设置文件已损坏，因此使用默认设置。</translation>
    </message>
    <message>
        <source>It is kept as %1.</source>
        <translation>原文件保存为 %1。</translation>
    </message>
    <message>
        <source>Show it</source>
        <translation>去看看</translation>
    </message>
    <message>
        <source>Go on from update %1 without such updates</source>
        <translation>从第 %1 次更新继续，跳过这类更新</translation>
    </message>
    <message>
        <source>The run is paused, with the model loaded.</source>
        <translation>运行已暂停，模型仍在内存中。</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>No font of this computer has Chinese letters, so texts show as empty boxes. Install one, such as the package fonts-noto-cjk, and start again.</source>
        <translation>本机没有中文字体，因此文字显示为空方框。请安装一种，例如软件包 fonts-noto-cjk，然后重新启动。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::MemoryPane</name>
    <message>
        <source>Memory of the run by part</source>
        <translation>运行所需内存的各部分</translation>
    </message>
    <message>
        <source>Fit to this device</source>
        <translation>适配本设备</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Two real updates on the longest sample; nothing of them is kept. Takes as long as loading the model and two updates.</source>
        <translation>对最长样本做两次真实更新，结果不保留。耗时为载入模型加两次更新。</translation>
    </message>
    <message>
        <source>Estimating the memory for your data ...</source>
        <translation>正在为您的数据估计内存……</translation>
    </message>
    <message>
        <source>The memory is estimated when model and data are chosen.</source>
        <translation>选择模型和数据后即可估计内存。</translation>
    </message>
    <message>
        <source>Predicted peak: %1 of %2</source>
        <translation>预计峰值：%1，可用 %2</translation>
    </message>
    <message>
        <source>Predicted peak: %1; what is free is not known</source>
        <translation>预计峰值：%1；可用量未知</translation>
    </message>
    <message>
        <source>%1: saves %2</source>
        <translation>%1：节省 %2</translation>
    </message>
    <message>
        <source>Nothing needs to be changed, or nothing would help</source>
        <translation>无需更改，或没有可用的办法</translation>
    </message>
    <message>
        <source>Measuring: the model is loaded and two updates are made ...</source>
        <translation>正在测量：载入模型并做两次更新……</translation>
    </message>
    <message>
        <source>Changed to fit: %1</source>
        <translation>为适配已更改：%1</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>部分</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>in all</source>
        <translation>合计</translation>
    </message>
    <message>
        <source>free</source>
        <translation>可用</translation>
    </message>
    <message>
        <source>, with a margin of %1 for what cannot be predicted</source>
        <translation>，另留 %1 余量以应对无法预测的部分</translation>
    </message>
    <message>
        <source>; corrected by a measurement of this model on this device (× %1)</source>
        <translation>；已按此设备上对该模型的实测校正（× %1）</translation>
    </message>
    <message>
        <source>; corrected by a measurement</source>
        <translation>；已按实测校正</translation>
    </message>
    <message>
        <source>Measured: %1; the prediction of %2 is off by %3. Estimates of this model on this device are corrected by it.</source>
        <translation>实测：%1；预测的 %2 偏差 %3。此后该模型在此设备上的估计据此校正。</translation>
    </message>
    <message>
        <source>This card does not tell its memory; choose the device cpu to measure there.</source>
        <translation>该显卡不报告内存；如需测量，请选择设备 cpu。</translation>
    </message>
    <message>
        <source>Smaller, but it still does not fit, %1 of %2: %3</source>
        <translation>已减小，但仍放不下，%1 / %2：%3</translation>
    </message>
    <message>
        <source>other programs</source>
        <translation>其他程序</translation>
    </message>
    <message>
        <source>Other programs hold %1.</source>
        <translation>其他程序占用 %1。</translation>
    </message>
    <message numerus="yes">
        <source>%1. Longest sample: %Ln token(s).</source>
        <translation>
            <numerusform>%1。最长样本：%Ln 个词元。</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message numerus="yes">
        <source>%Ln layer(s) computed again in the backward pass, which saves memory.</source>
        <translation>
            <numerusform>%Ln 层在反向传播中重新计算，以节省内存。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::MessageBar</name>
    <message>
        <source>Dismiss the message</source>
        <translation>关闭此消息</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
</context>
<context>
    <name>moelora::ui::MetricChart</name>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
    <message>
        <source>best %1</source>
        <translation>最佳 %1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::MetricStack</name>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Entropy of the gates</source>
        <translation>门控的熵</translation>
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
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Share of the losses that the axis shows</source>
        <translation>坐标轴显示的损失比例</translation>
    </message>
    <message>
        <source>Where the loss axis ends: at the highest value, or above 99 or 95 % of the values</source>
        <translation>损失轴的上端：最高值，或 99 %、95 % 的值之上</translation>
    </message>
    <message>
        <source>Show the whole run</source>
        <translation>显示整个运行</translation>
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
        <source>entropy, 1 = even</source>
        <translation>熵，1 = 均匀</translation>
    </message>
    <message>
        <source>Show the whole run (Home). Drag in a chart, or Ctrl and wheel, to zoom; Shift and drag to move. A click shows the samples of that update.</source>
        <translation>显示整个运行（Home）。在图中拖动，或按 Ctrl 加滚轮缩放；按 Shift 拖动可平移。单击显示该次更新的样本。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ModelPage</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>The model that is adapted. Only its headers are read here, nothing of the folder is run, and nothing is downloaded.</source>
        <translation>要适配的模型。此处只读取文件头，不运行文件夹中的任何代码，也不下载任何内容。</translation>
    </message>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Folder of a Qwen3-VL or text model, or drop it here</source>
        <translation>Qwen3-VL 或文本模型的文件夹，或拖放到此</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Asks anew what is free</source>
        <translation>重新查询可用资源</translation>
    </message>
    <message>
        <source>Where models come from, and what fits where</source>
        <translation>模型从哪里来，什么放得下</translation>
    </message>
    <message>
        <source>Next: adapter</source>
        <translation>下一步：适配器</translation>
    </message>
    <message>
        <source>A model is a folder as Hugging Face keeps it: config.json, safetensors files, tokenizer.json, and preprocessor_config.json where it sees pictures. This program opens no network connection: fetch the folder with a browser, git lfs or the hf tool, here or on another computer, and choose it above.</source>
        <translation>模型是 Hugging Face 形式的文件夹：config.json、safetensors 文件、tokenizer.json，能看图片的还有 preprocessor_config.json。本程序不建立任何网络连接：请用浏览器、git lfs 或 hf 工具在本机或其他电脑上获取文件夹，然后在上方选择。</translation>
    </message>
    <message>
        <source>Dense Qwen3-VL models (2B, 4B, 8B, 32B) learn captions; text models of the families llama, mistral, qwen2 and qwen3 learn answers. Folders that bitsandbytes quantized (NF4, FP4, INT8) are read as they are; GPTQ and AWQ are refused with a sentence.</source>
        <translation>稠密的 Qwen3-VL 模型（2B、4B、8B、32B）学习描述；llama、mistral、qwen2 和 qwen3 系列的文本模型学习回答。由 bitsandbytes 量化的文件夹（NF4、FP4、INT8）可直接读取；GPTQ 和 AWQ 会被拒绝并说明原因。</translation>
    </message>
    <message>
        <source>Rules of thumb for training with batch 1 and pictures of about 640 × 480:</source>
        <translation>批大小为 1、图片约 640 × 480 时训练的经验值：</translation>
    </message>
    <message>
        <source>8 GB</source>
        <translation>8 GB</translation>
    </message>
    <message>
        <source>2B in 16 bits, 4B in NF4 with double quantization</source>
        <translation>2B（16 位），4B（NF4 双重量化）</translation>
    </message>
    <message>
        <source>12 to 16 GB</source>
        <translation>12 至 16 GB</translation>
    </message>
    <message>
        <source>4B in 16 bits, 8B in NF4</source>
        <translation>4B（16 位），8B（NF4）</translation>
    </message>
    <message>
        <source>24 GB</source>
        <translation>24 GB</translation>
    </message>
    <message>
        <source>No GPU</source>
        <translation>无 GPU</translation>
    </message>
    <message>
        <source>The badges above count for your own data, adapter and batch size.</source>
        <translation>上方的标记才针对您自己的数据、适配器和批大小。</translation>
    </message>
    <message>
        <source>Choose a model first</source>
        <translation>请先选择模型</translation>
    </message>
    <message>
        <source>Looking ...</source>
        <translation>正在检查 ...</translation>
    </message>
    <message>
        <source>reading</source>
        <translation>正在读取</translation>
    </message>
    <message>
        <source>not usable</source>
        <translation>不可用</translation>
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
        <source>%1 of text, %2 of vision, width %3, vocabulary %4</source>
        <translation>文本 %1，视觉 %2，宽度 %3，词表 %4</translation>
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
        <source>Tokenizer</source>
        <translation>分词器</translation>
    </message>
    <message>
        <source>Picture processor</source>
        <translation>图片处理器</translation>
    </message>
    <message>
        <source>Missing files</source>
        <translation>缺少的文件</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>To mend</source>
        <translation>需要处理</translation>
    </message>
    <message>
        <source>8B in 16 bits</source>
        <translation>8B（16 位）</translation>
    </message>
    <message>
        <source>the bundled demo in minutes; larger models take hours</source>
        <translation>内置演示需几分钟；更大的模型需数小时</translation>
    </message>
    <message numerus="yes">
        <source>%1, %Ln file(s), %2</source>
        <translation>
            <numerusform>%1，%Ln 个文件，%2</numerusform>
        </translation>
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
        <source>Probe captions</source>
        <translation>探测描述</translation>
    </message>
    <message>
        <source>The probe pictures are captioned at the start, at intervals and at the end of a run.</source>
        <translation>运行开始时、每隔一段以及结束时会为探测图片生成描述。</translation>
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
        <source>against update %1</source>
        <translation>对照第 %1 次更新</translation>
    </message>
    <message>
        <source>update %1</source>
        <translation>第 %1 次更新</translation>
    </message>
    <message>
        <source>Course of the captions</source>
        <translation>描述的变化</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>What is shown below the curves</source>
        <translation>曲线下方显示的内容</translation>
    </message>
    <message>
        <source>update %1 of %2, epoch %3</source>
        <translation>第 %1 / %2 次更新，第 %3 轮</translation>
    </message>
    <message>
        <source>%1 samples/s, %2 tokens/s</source>
        <translation>%1 样本/秒，%2 词元/秒</translation>
    </message>
    <message>
        <source>peak %1</source>
        <translation>峰值 %1</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>stopping, saving ...</source>
        <translation>正在停止并保存…</translation>
    </message>
    <message>
        <source>Samples of an update</source>
        <translation>某次更新的样本</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %Ln update(s)</source>
        <translation>
            <numerusform>%1 / %Ln 次更新</numerusform>
        </translation>
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
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
</context>
<context>
    <name>moelora::ui::OptionsHistory</name>
    <message numerus="yes">
        <source>%Ln setting(s)</source>
        <translation>
            <numerusform>%Ln 项设置</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::OverlayPane</name>
    <message>
        <source>Loss, smoothed</source>
        <translation>损失（平滑）</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Settings that differ</source>
        <translation>不同的设置</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>The first %1 of the chosen runs are shown.</source>
        <translation>显示所选运行中的前 %1 个。</translation>
    </message>
    <message>
        <source>All settings are equal.</source>
        <translation>所有设置都相同。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::Page</name>
    <message>
        <source>ready, with remarks</source>
        <translation>就绪，有提示</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
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
    <name>moelora::ui::PixelPane</name>
    <message>
        <source>Pictures at most</source>
        <translation>图片上限</translation>
    </message>
    <message>
        <source>Pixels of a picture at most</source>
        <translation>每张图片的像素上限</translation>
    </message>
    <message>
        <source>Larger pictures are shrunk before the model sees them (data.max_pixels). Fewer pixels are fewer visual tokens: less memory, shorter updates, less detail.</source>
        <translation>更大的图片在模型看到之前会被缩小（data.max_pixels）。像素越少，视觉词元越少：内存更少，更新更快，细节更少。</translation>
    </message>
    <message>
        <source>The chosen picture as the model would see it</source>
        <translation>模型将看到的所选图片</translation>
    </message>
    <message>
        <source>Estimating the memory ...</source>
        <translation>正在估计内存……</translation>
    </message>
    <message>
        <source>Memory of an update: %1 of activations, %2 in all</source>
        <translation>一次更新的内存：激活 %1，合计 %2</translation>
    </message>
    <message>
        <source>%1 pixels</source>
        <translation>%1 像素</translation>
    </message>
    <message>
        <source>as the model&apos;s processor says</source>
        <translation>按模型自带的处理器</translation>
    </message>
    <message>
        <source>Choose a model: its processor decides.</source>
        <translation>请选择模型：由它的处理器决定。</translation>
    </message>
    <message>
        <source>The chosen sample has no picture.</source>
        <translation>所选样本没有图片。</translation>
    </message>
    <message>
        <source>%1: %2 × %3 becomes %4 × %5, %6 visual tokens</source>
        <translation>%1：%2 × %3 变为 %4 × %5，%6 个视觉词元</translation>
    </message>
</context>
<context>
    <name>moelora::ui::PrecisionCard</name>
    <message>
        <source>Precision and quantization</source>
        <translation>精度与量化</translation>
    </message>
    <message>
        <source>How the frozen linear layers are held, and the memory that training would need</source>
        <translation>冻结的线性层以何种格式存放，以及训练所需的内存</translation>
    </message>
    <message>
        <source>Type that is computed with</source>
        <translation>计算所用的类型</translation>
    </message>
    <message>
        <source>Predicted peak: %1 %2</source>
        <translation>预计峰值：%1 %2</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>automatic: %1</source>
        <translation>自动：%1</translation>
    </message>
    <message>
        <source>Estimating the memory for your data ...</source>
        <translation>正在为您的数据估算内存 ...</translation>
    </message>
    <message>
        <source>With a model and data chosen, each format shows here whether a run with it fits.</source>
        <translation>选择模型和数据后，此处显示每种格式的运行是否放得下。</translation>
    </message>
    <message>
        <source>Predicted peak: %1 of %2; %3 of it should stay free</source>
        <translation>预计峰值：%1，可用 %2；其中 %3 应保持空闲</translation>
    </message>
    <message>
        <source>Predicted peak: %1; what is free is not known</source>
        <translation>预计峰值：%1；可用内存未知</translation>
    </message>
    <message numerus="yes">
        <source>%1. Longest sample: %Ln token(s), at the adapter and batch of the next run.</source>
        <translation>
            <numerusform>%1。最长样本：%Ln 个词元，按下次运行的适配器和批大小计算。</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
</context>
<context>
    <name>moelora::ui::Preferences</name>
    <message>
        <source>Preferences</source>
        <translation>首选项</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>配色</translation>
    </message>
    <message>
        <source>Size of the text</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>Runs are kept in</source>
        <translation>运行保存在</translation>
    </message>
    <message>
        <source>Settings are kept in</source>
        <translation>设置保存在</translation>
    </message>
    <message>
        <source>Another folder or drive: start the program with --runs FOLDER, or set MOELORA_RUNS.</source>
        <translation>换用其他文件夹或磁盘：以 --runs 文件夹 启动程序，或设置 MOELORA_RUNS。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open the folder of the runs</source>
        <translation>打开运行所在的文件夹</translation>
    </message>
    <message>
        <source>Open the folder of the settings</source>
        <translation>打开设置所在的文件夹</translation>
    </message>
    <message>
        <source>Keyboard shortcuts ...</source>
        <translation>键盘快捷键……</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>of the desktop</source>
        <translation>跟随桌面</translation>
    </message>
    <message>
        <source>light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>high contrast</source>
        <translation>高对比度</translation>
    </message>
</context>
<context>
    <name>moelora::ui::PresetStrip</name>
    <message>
        <source>task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>head</source>
        <translation>注意力头</translation>
    </message>
    <message>
        <source>token</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Systems</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>sample</source>
        <translation>样本</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ProbeFilm</name>
    <message>
        <source>Captions of the probe pictures over time</source>
        <translation>探针图片的描述随时间的变化</translation>
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
        <source>Samples that this model cannot read: %1</source>
        <translation>此模型无法读取的样本：%1</translation>
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
        <source>All options are valid</source>
        <translation>所有选项均有效</translation>
    </message>
    <message>
        <source>The run needs %1 of disk, and %2 are free</source>
        <translation>此次运行需要 %1 磁盘空间，而可用空间为 %2</translation>
    </message>
    <message>
        <source>Caption of %1</source>
        <translation>%1 的描述</translation>
    </message>
    <message>
        <source>%1 of %2 samples have no task, and this adapter&apos;s router goes by the task</source>
        <translation>%2 个样本中有 %1 个没有任务，而此适配器的路由取决于任务</translation>
    </message>
    <message>
        <source>Data: %1, %2</source>
        <translation>数据：%1，%2</translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s)</source>
        <translation>
            <numerusform>%Ln 个样本</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln 张图片</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Adapter: %1 trainable parameters at %Ln layer(s)</source>
        <translation>
            <numerusform>适配器：%1 个可训练参数，位于 %Ln 个层</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::QueueCard</name>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>提前</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>推后</translation>
    </message>
    <message>
        <source>Take out of the queue</source>
        <translation>从队列中移除</translation>
    </message>
    <message>
        <source>Clear the ended</source>
        <translation>清除已结束的</translation>
    </message>
    <message>
        <source>held, %1 queued</source>
        <translation>已暂停，%1 个排队中</translation>
    </message>
    <message>
        <source>%1 queued, next when this run ends</source>
        <translation>%1 个排队中，本次运行结束后继续</translation>
    </message>
    <message>
        <source>%1 queued</source>
        <translation>%1 个排队中</translation>
    </message>
    <message>
        <source>Hold the queue</source>
        <translation>暂停队列</translation>
    </message>
    <message>
        <source>Start the queue</source>
        <translation>启动队列</translation>
    </message>
</context>
<context>
    <name>moelora::ui::RoutingPane</name>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Module</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Experts that are used</source>
        <translation>使用的专家</translation>
    </message>
    <message>
        <source>Let one expert speak alone and look at what it says</source>
        <translation>让一个专家单独发言并查看它说什么</translation>
    </message>
    <message>
        <source>Experts of the parts of the picture</source>
        <translation>图片各部分的专家</translation>
    </message>
    <message>
        <source>Experts of the tokens</source>
        <translation>各词元的专家</translation>
    </message>
    <message>
        <source>Mean weights of the experts</source>
        <translation>专家的平均权重</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Caption</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>as routed</source>
        <translation>按路由</translation>
    </message>
    <message>
        <source>only expert %1</source>
        <translation>仅专家 %1</translation>
    </message>
    <message>
        <source>Trace this sample</source>
        <translation>追踪此样本</translation>
    </message>
    <message>
        <source>This adapter has no routed experts, so nothing is decided for a token.</source>
        <translation>该适配器没有路由专家，因此不为词元做任何选择。</translation>
    </message>
    <message>
        <source>Trace the chosen sample: one pass over picture, prompt and caption shows who handles what.</source>
        <translation>追踪所选样本：对图片、提示和描述做一次计算，即可看到谁处理什么。</translation>
    </message>
    <message>
        <source>Only expert %1 says: %2</source>
        <translation>仅专家 %1 的描述：%2</translation>
    </message>
    <message>
        <source>Each cell and token shows the expert with the largest weight; of %1.</source>
        <translation>每个格子和词元显示权重最大的专家；样本 %1。</translation>
    </message>
    <message>
        <source>The vision tower sees the picture only.</source>
        <translation>视觉塔只看到图片。</translation>
    </message>
    <message>
        <source>Row, column</source>
        <translation>行，列</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>权重</translation>
    </message>
</context>
<context>
    <name>moelora::ui::RoutingView</name>
    <message>
        <source>Row %1, column %2: expert %3, weight %4</source>
        <translation>第 %1 行第 %2 列：专家 %3，权重 %4</translation>
    </message>
</context>
<context>
    <name>moelora::ui::RunList</name>
    <message>
        <source>All runs</source>
        <translation>全部运行</translation>
    </message>
    <message>
        <source>Choose several with Ctrl or Shift to lay them over one another</source>
        <translation>按 Ctrl 或 Shift 选择多个运行，可将它们叠加显示</translation>
    </message>
    <message>
        <source>Find runs</source>
        <translation>查找运行</translation>
    </message>
    <message>
        <source>Find: name, tag:..., status:...</source>
        <translation>查找：名称、tag:…、status:…</translation>
    </message>
    <message>
        <source>Words in name, tags, note, method, model or data; tag:night and status:failed look there alone. All of them must fit.</source>
        <translation>在名称、标签、备注、方法、模型或数据中查找；tag:night 和 status:failed 只在相应处查找。所有词都须符合。</translation>
    </message>
    <message>
        <source>No run holds all these words. Take one away to see more.</source>
        <translation>没有符合所有词的运行。去掉一个词可看到更多。</translation>
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
    <name>moelora::ui::RunQueue</name>
    <message>
        <source>queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>started</source>
        <translation>已开始</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message numerus="yes">
        <source>%1, rank %2, %Ln expert(s)</source>
        <translation>
            <numerusform>%1，秩 %2，%Ln 个专家</numerusform>
        </translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
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
    <message>
        <source>from %1 to %2</source>
        <translation>从 %1 到 %2</translation>
    </message>
    <message>
        <source>Loss curve</source>
        <translation>损失走势</translation>
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
        <source>Change and repeat</source>
        <translation>修改后重跑</translation>
    </message>
    <message>
        <source>Takes these settings into a new run; this one stays as it is</source>
        <translation>把这些设置带入新的运行；本次运行保持不变</translation>
    </message>
    <message>
        <source>Settings as they ran</source>
        <translation>实际运行的设置</translation>
    </message>
    <message>
        <source>only what differs</source>
        <translation>仅显示不同项</translation>
    </message>
    <message>
        <source>Only settings that differ from their defaults</source>
        <translation>仅与默认值不同的设置</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>Folder: %1</source>
        <translation>文件夹：%1</translation>
    </message>
    <message>
        <source>Model: %1, data: %2</source>
        <translation>模型：%1，数据：%2</translation>
    </message>
    <message>
        <source>Method: %1</source>
        <translation>方法：%1</translation>
    </message>
    <message>
        <source>Updates: %1 of %2, checkpoints: %3</source>
        <translation>更新：%1 / %2，检查点：%3</translation>
    </message>
    <message>
        <source>Last loss: %1</source>
        <translation>最后损失：%1</translation>
    </message>
    <message>
        <source>, best evaluation: %1 (update %2)</source>
        <translation>，最佳评估：%1（第 %2 次更新）</translation>
    </message>
    <message>
        <source>Time in updates: %1, peak memory: %2</source>
        <translation>更新用时：%1，内存峰值：%2</translation>
    </message>
    <message>
        <source>Write the run as one file</source>
        <translation>将运行写成一个文件</translation>
    </message>
    <message>
        <source>Bundles (*.zip)</source>
        <translation>运行包 (*.zip)</translation>
    </message>
    <message>
        <source>The run was written to %1, without private paths.</source>
        <translation>运行已写入 %1，不含私有路径。</translation>
    </message>
    <message>
        <source>Take a bundle into the library</source>
        <translation>将运行包收入库中</translation>
    </message>
    <message>
        <source>%1 stands in the library now.</source>
        <translation>%1 已收入库中。</translation>
    </message>
    <message>
        <source>Export bundle ...</source>
        <translation>导出运行包…</translation>
    </message>
    <message>
        <source>One zip file with records, adapter and newest checkpoint, without private paths</source>
        <translation>一个 zip 文件，含记录、适配器和最新检查点，不含私有路径</translation>
    </message>
    <message>
        <source>Import ...</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Words to find it by, with commas between them</source>
        <translation>便于查找的词，用逗号分隔</translation>
    </message>
    <message>
        <source> (predicted: %1)</source>
        <translation>（预测：%1）</translation>
    </message>
    <message>
        <source>On disk: %1</source>
        <translation>占用磁盘：%1</translation>
    </message>
    <message>
        <source>, model %1, data %2</source>
        <translation>，模型 %1，数据 %2</translation>
    </message>
    <message>
        <source>Star</source>
        <translation>星标</translation>
    </message>
    <message>
        <source>Marks this run in the list</source>
        <translation>在列表中标记此运行</translation>
    </message>
</context>
<context>
    <name>moelora::ui::SamplesModel</name>
    <message>
        <source>Left out: %1</source>
        <translation>已排除：%1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ScoresPane</name>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Exact</source>
        <translation>完全一致</translation>
    </message>
    <message>
        <source>Scores of base and adapted captions</source>
        <translation>基础模型与适配后描述的得分</translation>
    </message>
    <message>
        <source>Each cell: base → adapted, over the samples with references. Each task is a corpus of its own.</source>
        <translation>每格：基础 → 适配后，基于有参考的样本。每个任务各为一个语料库。</translation>
    </message>
    <message>
        <source>No sample has a reference, so nothing is judged.</source>
        <translation>没有样本带参考，因此不做评判。</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
</context>
<context>
    <name>moelora::ui::SeenPane</name>
    <message>
        <source>Tokens of the sample</source>
        <translation>样本的词元</translation>
    </message>
    <message>
        <source>Picture as the model is shown it</source>
        <translation>模型所看到的图片</translation>
    </message>
    <message>
        <source>Underlined: learnt, they have a label. All others are only read. A dot is a blank.</source>
        <translation>带下划线：有标签，会被学习。其余只被读取。圆点表示空格。</translation>
    </message>
    <message>
        <source>Choose a model: its template, tokenizer and picture processor decide what is seen.</source>
        <translation>请选择模型：所见内容由其模板、分词器和图片处理器决定。</translation>
    </message>
    <message>
        <source>No sample is chosen.</source>
        <translation>未选择样本。</translation>
    </message>
    <message>
        <source>Reading the sample ...</source>
        <translation>正在读取样本……</translation>
    </message>
    <message>
        <source>%1 tokens: %2 of pictures, %3 of text; %4 are learnt.</source>
        <translation>%1 个词元：图片 %2，文本 %3；其中学习 %4。</translation>
    </message>
    <message>
        <source>Resized to %1 × %2 pixels.</source>
        <translation>缩放为 %1 × %2 像素。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::SeriesTable</name>
    <message>
        <source>Update</source>
        <translation>更新</translation>
    </message>
</context>
<context>
    <name>moelora::ui::ShortcutEditor</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Actions and their keys</source>
        <translation>操作及其按键</translation>
    </message>
    <message>
        <source>Press the new keys</source>
        <translation>按下新的按键</translation>
    </message>
    <message>
        <source>Press the new keys here; they are taken a moment later</source>
        <translation>在此按下新的按键；稍后即生效</translation>
    </message>
    <message>
        <source>No keys</source>
        <translation>无按键</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>All as delivered</source>
        <translation>全部恢复默认</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>As delivered: %1</source>
        <translation>默认：%1</translation>
    </message>
    <message>
        <source>On single pages (fixed)</source>
        <translation>仅限个别页面（固定）</translation>
    </message>
</context>
<context>
    <name>moelora::ui::SourceCard</name>
    <message>
        <source>Data folder or file</source>
        <translation>数据文件夹或文件</translation>
    </message>
    <message>
        <source>Folder or file with captions, or drop it here</source>
        <translation>含描述的文件夹或文件，或拖放到此</translation>
    </message>
    <message>
        <source>Data (*.json *.jsonl *.csv *.tsv);;All files (*)</source>
        <translation>数据 (*.json *.jsonl *.csv *.tsv);;所有文件 (*)</translation>
    </message>
    <message>
        <source>checking</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>not usable</source>
        <translation>不可用</translation>
    </message>
    <message>
        <source>Remarks: %1</source>
        <translation>提示：%1</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>tasks: %1</source>
        <translation>任务：%1</translation>
    </message>
    <message>
        <source>How they are read</source>
        <translation>读取方式</translation>
    </message>
    <message>
        <source>Columns, folder of the pictures, encoding, parts: where the data do not say it themselves</source>
        <translation>列、图片文件夹、编码、数据划分：数据本身未说明时在此指定</translation>
    </message>
    <message>
        <source>Choose the picture folder</source>
        <translation>选择图片文件夹</translation>
    </message>
    <message>
        <source>Choose the picture folder ...</source>
        <translation>选择图片文件夹……</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1，%2</translation>
    </message>
    <message numerus="yes">
        <source>%Ln caption(s)</source>
        <translation>
            <numerusform>%Ln 条描述</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s)</source>
        <translation>
            <numerusform>%Ln 张图片</numerusform>
        </translation>
    </message>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
</context>
<context>
    <name>moelora::ui::SplitPane</name>
    <message>
        <source>Divided by picture: captions of one picture never stand on both sides, and the same seed divides the same way.</source>
        <translation>按图片划分：同一图片的描述不会分在两边，相同种子的划分相同。</translation>
    </message>
    <message>
        <source>Probe set</source>
        <translation>探测图片</translation>
    </message>
    <message>
        <source>None is chosen: as many as stand here are spread over the data. Tick &quot;Caption while training&quot; at a sample to choose it.</source>
        <translation>未选定：按此数量均匀取自数据。在样本处勾选“训练时生成描述”即可选定。</translation>
    </message>
    <message>
        <source>Chosen probes</source>
        <translation>选定的探测图片</translation>
    </message>
    <message>
        <source>The run captions them while it trains; comparisons and exports ask them again.</source>
        <translation>训练中会为它们生成描述；比较和导出时再次使用。</translation>
    </message>
    <message>
        <source>No longer a probe</source>
        <translation>不再作为探测图片</translation>
    </message>
    <message>
        <source>Look for equal pictures</source>
        <translation>查找相同图片</translation>
    </message>
    <message>
        <source>The parts are counted when data are chosen.</source>
        <translation>选择数据后才统计各部分。</translation>
    </message>
    <message>
        <source>Whether equal pictures stand on both sides is not known yet.</source>
        <translation>尚不知道两边是否有相同图片。</translation>
    </message>
    <message>
        <source>No picture stands on both sides.</source>
        <translation>没有图片同时在两边。</translation>
    </message>
    <message numerus="yes">
        <source>About %Ln picture(s) learnt, %1 kept for evaluation.</source>
        <translation>
            <numerusform>约 %Ln 张图片用于学习，%1 张留作评估。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) learnt, none kept; without an evaluation the best checkpoint is not known.</source>
        <translation>
            <numerusform>全部 %Ln 张图片用于学习；没有评估就不知道哪个检查点最好。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln picture(s) on both sides; listed by the data doctor.</source>
        <translation>
            <numerusform>%Ln 张图片同时出现在两边；数据体检会列出它们。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::StartPage</name>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>From this computer over a sample to your own model and pictures; everything stays on this computer.</source>
        <translation>从检查本机、运行示例，到使用您自己的模型和图片；所有内容都留在本机。</translation>
    </message>
    <message>
        <source>1  This computer</source>
        <translation>1  本机</translation>
    </message>
    <message>
        <source>2  Sample project</source>
        <translation>2  示例项目</translation>
    </message>
    <message>
        <source>3  Your own project</source>
        <translation>3  您自己的项目</translation>
    </message>
    <message>
        <source>A small captioner, and 500 pictures with captions in four styles. It knows one style; the adapter learns three more: tags, Chinese sentences, counts. About three minutes on two processor cores, then base and adapted captions stand side by side.</source>
        <translation>一个小型描述模型和 500 张图片，配有四种风格的描述。模型会其中一种；适配器再学三种：标签、中文句子、计数。在两个处理器核心上约需三分钟，之后原始描述与适配后的描述并排显示。</translation>
    </message>
    <message>
        <source>Only open it</source>
        <translation>只打开</translation>
    </message>
    <message>
        <source>Model, data and settings of the sample, to look at and change</source>
        <translation>示例的模型、数据和设置，可查看和修改</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>Help &gt; Guided start brings it back</source>
        <translation>可通过“帮助 &gt; 引导开始”找回</translation>
    </message>
    <message>
        <source>Begin again</source>
        <translation>重新开始</translation>
    </message>
    <message>
        <source>Progress of the sample project</source>
        <translation>示例项目的进度</translation>
    </message>
    <message>
        <source>Pictures with captions, and a model folder. Then an adapter, and the training; every page says what is still missing.</source>
        <translation>准备带描述的图片和模型文件夹，然后设置适配器并训练；每一页都会说明还缺什么。</translation>
    </message>
    <message>
        <source>Choose data</source>
        <translation>选择数据</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>checked</source>
        <translation>已检查</translation>
    </message>
    <message>
        <source>looking</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>已开始</translation>
    </message>
    <message>
        <source>comparing</source>
        <translation>正在比较</translation>
    </message>
    <message>
        <source>trained</source>
        <translation>已训练</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>已跳过</translation>
    </message>
    <message>
        <source>It goes on from its newest checkpoint.</source>
        <translation>将从最新的检查点继续。</translation>
    </message>
    <message>
        <source>The adapter is trained; the comparison is next.</source>
        <translation>适配器已训练；下一步是比较。</translation>
    </message>
    <message>
        <source>Trained and compared. The run stands on the page Runs.</source>
        <translation>已训练并比较。该运行列在“运行记录”页。</translation>
    </message>
    <message>
        <source>It can be run at any time.</source>
        <translation>可随时运行。</translation>
    </message>
    <message>
        <source>Run the sample project</source>
        <translation>运行示例项目</translation>
    </message>
    <message>
        <source>Go on with the sample project</source>
        <translation>继续示例项目</translation>
    </message>
    <message>
        <source>Compare now</source>
        <translation>立即比较</translation>
    </message>
    <message>
        <source>Compare again</source>
        <translation>再次比较</translation>
    </message>
    <message>
        <source>Another job is at work</source>
        <translation>另一项任务正在进行</translation>
    </message>
    <message>
        <source>Preparing ...</source>
        <translation>正在准备 ...</translation>
    </message>
    <message>
        <source>Update %1 of %2; the page Monitor shows more.</source>
        <translation>第 %1 / %2 次更新；“监视”页有更多内容。</translation>
    </message>
    <message>
        <source>Show the comparison</source>
        <translation>显示比较结果</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %Ln caption(s)</source>
        <translation>
            <numerusform>%1 / %Ln 条描述</numerusform>
        </translation>
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
    <message>
        <source>Resident memory of this program. %1 of it are pages of mapped files, which the system may drop.</source>
        <translation>本程序占用的内存，其中 %1 为映射文件的页面，系统可随时回收。</translation>
    </message>
    <message>
        <source>Training: stopping, a checkpoint is saved ...</source>
        <translation>训练：正在停止并保存检查点…</translation>
    </message>
    <message>
        <source>GPU %1</source>
        <translation>GPU %1</translation>
    </message>
    <message>
        <source>Checkpoints: %1, %2 of %3</source>
        <translation>检查点：%1，%2 / %3</translation>
    </message>
    <message>
        <source>VRAM %1 of %2</source>
        <translation>显存 %1 / %2</translation>
    </message>
    <message>
        <source>Memory %1 free</source>
        <translation>内存可用 %1</translation>
    </message>
    <message>
        <source>Memory of the card that programs hold now. The page Train shows what the next run will take.</source>
        <translation>各程序当前占用的显存。“训练”页显示下一次运行将占用多少。</translation>
    </message>
    <message>
        <source>Memory of the computer that programs can still take. The page Train shows what the next run will take.</source>
        <translation>程序还可以使用的内存。“训练”页显示下一次运行将占用多少。</translation>
    </message>
    <message>
        <source>Queue %1</source>
        <translation>队列 %1</translation>
    </message>
    <message>
        <source>Runs that wait: %1. The page Runs shows the queue.</source>
        <translation>等待中的运行：%1。“运行记录”页显示队列。</translation>
    </message>
    <message>
        <source>No run waits. The page Runs shows the queue.</source>
        <translation>没有等待中的运行。“运行记录”页显示队列。</translation>
    </message>
    <message>
        <source>Disk %1 free</source>
        <translation>磁盘可用 %1</translation>
    </message>
    <message>
        <source>Free where runs are kept: %1</source>
        <translation>运行所在磁盘的可用空间：%1</translation>
    </message>
    <message>
        <source>The page Model shows the hardware.</source>
        <translation>“模型”页显示硬件。</translation>
    </message>
</context>
<context>
    <name>moelora::ui::TargetTree</name>
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
        <source>Layers to adapt</source>
        <translation>要适配的层</translation>
    </message>
    <message>
        <source>Tick a kind of layer to adapt it everywhere</source>
        <translation>勾选一类层即可在所有位置适配</translation>
    </message>
    <message>
        <source>Vision tower</source>
        <translation>视觉塔</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>语言模型</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %Ln layer(s)</source>
        <translation>
            <numerusform>%Ln 层中的 %1 层</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::TokenHistogram</name>
    <message>
        <source>From %1 to %2 tokens; the limit is %3.</source>
        <translation>从 %1 到 %2 个词元；上限为 %3。</translation>
    </message>
    <message>
        <source>Samples by tokens</source>
        <translation>按词元数的样本</translation>
    </message>
    <message>
        <source>Limit %1</source>
        <translation>上限 %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s) of %1 to %2 tokens</source>
        <translation>
            <numerusform>%Ln 个样本，%1 至 %2 个词元</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::TrainJob</name>
    <message>
        <source>Monitor shows the run that is at work, so %1 is not shown there. Open it when that run has ended; Compare and Export can take it now.</source>
        <translation>“监视”页正显示进行中的运行，因此不显示 %1。请等那次运行结束后再打开；“比较”页和“导出”页现在就能使用它。</translation>
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
        <source>Ready. F5 starts, too.</source>
        <translation>已就绪。也可按 F5 开始。</translation>
    </message>
    <message>
        <source>Start is off until the checks are done.</source>
        <translation>检查完成后才能开始。</translation>
    </message>
    <message>
        <source>Updates: not known yet</source>
        <translation>更新次数：尚不可知</translation>
    </message>
    <message>
        <source>Learning rate over the updates</source>
        <translation>各次更新的学习率</translation>
    </message>
    <message>
        <source>Planned learning rate</source>
        <translation>计划的学习率</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Add to the queue</source>
        <translation>加入队列</translation>
    </message>
    <message>
        <source>Keeps this run for later; the page Runs shows what waits and starts it</source>
        <translation>留待稍后运行；“运行记录”页显示排队的运行并可启动</translation>
    </message>
    <message>
        <source>A run is at work; it must end before the next one starts. The queue does that by itself.</source>
        <translation>有运行正在进行；结束后才能开始下一个。队列会自动接续。</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Update</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Here stands what the field with the focus does. F1 says more.</source>
        <translation>这里说明当前字段的作用。按 F1 查看更多。</translation>
    </message>
    <message>
        <source>doubtful</source>
        <translation>存疑</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>搜索设置</translation>
    </message>
    <message>
        <source>One sample in each update</source>
        <translation>每次更新一个样本</translation>
    </message>
    <message numerus="yes">
        <source>Start is off: %Ln point(s) of the ready list missing.</source>
        <translation>
            <numerusform>无法开始：就绪清单中还缺 %Ln 项。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln update(s)</source>
        <translation>
            <numerusform>%Ln 次更新</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s) in each update, at once</source>
        <translation>
            <numerusform>每次更新 %Ln 个样本，同时计算</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s) in each update (%1 at a time, accumulated %2 times)</source>
        <translation>
            <numerusform>每次更新 %Ln 个样本（每次 %1 个，累积 %2 次）</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>At most %1 on disk, with %Ln checkpoint(s) at a time; %2 are free</source>
        <translation>
            <numerusform>最多占用磁盘 %1，同时保留 %Ln 个检查点；可用 %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::TrashMenu</name>
    <message>
        <source>Trash ...</source>
        <translation>回收站…</translation>
    </message>
    <message>
        <source>Runs that were moved to the trash: take one back, or delete all</source>
        <translation>已移入回收站的运行：恢复其中一个，或全部删除</translation>
    </message>
    <message>
        <source>The trash is empty</source>
        <translation>回收站为空</translation>
    </message>
    <message>
        <source>Take back %1 (%2)</source>
        <translation>恢复 %1（%2）</translation>
    </message>
    <message>
        <source>Delete all for good (%1)</source>
        <translation>永久删除全部（%1）</translation>
    </message>
    <message>
        <source>Delete for good?</source>
        <translation>永久删除？</translation>
    </message>
    <message>
        <source>Their adapters, checkpoints and records are lost; %1 of disk come free.</source>
        <translation>其适配器、检查点和记录都将丢失；可释放磁盘 %1。</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>永久删除</translation>
    </message>
    <message>
        <source>Keep them</source>
        <translation>保留</translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln run(s) of the trash for good?</source>
        <translation>
            <numerusform>永久删除回收站中的 %Ln 个运行？</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::Tray</name>
    <message>
        <source>MoE-LoRA Workbench</source>
        <translation>MoE-LoRA 工作台</translation>
    </message>
    <message>
        <source>Show the window</source>
        <translation>显示窗口</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>The training is done</source>
        <translation>训练已完成</translation>
    </message>
    <message>
        <source>The training failed</source>
        <translation>训练失败</translation>
    </message>
    <message>
        <source>The training waits for you</source>
        <translation>训练正在等待您处理</translation>
    </message>
</context>
<context>
    <name>moelora::ui::UpdatePane</name>
    <message>
        <source>Update</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>Highest peak</source>
        <translation>最高峰</translation>
    </message>
    <message>
        <source>The update whose loss stands highest above the smoothed one</source>
        <translation>损失比平滑值高出最多的那次更新</translation>
    </message>
    <message>
        <source>Samples of the update</source>
        <translation>该次更新的样本</translation>
    </message>
    <message>
        <source>loss %1</source>
        <translation>损失 %1</translation>
    </message>
    <message>
        <source>reading ...</source>
        <translation>正在读取 ...</translation>
    </message>
    <message>
        <source>This run did not record the samples of its updates.</source>
        <translation>此运行没有记录各次更新的样本。</translation>
    </message>
    <message>
        <source>Click into a curve to see the samples of that update.</source>
        <translation>单击曲线可查看该次更新的样本。</translation>
    </message>
    <message>
        <source>Left out of the next run: %1</source>
        <translation>下次运行已排除：%1</translation>
    </message>
    <message>
        <source>Exclude</source>
        <translation>排除</translation>
    </message>
    <message>
        <source>The next run is prepared with other data; repeat this run first</source>
        <translation>下次运行使用其他数据；请先重复此运行</translation>
    </message>
    <message>
        <source>Choose samples in the list first</source>
        <translation>请先在列表中选择样本</translation>
    </message>
    <message>
        <source>Leaves the chosen samples out of the next run (data.exclude)</source>
        <translation>下次运行排除所选样本（data.exclude）</translation>
    </message>
    <message numerus="yes">
        <source>%Ln sample(s), with the loss of its micro-batch</source>
        <translation>
            <numerusform>%Ln 个样本；各附其微批次的损失</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>moelora::ui::UpdateSamples</name>
    <message>
        <source>%1, loss %2</source>
        <translation>%1，损失 %2</translation>
    </message>
    <message>
        <source>%1, nothing to learn</source>
        <translation>%1，没有可学的内容</translation>
    </message>
</context>
<context>
    <name>moelora::ui::WithTable</name>
    <message>
        <source>Show the numbers as a table (T)</source>
        <translation>以表格显示数字 (T)</translation>
    </message>
    <message>
        <source>Table: %1</source>
        <translation>表格：%1</translation>
    </message>
    <message>
        <source>Write as a file: %1</source>
        <translation>写入文件：%1</translation>
    </message>
</context>
<context>
    <name>moelora::ui::Workbench</name>
    <message>
        <source>Queued: %1. The page Runs shows the queue.</source>
        <translation>已排队：%1。“运行记录”页显示队列。</translation>
    </message>
    <message>
        <source>The run is in the trash; the page Runs can restore it.</source>
        <translation>该运行已在回收站中；可在“运行记录”页恢复。</translation>
    </message>
    <message>
        <source>Memory: %1 of %2 that are free</source>
        <translation>内存：需要 %1，可用 %2</translation>
    </message>
    <message>
        <source>Memory: %1 of %2 that are free, which is tight</source>
        <translation>内存：需要 %1，可用 %2，较为紧张</translation>
    </message>
    <message>
        <source>Memory: the run needs about %1, and %2 are free</source>
        <translation>内存：运行约需 %1，可用 %2</translation>
    </message>
</context>
<context>
    <name>names</name>
    <message>
        <source>%1 %</source>
        <translation>%1%</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
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
        <source>unreadable</source>
        <translation>无法读取</translation>
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
        <source>seeing pictures</source>
        <translation>读取图片特征</translation>
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
    <message>
        <source>estimating memory</source>
        <translation>估算内存</translation>
    </message>
    <message>
        <source>measuring samples</source>
        <translation>测量样本</translation>
    </message>
    <message>
        <source>decomposing weights</source>
        <translation>分解权重</translation>
    </message>
    <message>
        <source>the model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>the data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>version of the program</source>
        <translation>程序版本</translation>
    </message>
</context>
<context>
    <name>offers</name>
    <message>
        <source>Show the runs</source>
        <translation>显示运行记录</translation>
    </message>
    <message>
        <source>Show the data</source>
        <translation>显示数据</translation>
    </message>
    <message>
        <source>Open the data doctor</source>
        <translation>打开数据体检</translation>
    </message>
    <message>
        <source>Show the model</source>
        <translation>显示模型</translation>
    </message>
    <message>
        <source>Show the adapter</source>
        <translation>显示适配器</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>复制诊断信息</translation>
    </message>
    <message>
        <source>Show the samples</source>
        <translation>显示样本</translation>
    </message>
    <message>
        <source>Choose smaller pictures</source>
        <translation>选用更小的图片</translation>
    </message>
    <message>
        <source>Choose the device</source>
        <translation>选择设备</translation>
    </message>
    <message>
        <source>Show the longest samples</source>
        <translation>显示最长的样本</translation>
    </message>
    <message>
        <source>Change the limit</source>
        <translation>更改上限</translation>
    </message>
    <message>
        <source>Change the targets</source>
        <translation>更改目标层</translation>
    </message>
    <message>
        <source>Show the setting</source>
        <translation>显示该设置</translation>
    </message>
    <message>
        <source>Show the trash</source>
        <translation>显示回收站</translation>
    </message>
    <message>
        <source>Name the columns</source>
        <translation>指定各列</translation>
    </message>
    <message>
        <source>Choose the picture folder</source>
        <translation>选择图片文件夹</translation>
    </message>
    <message>
        <source>Name the encoding</source>
        <translation>指定编码</translation>
    </message>
    <message>
        <source>Fit to this device</source>
        <translation>适配本设备</translation>
    </message>
    <message>
        <source>Skip such updates in the next run</source>
        <translation>下次运行时跳过此类更新</translation>
    </message>
    <message>
        <source>Choose another precision</source>
        <translation>选择其他精度</translation>
    </message>
</context>
<context>
    <name>options</name>
    <message>
        <source>Model folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Conversation form</source>
        <translation>对话格式</translation>
    </message>
    <message>
        <source>For models that read text only: auto takes the form of the model&apos;s own chat template; chatml, llama2, or a text with {prompt}, {answer} and, where wanted, {system}.</source>
        <translation>用于只读文本的模型：auto 采用模型自带的对话模板；也可填 chatml、llama2，或含有 {prompt}、{answer}（需要时还有 {system}）的文本。</translation>
    </message>
    <message>
        <source>A Hugging Face folder of a dense Qwen3-VL model, or of a text model (llama, mistral, qwen2, qwen3): config.json, safetensors, tokenizer.</source>
        <translation>稠密 Qwen3-VL 模型或文本模型（llama、mistral、qwen2、qwen3）的 Hugging Face 文件夹：config.json、safetensors、分词器。</translation>
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
        <source>Experts that a token uses with the gate topk. soft_topk measures by the k-th likeliest; relative keeps at most 2k where it is hard.</source>
        <translation>门控为 topk 时每个词元使用的专家数。soft_topk 以第 k 大的概率为标准；relative 在硬选择时至多保留 2k 个。</translation>
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
        <source>Gate</source>
        <translation>门控</translation>
    </message>
    <message>
        <source>Gate level</source>
        <translation>门控界限</translation>
    </message>
    <message>
        <source>With top_p: the sum of probabilities that is enough. With a threshold: the probability an expert must reach (where none does, nothing is added). With relative: the share of the likeliest expert&apos;s probability.</source>
        <translation>top_p：足够的概率之和。阈值：专家须达到的概率（若无专家达到，则不添加任何内容）。relative：占最高概率的比例。</translation>
    </message>
    <message>
        <source>Gate softness</source>
        <translation>门控柔度</translation>
    </message>
    <message>
        <source>With relative and soft_topk: how gradually experts below the level fade out. relative with 0 drops them.</source>
        <translation>用于 relative 和 soft_topk：低于界限的专家减弱得多平缓。relative 为 0 时将其舍弃。</translation>
    </message>
    <message>
        <source>Gate temperature</source>
        <translation>门控温度</translation>
    </message>
    <message>
        <source>Divides the router&apos;s outputs before the softmax: below 1 the likeliest expert wins more clearly, above 1 less.</source>
        <translation>在 softmax 之前除以此值：小于 1 时概率最高的专家更突出，大于 1 时则相反。</translation>
    </message>
    <message>
        <source>Gate jitter</source>
        <translation>门控抖动</translation>
    </message>
    <message>
        <source>In training, multiplies by random numbers between 1 - this and 1 + this.</source>
        <translation>训练时乘以 1 - 此值 与 1 + 此值 之间的随机数。</translation>
    </message>
    <message>
        <source>Gate jitter on</source>
        <translation>门控抖动位置</translation>
    </message>
    <message>
        <source>input (what a router of tokens sees) or logits (its outputs).</source>
        <translation>input（按词元的路由器所见的输入）或 logits（其输出）。</translation>
    </message>
    <message>
        <source>Renormalise the chosen</source>
        <translation>所选重新归一</translation>
    </message>
    <message>
        <source>With topk and top_p: divide the chosen weights by their sum. With k = 1 the router then gets no gradient from the task.</source>
        <translation>用于 topk 和 top_p：将所选权重除以其和。k = 1 时，路由器便得不到来自任务的梯度。</translation>
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
        <source>all, attention (without padding), response, image (the pictures&apos; places) or text (all but those). Routing statistics count the same tokens.</source>
        <translation>all（全部）、attention（不含填充）、response（回答）、image（图像位置）或 text（图像以外）。路由统计计入同样的词元。</translation>
    </message>
    <message>
        <source>Balance over sites</source>
        <translation>各处均衡的汇总</translation>
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
        <source>Micro-batches of one update.</source>
        <translation>每次更新的微批次数。</translation>
    </message>
    <message>
        <source>Tokens in one pass</source>
        <translation>单次传递的词元数</translation>
    </message>
    <message>
        <source>Micro-batches of one update are computed together while they have no more tokens than this: the same gradient in less time, with more memory. 0: up to 1024 where the base is quantised and it fits, else as 1. 1: each on its own.</source>
        <translation>同一次更新的微批在词元总数不超过此值时一起计算：梯度相同，用时更少，内存更多。0：基础模型已量化且内存足够时最多 1024，否则同 1。1：各自单独计算。</translation>
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
        <source>linear and cosine fall to zero, cosine-restarts again and again, polynomial to a last rate, inverse-sqrt ever more slowly; constant stays.</source>
        <translation>linear 和 cosine 降到零，cosine-restarts 反复降到零，polynomial 降到最终学习率，inverse-sqrt 越来越慢地下降；constant 保持不变。</translation>
    </message>
    <message>
        <source>Cycles</source>
        <translation>周期数</translation>
    </message>
    <message>
        <source>Of cosine, and of cosine-restarts. 0: half a cycle, and one.</source>
        <translation>用于 cosine 和 cosine-restarts。0：分别为半个周期和一个周期。</translation>
    </message>
    <message>
        <source>Power</source>
        <translation>幂次</translation>
    </message>
    <message>
        <source>Of polynomial; 1 falls in a straight line.</source>
        <translation>用于 polynomial；1 表示直线下降。</translation>
    </message>
    <message>
        <source>Last learning rate</source>
        <translation>最终学习率</translation>
    </message>
    <message>
        <source>Of polynomial.</source>
        <translation>用于 polynomial。</translation>
    </message>
    <message>
        <source>Time scale</source>
        <translation>时间尺度</translation>
    </message>
    <message>
        <source>Of inverse-sqrt: after three times as many updates the rate has halved. 0: the warm-up, or 10,000 without one.</source>
        <translation>用于 inverse-sqrt：经过三倍于此的更新次数后学习率减半。0：取预热步数，无预热时为 10,000。</translation>
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
        <source>Optimizer</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>adamw8bit keeps AdamW&apos;s moments of tensors from 4096 values on in 8 bits, as bitsandbytes does: a quarter of their memory.</source>
        <translation>adamw8bit 与 bitsandbytes 一样，将 4096 个数值及以上的张量的 AdamW 矩以 8 位保存：只需四分之一的内存。</translation>
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
        <source>Disk reserve</source>
        <translation>磁盘保留空间</translation>
    </message>
    <message>
        <source>Space that checkpoints leave free, as in 2GiB or 500MB: a run that would need more does not start, and one that meets less pauses or stops as on a full disk. Empty: none.</source>
        <translation>检查点要留出的可用空间，例如 2GiB 或 500MB：若运行需要更多空间则不会开始；运行中空间不足时，按磁盘已满处理（暂停或停止）。留空：不保留。</translation>
    </message>
    <message>
        <source>Memory budget</source>
        <translation>内存预算</translation>
    </message>
    <message>
        <source>A training whose predicted peak is above it is refused before anything is loaded, with what would make it fit: 8GiB, 500MB. Empty: none.</source>
        <translation>若预测的峰值超过此值，则在加载任何内容之前拒绝训练，并说明如何使其满足：8GiB、500MB。留空：不限。</translation>
    </message>
    <message>
        <source>Picture features in memory</source>
        <translation>内存中的图片特征</translation>
    </message>
    <message>
        <source>While nothing in the vision tower is trained, what it says of a picture is computed once and kept, up to this size: 500MB, 2GiB. Results stay the same. Empty: computed each time.</source>
        <translation>只要视觉塔中没有训练任何部分，它对一张图片的输出就只计算一次并保留，至多占用此大小：500MB、2GiB。结果不变。留空：每次都计算。</translation>
    </message>
    <message>
        <source>Picture features on disk</source>
        <translation>磁盘上的图片特征</translation>
    </message>
    <message>
        <source>The same on disk, for the next run, where memory is full or the program starts again: 20GB. Empty: none.</source>
        <translation>同样的内容保存在磁盘上，供内存已满或程序重新启动之后使用：20GB。留空：不保存。</translation>
    </message>
    <message>
        <source>Keep quantised weights</source>
        <translation>保留量化后的权重</translation>
    </message>
    <message>
        <source>A large model that is quantised while it is loaded is kept on disk in that form, so that the next start takes seconds (&apos;moelora cache&apos; lists and removes it).</source>
        <translation>较大的模型在加载时量化后，以该形式保存在磁盘上，下次启动只需数秒（“moelora cache”可列出并删除）。</translation>
    </message>
    <message>
        <source>Vision tower leaves memory</source>
        <translation>视觉塔移出内存</translation>
    </message>
    <message>
        <source>Every picture is seen once before the first update, its features are kept (feature_cache, feature_cache_disk), and the weights of the vision tower leave memory; they come back while a picture is seen that is not kept. Not where the tower is trained. Results stay the same.</source>
        <translation>在第一次更新之前把每张图片看一遍，保存其特征（feature_cache、feature_cache_disk），然后视觉塔的权重移出内存；遇到没有保存特征的图片时会暂时取回。训练视觉塔时不可用。结果不变。</translation>
    </message>
    <message>
        <source>CUDA graphs</source>
        <translation>CUDA 图</translation>
    </message>
    <message>
        <source>While captions are written on a CUDA device, the launches of a token are recorded once for each 64 tokens of length and then replayed as one. Updates of a training are not recorded. Wants a LibTorch that records CUDA devices: 2.15 does not, and the option is refused there. Tested on the host alone.</source>
        <translation>在 CUDA 设备上生成描述时，每个词元的内核启动按长度每 64 个词元录制一次，之后作为一个整体重放。训练的更新不会录制。需要能录制 CUDA 设备的 LibTorch：2.15 不能，在其上该选项会被拒绝。仅在主机上测试过。</translation>
    </message>
    <message>
        <source>Single layers</source>
        <translation>个别层</translation>
    </message>
    <message>
        <source>What differs where, as PATTERN: rank=4, experts=2, top_k=1, alpha=8 (any of them). Patterns as in the targets; later entries count.</source>
        <translation>何处有所不同，写作 模式: rank=4, experts=2, top_k=1, alpha=8（可任选其中几项）。模式写法与目标相同；后面的条目优先。</translation>
    </message>
    <message>
        <source>Early stop</source>
        <translation>提前停止</translation>
    </message>
    <message>
        <source>End the run after so many evaluations without a lower loss; the adapter is then the best one, if it is kept. 0: never.</source>
        <translation>连续这么多次评估的损失都没有降低时结束运行；若保留了最佳检查点，适配器即为它。0：从不。</translation>
    </message>
    <message>
        <source>On a loss of NaN, infinity or 0</source>
        <translation>损失为 NaN、无穷或 0 时</translation>
    </message>
    <message>
        <source>stop the run, skip the update, or roll back: go on from the newest checkpoint with the data behind it. Weights are never touched by it.</source>
        <translation>stop 停止运行，skip 跳过该次更新，rollback 回到最新的检查点并从其后的数据继续。权重绝不受其影响。</translation>
    </message>
    <message>
        <source>When the memory is used up</source>
        <translation>内存用尽时</translation>
    </message>
    <message>
        <source>stop: save and end the run. split: first give unused memory back, then make the update again with fewer samples at a time, which learns the same. ladder: then also smaller pictures for the sample that does not fit, then without it.</source>
        <translation>stop：保存并结束运行。split：先归还未用的内存，再以每次较少的样本重新进行该次更新，所学内容不变。ladder：然后再缩小放不下的样本的图片，最后不再使用该样本。</translation>
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
        <translation>样本</translation>
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
        <source>evaluations</source>
        <translation>次评估</translation>
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
        <source>Which column or key holds what, as USE=NAME with the uses image, caption, prompt, task, sample_type, split, id. Empty: found by the usual names.</source>
        <translation>哪一列或键存放什么，写作 用途=名称，用途有 image、caption、prompt、task、sample_type、split、id。留空：按常用名称查找。</translation>
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
        <source>Task of all</source>
        <translation>所有样本的任务</translation>
    </message>
    <message>
        <source>The task of samples that name none themselves, for data of one task such as a COCO file. Empty: none.</source>
        <translation>自身没有注明任务的样本所属的任务，用于只有一个任务的数据，例如 COCO 文件。留空：无。</translation>
    </message>
    <message>
        <source>Tasks by folder</source>
        <translation>按文件夹定任务</translation>
    </message>
    <message>
        <source>Pictures with .txt files: the first folder on the way to a picture names its task.</source>
        <translation>带 .txt 文件的图片：通往图片的第一层文件夹名即其任务。</translation>
    </message>
    <message>
        <source>Inline pictures stay in place</source>
        <translation>内联图片保持原位</translation>
    </message>
    <message>
        <source>Pictures whose paths stand between vision marks. Off: they come before the text, as the published recipe trains; on: they stay where their marks stand.</source>
        <translation>路径写在视觉标记之间的图片。关：置于文本之前，与已发布配方的训练一致；开：保持在标记所在处。</translation>
    </message>
    <message>
        <source>Sample type order</source>
        <translation>样本类型顺序</translation>
    </message>
    <message>
        <source>Sample types in the order of their numbers. Types that are not listed get the next numbers; existing numbers never move.</source>
        <translation>按编号顺序排列的样本类型。未列出的类型取后面的编号；已有编号从不改变。</translation>
    </message>
    <message>
        <source>On a picture that cannot be used</source>
        <translation>遇到无法使用的图片时</translation>
    </message>
    <message>
        <source>While training, of a picture that is damaged or gone: stop saves and ends the run with the picture&apos;s name; skip names it and leaves its samples out.</source>
        <translation>训练中遇到损坏或消失的图片时：stop 保存并结束运行，同时指出该图片；skip 指出该图片并略去其样本。</translation>
    </message>
    <message>
        <source>Record files of other parts</source>
        <translation>其他部分的记录文件</translation>
    </message>
    <message>
        <source>Files beside the records that are named like another part of the set (val.jsonl beside train.jsonl): alone leaves them out, beside evaluates on the validation file and keeps the test file out of training.</source>
        <translation>与记录文件并列、名称像是数据集另一部分的文件（如 train.jsonl 旁的 val.jsonl）：alone 不采用；beside 用验证文件做评估，并使测试文件不参与训练。</translation>
    </message>
    <message>
        <source>Excluded samples</source>
        <translation>排除的样本</translation>
    </message>
    <message>
        <source>What is left out of the data: ids of samples or pictures, or file names. The page Data and its data doctor fill it.</source>
        <translation>从数据中略去的内容：样本或图片的标识，或文件名。由“数据”页及其数据医生填写。</translation>
    </message>
    <message>
        <source>Corrected captions</source>
        <translation>更正的描述</translation>
    </message>
    <message>
        <source>A file of captions that stand in for those of the data, whose files are never changed. The page Data writes it.</source>
        <translation>一个描述文件，其中的描述代替数据中的描述；数据文件本身从不更改。由“数据”页写入。</translation>
    </message>
    <message>
        <source>Loader threads</source>
        <translation>读取线程</translation>
    </message>
    <message>
        <source>Threads that decode pictures ahead of the training. Order and content do not depend on their number.</source>
        <translation>在训练之前解码图片的线程数。顺序和内容与线程数无关。</translation>
    </message>
    <message>
        <source>Chosen probes</source>
        <translation>选定的探测图片</translation>
    </message>
    <message>
        <source>Pictures that are captioned while training, and asked again by comparisons and exports: ids of samples or pictures, or file names. Empty: as many as train.probe_images says, spread over the data.</source>
        <translation>训练期间生成描述、并在比较和导出时再次询问的图片：样本或图片的编号，或文件名。留空：按 train.probe_images 的数目在数据中均匀选取。</translation>
    </message>
    <message>
        <source>Quantization</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>How the frozen linear layers are held: nf4 or fp4 in 4 bits (-dq: their scales in 8 bits too), int8, or none. Embedding, head, norms and adapters stay as they are.</source>
        <translation>冻结的线性层如何存放：nf4 或 fp4 用 4 位（-dq：缩放系数也用 8 位），int8，或不量化。嵌入、输出头、归一化和适配器保持原样。</translation>
    </message>
    <message>
        <source>Quantization of the vision tower</source>
        <translation>视觉塔的量化</translation>
    </message>
    <message>
        <source>same: as the language model&apos;s layers; or a format of its own.</source>
        <translation>same：与语言模型的层相同；或单独的格式。</translation>
    </message>
    <message>
        <source>Which reading of the method: where paper and code differ, or where it has several forms. `moelora presets` lists them.</source>
        <translation>采用该方法的哪一种解读：论文与代码不同之处，或它有多种形式之处。`moelora presets` 会列出它们。</translation>
    </message>
    <message>
        <source>Expert kind</source>
        <translation>专家种类</translation>
    </message>
    <message>
        <source>Input-scaled modules</source>
        <translation>缩放输入的模块</translation>
    </message>
    <message>
        <source>With ia3: the target modules whose input is multiplied instead of their output (feed-forward modules).</source>
        <translation>ia3：乘以输入而非输出的目标模块（前馈模块）。</translation>
    </message>
    <message>
        <source>Place at keys</source>
        <translation>键处的位置</translation>
    </message>
    <message>
        <source>With ia3 at k_proj: before_norm (as PEFT does) or after_norm, behind the keys&apos; RMS norm where the model has one.</source>
        <translation>ia3 用于 k_proj 时：before_norm（与 PEFT 相同）或 after_norm（在键的 RMS 归一化之后，若模型有）。</translation>
    </message>
    <message>
        <source>Router scope</source>
        <translation>路由器范围</translation>
    </message>
    <message>
        <source>Task embedding</source>
        <translation>任务嵌入</translation>
    </message>
    <message>
        <source>Width of a task&apos;s vector in the task router.</source>
        <translation>任务路由器中任务向量的宽度。</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Tasks the task router knows. 0: as many as the data set has.</source>
        <translation>任务路由器所知的任务数。0：与数据集相同。</translation>
    </message>
    <message>
        <source>Localized delta</source>
        <translation>局部化幅度</translation>
    </message>
    <message>
        <source>How far the localized loss pulls the halves of the experts apart for the two sample types.</source>
        <translation>局部化损失为两类样本把两半专家拉开的程度。</translation>
    </message>
    <message>
        <source>Localized form</source>
        <translation>局部化形式</translation>
    </message>
    <message>
        <source>cv2: variance over squared mean, as the published code. var_over_mean: as the paper.</source>
        <translation>cv2：方差除以均值平方，与公开代码相同。var_over_mean：与论文相同。</translation>
    </message>
    <message>
        <source>Localized by length</source>
        <translation>按长度局部化</translation>
    </message>
    <message>
        <source>Divide each sample&apos;s sums by its tokens, so that unequal lengths do not count as imbalance. The published code does not.</source>
        <translation>将每个样本的和除以其词元数，使长度不等不被当作不平衡。公开的代码没有这样做。</translation>
    </message>
    <message>
        <source>Expert groups</source>
        <translation>专家分组</translation>
    </message>
    <message>
        <source>Names of the first and the second half of the experts, for the table of gate weights.</source>
        <translation>前一半和后一半专家的名称，用于门控权重表。</translation>
    </message>
    <message>
        <source>Experts per group of layers</source>
        <translation>每组层的专家数</translation>
    </message>
    <message>
        <source>Experts of equal groups of text layers, from the input up: 2, 4, 6, 8 puts most at the top. Empty: the same everywhere.</source>
        <translation>等分的文本层组各自的专家数，从输入端起：2, 4, 6, 8 把最多的放在顶部。留空：各层相同。</translation>
    </message>
    <message>
        <source>Added KL to uniform</source>
        <translation>附加的均匀 KL</translation>
    </message>
    <message>
        <source>Eta</source>
        <translation>Eta</translation>
    </message>
    <message>
        <source>Highest first value with uniform.</source>
        <translation>uniform 的最大初值。</translation>
    </message>
    <message>
        <source>How the terms of the adapted layers become one number. The last two take the tokens of a layer&apos;s sites, or of all sites, as if they were one site&apos;s.</source>
        <translation>各被适配层的项如何合成一个数。后两种把一层各处、或所有各处的词元当作同一处的词元。</translation>
    </message>
    <message>
        <source>Initial values from</source>
        <translation>初值下限</translation>
    </message>
    <message>
        <source>Initial values to</source>
        <translation>初值上限</translation>
    </message>
    <message>
        <source>Largest value of</source>
        <translation>最大值取自</translation>
    </message>
    <message>
        <source>Learnt gate level</source>
        <translation>学习门控阈值</translation>
    </message>
    <message>
        <source>Lowest first value with uniform.</source>
        <translation>uniform 的最小初值。</translation>
    </message>
    <message>
        <source>Share of the update</source>
        <translation>更新量所占份额</translation>
    </message>
    <message>
        <source>Shared modulation</source>
        <translation>共享调制</translation>
    </message>
    <message>
        <source>Singular values divided by</source>
        <translation>奇异值除以</translation>
    </message>
    <message>
        <source>So much of kl_uniform is added to the balance loss, before its weight.</source>
        <translation>在乘以权重之前，把这么多 kl_uniform 加到平衡损失上。</translation>
    </message>
    <message>
        <source>Start taken off</source>
        <translation>扣除的初始量</translation>
    </message>
    <message>
        <source>With threshold_shifted: each token&apos;s own level, learnt, between 0 and the gate level (which may be 0 for 1 / experts).</source>
        <translation>threshold_shifted：每个词元各自的阈值，由学习得到，介于 0 与门控阈值之间（后者可为 0，表示 1 / 专家数）。</translation>
    </message>
    <message>
        <source>With svd_pieces: the experts start from the weight&apos;s singular values divided by this.</source>
        <translation>svd_pieces：专家从权重的奇异值除以此数出发。</translation>
    </message>
    <message>
        <source>With svd_pieces: this share of what the experts add at the start is taken off the layer. 0: 1 / experts.</source>
        <translation>svd_pieces：专家开始时所加部分中，从层中扣除的份额。0：1 / 专家数。</translation>
    </message>
    <message>
        <source>With the expert kind modulation: one more vector that every token uses, behind a learnt factor that starts at 0.</source>
        <translation>专家类型 modulation：再加一个每个词元都使用的向量，乘以一个从 0 开始学习的系数。</translation>
    </message>
    <message>
        <source>With the scale rule goat_theory: the scale is the square root of 3 eta times the layer&apos;s inputs over the expert&apos;s rank.</source>
        <translation>缩放规则 goat_theory：缩放为 3 eta 乘以层输入数再除以专家秩的平方根。</translation>
    </message>
    <message>
        <source>With zero_param: how far the update decides, the layer&apos;s own output the rest.</source>
        <translation>zero_param：更新量在决定中所占的份额，其余由层自身的输出决定。</translation>
    </message>
    <message>
        <source>With zero_param: what its inputs are divided by is taken over each token, or, as published, over the whole batch, whose samples then depend on one another.</source>
        <translation>zero_param：其输入所除以的最大值取自每个词元，或如发表的那样取自整个批次（此时样本相互依赖）。</translation>
    </message>
    <message>
        <source>kaiming_zero and normal_zero leave the model unchanged at the start; default_both does not. pissa starts from the strongest directions of the layer&apos;s weight, svd_pieces gives each expert a piece of them; what they add at the start is taken off again. loftq starts from what quantisation took from the weight. uniform: A, or the scaling vectors, between two numbers.</source>
        <translation>kaiming_zero 与 normal_zero 在开始时不改变模型；default_both 会改变。pissa 从层权重最强的方向出发，svd_pieces 让每个专家各得其中一段；它们开始时加上的部分会再扣除。loftq 从量化使权重损失的部分出发。uniform：A 或缩放向量取两数之间的值。</translation>
    </message>
    <message>
        <source>lora adds a low-rank update. dora adds one and sets the length of each row of the changed weight apart from its direction. ia3 multiplies: one number for each channel of a layer&apos;s output (or input). lora_shared_a: the experts of a layer share one A. modulation: they share A and B, and each multiplies the update&apos;s channels.</source>
        <translation>lora 加上低秩更新。dora 在加上低秩更新之外，单独学习更新后权重每一行的长度。ia3 相乘：层输出（或输入）的每个通道一个数。lora_shared_a：一层的专家共用一个 A。modulation：共用 A 和 B，每个专家按通道乘以更新量。</translation>
    </message>
    <message>
        <source>per_site: one router for each adapted layer. per_block: one for q, k, v and one for gate, up, down of a layer. global: one for the whole model (task router).</source>
        <translation>per_site：每个适配层一个路由器。per_block：一层的 q、k、v 共用一个，gate、up、down 共用一个。global：整个模型共用一个（任务路由器）。</translation>
    </message>
    <message>
        <source>token: a linear router looks at each token. token_activation: at what an ia3 expert scales; per_head: the same, head by head. task: the sample&apos;s task alone decides. low_rank: at A x of the shared A. instance: at the mean of the sample&apos;s prompt. zero_param: the first channels of output and update decide, without weights. none: no mixture.</source>
        <translation>token：线性路由器查看每个词元。token_activation：查看 ia3 专家所缩放的量；per_head：同样，但逐头。task：仅由样本的任务决定。low_rank：查看共享 A 的 A x。instance：查看样本提示的平均值。zero_param：由输出与更新量的前几个通道决定，没有权重。none：无混合。</translation>
    </message>
    <message>
        <source>softmax uses all experts by their probability, topk the k likeliest, straight_through the likeliest at full weight with softmax&apos;s gradient. top_p: the likeliest until their sum passes the level. threshold: those that reach the level; threshold_shifted weighs by what exceeds it. relative compares with the likeliest expert, soft_topk with the k-th. normalised_sigmoid decides on each expert by itself and shares out.</source>
        <translation>softmax 按概率使用所有专家，topk 使用概率最高的 k 个，straight_through 以权重 1 使用概率最高的一个而梯度取自 softmax。top_p：概率最高的若干个，直到其和超过界限。threshold：达到界限者；threshold_shifted 按超出部分加权。relative 与概率最高的专家比较，soft_topk 与第 k 个比较。normalised_sigmoid 对每个专家单独决定，再按份额分配。</translation>
    </message>
    <message>
        <source>switch keeps experts equally busy; localized (LoRAMoE) gives each half of them to one sample type; none leaves it to the task. importance_cv2, importance_scv and kl_uniform look at mean probabilities alone; z_loss keeps the router&apos;s outputs small; switch_threshold counts what exceeds the threshold (AdaMoLE); switch_by_sample keeps them busy within each sample.</source>
        <translation>switch 使专家同样忙碌；localized（LoRAMoE）把两半专家分给两类样本；none 交给任务决定。importance_cv2、importance_scv 和 kl_uniform 只看平均概率；z_loss 使路由器输出保持较小；switch_threshold 计入超过阈值的部分（AdaMoLE）；switch_by_sample 使专家在每个样本内同样忙碌。</translation>
    </message>
    <message>
        <source>Experts of</source>
        <translation>专家作用于</translation>
    </message>
    <message>
        <source>linear: each adapted layer has experts of its own. ffn_block: gate, up and down of a layer have them together, and what is mixed is the output of the whole feed-forward block (MixLoRA).</source>
        <translation>linear：每个适配层有自己的专家。ffn_block：一层的 gate、up 和 down 共有专家，混合的是整个前馈块的输出（MixLoRA）。</translation>
    </message>
    <message>
        <source>Relaxed draws</source>
        <translation>松弛抽样</translation>
    </message>
    <message>
        <source>With normalised_sigmoid: in training each expert is drawn, as a relaxed coin (one draw a sample where the router looks at tasks or prompts).</source>
        <translation>用于 normalised_sigmoid：训练时每个专家按松弛的硬币抽取（路由器看任务或提示时，每个样本抽一次）。</translation>
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
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
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
    <message>
        <source>LoRA with lengths of its own (DoRA)</source>
        <translation>DoRA：方向与长度分开学习的 LoRA</translation>
    </message>
    <message>
        <source>A low-rank update that turns the weight&apos;s rows, and one learnt length for each row; a step costs more than LoRA&apos;s.</source>
        <translation>低秩更新改变权重各行的方向，每行另学一个长度；每一步比 LoRA 更费时。</translation>
    </message>
    <message>
        <source>Scaling vectors (IA3)</source>
        <translation>IA3 缩放向量</translation>
    </message>
    <message>
        <source>One learnt factor for each channel instead of matrices: the fewest parameters of all; wants a higher learning rate.</source>
        <translation>每个通道学习一个缩放因子，不用矩阵：参数最少；需要更高的学习率。</translation>
    </message>
    <message>
        <source>Task gate, one for the model (MOELoRA)</source>
        <translation>MOELoRA：整个模型一个任务门控</translation>
    </message>
    <message>
        <source>The sample&apos;s task alone mixes the experts, alike in all layers; the data needs a task column.</source>
        <translation>仅由样本的任务决定专家的混合，各层相同；数据需要任务列。</translation>
    </message>
    <message>
        <source>Task gate in each layer (MOELoRA)</source>
        <translation>MOELoRA：每层一个任务门控</translation>
    </message>
    <message>
        <source>The sample&apos;s task alone mixes the experts, in each layer differently; the data needs a task column.</source>
        <translation>仅由样本的任务决定专家的混合，各层不同；数据需要任务列。</translation>
    </message>
    <message>
        <source>Mixture of scaling vectors, as coded (MoV)</source>
        <translation>MoV 缩放向量混合（代码）</translation>
    </message>
    <message>
        <source>Ten scaling vectors, mixed softly; as in the published code, keys and values are routed head by head.</source>
        <translation>十个缩放向量的软混合；与公开代码一致，键和值按注意力头路由。</translation>
    </message>
    <message>
        <source>Mixture of scaling vectors, as in the paper (MoV)</source>
        <translation>MoV 缩放向量混合（论文）</translation>
    </message>
    <message>
        <source>Ten scaling vectors, mixed softly by a router that looks at the input of each layer.</source>
        <translation>十个缩放向量，由查看每层输入的路由器软混合。</translation>
    </message>
    <message>
        <source>Soft mixture of small experts (MoLORA)</source>
        <translation>MoLORA 小专家软混合</translation>
    </message>
    <message>
        <source>Ten experts of rank 4, all active, mixed by a router that looks at the token.</source>
        <translation>十个秩为 4 的专家全部启用，由查看词元的路由器混合。</translation>
    </message>
    <message>
        <source>Two groups of experts (LoRAMoE)</source>
        <translation>LoRAMoE 两组专家</translation>
    </message>
    <message>
        <source>A balance loss parts the experts of the feed-forward layers between two sample types; the data needs a column sample_type.</source>
        <translation>均衡损失把前馈层的专家分给两种样本类型；数据需要 sample_type 列。</translation>
    </message>
    <message>
        <source>Two groups of experts, as coded (LoRAMoE)</source>
        <translation>LoRAMoE 两组专家（代码）</translation>
    </message>
    <message>
        <source>As the published script runs: eight experts, and the constraint that parts them switched off.</source>
        <translation>与公开脚本的运行一致：八个专家，且划分专家的约束处于关闭状态。</translation>
    </message>
    <message>
        <source>Two groups of experts, as in the paper (LoRAMoE)</source>
        <translation>LoRAMoE 两组专家（论文）</translation>
    </message>
    <message>
        <source>The constraint as the paper writes it; the data needs a column sample_type.</source>
        <translation>采用论文中所写的约束；数据需要 sample_type 列。</translation>
    </message>
    <message>
        <source>Most experts at the bottom (MoLA)</source>
        <translation>MoLA：底层专家最多</translation>
    </message>
    <message>
        <source>8, 6, 4, 2 experts in the four quarters of the layers, from the input up; each token uses two.</source>
        <translation>从输入向上，四段层各有 8、6、4、2 个专家；每个词元使用两个。</translation>
    </message>
    <message>
        <source>Most experts at the top (MoLA)</source>
        <translation>MoLA：顶层专家最多</translation>
    </message>
    <message>
        <source>2, 4, 6, 8 experts in the four quarters of the layers, from the input up; each token uses two.</source>
        <translation>从输入向上，四段层各有 2、4、6、8 个专家；每个词元使用两个。</translation>
    </message>
    <message>
        <source>Most experts at both ends (MoLA)</source>
        <translation>MoLA：两端专家最多</translation>
    </message>
    <message>
        <source>8, 2, 2, 8 experts in the four quarters of the layers, from the input up; each token uses two.</source>
        <translation>从输入向上，四段层各有 8、2、2、8 个专家；每个词元使用两个。</translation>
    </message>
    <message>
        <source>Most experts in the middle (MoLA)</source>
        <translation>MoLA：中间专家最多</translation>
    </message>
    <message>
        <source>2, 8, 8, 2 experts in the four quarters of the layers, from the input up; each token uses two.</source>
        <translation>从输入向上，四段层各有 2、8、8、2 个专家；每个词元使用两个。</translation>
    </message>
    <message>
        <source>Five experts everywhere (MoLA)</source>
        <translation>MoLA：各层五个专家</translation>
    </message>
    <message>
        <source>The same number of experts in every layer; each token uses two.</source>
        <translation>每层专家数相同；每个词元使用两个。</translation>
    </message>
    <message>
        <source>Most experts at the top, as coded (MoLA)</source>
        <translation>MoLA：顶层专家最多（代码）</translation>
    </message>
    <message>
        <source>As the published script runs: 2, 4, 6, 8 experts, two for each token, and no balance loss.</source>
        <translation>与公开脚本的运行一致：2、4、6、8 个专家，每个词元使用两个，没有均衡损失。</translation>
    </message>
    <message>
        <source>One A, several B (HydraLoRA)</source>
        <translation>一个 A、多个 B（HydraLoRA）</translation>
    </message>
    <message>
        <source>The experts of a layer share one half of the update and have the other for themselves: few parameters for a mixture.</source>
        <translation>一层的专家共用更新的一半，各有另一半：混合所需的参数很少。</translation>
    </message>
    <message>
        <source>One A, several B, as in the paper (HydraLoRA)</source>
        <translation>一个 A、多个 B（HydraLoRA，论文）</translation>
    </message>
    <message>
        <source>The router looks at what the shared half makes of the input.</source>
        <translation>路由器查看共用的一半由输入得到的结果。</translation>
    </message>
    <message>
        <source>A threshold learnt for each token (AdaMoLE)</source>
        <translation>为每个词元学习阈值（AdaMoLE）</translation>
    </message>
    <message>
        <source>As many experts as pass a threshold that is learnt from the token: some tokens use several, some none.</source>
        <translation>使用超过阈值的所有专家，阈值从词元学得：有的词元使用多个，有的一个也不用。</translation>
    </message>
    <message>
        <source>Experts from pieces of the weight (GOAT)</source>
        <translation>专家取自权重的各段（GOAT）</translation>
    </message>
    <message>
        <source>Each expert starts from its own directions of the layer&apos;s weight, which takes a while to compute; each token uses two.</source>
        <translation>每个专家从层权重中属于自己的方向出发（计算需要一些时间）；每个词元使用两个。</translation>
    </message>
    <message>
        <source>Experts from pieces of the weight, as in the paper (GOAT)</source>
        <translation>专家取自权重的各段（GOAT，论文）</translation>
    </message>
    <message>
        <source>The same with the scale that the paper derives.</source>
        <translation>同上，缩放按论文推导。</translation>
    </message>
    <message>
        <source>Experts that modulate one update (LiME)</source>
        <translation>调制同一更新的专家（LiME）</translation>
    </message>
    <message>
        <source>One LoRA for a layer, whose output the experts weigh channel by channel; its router needs no weights.</source>
        <translation>一层一个 LoRA，专家对其输出逐通道加权；路由器不需要权重。</translation>
    </message>
    <message>
        <source>Experts that modulate one update, as coded (LiME)</source>
        <translation>调制同一更新的专家（LiME，代码）</translation>
    </message>
    <message>
        <source>As the published code routes: a sample depends on the samples beside it.</source>
        <translation>与公开代码的路由一致：一个样本依赖于与它同批的样本。</translation>
    </message>
    <message>
        <source>Whole feed-forward blocks as experts (MixLoRA)</source>
        <translation>以整个前馈块为专家（MixLoRA）</translation>
    </message>
    <message>
        <source>Each expert is the whole feed-forward block with updates of its own; a token uses two of eight. Plain LoRA on attention.</source>
        <translation>每个专家是带有自己更新的整个前馈块；一个词元使用八个中的两个。注意力层用普通 LoRA。</translation>
    </message>
    <message>
        <source>Whole feed-forward blocks, as many as it takes (MixLoRA)</source>
        <translation>整个前馈块，需要几个用几个（MixLoRA）</translation>
    </message>
    <message>
        <source>The likeliest blocks until they have 80 % of the probability; the model is changed before the first update.</source>
        <translation>取概率最高的块，直到占 80 % 的概率；模型在第一次更新之前就已改变。</translation>
    </message>
    <message>
        <source>One A, several B, one router a block (HydraLoRA for LLaVA)</source>
        <translation>一个 A，多个 B，每块一个路由器（LLaVA 版 HydraLoRA）</translation>
    </message>
    <message>
        <source>The version for pictures: three experts on the feed-forward layers, plain LoRA on attention, balanced within each sample.</source>
        <translation>用于图片的版本：前馈层上三个专家，注意力层用普通 LoRA，在每个样本内均衡。</translation>
    </message>
    <message>
        <source>Allocation: the first version of the paper says that higher layers need more experts, the last one prefers the inverted triangle or the diamond (adapter.allocation, adapter.layer_experts).</source>
        <translation>分配：论文第一版称较高层需要更多专家，最后一版更偏好倒三角形或菱形（adapter.allocation、adapter.layer_experts）。</translation>
    </message>
    <message>
        <source>Balance loss: 0.01 times SCV and a tenth of the divergence; the README&apos;s example has 0.1 and 0.01 every 50 steps (adapter.balance_coef, adapter.balance_kl).</source>
        <translation>均衡损失：SCV 的 0.01 倍加散度的十分之一；README 的示例为 0.1，并每 50 步 0.01（adapter.balance_coef、adapter.balance_kl）。</translation>
    </message>
    <message>
        <source>Balance loss: the code loses it at the first adapted layer of a frozen model and keeps a stale one in evaluation; here every layer has its own (adapter.balance_coef).</source>
        <translation>均衡损失：代码在冻结模型的第一个适配层丢失它，评估时保留的是旧值；此处每层各有一份（adapter.balance_coef）。</translation>
    </message>
    <message>
        <source>Balance weight: 0.001 as in the code; the example of its README has 0.01 (adapter.balance_coef).</source>
        <translation>均衡权重：与代码相同为 0.001；其 README 的示例为 0.01（adapter.balance_coef）。</translation>
    </message>
    <message>
        <source>Balance: described in the paper, off by default in the main script (adapter.balance_coef).</source>
        <translation>均衡：论文中有描述，主脚本默认关闭（adapter.balance_coef）。</translation>
    </message>
    <message>
        <source>Balance: per sample, the mean probabilities times the shares of tokens whose likeliest expert it is, without the number of experts as a factor (adapter.balance = switch_by_sample).</source>
        <translation>均衡：逐样本计算，平均概率乘以最可能选该专家的词元份额，不再乘专家数（adapter.balance = switch_by_sample）。</translation>
    </message>
    <message>
        <source>Balance: the code declares a balance loss and a z-loss and uses neither.</source>
        <translation>均衡：代码声明了均衡损失和 z 损失，但两者都没有使用。</translation>
    </message>
    <message>
        <source>Balance: the text advertises a balance loss, the code has none; off here, adapter.balance = switch turns it on with weight 0.01.</source>
        <translation>均衡：文中宣称有均衡损失，代码没有；此处关闭，adapter.balance = switch 可按权重 0.01 打开。</translation>
    </message>
    <message>
        <source>Base: the code subtracts the experts&apos; common part from the weights; here the weights stay as they are and a frozen term does it, stored with the adapter (adapter.init_share).</source>
        <translation>基座：代码从权重中减去各专家的共同部分；此处权重保持不变，由一个随适配器保存的冻结项完成（adapter.init_share）。</translation>
    </message>
    <message>
        <source>Constraint: the paper divides the variance by the mean, the code by the squared mean, which its author confirms (adapter.balance_form).</source>
        <translation>约束：论文用方差除以均值，代码用均值的平方，作者确认后者（adapter.balance_form）。</translation>
    </message>
    <message>
        <source>Data: the published script keeps the last 4 rows of its table for testing; here 4 pictures are chosen by the seed (data.validation).</source>
        <translation>数据：公开脚本留出表格最后 4 行作测试；此处由种子选出 4 张图片（data.validation）。</translation>
    </message>
    <message>
        <source>Direction: the half that a sample type favours ends with the smaller share; read the groups&apos; use from the charts.</source>
        <translation>方向：样本类型偏好的那一半最终份额较小；各组的使用情况请看图表。</translation>
    </message>
    <message>
        <source>Dropout: on the input here, between A and B as the code is written (adapter.dropout_site).</source>
        <translation>Dropout：此处作用于输入，代码写的是在 A 与 B 之间（adapter.dropout_site）。</translation>
    </message>
    <message>
        <source>Dropout: published mixtures draw it anew for each expert; here one draw serves all (adapter.dropout_draw).</source>
        <translation>Dropout：公开的混合方法为每个专家重新抽取；此处一次抽取供所有专家使用（adapter.dropout_draw）。</translation>
    </message>
    <message>
        <source>Dropout: the code draws anew for each expert, which costs a product an expert; here one draw serves all (adapter.dropout_draw).</source>
        <translation>Dropout：代码为每个专家重新抽取，每个专家多一次乘法；此处一次抽取供所有专家使用（adapter.dropout_draw）。</translation>
    </message>
    <message>
        <source>Dropout: the code draws it anew for each expert (adapter.dropout_draw).</source>
        <translation>Dropout：代码为每个专家重新抽取（adapter.dropout_draw）。</translation>
    </message>
    <message>
        <source>Dropout: the code draws it anew for each expert; here one draw serves all (adapter.dropout_draw).</source>
        <translation>Dropout：代码为每个专家重新抽取；此处一次抽取供全部使用（adapter.dropout_draw）。</translation>
    </message>
    <message>
        <source>Dropout: the code draws it anew for each head; here one draw serves all (adapter.dropout_draw).</source>
        <translation>Dropout：代码为每个头重新抽取；此处一次抽取供全部使用（adapter.dropout_draw）。</translation>
    </message>
    <message>
        <source>Experts that are DoRA make MixDoRA (adapter.bank = dora).</source>
        <translation>专家为 DoRA 时即为 MixDoRA（adapter.bank = dora）。</translation>
    </message>
    <message>
        <source>End marker: &lt;|im_end|&gt; here, &lt;|endoftext|&gt; in the published script (data.end_marker).</source>
        <translation>结束标记：此处为 &lt;|im_end|&gt;，公开脚本为 &lt;|endoftext|&gt;（data.end_marker）。</translation>
    </message>
    <message>
        <source>Feed-forward: the code adapts the gated branch and the way down, not up_proj (adapter.targets).</source>
        <translation>前馈：代码适配门控分支和下行层，不含 up_proj（adapter.targets）。</translation>
    </message>
    <message>
        <source>Feed-forward: the code&apos;s router sees the activated gate branch, not the product that enters down_proj.</source>
        <translation>前馈：代码的路由器看到的是激活后的门控分支，而不是进入 down_proj 的乘积。</translation>
    </message>
    <message>
        <source>Few experts: where a layer has no more than k, the gate is a softmax and the balance loss constant there.</source>
        <translation>专家较少时：某层专家不多于 k 个，则门控为 softmax，均衡损失在该层为常数。</translation>
    </message>
    <message>
        <source>Gate dropout: on the logits here, on the probabilities as the code is written (adapter.gate_dropout_on).</source>
        <translation>门控 dropout：此处作用于 logits，代码写的是作用于概率（adapter.gate_dropout_on）。</translation>
    </message>
    <message>
        <source>Gate dropout: on the probabilities, without renormalisation; for 1 % of the tokens both experts fall silent in training (adapter.gate_dropout_on).</source>
        <translation>门控 dropout：作用于概率且不重新归一化；训练中约 1 % 的词元两个专家都不起作用（adapter.gate_dropout_on）。</translation>
    </message>
    <message>
        <source>Gate: dense; the code&apos;s other variant uses the likeliest expert without weight, which teaches the router nothing (adapter.gate = straight_through does).</source>
        <translation>门控：稠密；代码的另一变体只用最可能的专家且不加权，路由器学不到东西（adapter.gate = straight_through 则可以）。</translation>
    </message>
    <message>
        <source>Gate: the paper&apos;s, one for the whole model, is global; a class of the code that cannot be configured there has one a layer (adapter.router_scope).</source>
        <translation>门控：论文的门控是整个模型一个（global）；代码中一个无法在那里配置的类每层一个（adapter.router_scope）。</translation>
    </message>
    <message>
        <source>Jitter: the inference package jitters at inference, too; here only in training (adapter.gate_jitter, adapter.gate_jitter_on = input).</source>
        <translation>抖动：推理包在推理时也抖动；此处只在训练时（adapter.gate_jitter、adapter.gate_jitter_on = input）。</translation>
    </message>
    <message>
        <source>Keys: T5 has no norm behind k_proj, Qwen3 has one, where a factor common to a head cancels; both places can be chosen (adapter.vector_place).</source>
        <translation>键：T5 在 k_proj 之后没有归一化，Qwen3 有，整个头共有的系数会在那里抵消；两个位置都可选（adapter.vector_place）。</translation>
    </message>
    <message>
        <source>Keys: the factor stands before the keys&apos; RMS norm, as in PEFT, where a factor common to a head cancels (adapter.vector_place).</source>
        <translation>键：系数在键的 RMS 归一化之前，与 PEFT 相同，整个头共有的系数会在那里抵消（adapter.vector_place）。</translation>
    </message>
    <message>
        <source>Load: divided by k, so that a balanced router scores 1; transformers does not divide (adapter.balance_divide_by_k).</source>
        <translation>负载：除以 k，均衡的路由器得分为 1；transformers 不除（adapter.balance_divide_by_k）。</translation>
    </message>
    <message>
        <source>Load: not divided by k, so the balanced value is 2 (adapter.balance_divide_by_k).</source>
        <translation>负载：不除以 k，均衡值为 2（adapter.balance_divide_by_k）。</translation>
    </message>
    <message>
        <source>Load: not divided by k, so the balanced value is 2 (adapter.balance_divide_by_k); counted where attended to (adapter.balance_tokens).</source>
        <translation>负载：不除以 k，均衡值为 2（adapter.balance_divide_by_k）；只统计被注意到的词元（adapter.balance_tokens）。</translation>
    </message>
    <message>
        <source>Mixing: the paper merges the experts&apos; parameters first, the code mixes their outputs; in exact arithmetic this is the same.</source>
        <translation>混合：论文先合并专家的参数，代码混合其输出；在精确算术下两者相同。</translation>
    </message>
    <message>
        <source>Mixture: the text describes a gated mixture, the code trains plain LoRA (adapter.flavour: intended, as-run, as-written).</source>
        <translation>混合：文中描述门控混合，代码训练的是普通 LoRA（adapter.flavour：intended、as-run、as-written）。</translation>
    </message>
    <message>
        <source>Numbers: the published run keeps the base in NF4 and computes in fp16; here model.compute_dtype decides.</source>
        <translation>数值：公开的运行用 NF4 保存基座、用 fp16 计算；此处由 model.compute_dtype 决定。</translation>
    </message>
    <message>
        <source>Pictures: the published script shrinks to 280 x 280 in training only; here data.resize is kept in the adapter and applied at inference too.</source>
        <translation>图片：公开脚本只在训练时缩小到 280 x 280；此处 data.resize 保存在适配器中，推理时同样使用。</translation>
    </message>
    <message>
        <source>Repairs: the published class cannot run (router of the wrong size, weight indexed by the expert&apos;s number); both are mended here.</source>
        <translation>修正：公开的类无法运行（路由器大小错误，权重按专家编号索引）；此处都已改正。</translation>
    </message>
    <message>
        <source>Router bias: none here, present as the code is written (adapter.router_bias).</source>
        <translation>路由器偏置：此处没有，代码中有（adapter.router_bias）。</translation>
    </message>
    <message>
        <source>Router of the version for LLaVA: one with bias for gate, up and down together (adapter.router_scope = per_block, adapter.router_bias).</source>
        <translation>LLaVA 版本的路由器：gate、up、down 共用一个带偏置的路由器（adapter.router_scope = per_block、adapter.router_bias）。</translation>
    </message>
    <message>
        <source>Router: the published code gives it the layer&apos;s input; the paper&apos;s equation 4 a matrix for A x, the input behind the shared A (adapter.router = token or low_rank).</source>
        <translation>路由器：公开代码以该层的输入作其输入；论文公式 4 是作用于 A x 的矩阵，即共享 A 之后的输入（adapter.router = token 或 low_rank）。</translation>
    </message>
    <message>
        <source>Routing: the code divides by the largest value of the whole batch, so a sample depends on the samples beside it and on being decoded token by token; here by that of each token (adapter.router_norm = token or whole_slice).</source>
        <translation>路由：代码除以整个批次的最大值，因此样本受同批样本和逐词元解码的影响；此处除以每个词元自己的最大值（adapter.router_norm = token 或 whole_slice）。</translation>
    </message>
    <message>
        <source>Routing: the text describes a router on the layer&apos;s input (paper); the code routes on the activation that is scaled, at keys and values head by head (code) (adapter.router).</source>
        <translation>路由：文中描述路由器看该层的输入（paper）；代码按被缩放的激活路由，键和值逐头进行（code）（adapter.router）。</translation>
    </message>
    <message>
        <source>Scale: the paper derives the square root of 3 eta inputs over the expert&apos;s rank; the published scripts run with alpha / rank (adapter.scale_rule, adapter.scale_eta).</source>
        <translation>缩放：论文推导出的是 3 η 输入数与专家秩之比的平方根；公开脚本使用 alpha / rank（adapter.scale_rule、adapter.scale_eta）。</translation>
    </message>
    <message>
        <source>Shape: the code is right for sequence-first models only and silently wrong when batch and length agree; here the batch always comes first.</source>
        <translation>形状：代码只对序列在前的模型正确，批次与长度相等时会悄悄出错；此处总是批次在前。</translation>
    </message>
    <message>
        <source>Sites: the mean over the adapted layers; other systems sum or concatenate (adapter.balance_reduce).</source>
        <translation>位置：对适配层取平均；其他系统求和或拼接（adapter.balance_reduce）。</translation>
    </message>
    <message>
        <source>Start of A: the code draws N(0, 0.01²); its comment claims the usual initialisation (adapter.init).</source>
        <translation>A 的初值：代码取 N(0, 0.01²)；其注释称是通常的初始化（adapter.init）。</translation>
    </message>
    <message>
        <source>Start: A and B start at random values, so captions change before the first update (adapter.init).</source>
        <translation>初值：A 和 B 以随机值开始，因此描述在第一次更新前就会改变（adapter.init）。</translation>
    </message>
    <message>
        <source>Start: the layer equals the base only on average over an undecided router, not for each token (adapter.init).</source>
        <translation>初值：该层只在未定的路由器上平均等于基座，并非对每个词元都相等（adapter.init）。</translation>
    </message>
    <message>
        <source>Switch variant: top-1 weighted by its probability (adapter.top_k = 1, adapter.gate_renormalise = false, adapter.router_init_std = 1); its capacity limit, which lets tokens pass, and its z-loss beside the balance loss are not offered.</source>
        <translation>Switch 变体：只取第一名并按其概率加权（adapter.top_k = 1、adapter.gate_renormalise = false、adapter.router_init_std = 1）；其让词元直接通过的容量限制，以及均衡损失之外的 z-loss，此处不提供。</translation>
    </message>
    <message>
        <source>Targets: PEFT&apos;s own default for Qwen models is q, v and down; this is k, v and down as in the paper (adapter.targets).</source>
        <translation>目标：PEFT 对 Qwen 模型的默认值是 q、v 和 down；此处与论文相同，为 k、v 和 down（adapter.targets）。</translation>
    </message>
    <message>
        <source>Targets: the list of lora.py lacks a comma, so it adapts q, k and v only (3,981,312 parameters on the 4B model); the logged count belongs to the list of MoeLORA.py, which this flavour takes (adapter.targets).</source>
        <translation>目标：lora.py 的列表缺一个逗号，因此只适配 q、k、v（4B 模型上 3,981,312 个参数）；日志中的数目属于 MoeLORA.py 的列表，此风格采用后者（adapter.targets）。</translation>
    </message>
    <message>
        <source>Targets: the paper adapts the attention&apos;s query and value only; here all seven linear layers of a decoder block (adapter.targets).</source>
        <translation>目标：论文只适配注意力的 query 和 value；此处为解码器块的全部七个线性层（adapter.targets）。</translation>
    </message>
    <message>
        <source>Targets: visual_q_proj and visual_k_proj of the published list do not exist in Qwen3-VL; for the vision tower add attn.qkv and attn.proj (adapter.targets).</source>
        <translation>目标：公开列表中的 visual_q_proj 和 visual_k_proj 在 Qwen3-VL 中不存在；要适配视觉塔，请加入 attn.qkv 和 attn.proj（adapter.targets）。</translation>
    </message>
    <message>
        <source>Temperature: the code divides the probabilities by it; here it divides the router&apos;s outputs (adapter.gate_temperature).</source>
        <translation>温度：代码用它除概率；此处用它除路由器的输出（adapter.gate_temperature）。</translation>
    </message>
    <message>
        <source>The example jitters the logits by 0.1 (adapter.gate_jitter), gives the vectors a learning rate of their own and lets the balance loss grow at the start or come every few updates; here train.learning_rate is one for all, and every update has the loss.</source>
        <translation>示例对 logits 加 0.1 的抖动（adapter.gate_jitter），给向量单独的学习率，并让均衡损失在开头逐渐增大或每隔若干次更新才计入；此处 train.learning_rate 对所有参数相同，每次更新都计入该损失。</translation>
    </message>
    <message>
        <source>The lengths that divide the changed weight get no gradient, as in the paper&apos;s own economy and in PEFT.</source>
        <translation>除以改变后权重的长度没有梯度，与论文自己的简化做法和 PEFT 相同。</translation>
    </message>
    <message>
        <source>The repository&apos;s other baseline, a fixed threshold: adapter.gate = threshold with adapter.gate_level_learned = false and a level such as 1 / experts (adapter.gate_level = 0.125).</source>
        <translation>该仓库的另一基线，固定阈值：adapter.gate = threshold、adapter.gate_level_learned = false，并取 1/专家数之类的水平（adapter.gate_level = 0.125）。</translation>
    </message>
    <message>
        <source>Tokens: padding counts in the balance loss, as in the code (adapter.balance_tokens).</source>
        <translation>词元：与代码相同，填充也计入均衡损失（adapter.balance_tokens）。</translation>
    </message>
    <message>
        <source>Tokens: padding does not count; the published systems often count it (adapter.balance_tokens).</source>
        <translation>词元：填充不计入；公开的系统常常计入（adapter.balance_tokens）。</translation>
    </message>
    <message>
        <source>Tokens: the code counts padding (adapter.balance_tokens).</source>
        <translation>词元：代码计入填充（adapter.balance_tokens）。</translation>
    </message>
    <message>
        <source>Tokens: the code counts padding and does not divide by the length (adapter.balance_tokens, adapter.balance_by_length).</source>
        <translation>词元：代码计入填充，且不除以长度（adapter.balance_tokens、adapter.balance_by_length）。</translation>
    </message>
    <message>
        <source>Tokens: the code&apos;s balance loss counts padding and answers alike; here only what is attended to (adapter.balance_tokens).</source>
        <translation>词元：代码的均衡损失对填充和答案一视同仁；此处只计被注意到的词元（adapter.balance_tokens）。</translation>
    </message>
    <message>
        <source>Weight: the constraint is central to the paper (δ 0.1, weight 0.1), but the published script sets both to 0 (adapter.balance_coef, adapter.balance_delta).</source>
        <translation>权重：该约束是论文的核心（δ 0.1，权重 0.1），但公开脚本把两者都设为 0（adapter.balance_coef、adapter.balance_delta）。</translation>
    </message>
    <message>
        <source>Weights: not renormalised, as in the code (adapter.gate_renormalise).</source>
        <translation>权重：与代码相同，不重新归一化（adapter.gate_renormalise）。</translation>
    </message>
    <message>
        <source>Weights: some systems divide the chosen weights by their sum (adapter.gate_renormalise).</source>
        <translation>权重：有些系统把所选权重除以其和（adapter.gate_renormalise）。</translation>
    </message>
</context>
<context>
    <name>remarks</name>
    <message>
        <source>, </source>
        <translation>，</translation>
    </message>
    <message>
        <source>; </source>
        <translation>；</translation>
    </message>
    <message>
        <source>CPU, {1} threads, {2} ({3})</source>
        <translation>CPU，{1} 线程，{2}（{3}）</translation>
    </message>
    <message>
        <source>CUDA, {1} device(s)</source>
        <translation>CUDA，{1} 个设备</translation>
    </message>
    <message>
        <source>{1} is only emulated here, fp32 is used</source>
        <translation>{1} 在此处只能模拟，改用 fp32</translation>
    </message>
    <message>
        <source>not taken: {1} of {2} pictures have a .txt file of the same name</source>
        <translation>未采用：{2} 张图片中有 {1} 张带同名 .txt 文件</translation>
    </message>
    <message>
        <source>{1} of {2} pictures have a .txt file of the same name</source>
        <translation>{2} 张图片中有 {1} 张带同名 .txt 文件</translation>
    </message>
    <message>
        <source>{1} has conversations[] with picture paths between vision marks</source>
        <translation>{1} 含 conversations[]，图片路径写在视觉标记之间</translation>
    </message>
    <message>
        <source>{1} has a heading line</source>
        <translation>{1} 有表头行</translation>
    </message>
    <message>
        <source>{1} has a picture and a caption in each record</source>
        <translation>{1} 的每条记录含一张图片和一条描述</translation>
    </message>
    <message>
        <source>{1} has {2} and {3}</source>
        <translation>{1} 含 {2} 和 {3}</translation>
    </message>
    <message>
        <source>pictures without captions</source>
        <translation>没有描述的图片</translation>
    </message>
    <message>
        <source>{1} files of this name in their folders</source>
        <translation>各文件夹中共有 {1} 个同名文件</translation>
    </message>
    <message>
        <source>{1} of {2} files of the set</source>
        <translation>一组 {2} 个文件中的 {1} 个</translation>
    </message>
    <message>
        <source>not taken: {1} more</source>
        <translation>未采用：另外 {1} 个</translation>
    </message>
    <message>
        <source>{1} of {2} pictures found</source>
        <translation>找到 {2} 张图片中的 {1} 张</translation>
    </message>
    <message>
        <source>task numbers from {1}</source>
        <translation>任务编号取自 {1}</translation>
    </message>
    <message>
        <source>not taken: {1}</source>
        <translation>未采用：{1}</translation>
    </message>
</context>
<context>
    <name>sampleFilter</name>
    <message>
        <source>a quotation mark is open</source>
        <translation>有引号没有闭合</translation>
    </message>
    <message>
        <source>a bracket is closed but not open</source>
        <translation>有括号闭合了却没有开始</translation>
    </message>
    <message>
        <source>a term is missing</source>
        <translation>缺少一项</translation>
    </message>
    <message>
        <source>a bracket is not closed</source>
        <translation>有括号没有闭合</translation>
    </message>
    <message>
        <source>there is no field %1</source>
        <translation>没有字段 %1</translation>
    </message>
    <message>
        <source>%1 is no number</source>
        <translation>%1 不是数字</translation>
    </message>
</context>
</TS>
