/* A plugin with one fault, for the tests of the host. FAULT is defined as one of the numbers below. */
#define CRMK_PLUGIN_DRAFTS
#include "crmkernel_plugin.h"

#include <stdlib.h>
#include <string.h>

#define NO_ENTRY 1        /* does not export the entry function */
#define NO_TABLE 2        /* the entry function returns NULL */
#define OTHER_MAGIC 3     /* the table does not begin like a plugin's */
#define OTHER_MAJOR 4     /* built for ABI 2 */
#define SHORT_TABLE 5     /* the table is shorter than that of version 1.0 */
#define INIT_FAILS 6      /* init returns an error with a reason */
#define HOOK_FAILS 7      /* every hook returns an error with a reason that is not UTF-8 */
#define BAD_TEXT 8        /* a violation is not UTF-8, and the hook does not care */
#define NO_INIT 9         /* init is NULL */
#define SHORT_EXTENSION 10 /* the struct of an extension is too short */
#define TOO_MANY 11       /* more violations than the bound, and the hook does not care */
#define TWO_DEADLINES 12  /* two deadlines in one call: contradictory results */
#define CALENDAR 13       /* asks for a rest day and returns the code that it gets */
#define NEWER 14          /* no fault: a table of a later minor version, longer than this one */
#define NULL_HOOK 15      /* the function of a hook is NULL */
#define WRONG_SUBJECT 16  /* decides what is not asked for, and does not care */
#define WRONG_VALUE 17    /* decides a deadline that is a text, and does not care */
#define BAD_FIELD 18      /* declares a field of an entity that is not there */
#define NO_RESULT 19      /* its calculator gives no result */
#define FOREIGN_GRADE 20  /* decides a grade that is not one */
#define LOOPS 21          /* loops until it is told to end */
#define CRASHES 22        /* follows a null pointer */
#define ABORTS 23         /* aborts */
#define BAD_RATIO 24      /* its calculator gives a ratio with the denominator 0 */
#define NULL_EXTENSION_TABLE 25 /* get_extension is NULL */
#define FOREIGN_CLASS 26  /* decides a class that is longer than the field, which is within the ABI's bound */
#define FIELDS_FAIL 27    /* its declaration of fields returns an error */
#define BAD_POLICY 28     /* its policy is not UTF-8 */

static crmk_plugin_str text(const char *literal) {
  crmk_plugin_str out;
  out.data = (const uint8_t *)literal;
  out.len = strlen(literal);
  return out;
}

static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  crmk_plugin_violation violation;
  volatile int *nowhere = NULL;
  uint8_t rest;
  int i;
  (void)state;
  memset(&violation, 0, sizeof violation);
  violation.size = sizeof violation;
  violation.code = text("fault");
  violation.message = text(FAULT == BAD_TEXT ? "\xff" : "a fault");
  switch (FAULT) {
    case HOOK_FAILS:
      change->access->fail(change->context, text("broken \xff text"));
      return CRMK_PLUGIN_E_FAILED;
    case BAD_TEXT:
      sink->violation(sink->context, &violation);
      return CRMK_PLUGIN_OK;
    case TOO_MANY:
      for (i = 0; i <= CRMK_PLUGIN_VIOLATIONS_MAX; i++) sink->violation(sink->context, &violation);
      return CRMK_PLUGIN_OK;
    case CALENDAR:
      return change->access->calendar_is_rest_day(change->context, change->today, &rest);
    case LOOPS:
      while (!change->access->cancelled(change->context)) change->access->log(change->context, CRMK_PLUGIN_LOG_WARNING, text("round"));
      return CRMK_PLUGIN_E_CANCELLED;
    case CRASHES:
      return *nowhere;
    case ABORTS:
      abort();
    default:
      return CRMK_PLUGIN_OK;
  }
}

static int32_t decide(const crmk_plugin_sink *sink, const char *subject, int32_t type, int64_t number, const char *value) {
  crmk_plugin_decision decision;
  memset(&decision, 0, sizeof decision);
  decision.size = sizeof decision;
  decision.subject = text(subject);
  decision.value.type = type;
  decision.value.number = number;
  decision.value.text = text(value);
  decision.rule = text("F");
  decision.reason = text("a fault");
  return sink->decision(sink->context, &decision);
}

static int32_t classify(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  (void)state;
  if (FAULT == HOOK_FAILS) return CRMK_PLUGIN_E_FAILED;
  if (FAULT == FOREIGN_CLASS && change->entity.len == 8)
    return decide(sink, "class", CRMK_PLUGIN_TYPE_TEXT, 0, "a class of which the name is longer than any field holds");
  return CRMK_PLUGIN_OK;
}

static int32_t complaint(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  (void)state;
  switch (FAULT) {
    case HOOK_FAILS:
      return CRMK_PLUGIN_E_FAILED;
    case TWO_DEADLINES:
      decide(sink, "deadline_on", CRMK_PLUGIN_TYPE_DATE, change->today, "");
      decide(sink, "deadline_on", CRMK_PLUGIN_TYPE_DATE, change->today + 1, "");
      return CRMK_PLUGIN_OK;
    case WRONG_SUBJECT:
      decide(sink, "class", CRMK_PLUGIN_TYPE_TEXT, 0, "key");
      return CRMK_PLUGIN_OK;
    case WRONG_VALUE:
      decide(sink, "deadline_on", CRMK_PLUGIN_TYPE_TEXT, 0, "2026-10-01");
      return CRMK_PLUGIN_OK;
    case FOREIGN_GRADE:
      decide(sink, "grade", CRMK_PLUGIN_TYPE_TEXT, 0, "terrible");
      return CRMK_PLUGIN_OK;
    default:
      return CRMK_PLUGIN_OK;
  }
}

static int32_t fields(const crmk_plugin_sink *sink) {
  crmk_plugin_field field;
  if (FAULT == FIELDS_FAIL) return CRMK_PLUGIN_E_FAILED;
  memset(&field, 0, sizeof field);
  field.size = sizeof field;
  field.type = CRMK_PLUGIN_TYPE_BOOL;
  field.entity = text(FAULT == BAD_FIELD ? "planet" : "customer");
  field.name = text("fault.flag");
  field.label = text("Flag");
  field.label_zh = text("flag");
  sink->field(sink->context, &field);
  return CRMK_PLUGIN_OK;
}

static int32_t calculators(const crmk_plugin_sink *sink) {
  crmk_plugin_parameter result;
  crmk_plugin_calculator calculator;
  memset(&result, 0, sizeof result);
  result.name = text("result");
  result.type = CRMK_PLUGIN_TYPE_RATIO;
  result.flags = CRMK_PLUGIN_PARAMETER_RESULT;
  memset(&calculator, 0, sizeof calculator);
  calculator.size = sizeof calculator;
  calculator.name = text("fault.compute");
  calculator.parameters = &result;
  calculator.parameter_count = 1;
  return sink->calculator(sink->context, &calculator);
}

static int32_t fails(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  (void)state;
  (void)change;
  (void)sink;
  return CRMK_PLUGIN_E_FAILED;
}

static int32_t compute(void *state, const crmk_plugin_computation *call, const crmk_plugin_sink *sink) {
  (void)state;
  (void)call;
  if (FAULT == HOOK_FAILS) return CRMK_PLUGIN_E_FAILED;
  if (FAULT == BAD_RATIO) decide(sink, "result", CRMK_PLUGIN_TYPE_RATIO, 1, "");
  return CRMK_PLUGIN_OK;
}

static int32_t init(const crmk_plugin_host *host, void **state) {
  (void)state;
  if (FAULT != INIT_FAILS) return CRMK_PLUGIN_OK;
  host->fail(host->context, text("no licence"));
  return CRMK_PLUGIN_E_FAILED;
}

static const crmk_plugin_hook validate_extension = {FAULT == SHORT_EXTENSION ? 8 : sizeof(crmk_plugin_hook), 0,
                                                    FAULT == NULL_HOOK ? NULL : validate};
static const crmk_plugin_hook classify_extension = {sizeof(crmk_plugin_hook), 0, classify};
static const crmk_plugin_hook complaint_extension = {sizeof(crmk_plugin_hook), 0, complaint};
static const crmk_plugin_hook failing_extension = {sizeof(crmk_plugin_hook), 0, fails};
static const crmk_plugin_policy policy_extension = {sizeof(crmk_plugin_policy), 0, {(const uint8_t *)"\xff", 1}};
static const crmk_plugin_fields fields_extension = {sizeof(crmk_plugin_fields), 0, fields};
static const crmk_plugin_compute compute_extension = {sizeof(crmk_plugin_compute), 0, calculators, compute};

static int is(crmk_plugin_str id, const char *name) {
  return id.len == strlen(name) && memcmp(id.data, name, id.len) == 0;
}

static const void *get_extension(crmk_plugin_str id) {
  if (is(id, CRMK_PLUGIN_EXT_VALIDATE)) return &validate_extension;
  if (is(id, CRMK_PLUGIN_EXT_CLASSIFY)) return &classify_extension;
  if (is(id, CRMK_PLUGIN_EXT_COMPLAINT)) return &complaint_extension;
  if (is(id, CRMK_PLUGIN_EXT_FIELDS)) return &fields_extension;
  if (is(id, CRMK_PLUGIN_EXT_COMPUTE)) return &compute_extension;
  if (FAULT == BAD_POLICY && is(id, CRMK_PLUGIN_EXT_POLICY)) return &policy_extension;
  if (FAULT == HOOK_FAILS && (is(id, CRMK_PLUGIN_EXT_CADENCE) || is(id, CRMK_PLUGIN_EXT_RIGHTS) || is(id, CRMK_PLUGIN_DRAFT_RETENTION)))
    return &failing_extension;
  return NULL;
}

typedef struct {
  crmk_plugin known;
  uint64_t added_later[4];
} newer_plugin;

#if FAULT == NO_ENTRY
#define crmk_plugin_entry_v1 crmk_plugin_entry_v0
CRMK_PLUGIN_EXPORT const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host);
#endif

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host) {
  static const newer_plugin plugin = {
      {FAULT == SHORT_TABLE ? 40 : sizeof(newer_plugin),
       FAULT == OTHER_MAGIC ? 42 : CRMK_PLUGIN_MAGIC,
       FAULT == OTHER_MAJOR ? 2 : CRMK_PLUGIN_ABI_MAJOR,
       CRMK_PLUGIN_ABI_MINOR + 1,
       {(const uint8_t *)"test.faulty", 11},
       {(const uint8_t *)"1.0.0", 5},
       FAULT == NO_INIT ? NULL : init,
       NULL,
       FAULT == NULL_EXTENSION_TABLE ? NULL : get_extension},
      {1, 2, 3, 4}};
  (void)host;
  return FAULT == NO_TABLE ? NULL : &plugin.known;
}
