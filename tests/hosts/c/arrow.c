/* arrow.c - takes the records of a query as Arrow record batches through the C stream interface.
 * Exit codes: 0 all is so, 1 not. */
#include <stdio.h>
#include <string.h>

#include "crmkernel.h"

/* The structs of the Arrow C data and stream interfaces, as their specification declares them. */
struct ArrowSchema {
  const char *format, *name, *metadata;
  int64_t flags, n_children;
  struct ArrowSchema **children, *dictionary;
  void (*release)(struct ArrowSchema *);
  void *private_data;
};
struct ArrowArray {
  int64_t length, null_count, offset, n_buffers, n_children;
  const void **buffers;
  struct ArrowArray **children, *dictionary;
  void (*release)(struct ArrowArray *);
  void *private_data;
};
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
  int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
  const char *(*get_last_error)(struct ArrowArrayStream *);
  void (*release)(struct ArrowArrayStream *);
  void *private_data;
};

static int failures = 0;

static void expect(int64_t found, int64_t wanted, const char *what) {
  if (found == wanted) return;
  fprintf(stderr, "arrow: %s: found %ld, wanted %ld\n", what, (long)found, (long)wanted);
  failures++;
}

static void add(crmk_session *session, const char *name, int64_t employees) {
  crmk_record *record = NULL;
  expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record), CRMK_OK, "new");
  expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, crmk_text_of(name)), CRMK_OK, "name");
  expect(crmk_record_set_int(record, CRMK_CUSTOMER_EMPLOYEE_COUNT, employees), CRMK_OK, "employees");
  expect(crmk_record_add(session, record, NULL, NULL), CRMK_OK, "add");
  crmk_record_free(record);
}

/* Reads a stream to its end, sums up its second column, and releases it. */
static void read_stream(struct ArrowArrayStream *stream) {
  struct ArrowSchema schema;
  struct ArrowArray batch;
  int64_t rows = 0, sum = 0, i;
  expect(stream->get_schema(stream, &schema), 0, "schema");
  expect(schema.n_children, 2, "columns");
  expect(strcmp(schema.children[0]->name, "name"), 0, "the first column");
  expect(strcmp(schema.children[1]->format, "l"), 0, "the second column is of 64-bit integers");
  schema.release(&schema);
  for (;;) {
    expect(stream->get_next(stream, &batch), 0, "next");
    if (batch.release == NULL) break;
    for (i = 0; i < batch.length; i++)
      sum += ((const int64_t *)batch.children[1]->buffers[1])[batch.children[1]->offset + i];
    rows += batch.length;
    batch.release(&batch);
  }
  stream->release(stream);
  expect(rows, 3, "rows");
  expect(sum, 60, "sum");
}

int main(void) {
  static const uint32_t columns[] = {CRMK_CUSTOMER_NAME, CRMK_CUSTOMER_EMPLOYEE_COUNT}, unknown[] = {9999};
  crmk_open_options options;
  struct ArrowArrayStream stream;
  crmk_db *db = NULL;
  crmk_session *session = NULL;
  crmk_query *query = NULL;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_MEMORY;
  expect(crmk_db_open(&options, &db, NULL, 0), CRMK_OK, "open");
  expect(crmk_session_open(db, crmk_text_of("u"), CRMK_LEVEL_EDIT, &session), CRMK_OK, "session");
  add(session, "甲", 10);
  add(session, "乙", 20);
  add(session, "丙", 30);
  expect(crmk_query_new(session, CRMK_ENTITY_CUSTOMER, &query), CRMK_OK, "query");
  expect(crmk_query_stream(query, unknown, 1, &stream), CRMK_E_UNKNOWN_FIELD, "unknown column");
  expect(crmk_query_stream(query, columns, 2, NULL), CRMK_E_NULL_ARGUMENT, "no place for the stream");
  expect(crmk_query_stream(query, columns, 2, &stream), CRMK_OK, "stream");
  crmk_query_free(query);
  read_stream(&stream);
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close");
  crmk_db_free(db);
  printf("arrow: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
