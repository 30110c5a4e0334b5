/* queue.h - records on their way into the database, in batches, and what became of them. */
#ifndef QUEUE_H
#define QUEUE_H

#include "csv.h"

#define BATCH_LEN 5000

/* What became of the records of one entity. */
typedef struct {
  const char *name;
  size_t added, changed, unchanged, rejected;
} tally;

/* Records on their way into the database: who they are for, and what their answers are to be written to. */
typedef struct {
  crmk_session *session;
  crmk_batch *batch;
  const char *path;
  tally *counts;
  uint32_t count;
  size_t lines[BATCH_LEN];
  uint64_t *ids[BATCH_LEN];
} queue;

static void must(crmk_session *session, int32_t code, const char *what) {
  crmk_error error;
  crmk_text message;
  if (code >= 0) return;
  memset(&error, 0, sizeof error);
  error.size = sizeof error;
  if (session != NULL && crmk_session_error(session, &error) == CRMK_OK)
    message = error.message;
  else
    crmk_thread_error(&message);
  fprintf(stderr, "import: %s: %.*s\n", what, (int)message.len, (const char *)message.data);
  exit(1);
}

static void reject(queue *q, size_t line, crmk_text why) {
  q->counts->rejected++;
  fprintf(stderr, "%s:%lu: %.*s\n", q->path, (unsigned long)line, (int)why.len, (const char *)why.data);
}

/* Does what is queued, and counts what became of it. */
static void flush(queue *q) {
  uint32_t i;
  must(q->session, crmk_batch_apply(q->batch, CRMK_EACH, NULL), "apply");
  for (i = 0; i < q->count; i++) {
    crmk_outcome outcome;
    memset(&outcome, 0, sizeof outcome);
    outcome.size = sizeof outcome;
    if (crmk_batch_answer(q->batch, i, &outcome, NULL) != CRMK_OK) {
      crmk_error error;
      memset(&error, 0, sizeof error);
      error.size = sizeof error;
      must(NULL, crmk_session_error(q->session, &error), "error");
      reject(q, q->lines[i], error.message);
      continue;
    }
    if (outcome.added)
      q->counts->added++;
    else if (outcome.changed)
      q->counts->changed++;
    else
      q->counts->unchanged++;
    if (q->ids[i] != NULL) *q->ids[i] = outcome.id;
  }
  q->count = 0;
}

static void put(queue *q, crmk_record *record, size_t line, uint64_t *id) {
  must(q->session, crmk_batch_put(q->batch, record), "put");
  crmk_record_free(record);
  q->lines[q->count] = line;
  q->ids[q->count] = id;
  if (++q->count == BATCH_LEN) flush(q);
}

/* Goes over to the records of another entity. */
static void turn_to(queue *q, tally *next) {
  flush(q);
  q->counts = next;
}

static void print_tally(const tally *t) {
  printf("%s: %lu added, %lu changed, %lu unchanged, %lu rejected\n", t->name, (unsigned long)t->added,
         (unsigned long)t->changed, (unsigned long)t->unchanged, (unsigned long)t->rejected);
}

static crmk_record *keyed(queue *q, int32_t entity, const char *system, crmk_text id) {
  crmk_record *record = NULL;
  must(q->session, crmk_record_new(q->session, entity, &record), "new record");
  must(q->session, crmk_record_set_text(record, CRMK_CUSTOMER_EXTERNAL_SYSTEM, crmk_text_of(system)), system);
  must(q->session, crmk_record_set_text(record, CRMK_CUSTOMER_EXTERNAL_ID, id), "external_id");
  return record;
}

/* Sets a text that is there. */
static void set(queue *q, crmk_record *record, uint32_t field, crmk_text text) {
  if (text.len > 0) must(q->session, crmk_record_set_text(record, field, text), "text");
}

static void set_enum(queue *q, crmk_record *record, uint32_t field, int32_t value) {
  must(q->session, crmk_record_set_enum(record, field, value), "enumeration");
}

#endif
