/* A plugin that tells what it can see: one violation for each question, the code and the value as its message. */
#include "crmkernel_plugin.h"

#include <stdio.h>
#include <string.h>

enum { NAME, PHONE, STATUS, PARENT, COUNT, REVENUE, SIGNED_ON, INTENT, RECEIVED_AT, CUSTOM, SECRET, CREATED_AT, FIELDS };

static uint32_t ids[FIELDS];
static int32_t codes[FIELDS];
static uint16_t active;
static int32_t enum_codes[3];
static char settings[256];

static crmk_plugin_str text(const char *literal) {
  crmk_plugin_str out;
  out.data = (const uint8_t *)literal;
  out.len = strlen(literal);
  return out;
}

static void tell(const crmk_plugin_sink *sink, const char *what, int32_t code, const char *value) {
  char message[512];
  crmk_plugin_violation violation;
  snprintf(message, sizeof message, "%d %s", (int)code, code == CRMK_PLUGIN_OK ? value : "");
  memset(&violation, 0, sizeof violation);
  violation.size = sizeof violation;
  violation.code = text(what);
  violation.message = text(message);
  violation.rule = text("PROBE-1");
  sink->violation(sink->context, &violation);
}

static void tell_text(const crmk_plugin_sink *sink, const char *what, const crmk_plugin_change *change,
                      const crmk_plugin_view *view, uint32_t id) {
  char value[128] = "";
  crmk_plugin_str found = {NULL, 0};
  int32_t code = change->access->get_text(view, id, &found);
  if (code == CRMK_PLUGIN_OK) snprintf(value, sizeof value, "%.*s", (int)found.len, (const char *)found.data);
  tell(sink, what, code, value);
}

static void tell_number(const crmk_plugin_sink *sink, const char *what, int32_t code, long long number) {
  char value[32];
  snprintf(value, sizeof value, "%lld", number);
  tell(sink, what, code, value);
}

static int32_t count(void *data, const crmk_plugin_view *record) {
  if (record == NULL) return CRMK_PLUGIN_E_NULL;
  *(int *)data += 1;
  return CRMK_PLUGIN_OK;
}

/* What a visit of related records needs to tell what it sees. */
typedef struct {
  const crmk_plugin_change *change;
  const crmk_plugin_sink *sink;
} visit;

static int32_t look(void *data, const crmk_plugin_view *record) {
  const visit *at = (const visit *)data;
  tell_text(at->sink, "phone_child", at->change, record, ids[PHONE]);
  tell_text(at->sink, "secret_child", at->change, record, ids[SECRET]);
  return CRMK_PLUGIN_E_FAILED;
}

static int32_t refuse(void *data, const crmk_plugin_view *record) {
  (void)data;
  (void)record;
  return CRMK_PLUGIN_E_FAILED;
}

static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  const crmk_plugin_access *access = change->access;
  crmk_plugin_money money = {0, {0}, {0}};
  char buffer[128];
  int64_t whole = 0;
  int32_t day = 0;
  uint64_t reference = 0;
  uint16_t number = 0;
  uint8_t flag = 0;
  crmk_plugin_value figure;
  const crmk_plugin_view *other = NULL;
  visit at;
  int referring_count;
  int32_t code;
  (void)state;
  tell_text(sink, "name", change, change->after, ids[NAME]);
  tell_text(sink, "name_before", change, change->before, ids[NAME]);
  tell_text(sink, "name_customer", change, change->customer, ids[NAME]);
  tell_text(sink, "phone", change, change->after, ids[PHONE]);
  tell_text(sink, "phone_before", change, change->before, ids[PHONE]);
  tell_text(sink, "phone_customer", change, change->customer, ids[PHONE]);
  tell_text(sink, "custom", change, change->after, ids[CUSTOM]);
  tell_text(sink, "secret", change, change->after, ids[SECRET]);
  tell_text(sink, "unknown_id", change, change->after, 999);
  tell_text(sink, "id_zero", change, change->after, 0);
  tell_text(sink, "wrong_type", change, change->after, ids[STATUS]);
  tell(sink, "null_out", access->get_text(change->after, ids[NAME], NULL), "");
  code = access->get_enum(change->after, ids[STATUS], &number);
  tell_number(sink, "status", code, number);
  tell_number(sink, "active", enum_codes[0], active);
  tell(sink, "enum_name_unknown", enum_codes[1], "");
  tell(sink, "enum_of_text", enum_codes[2], "");
  code = access->get_ref(change->after, ids[PARENT], &reference);
  tell_number(sink, "parent", code, (long long)reference);
  code = access->get_int(change->after, ids[COUNT], &whole);
  tell_number(sink, "count", code, whole);
  code = access->get_date(change->after, ids[SIGNED_ON], &day);
  tell_number(sink, "signed_on", code, day);
  code = access->get_money(change->after, ids[REVENUE], &money);
  snprintf(buffer, sizeof buffer, "%lld %.3s", (long long)money.amount_minor, (const char *)money.currency);
  tell(sink, "revenue", code, buffer);
  code = access->get_bool(change->after, ids[INTENT], &flag);
  tell_number(sink, "intent", code, flag);
  code = access->get_instant(change->after, ids[RECEIVED_AT], &whole);
  tell_number(sink, "received_at", code, whole);
  code = access->get_instant(change->after, ids[CREATED_AT], &whole);
  tell_number(sink, "created_at", code, whole);
  tell_number(sink, "today", 0, change->today);
  tell_number(sink, "now", 0, change->now);
  code = access->date_of_instant(change->context, change->now, &day);
  tell_number(sink, "date_of_now", code, day);
  tell_number(sink, "date_of_far", access->date_of_instant(change->context, INT64_MAX, &day), 0);
  tell_number(sink, "roll_none", access->calendar_roll(change->context, change->today, CRMK_PLUGIN_ROLL_NONE, &day), 0);
  tell_number(sink, "roll_mode", access->calendar_roll(change->context, change->today, 9, &day), 0);
  tell_number(sink, "roll_far", access->calendar_roll(change->context, INT32_MAX, CRMK_PLUGIN_ROLL_NEXT, &day), 0);
  code = access->calendar_after_workdays(change->context, change->today, 2, &day);
  tell_number(sink, "workdays", code, day);
  code = access->calendar_after_months(change->context, 19752, 1, &day);
  tell_number(sink, "months", code, day);
  tell_number(sink, "months_far", access->calendar_after_months(change->context, change->today, 99999, &day), 0);
  tell_number(sink, "cancelled", 0, access->cancelled(change->context));
  memset(&figure, 0, sizeof figure);
  code = access->figure(change->context, text("b"), &figure);
  snprintf(buffer, sizeof buffer, "%.*s", (int)figure.text.len, (const char *)figure.text.data);
  tell(sink, "figure", code, buffer);
  tell(sink, "figure_none", access->figure(change->context, text("none"), &figure), "");
  code = access->follow(change->context, change->after, ids[PARENT], &other);
  tell_text(sink, "parent_name", change, code == CRMK_PLUGIN_OK ? other : NULL, ids[NAME]);
  tell_text(sink, "phone_parent", change, code == CRMK_PLUGIN_OK ? other : NULL, ids[PHONE]);
  tell(sink, "follow_no_reference", access->follow(change->context, change->after, ids[NAME], &other), "");
  tell(sink, "follow_nothing", access->follow(change->context, NULL, ids[PARENT], &other), "");
  referring_count = 0;
  code = access->referring(change->context, ids[PARENT], 7, count, &referring_count);
  tell_number(sink, "children", code, referring_count);
  tell_number(sink, "children_stopped", access->referring(change->context, ids[PARENT], 7, refuse, NULL), 0);
  at.change = change;
  at.sink = sink;
  tell_number(sink, "children_seen", access->referring(change->context, ids[PARENT], 7, look, &at), 0);
  tell_number(sink, "children_null", access->referring(change->context, ids[PARENT], 7, NULL, NULL), 0);
  access->log(change->context, CRMK_PLUGIN_LOG_WARNING, text("looked"));
  snprintf(buffer, sizeof buffer, "%.*s/%.*s/%.*s", (int)change->entity.len, (const char *)change->entity.data,
           (int)change->command.len, (const char *)change->command.data, (int)change->actor.len,
           (const char *)change->actor.data);
  tell(sink, "change", 0, buffer);
  tell(sink, "settings", 0, settings);
  return CRMK_PLUGIN_OK;
}

static int32_t field(const crmk_plugin_host *host, const char *entity, const char *name, int32_t type, int at) {
  codes[at] = host->field_id(host->context, text(entity), text(name), type, &ids[at]);
  return codes[at];
}

static int32_t init(const crmk_plugin_host *host, void **state) {
  crmk_plugin_str name, value;
  uint32_t other, i;
  (void)state;
  field(host, "customer", "name", CRMK_PLUGIN_TYPE_TEXT, NAME);
  field(host, "customer", "phone", CRMK_PLUGIN_TYPE_TEXT, PHONE);
  field(host, "customer", "status", CRMK_PLUGIN_TYPE_ENUM, STATUS);
  field(host, "customer", "parent", CRMK_PLUGIN_TYPE_REF, PARENT);
  field(host, "customer", "employee_count", CRMK_PLUGIN_TYPE_INT, COUNT);
  field(host, "customer", "annual_revenue", CRMK_PLUGIN_TYPE_MONEY, REVENUE);
  field(host, "customer", "signed_on", CRMK_PLUGIN_TYPE_DATE, SIGNED_ON);
  field(host, "complaint", "external_intent", CRMK_PLUGIN_TYPE_BOOL, INTENT);
  field(host, "complaint", "received_at", CRMK_PLUGIN_TYPE_INSTANT, RECEIVED_AT);
  field(host, "customer", "acme.tier", CRMK_PLUGIN_TYPE_TEXT, CUSTOM);
  field(host, "customer", "acme.secret", CRMK_PLUGIN_TYPE_TEXT, SECRET);
  field(host, "customer", "created_at", CRMK_PLUGIN_TYPE_INSTANT, CREATED_AT);
  if (host->field_id(host->context, text("customer"), text("nothing"), CRMK_PLUGIN_TYPE_TEXT, &other) !=
          CRMK_PLUGIN_E_UNKNOWN ||
      host->field_id(host->context, text("planet"), text("name"), CRMK_PLUGIN_TYPE_TEXT, &other) !=
          CRMK_PLUGIN_E_UNKNOWN ||
      host->field_id(host->context, text("customer"), text("name"), CRMK_PLUGIN_TYPE_INT, &other) !=
          CRMK_PLUGIN_E_WRONG_TYPE ||
      host->field_id(host->context, text("customer"), text("name"), CRMK_PLUGIN_TYPE_TEXT, NULL) !=
          CRMK_PLUGIN_E_NULL ||
      host->field_id(host->context, text("customer"), text("name"), CRMK_PLUGIN_TYPE_TEXT, &other) != CRMK_PLUGIN_OK ||
      other != ids[NAME] || host->get_extension(host->context, text("crmkernel.none/1")) != NULL) {
    host->fail(host->context, text("the host answers wrongly"));
    return CRMK_PLUGIN_E_FAILED;
  }
  enum_codes[0] = host->enum_number(host->context, ids[STATUS], text("active"), &active);
  enum_codes[1] = host->enum_number(host->context, ids[STATUS], text("unheard_of"), &active);
  enum_codes[2] = host->enum_number(host->context, ids[NAME], text("active"), &active);
  settings[0] = '\0';
  for (i = 0; host->setting_at(host->context, i, &name, &value) == CRMK_PLUGIN_OK; i++) {
    size_t used = strlen(settings);
    snprintf(settings + used, sizeof settings - used, "%.*s=%.*s;", (int)name.len, (const char *)name.data,
             (int)value.len, (const char *)value.data);
  }
  return CRMK_PLUGIN_OK;
}

static const void *get_extension(crmk_plugin_str id) {
  static const crmk_plugin_hook extension = {sizeof(crmk_plugin_hook), 0, validate};
  if (id.len == strlen(CRMK_PLUGIN_EXT_VALIDATE) && memcmp(id.data, CRMK_PLUGIN_EXT_VALIDATE, id.len) == 0)
    return &extension;
  return NULL;
}

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host) {
  static const crmk_plugin plugin = {sizeof(crmk_plugin),
                                     CRMK_PLUGIN_MAGIC,
                                     CRMK_PLUGIN_ABI_MAJOR,
                                     CRMK_PLUGIN_ABI_MINOR,
                                     {(const uint8_t *)"test.probe", 10},
                                     {(const uint8_t *)"1.0.0", 5},
                                     init,
                                     NULL,
                                     get_extension};
  (void)host;
  return &plugin;
}
