"""What the kernel words in English alone, in Chinese: by the form of the message, with what it found and what it allows.

Refusals of rules come in both languages. Other errors have one form for each message, which is read here; one that no form fits
is named by its kind, with the values that it carries.
"""

from __future__ import annotations

import errno
import re

TYPES = {
    "int": "整数",
    "text": "文本",
    "bool": "true 或 false",
    "bool (true or false)": "true 或 false",
    "true or false": "true 或 false",
    "date": "日期",
    "date (2026-09-16)": "日期（如 2026-09-16）",
    "instant": "带时区的时间",
    "instant (2026-09-16T09:00:00+08:00)": "带时区的时间（如 2026-09-16T09:00:00+08:00）",
    "an aware datetime": "带时区的时间",
    "money": "金额",
    "money (12.50 CNY)": "金额（如 12.50 CNY）",
    "ref": "记录编号",
    "ref (an id)": "记录编号",
    "text of another form": "其他形式的文本",
    "another name": "其他名称",
    "none was adopted": "无",
    "none": "无",
}
"""What messages call the types of values."""

CONTEXT = {
    "entity": "对象",
    "field": "字段",
    "id": "编号",
    "path": "文件",
    "pid": "进程",
    "row": "行",
    "place": "位置",
    "character": "字符",
    "offset": "位置",
    "level": "级别",
    "command": "操作",
    "revision": "修订号",
    "plugin": "插件",
    "version": "版本",
    "calculator": "计算项",
    "code": "编码",
    "state": "状态",
    "year": "年份",
}
"""What the values that an error carries are called."""

FORMS: tuple[tuple[str, str], ...] = (
    (r"field (\S+) takes one of (.+), found (.+)", "字段 {0} 可取 {1}，实际为 {2}"),
    (r"field (\S+) takes (.+), such as (.+), found (.+)", "字段 {0} 应为{1}（如 {2}），实际为 {3}"),
    (r"field (\S+) takes (.+), such as (.+)", "字段 {0} 应为{1}（如 {2}）"),
    (r"field (\S+) takes (.+), found (.+)", "字段 {0} 应为{1}，实际为 {2}"),
    (r"field (\S+) has a number outside of what it can hold", "字段 {0} 的数字超出可存范围"),
    (r"field (\S+) is outside of the years 1 to 9999 in UTC; allowed are (\S+) to (\S+)", "字段 {0} 超出范围，允许 {1} 至 {2}"),
    (r"an? (?:instant|date).* outside of the years 1 to 9999.*", "日期或时间超出公元 1 年至 9999 年（按 UTC）"),
    (r"field (\S+) is not UTF-8.*", "字段 {0} 不是有效的 UTF-8"),
    (r"there is no field (.+); there are (.+)", "没有字段 {0}；可用字段：{1}"),
    (r"an? (\S+) has no field (.+); there are (.+)", "{0} 没有字段 {1}；可用字段：{2}"),
    (r"(\S+) has no field (.+); it has (.+)", "{0} 没有字段 {1}；可用字段：{2}"),
    (r"there is no operator \"(.*)\"; allowed are (.+)", "没有运算符 {0}；可用：{1}"),
    (r"(\S+) is given twice; a field is given once", "字段 {0} 给了两次，每个字段只能给一次"),
    (r"(\S+) and (\S+) are one field; it is given once", "{0} 与 {1} 是同一字段，只能给一次"),
    (r"put needs an id, external_system and external_id, or (\S+), to find the (\S+)",
     "put 需要 id、external_system 与 external_id，或 {0}，以找到 {1}"),
    (r"there is no (\S+) with the id (\S+)", "没有编号为 {1} 的 {0}"),
    (r"there is no (\S+) with this (\S+).*", "没有这样的 {0}（按 {1} 查找）"),
    (r"the file or its folder does not exist.*", "文件或其所在目录不存在"),
    (r"(.+) exists; name another file, or ask to (?:--)?replace it", "文件 {0} 已存在；请换一个文件名，或用 --replace 替换"),
    (r"(.+) is not a database of crmkernel: .*", "{0} 不是本系统的数据库"),
    (r"(.+) is open in process (\d+); .*", "{0} 正被进程 {1} 打开；请在那里关闭，或用 --busy-timeout 延长等待"),
    (r"(.+) was opened for reading alone", "{0} 以只读方式打开"),
    (r"\"(.+)\" does not name a file", "“{0}” 不是文件名"),
    (r"(.+) cannot be read", "无法读取 {0}"),
    (r"the stream is not a backup of crmkernel", "该数据流不是本系统的备份"),
    (r"an actor's name has (\S+) at character (\d+), .*", "操作人名称的第 {1} 个字符 {0} 不可见或为换行；可用字母、数字、符号和空格"),
    (r"an actor's name has (\d+) to (\d+) characters, found (\d+)", "操作人名称应有 {0} 至 {1} 个字符，实际为 {2} 个"),
    (r"(\S+) is for text, (\S+) is (\S+)", "运算符 {0} 只用于文本，字段 {1} 为{2}"),
    (r"the key is not a public key of minisign: .*", "密钥不是 minisign 公钥：应为以 RW 开头的一行 56 个字符"),
    (r"the plugin's manifest (.+) cannot be read: .*", "无法读取插件清单 {0}"),
    (r"(.+) is the database that is salvaged; name another file", "{0} 就是要抢救的数据库；请换一个文件名"),
    (r"busy_timeout is (\S+) s, allowed are (\S+) to (\S+) s", "等待时间为 {0} 秒，允许 {1} 至 {2} 秒"),
    (r"wait is (\S+) s, allowed are 0 and more", "等待时间为 {0} 秒，允许 0 秒及以上"),
    (r"there is no plugin at (.+)", "{0} 处没有插件"),
    (r"the plugin (\S+) (\S+) is not loaded, and its rules hold for an? (\S+); .*",
     "插件 {0} {1} 未加载，而其规则适用于 {2}；请用 --plugin 加载，或用 plugin forget 移除，或用 --allow-missing-plugins"),
    (r"there is no policy (.+); adopted: (.+)", "没有制度 {0}；已采用：{1}"),
    (r"form is (.+), allowed are (.+)", "形式为 {0}，可用：{1}"),
    (r"(\S+) needs the level (\S+), the actor has (\S+)", "{0} 需要级别 {1}，当前为 {2}"),
    (r"the record has (\d+) cells, the heading has (\d+)", "该行有 {0} 个单元格，表头有 {1} 个"),
    (r"the record is no CSV: field larger than field limit \((\d+)\)", "该行不是有效的 CSV：单元格超过 {0} 个字符"),
    (r"the record is no CSV: '(.)' expected after '(.)'", "该行不是有效的 CSV：{1} 之后应为 {0}"),
    (r"the record is no CSV: unexpected end of data", "该行不是有效的 CSV：引号没有结束"),
    (r"the record is no CSV: .*", "该行不是有效的 CSV（引号或分隔符有误）"),
    (r"line (\d+) is not UTF-8: it has the byte (\S+)", "第 {0} 行不是有效的 UTF-8：含字节 {1}"),
    (r"line (\d+) of (.+) is not UTF-8: it has the byte (\S+)", "{1} 第 {0} 行不是有效的 UTF-8：含字节 {2}"),
    (r"line (\d+) of (.+) is no heading: .*", "{1} 第 {0} 行不是有效的 CSV 表头"),
    (r"line (\d+) of (.+) is blank, a heading is needed", "{1} 第 {0} 行为空，应为表头"),
    (r"line (\d+) of (.+): the column (\d+) has no name", "{1} 第 {0} 行：第 {2} 列没有名称"),
    (r"line (\d+) of (.+) names the column (.+) twice", "{1} 第 {0} 行：列 {2} 出现两次"),
    (r"(.+) is empty, it has no heading", "{0} 是空文件，没有表头"),
    (r"no row with .*", "没有可对应的行"),
)
"""Each form of a message, and the same in Chinese."""

_COMPILED = tuple((re.compile(form, re.DOTALL), chinese) for form, chinese in FORMS)

OS_ERRORS = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许此操作",
    errno.EEXIST: "文件已存在",
    errno.EISDIR: "这是目录，应为文件",
    errno.ENOTDIR: "路径中有一部分不是目录",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "文件系统为只读",
    errno.ENAMETOOLONG: "文件名过长",
    errno.EMFILE: "打开的文件过多",
}
"""What the system's errors are called."""


def of_message(message: str) -> str | None:
    """The Chinese of a message, `None` when no form fits it."""
    for form, chinese in _COMPILED:
        if found := form.fullmatch(message):
            return chinese.format(*(TYPES.get(part, part) for part in found.groups()))
    return None


def of_context(context: dict[str, str]) -> str:
    """The values that an error carries."""
    return "，".join(f"{CONTEXT.get(name, name)} {value}" for name, value in context.items())
