/* A whole plugin in C, to copy from: complaints need a request, and are due some days after they came in.
 *
 * Build:  cc -std=c99 -shared -fPIC -fvisibility=hidden -Iinclude -o libexample.so tests/plugins/example.c
 * It has one figure, `days` (1 to 365, 7 unless a setting says otherwise). */
#include "crmkernel_plugin.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  uint32_t request;
  uint32_t received_at;
  int32_t days;
} example_state;

static crmk_plugin_str text(const char *literal) {
  crmk_plugin_str out;
  out.data = (const uint8_t *)literal;
  out.len = strlen(literal);
  return out;
}

static int is(crmk_plugin_str found, const char *literal) {
  return found.len == strlen(literal) && memcmp(found.data, literal, found.len) == 0;
}

/* Reads 1 to 365; 0 for anything else. */
static int32_t days_of(crmk_plugin_str value) {
  int32_t days = 0;
  size_t i;
  for (i = 0; i < value.len; i++) {
    if (value.data[i] < '0' || value.data[i] > '9' || days > 365) return 0;
    days = days * 10 + (value.data[i] - '0');
  }
  return days > 365 ? 0 : days;
}

static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_validate_sink *sink) {
  const example_state *self = (const example_state *)state;
  crmk_plugin_str request;
  crmk_plugin_violation violation;
  int32_t code;
  if (!is(change->entity, "complaint")) return CRMK_PLUGIN_OK;
  code = change->access->get_text(change->after, self->request, &request);
  if (code != CRMK_PLUGIN_ABSENT) return code;
  memset(&violation, 0, sizeof violation);
  violation.size = sizeof violation;
  violation.field = text("request");
  violation.code = text("required");
  violation.message = text("request is absent, a complaint needs one");
  violation.message_zh = text("\xe7\xbc\xba\xe5\xb0\x91\xe8\xaf\x89\xe6\xb1\x82");
  violation.rule = text("EXAMPLE-1");
  return sink->violation(sink->context, &violation);
}

static int32_t complaint(void *state, const crmk_plugin_change *change, const crmk_plugin_complaint_sink *sink) {
  const example_state *self = (const example_state *)state;
  crmk_plugin_input input;
  crmk_plugin_deadline deadline;
  int64_t received_at;
  int32_t received_on;
  int32_t code = change->access->get_instant(change->after, self->received_at, &received_at);
  if (code != CRMK_PLUGIN_OK) return code;
  code = change->access->date_of_instant(change->context, received_at, &received_on);
  if (code != CRMK_PLUGIN_OK) return code;
  memset(&deadline, 0, sizeof deadline);
  deadline.size = sizeof deadline;
  deadline.date = received_on + self->days;
  deadline.rule = text("EXAMPLE-2");
  deadline.source = text("the example's own regulation");
  deadline.reason = text("a complaint is settled within the days that the figure `days` gives");
  input.name = text("roll");
  input.value = text("none");
  deadline.inputs = &input;
  deadline.input_count = 1;
  return sink->deadline(sink->context, &deadline);
}

static int32_t init(const crmk_plugin_host *host, void **state) {
  crmk_plugin_str days;
  example_state *self = (example_state *)calloc(1, sizeof *self);
  if (self == NULL) return CRMK_PLUGIN_E_FAILED;
  self->days = 7;
  if (host->setting(host->context, text("days"), &days) == CRMK_PLUGIN_OK) self->days = days_of(days);
  if (self->days == 0) {
    host->fail(host->context, text("setting days is not a number of 1 to 365"));
    free(self);
    return CRMK_PLUGIN_E_FAILED;
  }
  if (host->field_id(host->context, text("complaint"), text("request"), CRMK_PLUGIN_TYPE_TEXT, &self->request) ||
      host->field_id(host->context, text("complaint"), text("received_at"), CRMK_PLUGIN_TYPE_INSTANT,
                     &self->received_at)) {
    host->fail(host->context, text("the kernel does not know the fields request and received_at of a complaint"));
    free(self);
    return CRMK_PLUGIN_E_FAILED;
  }
  *state = self;
  return CRMK_PLUGIN_OK;
}

static void deinit(void *state) { free(state); }

static const crmk_plugin_validate validate_extension = {sizeof(crmk_plugin_validate), 0, validate};
static const crmk_plugin_complaint complaint_extension = {sizeof(crmk_plugin_complaint), 0, complaint};

static const void *get_extension(void *state, crmk_plugin_str id) {
  (void)state;
  if (is(id, CRMK_PLUGIN_EXT_VALIDATE)) return &validate_extension;
  if (is(id, CRMK_PLUGIN_EXT_COMPLAINT)) return &complaint_extension;
  return NULL;
}

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host) {
  static const crmk_plugin plugin = {
      sizeof(crmk_plugin),   CRMK_PLUGIN_MAGIC,
      CRMK_PLUGIN_ABI_MAJOR, CRMK_PLUGIN_ABI_MINOR,
      {(const uint8_t *)"example.c", 9},
      {(const uint8_t *)"1.0.0", 5},
      init,                  deinit,
      get_extension,
  };
  (void)host;
  return &plugin;
}
