"""Words that are no terms: at which texts are cut, that begin or end no term, that any book has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Function words of Chinese, at which texts are cut; not where what follows makes another word of one.
_FUNCTION_WORDS = """
的 我们 你们 他们 她们 它们 咱们 自己 大家 人们 这个 这些 这里 这样 这种 这么 这是 这也 这就 这一 那个 那些 那里
那样 那种 那么 那一 那就 什么 怎么 怎样 为什么 多少 如何 为何 哪些 哪个 哪里 哪种 每一 各种 一个 一些 一下 一样
一般 一定 一起 一直 一旦 一方面 另一 两者 许多 很多 大量 大多数 所有(?![权者制]) 任何 任意 其中 其他 其它 其余 等人
之一 之间 之前 之后 之中 之外 之内 之类 以前 以后 以来 以上 以下 以及 以便 以免 以外 之所以 以此 首先 其次 然后
接着 接下来 随后 最后 最终 终于 可以 可能(?!性) 能够 应该 应当 必须 必然 需要 不能 不会 不是 不再 不同(?!步) 不过
不仅 不但 不管 不论 无论 不妨 不断 不少 不必 不用 无法 没有 并不 并没 并非 并且 而且 而是 而不 而非 因为 因此 因而
所以 由于 由此 于是 然而 但是 可是 只是 只有 只要 只需 只能 如果 假如 要是 即使 即便 即可 尽管 虽然 除非 除了 除此
为了 为此 关于 对于 至于 通过 根据 按照 依照 随着 沿着 鉴于 基于 例如 比如 譬如 诸如 正如 如下 如上 如此 如图 如表
相比 非常 十分 特别 尤其 更加 更多 更好 更高 更低 更大 更小 最好 最多 最少 至少 至多 甚至 几乎 大约 大概 左右 往往
通常 经常 常常 有时(?!间) 总是 始终 仍然 依然 仍旧 还是 还有 还会 还要 还可 还不 也是 也会 也可 也就 也不 就是 就会
就能 就可 就不 都是 都会 都有 都在 都不 已经 曾经 正在 将会 将要 即将 刚刚 同时(?!间) 此时(?!间) 那时(?!间)
这时(?!间) 当时(?!间) 时候 此外 另外 其实 实际上 事实上 总之 换句话说 换言之 也就是说 具体来说 一般来说 请注意
注意到 回想一下 值得 认为 以为 成为 作为 称为 称作 叫做 叫作 看作 视为 变成 变得 使得 使之 使其 来自 来说 来看 具有
拥有 含有 包括 属于 位于 处于 等于 大于 小于 给定 得到 获得 进行 起来 出来 下来 下去 过来 过去 开始 使用(?![率者])
采用 利用(?!率) 运用 想要 希望 尝试 试图 看到 知道 是否 是不是 能否 有没有 从而 进而 好像 似乎 上一 下一 前一 后一
第一 第二 第三 第四 第五 下面 上面 前面 后面 里面 外面 本章 本节 本书 前文 后文 上述 下述 所述 所示 所谓 所需 所用
所得 便于 难以 易于 有助于 取决于 有关 有些 又称 又叫 也叫 也称 即为 即是 我們 你們 他們 它們 這個 這些 這樣 這種
這裡 這裏 這是 什麼 怎麼 怎樣 為什麼 為何 這麼 那麼 一個 許多 沒有 無法 應該 必須 並不 並且 因為 由於 雖然 儘管
為了 關於 對於 通過 隨著 還是 這就 這也 來自 來說 稱為 變成 進行 獲得 開始 其實 實際上 事實上 總之 後來 之後 之間
時候 此時 同時(?!間)
""".split()
#: Numerals with a measure word, before what is counted.
_COUNTED = (
    "[一三四五六七八九十两兩几幾每各某这這那整哪][个個条條份篇类類批张張段行列步遍轮輪项項组組种種本章节節页頁句年月秒名位场場]"
    "|[二多单][个個种種条條份篇张張]"
)


def _one_of(words: Iterable[str]) -> str:
    """Return a pattern for any of some words, the longest first; those that begin alike stand together, to be quick."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word.partition("(")[0]), word)):
        rests.setdefault(word[0], []).append(word[1:])
    firsts = "".join(rests)
    return f"(?=[{firsts}])(?:" + "|".join(f"{first}(?:{'|'.join(each)})" for first, each in rests.items()) + ")"


#: Characters that are words of their own, unless one beside them makes another word of both.
_PARTICLES = (
    "(?<![亲饱总求加缓共调温中柔])和(?![谐平弦])|(?<![参赋给])[与與](?!门)|(?<![涉以普波顾])及(?![物格时])|或(?!门)"
    "|(?<![于但还总就也都凡若])是(?![否非])|(?<![行人作认因成称变以])[为為](?!止)|被(?!动)|将(?!军)|把(?![手握])|[让讓]|给(?!定)"
    "|(?<!服)[从從](?![句而])|(?<![存潜内实现])在(?!线)|了(?!解)|(?<![未原本往近将])[来來](?![源自回历])"
)
CUT = re.compile(f"{_COUNTED}|{_one_of(_FUNCTION_WORDS)}|{_PARTICLES}")
#: Measure words, which belong to the digits before them.
MEASURES = frozenset(
    "个個条條份篇类類批张張段行列步遍轮輪项項组組种種本章节節页頁句年月日天时時分秒名位场場次倍层層块塊台臺"
)
#: How no term begins, and how none ends: with a character that is a word of its own there, and no part of one.
NO_START = re.compile(
    "(?!并行|并发|并集|在线|以太|会话|会议|只读|还原|种子|种群|次梯度|次优|次序|个体|个性|即时|从句|和弦|就绪|所有权|与门|或门|与非)"
    "[了着们們吗嗎呢吧啊么麼和與与及或而但且是将將把我你他她它这這那其该該此某每很就也都還还又则則让讓給给在從从被為为以於于由所之"
    "个個种種次并並若如即只仅會会曾]"
)
NO_END = re.compile(
    "[了着们們吗嗎呢吧啊么麼和與与及或而但且是将將把我你他她它这這那其该該此某每很就也都還还又则則让讓給给在從从被為为以於于由所之"
    "个個种種不會会可有没沒到来來去更最过過得掉]"
    "(?<!行为|人为|饱和|总和|求和|加和|服从|参与|自由|路由|理由|存在|潜在|内在|社会|机会|许可|未来|私有|共有|公有|占有|物种)"
)
#: Characters that say where or when: behind a term they are no part of it.
PLACES = frozenset("中上下里裡内內外后後前时時间間处處")
#: Words of Chinese that any book has, and that are no terms alone.
COMMON = frozenset(
    """
    问题 方法 结果 情况 内容 例子 方式 过程 部分 方面 原因 目的 作用 意义 特点 特性 优点 缺点 优势 关系 条件 要求
    目标 对象 工作 任务 步骤 阶段 程度 范围 领域 角度 水平 能力 机会 时间 时刻 地方 位置 名称 名字 类型 种类 形式
    结构 内部 外部 基础 核心 重点 关键 细节 总结 小结 练习 讨论 参考 附录 实现 提供 表示 处理 计算 应用 选择 考虑
    介绍 描述 说明 解释 分析 研究 学习 理解 解决 设计 设置 定义 创建 建立 构建 构造 生成 产生 形成 执行 运行 调用
    操作 返回 输入 输出 读取 写入 存储 保存 加载 更新 修改 改变 变化 增加 减少 添加 删除 提高 降低 改进 改善 提升
    扩展 转换 连接 组成 包含 支持 允许 避免 防止 导致 引起 影响 依赖 控制 管理 指定 确定 决定 判断 比较 检查 检测
    测试 验证 确保 保证 保持 完成 达到 满足 符合 对应 相应 相关 相同 相似 类似 重要 主要 简单 复杂 容易 困难 直接
    间接 有效 有用 必要 常见 常用 基本 特殊 特定 具体 详细 完全 完整 足够 整个 全部 单个 唯一 独立 共同 各自 分别
    实际 真实 当前 目前 现在 未来 早期 近年来 今天 最近 一步 一层 一对 一系列 首次 再次 人类 用户 读者 作者
    研究人员 公司 社区 世界 生活 现实 数量 大小 长度 宽度 高度 速度 效果 性能 成本 价值 意思 含义 观点 想法 事情
    东西 办法 说法 答案 建议 注意 记住 参见 参阅 图中 表中 例中 代码 示例 文件 项目 工具 版本 程序 系统 平台 环境
    数字 数据 信息 文本 单位 个数 次数 倍数 左侧 右侧 左边 右边 上方 下方 顶部 底部 中间 两侧 周围 附近 出现 发生
    存在 消失 开头 结尾 结束 停止 继续 重复 进一步 逐步 逐渐 快速 高效 自动 手动 方便 灵活 清晰 准确 正确 错误 合适
    适当 适合 合理 良好 显著 明显 大幅 稍微 略微 稍后 起到 发挥 带来 采取 提出 提到 遇到 找到 而言 为例 为止 为主
    本身 自身 彼此 相互 互相 相对 绝对 总共 一共 共有 仅仅 恰好 正好 刚好 反过来 反之 相反 分钟 小时 毫秒 微秒
    参考文献 前言 论文 比例 记录 增长 一部分 一致 规模 上文 下文 標題 問題 結果 情況 內容 過程 關係 條件 時間 類型
    結構 實現 處理 計算 應用 選擇 說明 設計 設定 執行 輸入 輸出 數量 數據 資料 資訊 程式 系統 環境 檔案 範例
    """.split()
)
#: Words of English at which texts are cut, besides those that say nothing at all.
CUT_ENGLISH = frozenset(
    """
    use uses used using make makes made making get gets getting take takes taken taking give gives given giving see
    sees seen seeing let lets need needs needed want wants find finds found know knows known call calls called set
    sets show shows shown showing look looks looking like say says said consider considers considered note notes
    recall suppose assume assumes allow allows require requires required provide provides provided contain contains
    contained include includes included including become becomes became remain remains begin begins try tries keep
    keeps help helps think thinks thought mean means meant lead leads go goes going come comes put puts however
    therefore thus hence usually often always never sometimes still yet even though although while since because
    without within respectively instead rather quite almost already finally actually simply typically generally
    currently directly easily exactly probably really now well better best following previous next first last above
    below later earlier whether either neither unlike toward towards across around among along against despite
    except upon whose thereby similarly furthermore moreover nevertheless et al arxiv doi vol pp
    """.split()
)
#: Words of English that any book has, and that are no terms alone.
COMMON_ENGLISH = frozenset(
    """
    example way case number part result section chapter figure table second third new different good large small
    simple many several kind type thing people time problem question answer work fact point idea reason order end
    start step form name line list text code file book page exercise summary discussion introduction overview
    detail information user application method approach possible useful important main common particular specific
    general certain full whole entire single two three four five six seven eight nine ten hundred thousand million
    billion zero half lot bit long short high low higher lower larger smaller fewer less least greater value data
    process world place side hand level amount rest goal task change difference sort word sense little great able
    easy hard right left top bottom year day today paper author run running lead key base
    """.split()
)
