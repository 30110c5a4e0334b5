/* plugins.c - what a host can ask about its plugins: the calculators with their arguments and results, the lines that
 * plugins left for the administrator, and the keys that the database trusts; that a calculator is called, and that a
 * refusal tells nobody what a plugin hides from them; that a database says which plugin it misses.
 *
 *   plugins BANKING PROBE DISCREET     libraries with their manifests: the banking plugin, one that refuses and logs, and one
 *                                      that hides from u.guest what it says in its refusals
 *
 * Exit codes: 0 all is so, 1 not. */
#include <stdio.h>
#include <string.h>

#include "crmkernel.h"

#define KEY "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"

static int failures = 0;

static void expect(int64_t found, int64_t wanted, const char *what) {
  if (found == wanted) return;
  fprintf(stderr, "plugins: %s: found %ld, wanted %ld\n", what, (long)found, (long)wanted);
  failures++;
}

static void reads(crmk_text found, const char *wanted, const char *what) {
  if (found.len == strlen(wanted) && memcmp(found.data, wanted, found.len) == 0) return;
  fprintf(stderr, "plugins: %s: found %.*s, wanted %s\n", what, (int)found.len, (const char *)found.data, wanted);
  failures++;
}

static crmk_session *session_of(crmk_db *db, const char *name, int32_t level) {
  crmk_session *session = NULL;
  expect(crmk_session_open(db, crmk_text_of(name), level, &session), CRMK_OK, "session");
  return session;
}

static void load(crmk_session *session, const char *path) {
  crmk_plugin_options options;
  crmk_text allowed = crmk_text_of(path);
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.allowed = &allowed;
  options.allowed_count = 1;
  expect(crmk_plugin_load(session, allowed, &options), CRMK_OK, path);
}

/* The calculator of fines: what it takes and gives, and that its bounds are kept. */
static void fines(crmk_session *session) {
  crmk_calculator calculator;
  crmk_parameter parameter;
  uint32_t i, count = 0, at = UINT32_MAX;
  memset(&calculator, 0, sizeof calculator);
  memset(&parameter, 0, sizeof parameter);
  calculator.size = sizeof calculator;
  parameter.size = sizeof parameter;
  expect(crmk_calculators(session, NULL), CRMK_E_NULL_ARGUMENT, "no count");
  expect(crmk_calculators(session, &count), CRMK_OK, "calculators");
  expect(count > 3, 1, "several calculators");
  for (i = 0; i < count; i++) {
    expect(crmk_calculator_at(session, i, &calculator), CRMK_OK, "calculator");
    if (calculator.name.len == 15 && memcmp(calculator.name.data, "bank.fine_range", 15) == 0) at = i;
  }
  expect(crmk_calculator_at(session, count, &calculator), CRMK_E_INVALID_ARGUMENT, "past the last calculator");
  expect(crmk_calculator_at(session, at, &calculator), CRMK_OK, "the calculator of fines");
  reads(calculator.label, "Range of a fine", "label");
  reads(calculator.label_zh, "罚款区间", "label in Chinese");
  reads(calculator.plugin, "crmkernel.banking", "plugin");
  expect(calculator.argument_count, 1, "arguments");
  expect(calculator.result_count, 3, "results");
  expect(crmk_calculator_argument(session, at, 0, &parameter), CRMK_OK, "argument");
  reads(parameter.name, "gains", "name of the argument");
  reads(parameter.label_zh, "违法所得", "its label in Chinese");
  expect(parameter.type, CRMK_TYPE_MONEY, "type of the argument");
  expect(parameter.is_optional, 1, "it may be left out");
  expect(crmk_calculator_argument(session, at, 1, &parameter), CRMK_E_INVALID_ARGUMENT, "past the last argument");
  expect(crmk_calculator_result(session, at, 1, &parameter), CRMK_OK, "result");
  reads(parameter.name, "maximum", "name of the result");
  expect(parameter.is_optional, 0, "a result is not left out");
  expect(crmk_calculator_result(session, at, 3, &parameter), CRMK_E_INVALID_ARGUMENT, "past the last result");
  expect(crmk_calculator_result(session, count, 0, &parameter), CRMK_E_INVALID_ARGUMENT, "no such calculator");
  expect(crmk_calculator_result(session, at, 0, NULL), CRMK_E_NULL_ARGUMENT, "no place");
  expect(crmk_compute(session, crmk_text_of("bank.fine_range"), NULL, 0, &count), CRMK_OK, "it is called");
  expect(count, 3, "its results");
}

/* A plugin that writes a line at each change and refuses it: the lines are taken once, by whoever asks first. */
static void lines(crmk_session *session, crmk_session *other) {
  crmk_session *another = NULL;
  crmk_record *record = NULL;
  crmk_log_line line;
  uint32_t count = 9;
  memset(&line, 0, sizeof line);
  line.size = sizeof line;
  expect(crmk_plugin_log(session, &count), CRMK_OK, "log");
  expect(count, 0, "nothing was logged yet");
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record), CRMK_OK, "record");
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, crmk_text_of("客户")), CRMK_OK, "name");
  expect(crmk_record_add(session, record, NULL, NULL), CRMK_E_REJECTED, "the probe refuses");
  crmk_record_free(record);
  expect(crmk_plugin_log(session, NULL), CRMK_E_NULL_ARGUMENT, "no count, and nothing is taken");
  expect(crmk_plugin_log(session, &count), CRMK_OK, "log");
  expect(count, 1, "one line");
  expect(crmk_plugin_log_at(session, 0, &line), CRMK_OK, "line");
  reads(line.plugin, "test.probe", "plugin of the line");
  reads(line.message, "looked", "text of the line");
  expect(line.is_warning, 1, "it is a warning");
  expect(crmk_plugin_log_at(session, 1, &line), CRMK_E_INVALID_ARGUMENT, "past the last line");
  expect(crmk_plugin_log(other, &count), CRMK_E_FORBIDDEN, "the log is for managers");
  expect(crmk_session_as(session, crmk_text_of("u.wu"), CRMK_LEVEL_MANAGE, &another), CRMK_OK, "another manager");
  expect(crmk_plugin_log(another, &count), CRMK_OK, "log of another session");
  expect(count, 0, "a line is told once");
  crmk_session_free(another);
  expect(crmk_plugin_log_at(session, 0, &line), CRMK_OK, "the session that took it still has it");
}

static void keys(crmk_session *session) {
  crmk_text key;
  uint32_t count = 9;
  expect(crmk_plugin_keys(session, &count), CRMK_OK, "keys");
  expect(count, 0, "no key is trusted");
  expect(crmk_plugin_key_at(session, 0, &key), CRMK_E_INVALID_ARGUMENT, "past the last key");
  expect(crmk_plugin_trust(session, crmk_text_of(KEY)), CRMK_OK, "trust");
  expect(crmk_plugin_keys(session, &count), CRMK_OK, "keys");
  expect(count, 1, "one key is trusted");
  expect(crmk_plugin_key_at(session, 0, &key), CRMK_OK, "key");
  reads(key, KEY, "the key");
  expect(crmk_plugin_key_at(session, 0, NULL), CRMK_E_NULL_ARGUMENT, "no place");
  expect(crmk_plugin_distrust(session, crmk_text_of(KEY)), CRMK_OK, "distrust");
  expect(crmk_plugin_keys(session, &count), CRMK_OK, "keys");
  expect(count, 0, "no key is trusted any more");
}

/* Whether everything that the last error of a session says is without a text. */
static int is_silent(crmk_session *session, const char *secret) {
  crmk_error error;
  crmk_violation violation;
  crmk_text input, value;
  char all[4096];
  size_t used = 0;
  uint32_t i, j;
  memset(&error, 0, sizeof error);
  memset(&violation, 0, sizeof violation);
  error.size = sizeof error;
  violation.size = sizeof violation;
  expect(crmk_session_error(session, &error), CRMK_OK, "error");
  used += (size_t)snprintf(all + used, sizeof all - used, "%.*s;", (int)error.message.len, (const char *)error.message.data);
  for (i = 0; i < error.context_count; i++) {
    expect(crmk_session_context(session, i, &input, &value), CRMK_OK, "context");
    used += (size_t)snprintf(all + used, sizeof all - used, "%.*s;", (int)value.len, (const char *)value.data);
  }
  for (i = 0; i < error.violation_count; i++) {
    expect(crmk_session_violation(session, i, &violation), CRMK_OK, "violation");
    used += (size_t)snprintf(all + used, sizeof all - used, "%.*s;%.*s;", (int)violation.message.len,
                             (const char *)violation.message.data, (int)violation.message_zh.len,
                             (const char *)violation.message_zh.data);
    for (j = 0; j < violation.input_count; j++) {
      expect(crmk_session_violation_input(session, i, j, &input, &value), CRMK_OK, "input");
      used += (size_t)snprintf(all + used, sizeof all - used, "%.*s;", (int)value.len, (const char *)value.data);
    }
  }
  return strstr(all, secret) == NULL;
}

/* Status and revenue of the customer are hidden from the guest: no refusal tells them. */
static void hidden(crmk_session *session, crmk_session *guest) {
  crmk_record *record = NULL;
  crmk_record *changes = NULL;
  crmk_outcome outcome;
  crmk_money revenue;
  uint64_t id;
  memset(&outcome, 0, sizeof outcome);
  outcome.size = sizeof outcome;
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record), CRMK_OK, "record");
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, crmk_text_of("客户")), CRMK_OK, "name");
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_CODE, crmk_text_of("C-1")), CRMK_OK, "code");
  memset(&revenue, 0, sizeof revenue);
  revenue.amount_minor = 987654321;
  memcpy(revenue.currency, "CNY", 3);
  expect(crmk_record_set_money(record, CRMK_CUSTOMER_ANNUAL_REVENUE, revenue), CRMK_OK, "revenue");
  expect(crmk_record_add(session, record, &outcome, NULL), CRMK_OK, "add");
  expect(crmk_record_add(guest, record, NULL, NULL), CRMK_E_DUPLICATE, "the code is taken");
  expect(is_silent(guest, "C-1"), 1, "who else has a code is not told");
  crmk_record_free(record);
  id = outcome.id;
  expect(crmk_record_act(session, CRMK_VERB_CUSTOMER_REST, id, 0, NULL, NULL, NULL), CRMK_E_TRANSITION, "rest");
  expect(is_silent(session, "prospect"), 0, "who sees the state is told");
  expect(crmk_record_act(guest, CRMK_VERB_CUSTOMER_REST, id, 0, NULL, NULL, NULL), CRMK_E_TRANSITION, "rest");
  expect(is_silent(guest, "prospect"), 1, "who does not is not");
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &changes), CRMK_OK, "changes");
  expect(crmk_record_set_text(changes, CRMK_CUSTOMER_REGION, crmk_text_of("nowhere")), CRMK_OK, "region");
  expect(crmk_record_update(session, id, 0, changes, NULL, NULL), CRMK_E_REJECTED, "the plugin refuses");
  expect(is_silent(session, "987654321"), 0, "who sees the revenue is told");
  expect(crmk_record_update(guest, id, 0, changes, NULL, NULL), CRMK_E_REJECTED, "the plugin refuses");
  expect(is_silent(guest, "987654321"), 1, "who does not is not");
  crmk_record_free(changes);
}

/* A customer of a database that needs the banking plugin. */
static int32_t add(crmk_session *session) {
  crmk_record *record = NULL;
  int32_t code;
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record), CRMK_OK, "record");
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, crmk_text_of("客户")), CRMK_OK, "name");
  code = crmk_record_add(session, record, NULL, NULL);
  crmk_record_free(record);
  return code;
}

/* 2026-05-20 at noon in China: from October on the next year's calendar is missing, which is a warning of its own. */
static int64_t spring(void *context) {
  (void)context;
  return INT64_C(1779249600000000);
}

static crmk_db *in_file(const char *path, uint32_t flags) {
  crmk_db *db = NULL;
  crmk_open_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.path = crmk_text_of(path);
  options.flags = CRMK_OPEN_CREATE | flags;
  options.clock = spring;
  expect(crmk_db_open(&options, &db, NULL, 0), CRMK_OK, path);
  return db;
}

static void shut(crmk_db *db, crmk_session *session) {
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close");
  crmk_db_free(db);
}

/* A database that was used with a plugin and is opened without: nothing said so, and its rules were gone. */
static void missing(const char *path, const char *banking) {
  crmk_warning warning;
  uint32_t count = 9;
  crmk_db *db = in_file(path, 0);
  crmk_session *session = session_of(db, "u.li", CRMK_LEVEL_MANAGE);
  memset(&warning, 0, sizeof warning);
  warning.size = sizeof warning;
  load(session, banking);
  expect(crmk_warning_count(session, &count), CRMK_OK, "warnings");
  expect(count, 0, "all is well");
  expect(add(session), CRMK_OK, "with the plugin");
  shut(db, session);
  db = in_file(path, 0);
  session = session_of(db, "u.li", CRMK_LEVEL_MANAGE);
  expect(crmk_warning_count(session, NULL), CRMK_E_NULL_ARGUMENT, "no count");
  expect(crmk_warning_count(session, &count), CRMK_OK, "warnings");
  expect(count, 1, "the plugin is missing");
  expect(crmk_warning_at(session, 0, &warning), CRMK_OK, "warning");
  reads(warning.code, "plugin_missing", "code");
  reads(warning.subject, "crmkernel.banking", "subject");
  expect(warning.message.len > 0 && warning.message_zh.len > 0, 1, "in both languages");
  expect(crmk_warning_at(session, 1, &warning), CRMK_E_INVALID_ARGUMENT, "past the last warning");
  expect(add(session), CRMK_E_PLUGIN_MISSING, "without the plugin");
  shut(db, session);
  db = in_file(path, CRMK_OPEN_ALLOW_MISSING_PLUGINS);
  session = session_of(db, "u.li", CRMK_LEVEL_MANAGE);
  expect(add(session), CRMK_OK, "as the opener allows");
  expect(crmk_plugin_forget(session, crmk_text_of("acme.none")), CRMK_E_PLUGIN_UNKNOWN, "no such plugin");
  expect(crmk_plugin_forget(session, crmk_text_of("crmkernel.banking")), CRMK_OK, "forget");
  expect(crmk_warning_count(session, &count), CRMK_OK, "warnings");
  expect(count, 0, "nothing is missed any more");
  shut(db, session);
}

static crmk_db *in_memory(void) {
  crmk_db *db = NULL;
  crmk_open_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_MEMORY;
  expect(crmk_db_open(&options, &db, NULL, 0), CRMK_OK, "a database in memory");
  return db;
}

int main(int argc, char **argv) {
  char path[4096];
  crmk_db *db;
  crmk_session *session, *other;
  if (argc != 4) {
    fprintf(stderr, "usage: plugins BANKING PROBE DISCREET\n");
    return 2;
  }
  db = in_memory();
  session = session_of(db, "u.li", CRMK_LEVEL_MANAGE);
  other = session_of(db, "u.wu", CRMK_LEVEL_READ);
  load(session, argv[1]);
  fines(session);
  load(session, argv[2]);
  lines(session, other);
  keys(session);
  crmk_session_free(other);
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close");
  crmk_db_free(db);
  db = in_memory();
  session = session_of(db, "u.li", CRMK_LEVEL_MANAGE);
  other = session_of(db, "u.guest", CRMK_LEVEL_MANAGE);
  load(session, argv[3]);
  hidden(session, other);
  crmk_session_free(other);
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close");
  crmk_db_free(db);
  if (snprintf(path, sizeof path, "%s.crm", argv[2]) < (int)sizeof path) missing(path, argv[1]);
  printf("plugins: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
