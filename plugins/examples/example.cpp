// A whole plugin in C++, to copy from: the same answers as example.c, with a guard that lets no exception out.
//
// Build:  c++ -std=c++17 -shared -fPIC -fvisibility=hidden -I<folder of the header> -o libexample.so example.cpp
#include "crmkernel_plugin.h"

#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace {

crmk_plugin_str text(const char *literal) { return {reinterpret_cast<const uint8_t *>(literal), std::strlen(literal)}; }

bool is(crmk_plugin_str found, const char *literal) {
  return found.len == std::strlen(literal) && std::memcmp(found.data, literal, found.len) == 0;
}

struct Code : std::exception {
  explicit Code(int32_t code) : code(code) {}
  int32_t code;
};

// What the host answers: ABSENT is a value like any other, an error goes up.
int32_t checked(int32_t code) {
  if (code < 0) throw Code(code);
  return code;
}

// Runs a function of the plugin's; no exception crosses the boundary.
template <typename Fail, typename Run>
int32_t guarded(Fail fail, void *context, Run run) noexcept {
  try {
    run();
    return CRMK_PLUGIN_OK;
  } catch (const Code &error) {
    return error.code;
  } catch (const std::exception &error) {
    if (fail != nullptr) fail(context, text(error.what()));
    return CRMK_PLUGIN_E_FAILED;
  } catch (...) {
    return CRMK_PLUGIN_E_FAILED;
  }
}

crmk_plugin_decision decision(const char *subject, const char *rule, const char *reason, const char *reason_zh) {
  crmk_plugin_decision out{};
  out.size = sizeof out;
  out.subject = text(subject);
  out.rule = text(rule);
  out.source = text("an example");
  out.reason = text(reason);
  out.reason_zh = text(reason_zh);
  return out;
}

class Example {
 public:
  explicit Example(const crmk_plugin_host &host) {
    crmk_plugin_str name{}, value{};
    for (uint32_t i = 0; host.setting_at(host.context, i, &name, &value) == CRMK_PLUGIN_OK; i++) {
      if (!is(name, "days")) throw std::invalid_argument("there is one setting, days");
      days_ = read_days(std::string(reinterpret_cast<const char *>(value.data), value.len));
    }
    request_ = field(host, "complaint", "request", CRMK_PLUGIN_TYPE_TEXT);
    received_at_ = field(host, "complaint", "received_at", CRMK_PLUGIN_TYPE_INSTANT);
  }

  void validate(const crmk_plugin_change &change, const crmk_plugin_sink &sink) const {
    crmk_plugin_str request{};
    if (!is(change.entity, "complaint")) return;
    if (checked(change.access->get_text(change.after, request_, &request)) == CRMK_PLUGIN_OK) return;
    crmk_plugin_violation violation{};
    violation.size = sizeof violation;
    violation.field = text("request");
    violation.code = text("required");
    violation.message = text("request is absent, a complaint needs one");
    violation.message_zh = text("缺少诉求");
    violation.rule = text("EXAMPLE-1");
    checked(sink.violation(sink.context, &violation));
  }

  void complaint(const crmk_plugin_change &change, const crmk_plugin_sink &sink) const {
    int64_t received_at = 0;
    int32_t received_on = 0;
    if (checked(change.access->get_instant(change.after, received_at_, &received_at)) != CRMK_PLUGIN_OK) return;
    checked(change.access->date_of_instant(change.context, received_at, &received_on));
    auto deadline = decision("deadline_on", "EXAMPLE-2", "some days after it came in", "期限");
    deadline.value.type = CRMK_PLUGIN_TYPE_DATE;
    deadline.value.number = int64_t{received_on} + days_;
    checked(sink.decision(sink.context, &deadline));
  }

 private:
  static int32_t read_days(const std::string &text) {
    int32_t days = 0;
    for (char c : text) days = c >= '0' && c <= '9' && days <= 365 ? days * 10 + (c - '0') : 1000;
    if (days < 1 || days > 365) throw std::invalid_argument("setting days is not a number of 1 to 365");
    return days;
  }

  static uint32_t field(const crmk_plugin_host &host, const char *entity, const char *name, int32_t type) {
    uint32_t id = 0;
    if (host.field_id(host.context, text(entity), text(name), type, &id) < 0)
      throw std::runtime_error(std::string("the kernel has no field ") + entity + "." + name);
    return id;
  }

  int32_t days_ = 7;
  uint32_t request_ = 0;
  uint32_t received_at_ = 0;
};

template <void (Example::*hook)(const crmk_plugin_change &, const crmk_plugin_sink &) const>
int32_t ask(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  return guarded(change->access->fail, change->context, [&] { (static_cast<const Example *>(state)->*hook)(*change, *sink); });
}

int32_t init(const crmk_plugin_host *host, void **state) {
  return guarded(host->fail, host->context, [&] { *state = std::make_unique<Example>(*host).release(); });
}

void deinit(void *state) { delete static_cast<Example *>(state); }

const void *get_extension(crmk_plugin_str id) {
  static const crmk_plugin_hook validate = {sizeof(crmk_plugin_hook), 0, ask<&Example::validate>};
  static const crmk_plugin_hook complaint = {sizeof(crmk_plugin_hook), 0, ask<&Example::complaint>};
  if (is(id, CRMK_PLUGIN_EXT_VALIDATE)) return &validate;
  if (is(id, CRMK_PLUGIN_EXT_COMPLAINT)) return &complaint;
  return nullptr;
}

}  // namespace

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *) {
  static const crmk_plugin plugin = {sizeof(crmk_plugin),
                                     CRMK_PLUGIN_MAGIC,
                                     CRMK_PLUGIN_ABI_MAJOR,
                                     CRMK_PLUGIN_ABI_MINOR,
                                     text("example.cpp"),
                                     text("1.0.0"),
                                     init,
                                     deinit,
                                     get_extension};
  return &plugin;
}
