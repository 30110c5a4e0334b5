/* A whole plugin in C, to copy from. It needs nothing but crmkernel_plugin.h.
 *
 * - fields:    a customer has a tier, `acme.tier`, which the plugin decides;
 * - validate:  a complaint needs a request;
 * - classify:  a customer with more than 1,000 employees is of tier "large", any other of tier "small";
 * - complaint: it is due some days after it came in (figure `days`, 1 to 365, 7 unless a setting says otherwise);
 * - compute:   `acme.twice` doubles an integer;
 * - policy:    a default policy that says nothing but what it is.
 *
 * Build:  cc -std=c99 -shared -fPIC -fvisibility=hidden -I<folder of the header> -o libexample.so example.c
 * Try it: crmkernel plugin check ./libexample.so --cases cases */
#include "crmkernel_plugin.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  uint32_t request;
  uint32_t received_at;
  uint32_t employee_count;
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

static crmk_plugin_decision decision(const char *subject, const char *rule, const char *reason, const char *reason_zh) {
  crmk_plugin_decision out;
  memset(&out, 0, sizeof out);
  out.size = sizeof out;
  out.subject = text(subject);
  out.rule = text(rule);
  out.source = text("an example");
  out.reason = text(reason);
  out.reason_zh = text(reason_zh);
  return out;
}

static int32_t fields(const crmk_plugin_sink *sink) {
  crmk_plugin_field field;
  memset(&field, 0, sizeof field);
  field.size = sizeof field;
  field.type = CRMK_PLUGIN_TYPE_TEXT;
  field.flags = CRMK_PLUGIN_FIELD_INDEXED;
  field.entity = text("customer");
  field.name = text("acme.tier");
  field.label = text("Tier");
  field.label_zh = text("\xe5\xb1\x82\xe7\xba\xa7");
  field.max = 16;
  return sink->field(sink->context, &field);
}

static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
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
  violation.source = text("the example's own rule");
  return sink->violation(sink->context, &violation);
}

static int32_t classify(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  const example_state *self = (const example_state *)state;
  crmk_plugin_decision tier = decision("acme.tier", "EXAMPLE-3", "by the number of employees", "\xe5\x91\x98\xe5\xb7\xa5");
  int64_t employees = 0;
  int32_t code;
  if (!is(change->entity, "customer")) return CRMK_PLUGIN_OK;
  code = change->access->get_int(change->after, self->employee_count, &employees);
  if (code != CRMK_PLUGIN_OK) return code;
  tier.value.type = CRMK_PLUGIN_TYPE_TEXT;
  tier.value.text = text(employees > 1000 ? "large" : "small");
  return sink->decision(sink->context, &tier);
}

static int32_t complaint(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  const example_state *self = (const example_state *)state;
  crmk_plugin_decision deadline = decision("deadline_on", "EXAMPLE-2", "some days after it came in", "\xe6\x9c\x9f\xe9\x99\x90");
  crmk_plugin_input input;
  int64_t received_at;
  int32_t received_on, last, code;
  code = change->access->get_instant(change->after, self->received_at, &received_at);
  if (code != CRMK_PLUGIN_OK) return code;
  code = change->access->date_of_instant(change->context, received_at, &received_on);
  if (code < 0) return code;
  code = change->access->calendar_roll(change->context, received_on + self->days, CRMK_PLUGIN_ROLL_NONE, &last);
  if (code < 0) return code;
  input.name = text("roll");
  input.value = text("none");
  deadline.value.type = CRMK_PLUGIN_TYPE_DATE;
  deadline.value.number = last;
  deadline.inputs = &input;
  deadline.input_count = 1;
  return sink->decision(sink->context, &deadline);
}

static int32_t calculators(const crmk_plugin_sink *sink) {
  crmk_plugin_parameter parameters[2];
  crmk_plugin_calculator twice;
  memset(parameters, 0, sizeof parameters);
  parameters[0].name = text("number");
  parameters[0].label = text("Number");
  parameters[0].label_zh = text("\xe6\x95\xb0");
  parameters[0].type = CRMK_PLUGIN_TYPE_INT;
  parameters[1] = parameters[0];
  parameters[1].name = text("doubled");
  parameters[1].flags = CRMK_PLUGIN_PARAMETER_RESULT;
  memset(&twice, 0, sizeof twice);
  twice.size = sizeof twice;
  twice.name = text("acme.twice");
  twice.label = text("Twice");
  twice.label_zh = text("\xe4\xb8\xa4\xe5\x80\x8d");
  twice.parameters = parameters;
  twice.parameter_count = 2;
  return sink->calculator(sink->context, &twice);
}

static int32_t compute(void *state, const crmk_plugin_computation *call, const crmk_plugin_sink *sink) {
  crmk_plugin_decision doubled = decision("doubled", "EXAMPLE-4", "twice the number", "\xe4\xb8\xa4\xe5\x80\x8d");
  int64_t number = call->arguments[0].number;
  (void)state;
  if (number > INT64_MAX / 2 || number < INT64_MIN / 2) {
    call->access->fail(call->context, text("number is too great to be doubled"));
    return CRMK_PLUGIN_E_RANGE;
  }
  doubled.value.type = CRMK_PLUGIN_TYPE_INT;
  doubled.value.number = number * 2;
  return sink->decision(sink->context, &doubled);
}

static int32_t init(const crmk_plugin_host *host, void **state) {
  crmk_plugin_str name, value;
  uint32_t i;
  example_state *self = (example_state *)calloc(1, sizeof *self);
  if (self == NULL) return CRMK_PLUGIN_E_FAILED;
  self->days = 7;
  for (i = 0; host->setting_at(host->context, i, &name, &value) == CRMK_PLUGIN_OK; i++) {
    self->days = is(name, "days") ? days_of(value) : 0;
    if (self->days == 0) {
      host->fail(host->context, text(is(name, "days") ? "setting days is not a number of 1 to 365"
                                                      : "there is one setting, days"));
      free(self);
      return CRMK_PLUGIN_E_FAILED;
    }
  }
  if (host->field_id(host->context, text("complaint"), text("request"), CRMK_PLUGIN_TYPE_TEXT, &self->request) < 0 ||
      host->field_id(host->context, text("complaint"), text("received_at"), CRMK_PLUGIN_TYPE_INSTANT,
                     &self->received_at) < 0 ||
      host->field_id(host->context, text("customer"), text("employee_count"), CRMK_PLUGIN_TYPE_INT,
                     &self->employee_count) < 0) {
    host->fail(host->context, text("a field is not known to this kernel"));
    free(self);
    return CRMK_PLUGIN_E_FAILED;
  }
  *state = self;
  return CRMK_PLUGIN_OK;
}

static void deinit(void *state) { free(state); }

static const void *get_extension(crmk_plugin_str id) {
  static const crmk_plugin_fields fields_1 = {sizeof(crmk_plugin_fields), 0, fields};
  static const char default_policy[] = "id = \"example\"\nversion = \"example/1\"\ntitle = \"Example\"\n";
  static const crmk_plugin_policy policy_1 = {
      sizeof(crmk_plugin_policy), 0, {(const uint8_t *)default_policy, sizeof default_policy - 1}};
  static const crmk_plugin_hook validate_1 = {sizeof(crmk_plugin_hook), 0, validate};
  static const crmk_plugin_hook classify_1 = {sizeof(crmk_plugin_hook), 0, classify};
  static const crmk_plugin_hook complaint_1 = {sizeof(crmk_plugin_hook), 0, complaint};
  static const crmk_plugin_compute compute_1 = {sizeof(crmk_plugin_compute), 0, calculators, compute};
  if (is(id, CRMK_PLUGIN_EXT_FIELDS)) return &fields_1;
  if (is(id, CRMK_PLUGIN_EXT_POLICY)) return &policy_1;
  if (is(id, CRMK_PLUGIN_EXT_VALIDATE)) return &validate_1;
  if (is(id, CRMK_PLUGIN_EXT_CLASSIFY)) return &classify_1;
  if (is(id, CRMK_PLUGIN_EXT_COMPLAINT)) return &complaint_1;
  if (is(id, CRMK_PLUGIN_EXT_COMPUTE)) return &compute_1;
  return NULL;
}

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host) {
  static const crmk_plugin plugin = {sizeof(crmk_plugin),
                                     CRMK_PLUGIN_MAGIC,
                                     CRMK_PLUGIN_ABI_MAJOR,
                                     CRMK_PLUGIN_ABI_MINOR,
                                     {(const uint8_t *)"example.c", 9},
                                     {(const uint8_t *)"1.0.0", 5},
                                     init,
                                     deinit,
                                     get_extension};
  (void)host;
  return &plugin;
}
