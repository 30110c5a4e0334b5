/* erp.c - a small ERP on crmkernel: registers customers, plans and holds visits, receives a complaint and says by when
 * it is to be settled and why, lists what is due.
 *
 *   erp DATABASE [--plugin LIBRARY] [--now 2026-09-16T09:00:00+08:00]
 *
 * Run it twice: the second time finds what the first one wrote, by the ERP's own keys. Exit codes: 0 done, 1 a call
 * failed, 2 usage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crmkernel.h"

#define SYSTEM "erp"

static void print_text(crmk_text text) { fwrite(text.data, 1, text.len, stdout); }

static void print_date(int32_t date) {
  int32_t year = 0;
  uint32_t month = 0, day = 0;
  if (crmk_date_split(date, &year, &month, &day) == CRMK_OK)
    printf("%04d-%02u-%02u", (int)year, (unsigned)month, (unsigned)day);
}

/* Ends the program when a call on a session failed; says what was found and what is allowed. */
static void must(crmk_session *session, int32_t code, const char *what) {
  crmk_error error;
  uint32_t i;
  if (code >= 0) return;
  memset(&error, 0, sizeof error);
  error.size = sizeof error;
  fprintf(stderr, "erp: %s: ", what);
  if (session != NULL && crmk_session_error(session, &error) == CRMK_OK) {
    fprintf(stderr, "%.*s\n", (int)error.message.len, (const char *)error.message.data);
    for (i = 0; i < error.violation_count; i++) {
      crmk_violation violation;
      memset(&violation, 0, sizeof violation);
      violation.size = sizeof violation;
      if (crmk_session_violation(session, i, &violation) == CRMK_OK)
        fprintf(stderr, "  %.*s: %.*s\n", (int)violation.field.len, (const char *)violation.field.data,
                (int)violation.message.len, (const char *)violation.message.data);
    }
  } else {
    crmk_text message;
    crmk_thread_error(&message);
    fprintf(stderr, "%.*s\n", (int)message.len, (const char *)message.data);
  }
  exit(1);
}

static void set_text(crmk_session *session, crmk_record *record, uint32_t field, const char *value) {
  must(session, crmk_record_set_text(record, field, crmk_text_of(value)), value);
}

/* Makes a record with the ERP's own key. Every entity has the same two fields for it. */
static crmk_record *keyed(crmk_session *session, int32_t entity, const char *key) {
  crmk_record *record = NULL;
  must(session, crmk_record_new(session, entity, &record), "new record");
  set_text(session, record, CRMK_CUSTOMER_EXTERNAL_SYSTEM, SYSTEM);
  set_text(session, record, CRMK_CUSTOMER_EXTERNAL_ID, key);
  return record;
}

/* Writes a record by its key and says what that did; gives its id. */
static uint64_t put(crmk_session *session, crmk_record *record, const char *what) {
  crmk_outcome outcome;
  memset(&outcome, 0, sizeof outcome);
  outcome.size = sizeof outcome;
  must(session, crmk_record_put(session, record, &outcome, NULL), what);
  printf("  %s: %s\n", what, outcome.added ? "added" : outcome.changed ? "changed" : "as it was");
  crmk_record_free(record);
  return outcome.id;
}

static uint64_t register_customer(crmk_session *session, const char *key, const char *name, const char *class_name) {
  crmk_record *customer = keyed(session, CRMK_ENTITY_CUSTOMER, key);
  set_text(session, customer, CRMK_CUSTOMER_NAME, name);
  set_text(session, customer, CRMK_CUSTOMER_CLASS, class_name);
  set_text(session, customer, CRMK_CUSTOMER_OWNER, "u.li");
  must(session, crmk_record_set_enum(customer, CRMK_CUSTOMER_PARTY_KIND, CRMK_PARTY_KIND_ORGANISATION), "party");
  return put(session, customer, name);
}

/* Plans a visit, unless the ERP planned it before. */
static uint64_t plan_visit(crmk_session *session, const char *key, uint64_t customer, int32_t day, const char *purpose) {
  crmk_record *found = NULL, *visit;
  uint64_t id = 0;
  if (crmk_record_get_by_external_ref(session, CRMK_ENTITY_VISIT, crmk_text_of(SYSTEM), crmk_text_of(key), &found) ==
      CRMK_OK) {
    must(session, crmk_record_id(found, &id), "id");
    crmk_record_free(found);
    printf("  %s: as it was\n", purpose);
    return id;
  }
  visit = keyed(session, CRMK_ENTITY_VISIT, key);
  must(session, crmk_record_set_ref(visit, CRMK_VISIT_CUSTOMER, customer), "customer");
  must(session, crmk_record_set_date(visit, CRMK_VISIT_PLANNED_ON, day), "planned_on");
  must(session, crmk_record_set_enum(visit, CRMK_VISIT_CHANNEL, CRMK_CHANNEL_IN_PERSON), "channel");
  set_text(session, visit, CRMK_VISIT_OWNER, "u.li");
  set_text(session, visit, CRMK_VISIT_PURPOSE, purpose);
  return put(session, visit, purpose);
}

/* Holds a planned visit, reports it, and has a superior review the report. */
static void hold_visit(crmk_session *session, crmk_session *superior, uint64_t visit) {
  crmk_record *record = NULL, *inputs = NULL;
  int32_t state = 0;
  must(session, crmk_record_get(session, CRMK_ENTITY_VISIT, visit, &record), "visit");
  must(session, crmk_record_get_enum(record, CRMK_VISIT_STATE, &state), "state");
  crmk_record_free(record);
  if (state != CRMK_VISIT_STATE_PLANNED) return;
  must(session, crmk_record_act(session, CRMK_VERB_VISIT_HOLD, visit, 0, NULL, NULL, NULL), "hold");
  must(session, crmk_record_new(session, CRMK_ENTITY_VISIT, &inputs), "inputs");
  set_text(session, inputs, CRMK_VISIT_REPORT, "谈妥了明年的框架协议");
  must(session, crmk_record_act(session, CRMK_VERB_VISIT_REPORT, visit, 0, inputs, NULL, NULL), "report");
  crmk_record_free(inputs);
  must(superior, crmk_record_act(superior, CRMK_VERB_VISIT_REVIEW, visit, 0, NULL, NULL, NULL), "review");
  printf("  a visit was held, reported and reviewed\n");
}

static uint64_t receive_complaint(crmk_session *session, const char *key, uint64_t customer, int64_t now) {
  crmk_record *found = NULL, *complaint;
  uint64_t id = 0;
  if (crmk_record_get_by_external_ref(session, CRMK_ENTITY_COMPLAINT, crmk_text_of(SYSTEM), crmk_text_of(key),
                                      &found) == CRMK_OK) {
    must(session, crmk_record_id(found, &id), "id");
    crmk_record_free(found);
    printf("  complaint %s: as it was\n", key);
    return id;
  }
  complaint = keyed(session, CRMK_ENTITY_COMPLAINT, key);
  must(session, crmk_record_set_ref(complaint, CRMK_COMPLAINT_CUSTOMER, customer), "customer");
  must(session, crmk_record_set_instant(complaint, CRMK_COMPLAINT_RECEIVED_AT, now), "received_at");
  must(session, crmk_record_set_enum(complaint, CRMK_COMPLAINT_CHANNEL, CRMK_CHANNEL_PHONE), "channel");
  set_text(session, complaint, CRMK_COMPLAINT_ISSUE, "安装延误");
  set_text(session, complaint, CRMK_COMPLAINT_OWNER, "u.li");
  return put(session, complaint, "complaint: 安装延误");
}

/* Prints what the rules decided about a complaint, and why. */
static void explain(crmk_session *session, uint64_t complaint) {
  uint32_t count = 0, i, j;
  must(session, crmk_record_explain(session, CRMK_ENTITY_COMPLAINT, complaint, &count), "explain");
  for (i = 0; i < count; i++) {
    crmk_decision decision;
    memset(&decision, 0, sizeof decision);
    decision.size = sizeof decision;
    must(session, crmk_session_decision(session, i, &decision), "decision");
    printf("  ");
    print_text(decision.subject);
    printf(" is ");
    print_text(decision.value);
    printf(" by ");
    print_text(decision.rule);
    printf(" (");
    print_text(decision.source);
    printf("): ");
    print_text(decision.reason);
    printf("\n    ");
    print_text(decision.reason_zh);
    printf("\n");
    for (j = 0; j < decision.input_count; j++) {
      crmk_text name, value;
      must(session, crmk_session_decision_input(session, i, j, &name, &value), "input");
      printf("    %.*s = %.*s\n", (int)name.len, (const char *)name.data, (int)value.len, (const char *)value.data);
    }
  }
}

/* Prints the records of a query: their day, and a text. Frees the query. */
static void list(crmk_session *session, crmk_query *query, uint32_t day_field, uint32_t text_field) {
  crmk_cursor *cursor = NULL;
  crmk_record *record = NULL;
  int32_t code, day = 0;
  crmk_text text;
  must(session, crmk_query_find(query, &cursor), "find");
  while ((code = crmk_cursor_step(cursor, &record)) == CRMK_ROW) {
    printf("  ");
    if (crmk_record_get_date(record, day_field, &day) == CRMK_OK)
      print_date(day);
    else
      printf("no day    ");
    printf("  ");
    if (crmk_record_get_text(record, text_field, &text) == CRMK_OK) print_text(text);
    printf("\n");
  }
  must(session, code, "step");
  crmk_cursor_free(cursor);
  crmk_query_free(query);
}

static void list_visits_due(crmk_session *session, int32_t until) {
  crmk_query *query = NULL;
  must(session, crmk_query_new(session, CRMK_ENTITY_VISIT, &query), "query");
  must(session, crmk_query_where_enum(query, CRMK_VISIT_STATE, CRMK_OP_EQ, CRMK_VISIT_STATE_PLANNED), "where");
  must(session, crmk_query_where_date(query, CRMK_VISIT_PLANNED_ON, CRMK_OP_LE, until), "where");
  must(session, crmk_query_order(query, CRMK_VISIT_PLANNED_ON, CRMK_ASCENDING), "order");
  must(session, crmk_query_limit(query, 20), "limit");
  list(session, query, CRMK_VISIT_PLANNED_ON, CRMK_VISIT_PURPOSE);
}

static void list_complaints_open(crmk_session *session) {
  static const int32_t open[] = {
      CRMK_COMPLAINT_STATE_RECEIVED,          CRMK_COMPLAINT_STATE_CLARIFIED,   CRMK_COMPLAINT_STATE_SOLUTION_PROPOSED,
      CRMK_COMPLAINT_STATE_SOLUTION_ACCEPTED, CRMK_COMPLAINT_STATE_FOLLOWED_UP, CRMK_COMPLAINT_STATE_ESCALATED,
      CRMK_COMPLAINT_STATE_SUSPENDED};
  crmk_query *query = NULL;
  size_t i;
  must(session, crmk_query_new(session, CRMK_ENTITY_COMPLAINT, &query), "query");
  for (i = 0; i < sizeof open / sizeof open[0]; i++)
    must(session, crmk_query_where_enum(query, CRMK_COMPLAINT_STATE, CRMK_OP_IN, open[i]), "where");
  must(session, crmk_query_order(query, CRMK_COMPLAINT_DEADLINE_ON, CRMK_ASCENDING), "order");
  must(session, crmk_query_limit(query, 20), "limit");
  list(session, query, CRMK_COMPLAINT_DEADLINE_ON, CRMK_COMPLAINT_ISSUE);
}

static int64_t still(void *now) { return *(int64_t *)now; }

static crmk_db *open_database(const char *path, int64_t *now) {
  crmk_open_options options;
  char message[256];
  crmk_db *db = NULL;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_CREATE;
  options.path = crmk_text_of(path);
  if (now != NULL) {
    options.clock = still;
    options.clock_context = now;
  }
  if (crmk_db_open(&options, &db, message, sizeof message) != CRMK_OK) {
    fprintf(stderr, "erp: %s\n", message);
    exit(1);
  }
  return db;
}

/* Loads a plugin, which is allowed by naming it. */
static void load_plugin(crmk_session *session, const char *path) {
  crmk_plugin_options options;
  crmk_text allowed = crmk_text_of(path);
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.allowed = &allowed;
  options.allowed_count = 1;
  must(session, crmk_plugin_load(session, allowed, &options), "plugin");
}

static void work(crmk_session *session, crmk_session *superior, int64_t now, int32_t today) {
  uint64_t fixtures, hotel, visit, complaint;
  printf("customers\n");
  fixtures = register_customer(session, "C-1001", "上海商业设施有限公司", "key");
  hotel = register_customer(session, "C-1002", "杭州湖滨酒店", "general");
  printf("visits\n");
  visit = plan_visit(session, "V-1", fixtures, today, "年度回访");
  hold_visit(session, superior, visit);
  plan_visit(session, "V-2", fixtures, today + 7, "新产品推荐");
  plan_visit(session, "V-3", hotel, today + 3, "催收与需求");
  plan_visit(session, "V-4", hotel, today + 60, "半年回访");
  printf("complaint\n");
  complaint = receive_complaint(session, "K-1", fixtures, now);
  explain(session, complaint);
  printf("visits due within 30 days\n");
  list_visits_due(session, today + 30);
  printf("open complaints by deadline\n");
  list_complaints_open(session);
}

int main(int argc, char **argv) {
  const char *plugin = NULL;
  int64_t now = (int64_t)time(NULL) * 1000000, *fixed = NULL;
  int32_t today = 0;
  crmk_db *db;
  crmk_session *session = NULL, *superior = NULL;
  int i;
  if (argc < 2) {
    fprintf(stderr, "usage: erp DATABASE [--plugin LIBRARY] [--now 2026-09-16T09:00:00+08:00]\n");
    return 2;
  }
  for (i = 2; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--plugin") == 0) plugin = argv[i + 1];
    if (strcmp(argv[i], "--now") == 0) {
      must(NULL, crmk_instant_parse(crmk_text_of(argv[i + 1]), &now), "now");
      fixed = &now;
    }
  }
  db = open_database(argv[1], fixed);
  must(NULL, crmk_session_open(db, crmk_text_of("u.li"), CRMK_LEVEL_EDIT, &session), "session");
  must(NULL, crmk_session_open(db, crmk_text_of("u.chen"), CRMK_LEVEL_MANAGE, &superior), "session");
  if (plugin != NULL) load_plugin(superior, plugin);
  must(NULL, crmk_db_date_of(db, now, &today), "today");
  work(session, superior, now, today);
  crmk_session_free(superior);
  crmk_session_free(session);
  must(NULL, crmk_db_close(db), "close");
  crmk_db_free(db);
  return 0;
}
