/* A plugin with one fault, for the tests of the host. FAULT is defined as one of the numbers below. */
#include "crmkernel_plugin.h"

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
#define TWO_DEADLINES 12  /* two deadlines in one call */
#define CALENDAR 13       /* asks for a rest day and returns the code that it gets */
#define NEWER 14          /* no fault: a table of a later minor version, longer than this one */

static crmk_plugin_str text(const char *literal) {
  crmk_plugin_str out;
  out.data = (const uint8_t *)literal;
  out.len = strlen(literal);
  return out;
}

static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_validate_sink *sink) {
  crmk_plugin_violation violation;
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
    default:
      return CRMK_PLUGIN_OK;
  }
}

static int32_t complaint(void *state, const crmk_plugin_change *change, const crmk_plugin_complaint_sink *sink) {
  crmk_plugin_deadline deadline;
  (void)state;
  if (FAULT == HOOK_FAILS) return CRMK_PLUGIN_E_FAILED;
  if (FAULT != TWO_DEADLINES) return CRMK_PLUGIN_OK;
  memset(&deadline, 0, sizeof deadline);
  deadline.size = sizeof deadline;
  deadline.date = change->today;
  deadline.rule = text("F");
  deadline.reason = text("a fault");
  sink->deadline(sink->context, &deadline);
  return sink->deadline(sink->context, &deadline);
}

static int32_t init(const crmk_plugin_host *host, void **state) {
  (void)state;
  if (FAULT != INIT_FAILS) return CRMK_PLUGIN_OK;
  host->fail(host->context, text("no licence"));
  return CRMK_PLUGIN_E_FAILED;
}

static const crmk_plugin_validate validate_extension = {
    FAULT == SHORT_EXTENSION ? 8 : sizeof(crmk_plugin_validate), 0, validate};
static const crmk_plugin_complaint complaint_extension = {sizeof(crmk_plugin_complaint), 0, complaint};

static const void *get_extension(void *state, crmk_plugin_str id) {
  (void)state;
  if (id.len == strlen(CRMK_PLUGIN_EXT_VALIDATE) && memcmp(id.data, CRMK_PLUGIN_EXT_VALIDATE, id.len) == 0)
    return &validate_extension;
  if (id.len == strlen(CRMK_PLUGIN_EXT_COMPLAINT) && memcmp(id.data, CRMK_PLUGIN_EXT_COMPLAINT, id.len) == 0)
    return &complaint_extension;
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
       get_extension},
      {1, 2, 3, 4}};
  (void)host;
  return FAULT == NO_TABLE ? NULL : &plugin.known;
}
