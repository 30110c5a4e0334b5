/* misuse.c - calls the library in every wrong way that a caller can, and holds that each is refused with its own code
 * and a message, and that nothing was written. Exit codes: 0 all refused, 1 not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crmkernel.h"

static int failures = 0;

static void expect(int32_t found, int32_t wanted, const char *what) {
  crmk_text name = crmk_error_name(found);
  if (found == wanted) return;
  fprintf(stderr, "misuse: %s: found %d %.*s, wanted %d\n", what, (int)found, (int)name.len, (const char *)name.data,
          (int)wanted);
  failures++;
}

/* Holds that the last failure of the session has the code, and a message that contains the words. */
static void expect_message(crmk_session *session, int32_t code, const char *words) {
  crmk_error error;
  char text[512];
  size_t len;
  memset(&error, 0, sizeof error);
  error.size = sizeof error;
  expect(crmk_session_error(session, &error), CRMK_OK, "session_error");
  expect(error.code, code, words);
  len = error.message.len < sizeof text - 1 ? error.message.len : sizeof text - 1;
  memcpy(text, error.message.data, len);
  text[len] = 0;
  if (strstr(text, words) == NULL) {
    fprintf(stderr, "misuse: the message is \"%s\", wanted \"%s\" in it\n", text, words);
    failures++;
  }
}

/* The same for the last failure of the thread. */
static void expect_thread(int32_t code, const char *words) {
  crmk_text message;
  char text[512];
  size_t len;
  expect(crmk_thread_error(&message), code, words);
  len = message.len < sizeof text - 1 ? message.len : sizeof text - 1;
  memcpy(text, message.data, len);
  text[len] = 0;
  if (strstr(text, words) == NULL) {
    fprintf(stderr, "misuse: the message is \"%s\", wanted \"%s\" in it\n", text, words);
    failures++;
  }
}

static crmk_db *open_memory(void) {
  crmk_open_options options;
  crmk_db *db = NULL;
  char message[8];
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_MEMORY;
  expect(crmk_db_open(&options, &db, message, sizeof message), CRMK_OK, "open in memory");
  return db;
}

static void null_handles(crmk_session *session, crmk_record *record) {
  crmk_record *out = NULL;
  int64_t number = 7;
  expect(crmk_record_new(NULL, CRMK_ENTITY_CUSTOMER, &out), CRMK_E_NULL_ARGUMENT, "NULL session");
  expect_thread(CRMK_E_NULL_ARGUMENT, "the crmk_session is NULL");
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, NULL), CRMK_E_NULL_ARGUMENT, "NULL for the answer");
  expect_message(session, CRMK_E_NULL_ARGUMENT, "record is NULL");
  expect(crmk_record_add(session, NULL, NULL, NULL), CRMK_E_NULL_ARGUMENT, "NULL record");
  expect_message(session, CRMK_E_NULL_ARGUMENT, "the crmk_record is NULL");
  expect(crmk_record_get_int(record, CRMK_CUSTOMER_EMPLOYEE_COUNT, NULL), CRMK_E_NULL_ARGUMENT, "NULL value");
  expect(crmk_record_get_int(record, CRMK_CUSTOMER_EMPLOYEE_COUNT, &number), CRMK_ABSENT, "absent value");
  expect((int32_t)number, 7, "an output stays when there is no value");
  expect(crmk_session_open(NULL, crmk_text_of("u"), CRMK_LEVEL_EDIT, NULL), CRMK_E_NULL_ARGUMENT, "NULL db");
  crmk_db_free(NULL);
  crmk_session_free(NULL);
  crmk_record_free(NULL);
  crmk_query_free(NULL);
  crmk_cursor_free(NULL);
  crmk_batch_free(NULL);
  crmk_journal_free(NULL);
}

static void wrong_handles(crmk_db *db, crmk_session *session) {
  crmk_record *record = NULL, *again = NULL;
  int on_the_stack = 0;
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record), CRMK_OK, "record");
  crmk_record_free(record);
  expect(crmk_record_has(record, CRMK_CUSTOMER_NAME), CRMK_E_BAD_HANDLE, "freed record");
  expect_thread(CRMK_E_BAD_HANDLE, "the crmk_record was freed");
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &again), CRMK_OK, "record in the same place");
  expect(crmk_record_has(record, CRMK_CUSTOMER_NAME), CRMK_E_BAD_HANDLE, "freed record whose place is taken");
  crmk_record_free(record);
  expect_thread(CRMK_E_BAD_HANDLE, "the crmk_record was freed");
  expect(crmk_record_has(again, CRMK_CUSTOMER_NAME), CRMK_ABSENT, "the record in its place is whole");
  crmk_record_free(again);
  expect(crmk_record_has((crmk_record *)(void *)session, CRMK_CUSTOMER_NAME), CRMK_E_BAD_HANDLE, "session as record");
  expect_thread(CRMK_E_BAD_HANDLE, "a crmk_session was given where a crmk_record belongs");
  expect(crmk_record_add((crmk_session *)(void *)db, NULL, NULL, NULL), CRMK_E_BAD_HANDLE, "db as session");
  expect_thread(CRMK_E_BAD_HANDLE, "a crmk_db was given where a crmk_session belongs");
  expect(crmk_db_close((crmk_db *)(void *)&on_the_stack), CRMK_E_BAD_HANDLE, "an address");
  expect_thread(CRMK_E_BAD_HANDLE, "not one that the library gave out");
}

static void wrong_texts(crmk_session *session, crmk_record *record) {
  static const uint8_t broken[] = {0xe4, 0xbd, 0x41};
  crmk_text text;
  text.data = broken;
  text.len = sizeof broken;
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, text), CRMK_E_INVALID_UTF8, "invalid UTF-8");
  expect_message(session, CRMK_E_INVALID_UTF8, "not valid UTF-8 at byte 0");
  text.len = (size_t)-1;
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, text), CRMK_E_INVALID_ARGUMENT, "a length past the end");
  expect_message(session, CRMK_E_INVALID_ARGUMENT, "at most 16777216 are allowed");
  text.data = NULL;
  text.len = 5;
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, text), CRMK_E_NULL_ARGUMENT, "NULL with a length");
  expect_message(session, CRMK_E_NULL_ARGUMENT, "value is NULL with a length of 5");
  expect(crmk_record_has(record, CRMK_CUSTOMER_NAME), CRMK_ABSENT, "nothing was set");
}

static void wrong_fields(crmk_session *session, crmk_record *record) {
  crmk_money money;
  crmk_text text;
  uint32_t field = 0;
  expect(crmk_record_set_int(record, 9999, 1), CRMK_E_UNKNOWN_FIELD, "unknown field");
  expect_message(session, CRMK_E_UNKNOWN_FIELD, "customer has no field with the id 9999");
  expect(crmk_record_set_int(record, 4000000000u, 1), CRMK_E_UNKNOWN_FIELD, "field id too great");
  expect(crmk_record_get_text(record, 9999, &text), CRMK_E_UNKNOWN_FIELD, "unknown field to get");
  expect(crmk_field_find(session, CRMK_ENTITY_CUSTOMER, crmk_text_of("nmae"), &field), CRMK_E_UNKNOWN_FIELD, "name");
  expect_message(session, CRMK_E_UNKNOWN_FIELD, "customer has no field nmae; it has code,");
  expect(crmk_record_set_int(record, CRMK_CUSTOMER_NAME, 1), CRMK_E_WRONG_TYPE, "wrong type");
  expect_message(session, CRMK_E_WRONG_TYPE, "field name takes text, found int");
  expect(crmk_record_get_text(record, CRMK_CUSTOMER_EMPLOYEE_COUNT, &text), CRMK_E_WRONG_TYPE, "wrong type to get");
  expect_message(session, CRMK_E_WRONG_TYPE, "field employee_count takes int, found text");
  memset(&money, 0, sizeof money);
  memcpy(money.currency, "cny", 3);
  expect(crmk_record_set_money(record, CRMK_CUSTOMER_CREDIT_LIMIT, money), CRMK_E_INVALID_ARGUMENT, "currency");
  expect_message(session, CRMK_E_INVALID_ARGUMENT, "three letters A to Z");
  expect(crmk_record_set_date(record, CRMK_CUSTOMER_SIGNED_ON, 2147483647), CRMK_E_INVALID_ARGUMENT, "date");
  expect_message(session, CRMK_E_INVALID_ARGUMENT, "years 1 to 9999");
  expect(crmk_record_set_enum(record, CRMK_CUSTOMER_STATUS, -1), CRMK_E_INVALID_ARGUMENT, "enumeration");
  expect(crmk_record_new(session, 77, NULL), CRMK_E_NULL_ARGUMENT, "the answer is seen first");
  expect(crmk_record_act(session, 999, 1, 0, NULL, NULL, NULL), CRMK_E_UNSUPPORTED, "unknown verb");
  expect_message(session, CRMK_E_UNSUPPORTED, "there is no verb 999");
}

/* A struct of a caller that is newer than the library. */
struct newer_outcome {
  crmk_outcome known;
  uint64_t beyond;
};
struct newer_declaration {
  crmk_field_declaration known;
  uint64_t beyond;
};

static void wrong_structs(crmk_session *session, crmk_record *record) {
  crmk_outcome outcome;
  struct newer_outcome newer;
  struct newer_declaration declaration;
  crmk_error shorter;
  memset(&outcome, 0, sizeof outcome);
  expect(crmk_record_add(session, record, &outcome, NULL), CRMK_E_INVALID_ARGUMENT, "a size of 0");
  expect_message(session, CRMK_E_INVALID_ARGUMENT, "crmk_outcome.size is 0; set it to sizeof(crmk_outcome)");
  memset(&newer, 0xff, sizeof newer);
  newer.known.size = sizeof newer;
  expect(crmk_record_put(session, record, &newer.known, NULL), CRMK_E_INVALID_ARGUMENT, "put without a key");
  expect(newer.beyond == (uint64_t)-1, 1, "an output is untouched by a failure");
  memset(&declaration, 0, sizeof declaration);
  declaration.known.size = sizeof declaration;
  declaration.beyond = 1;
  expect(crmk_field_declare(session, &declaration.known, NULL), CRMK_E_UNSUPPORTED, "an unknown tail");
  expect_message(session, CRMK_E_UNSUPPORTED, "crmk_field_declaration has");
  declaration.beyond = 0;
  declaration.known.size = 8;
  declaration.known.entity = CRMK_ENTITY_CUSTOMER;
  declaration.known.type = CRMK_TYPE_TEXT;
  expect(crmk_field_declare(session, &declaration.known, NULL), CRMK_E_INVALID_ARGUMENT, "a short struct reads as zeros");
  expect_message(session, CRMK_E_INVALID_ARGUMENT, "a custom field has the type 1 to 6 or 8, found 0");
  memset(&shorter, 0x55, sizeof shorter);
  shorter.size = 8;
  expect(crmk_session_error(session, &shorter), CRMK_OK, "a short struct is filled as far as it goes");
  expect(shorter.code, CRMK_E_INVALID_ARGUMENT, "code in a short struct");
  expect(((unsigned char *)&shorter)[8], 0x55, "nothing behind a short struct is written");
}

static void wrong_queries(crmk_session *session) {
  crmk_query *query = NULL;
  crmk_cursor *cursor = NULL;
  crmk_record *record = NULL;
  crmk_journal *journal = NULL;
  crmk_change change;
  expect(crmk_query_new(session, 0, &query), CRMK_E_INVALID_ARGUMENT, "unknown entity");
  expect_message(session, CRMK_E_INVALID_ARGUMENT, "there is no entity 0; there are 1 customer");
  expect(crmk_query_new(session, CRMK_ENTITY_CUSTOMER, &query), CRMK_OK, "query");
  expect(crmk_query_where_int(query, CRMK_CUSTOMER_NAME, CRMK_OP_EQ, 1), CRMK_E_WRONG_TYPE, "condition's type");
  expect(crmk_query_where_int(query, CRMK_CUSTOMER_EMPLOYEE_COUNT, 99, 1), CRMK_E_UNSUPPORTED, "operator");
  expect(crmk_query_where(query, CRMK_CUSTOMER_NAME, CRMK_OP_EQ), CRMK_E_INVALID_ARGUMENT, "operator without value");
  expect(crmk_query_order(query, CRMK_CUSTOMER_NAME, 0), CRMK_E_INVALID_ARGUMENT, "order");
  expect(crmk_query_position(query, (const uint8_t *)"nonsense", 8), CRMK_OK, "a position is seen by find");
  expect(crmk_query_find(query, &cursor), CRMK_E_INVALID_ARGUMENT, "position of another query");
  expect_message(session, CRMK_E_INVALID_ARGUMENT, "the position is not one of this query");
  expect(crmk_query_position(query, NULL, 0), CRMK_OK, "no position");
  expect(crmk_query_find(query, &cursor), CRMK_OK, "find");
  expect(crmk_cursor_step(cursor, &record), CRMK_DONE, "nothing was written by any wrong call");
  crmk_cursor_free(cursor);
  crmk_query_free(query);
  expect(crmk_query_find(query, &cursor), CRMK_E_BAD_HANDLE, "freed query");
  expect(crmk_journal_changes(session, 0, 0, &journal), CRMK_OK, "journal");
  memset(&change, 0, sizeof change);
  change.size = sizeof change;
  expect(crmk_journal_change(journal, 0, &change), CRMK_E_MISUSE, "journal before its first step");
  expect(crmk_journal_step(journal, NULL), CRMK_DONE, "the journal is empty");
  crmk_journal_free(journal);
}

static void wrong_opens(void) {
  crmk_open_options options;
  crmk_db *db = NULL;
  char message[64];
  memset(&options, 0, sizeof options);
  expect(crmk_db_open(NULL, &db, message, sizeof message), CRMK_E_NULL_ARGUMENT, "NULL options");
  options.size = sizeof options;
  expect(crmk_db_open(&options, &db, message, sizeof message), CRMK_E_INVALID_ARGUMENT, "no path");
  if (strncmp(message, "the path is empty", 17) != 0) failures++;
  options.path = crmk_text_of("/no/such/folder/a.crm");
  expect(crmk_db_open(&options, &db, message, sizeof message), CRMK_E_NOT_FOUND, "no such folder");
  options.flags = 64;
  expect(crmk_db_open(&options, &db, message, sizeof message), CRMK_E_UNSUPPORTED, "unknown flag");
  options.flags = CRMK_OPEN_MEMORY;
  options.time_zone = crmk_text_of("Mars/Olympus");
  expect(crmk_db_open(&options, &db, message, 5), CRMK_E_INVALID_ARGUMENT, "unknown time zone");
  expect((int32_t)strlen(message), 4, "a message is cut to the buffer");
  expect(crmk_db_open(&options, &db, NULL, 0), CRMK_E_INVALID_ARGUMENT, "no buffer for the message");
}

static void after_close(crmk_db *db, crmk_session *session) {
  crmk_record *record = NULL;
  uint64_t sequence = 0;
  expect(crmk_db_close(db), CRMK_OK, "close");
  expect(crmk_db_close(db), CRMK_E_MISUSE, "close again");
  expect_thread(CRMK_E_MISUSE, "closed already");
  expect(crmk_session_last_sequence(session, &sequence), CRMK_E_MISUSE, "read after close");
  expect(crmk_record_get(session, CRMK_ENTITY_CUSTOMER, 1, &record), CRMK_E_MISUSE, "get after close");
  expect_message(session, CRMK_E_MISUSE, "the database is closed");
}

int main(void) {
  crmk_db *db = open_memory();
  crmk_session *session = NULL;
  crmk_record *record = NULL;
  uint64_t sequence = 1;
  expect(crmk_session_open(db, crmk_text_of(""), CRMK_LEVEL_EDIT, &session), CRMK_E_INVALID_ARGUMENT, "no actor");
  expect(crmk_session_open(db, crmk_text_of("u"), 9, &session), CRMK_E_INVALID_ARGUMENT, "unknown level");
  expect(crmk_session_open(db, crmk_text_of("u.test"), CRMK_LEVEL_MANAGE, &session), CRMK_OK, "session");
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record), CRMK_OK, "record");
  null_handles(session, record);
  wrong_handles(db, session);
  wrong_texts(session, record);
  wrong_fields(session, record);
  wrong_structs(session, record);
  wrong_queries(session);
  wrong_opens();
  expect(crmk_session_last_sequence(session, &sequence), CRMK_OK, "last sequence");
  expect((int32_t)sequence, 0, "nothing was written");
  after_close(db, session);
  crmk_record_free(record);
  crmk_session_free(session);
  crmk_db_free(db);
  expect(crmk_session_open(db, crmk_text_of("u"), CRMK_LEVEL_READ, &session), CRMK_E_BAD_HANDLE, "freed db");
  printf("misuse: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
