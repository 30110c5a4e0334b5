"""The one language in which a command speaks: English or Chinese, by `--lang` or else by the locale."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import CrmError, InvalidArgumentError
from . import chinese

LANGUAGES = ("en", "zh")


def of_locale(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the locale: Chinese when it is `zh`, else English."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next((name for name in names if name), "").lower().startswith("zh") else "en"


class _Language:
    """The language of the command that runs."""

    code = "en"


def choose(code: str) -> None:
    """Sets the language of the command."""
    _Language.code = code


def is_chinese() -> bool:
    """Whether the command speaks Chinese."""
    return _Language.code == "zh"


def say(english: str, chinese: str) -> str:
    """The text in the language of the command."""
    return chinese if is_chinese() else english


class Refused(InvalidArgumentError):
    """An argument of the command line that is not allowed, said in the language of the command."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(say(english, chinese))


KINDS = {
    "misuse": "调用不当",
    "invalid_argument": "参数不在允许范围内",
    "invalid_utf8": "文本不是有效的 UTF-8",
    "null_argument": "缺少必需的参数",
    "wrong_type": "值的类型与字段不符",
    "unknown_field": "没有这个字段",
    "not_found": "没有找到",
    "unsupported": "此版本不支持",
    "bad_handle": "句柄无效",
    "cancelled": "已取消",
    "forked": "数据库由另一进程打开，须在本进程重新打开",
    "rejected": "规则不允许此项变更",
    "transition": "记录的当前状态不允许此操作",
    "duplicate": "编码或外部编号已被占用",
    "conflict": "记录已被他人修改",
    "reference": "引用的记录不存在",
    "calendar_year_missing": "工作日历缺少所需的年份",
    "io": "读写文件失败",
    "locked": "数据库正被另一进程占用",
    "not_a_database": "该文件不是本系统的数据库",
    "newer_version": "数据库由更新的版本写成",
    "corrupt": "存储的数据已损坏",
    "disk_full": "磁盘已满",
    "file_replaced": "文件已被替换",
    "read_only": "文件或目录不可写",
    "busy": "另一写入者先行提交，请重试",
    "plugin_unknown": "没有这个插件",
    "plugin_manifest": "插件清单缺失或无效",
    "plugin_abi": "插件接口版本不符",
    "plugin_hash": "插件文件与清单的摘要不符",
    "plugin_not_allowed": "插件路径不在允许之列",
    "plugin_failed": "插件出错，变更未提交",
    "plugin_quarantined": "插件多次出错，已停用",
    "plugin_signature": "插件清单未由受信任的密钥签名",
    "plugin_field": "数据库不接受插件声明的字段",
    "plugin_missing": "数据库需要的插件未加载，且该插件对此记录有规则",
    "plugin_older": "插件版本低于数据库已用过的版本",
    "forbidden": "操作人的权限不足",
    "not_csv": "该行不是有效的 CSV",
    "bug": "内部错误，未写入任何内容，请反馈",
}
"""What each kind of error is called in Chinese."""


def error_lines(error: CrmError) -> list[str]:
    """What an error says, in the language of the command alone: each violation, or else the error itself."""
    if error.violations:
        return [say(violation.message, violation.message_zh) for violation in error.violations]
    if isinstance(error, Refused):
        return [error.message]
    path = error.context.get("path", "")
    if not is_chinese():
        where = f": {path}" if path not in error.message else ""
        return [error.message + where, *getattr(error, "__notes__", [])]
    said = in_chinese(error.kind, error.message, dict(error.context))
    return [said if path in said else f"{said}：{path}"]


def in_chinese(kind: str, message: str, context: Mapping[str, str] | None = None) -> str:
    """The Chinese of what the kernel words in English: by its form, else its kind with the values that it carries."""
    named = KINDS.get(kind, kind)
    if said := chinese.of_message(message):
        return said
    known = chinese.of_context(dict(context or {}))
    return f"{named}：{known}" if known else named


def os_error(error: OSError) -> str:
    """The Chinese of an error of the system."""
    return chinese.OS_ERRORS.get(error.errno or 0, f"{KINDS['io']}（errno {error.errno}）")


TITLES = {
    "sequence": "序号",
    "at": "时间",
    "actor": "操作人",
    "command": "操作",
    "entity": "对象",
    "id": "编号",
    "revision": "修订号",
    "changed": "变更",
    "subject": "决定事项",
    "value": "值",
    "reason": "理由",
    "rule": "规则",
    "source": "依据",
    "plugin": "插件",
    "policy_version": "制度版本",
    "inputs": "依据的数据",
    "field": "字段",
    "customer_name": "客户名称",
    "records": "记录",
    "rows": "行数",
    "added": "新增",
    "unchanged": "未变",
    "rejected": "拒收",
    "kind": "种类",
    "index": "索引",
    "text": "说明",
    "name": "名称",
    "type": "类型",
    "label": "英文名称",
    "label_zh": "中文名称",
    "writer": "填写者",
    "required": "必填",
    "sensitive": "敏感",
    "indexed": "有索引",
    "values": "可取值",
    "version": "版本",
    "failures": "出错次数",
    "quarantined": "已停用",
    "key": "密钥",
    "path": "位置",
    "code": "代码",
    "problem": "问题",
    "origin": "来源",
    "figure": "数值",
    "before": "之前",
    "after": "之后",
    "effective_on": "生效日期",
    "approver": "批准人",
    "dimension": "维度",
    "count": "数量",
    "customer": "客户",
    "what": "事项",
    "customers": "客户数",
    "target": "目标",
    "pairs": "键值对",
    "bytes": "字节",
    "database": "数据库",
    "bytes_before": "原字节数",
    "bytes_after": "现字节数",
    "keys": "键",
    "written": "写入",
    "removed": "删除",
    "problem_count": "问题数",
    "entries": "日志条目",
}
"""The headings of the tables that are not of an entity, in Chinese."""


def title(name: str, labels: Mapping[str, str]) -> str:
    """The heading of a column: the label of a field, or of a column that is none."""
    if not is_chinese():
        return name
    return labels.get(name) or TITLES.get(name, name)
