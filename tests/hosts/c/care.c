/* care.c - the care of a database: a backup to a file and to a callback, restoring it, a stream that is cut, the check,
 * the rebuild of indexes, compaction, statistics and salvage.
 *
 *   care FOLDER     an empty one
 *
 * Exit codes: 0 all is so, 1 not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crmkernel.h"

#define RECORDS 400

static int failures = 0;

static void expect(int64_t found, int64_t wanted, const char *what) {
  if (found == wanted) return;
  fprintf(stderr, "care: %s: found %ld, wanted %ld\n", what, (long)found, (long)wanted);
  failures++;
}

/* A stream in memory. */
typedef struct {
  uint8_t *data;
  size_t len, capacity, at, limit;
} stream;

static int32_t take(void *context, const uint8_t *data, size_t len) {
  stream *to = (stream *)context;
  if (to->limit != 0 && to->len + len > to->limit) return 28;
  if (to->len + len > to->capacity) {
    to->capacity = (to->len + len) * 2;
    to->data = (uint8_t *)realloc(to->data, to->capacity);
    if (to->data == NULL) return 12;
  }
  memcpy(to->data + to->len, data, len);
  to->len += len;
  return 0;
}

static int64_t give(void *context, uint8_t *data, size_t capacity) {
  stream *from = (stream *)context;
  size_t len = from->len - from->at;
  if (len > capacity) len = capacity;
  memcpy(data, from->data + from->at, len);
  from->at += len;
  return (int64_t)len;
}

static int64_t give_up(void *context, uint8_t *data, size_t capacity) {
  (void)context;
  (void)data;
  (void)capacity;
  return -1;
}

static int32_t cancel(void *context, uint64_t done) {
  *(uint64_t *)context = done;
  return 1;
}

static int32_t go_on(void *context, uint64_t done) {
  *(uint64_t *)context = done;
  return 0;
}

static crmk_db *opened(const char *path) {
  crmk_db *db = NULL;
  crmk_open_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_CREATE;
  options.path = crmk_text_of(path);
  options.busy_timeout_ms = -1;
  expect(crmk_db_open(&options, &db, NULL, 0), CRMK_OK, path);
  return db;
}

static crmk_session *session_of(crmk_db *db, int32_t level) {
  crmk_session *session = NULL;
  expect(crmk_session_open(db, crmk_text_of("u.care"), level, &session), CRMK_OK, "session");
  return session;
}

static void fill(crmk_session *session) {
  int i;
  for (i = 0; i < RECORDS; i++) {
    crmk_record *record = NULL;
    char code[16];
    snprintf(code, sizeof code, "C-%d", i);
    expect(crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record), CRMK_OK, "record");
    expect(crmk_record_set_text(record, CRMK_CUSTOMER_NAME, crmk_text_of("客户")), CRMK_OK, "name");
    expect(crmk_record_set_text(record, CRMK_CUSTOMER_CODE, crmk_text_of(code)), CRMK_OK, "code");
    expect(crmk_record_add(session, record, NULL, NULL), CRMK_OK, "add");
    crmk_record_free(record);
  }
}

/* The database at the path is whole and has all customers. */
static void whole(const char *path) {
  crmk_db *db = opened(path);
  crmk_session *session = session_of(db, CRMK_LEVEL_READ);
  crmk_report report;
  crmk_problem problem;
  crmk_copy_options options;
  uint64_t done = 0;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.progress = go_on;
  options.progress_context = &done;
  memset(&report, 0, sizeof report);
  memset(&problem, 0, sizeof problem);
  report.size = sizeof report;
  problem.size = sizeof problem;
  expect(crmk_session_verify(session, NULL, &report), CRMK_OK, "verify");
  expect(crmk_session_verify(session, &options, &report), CRMK_OK, "verify with progress");
  expect(done > 2 * RECORDS, 1, "entries, records and keys");
  options.progress = cancel;
  expect(crmk_session_verify(session, &options, &report), CRMK_E_CANCELLED, "a cancelled check");
  expect((int64_t)report.problem_total, 0, "problems");
  expect(report.store_checked, 1, "the store checked itself");
  expect((int64_t)report.records, RECORDS, "records");
  expect(crmk_session_problem(session, 0, &problem), CRMK_E_INVALID_ARGUMENT, "a problem past the end");
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close");
  crmk_db_free(db);
}

static void files(crmk_session *session, const char *path, const char *backup) {
  crmk_copy_options options;
  uint64_t done = 0;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.progress = go_on;
  options.progress_context = &done;
  expect(crmk_session_backup(session, crmk_text_of(backup), &options), CRMK_OK, "backup");
  expect(done > RECORDS, 1, "progress");
  whole(backup);
  expect(crmk_session_backup(session, crmk_text_of(backup), NULL), CRMK_E_DUPLICATE, "a file that is there");
  options.flags = CRMK_COPY_REPLACE;
  expect(crmk_session_backup(session, crmk_text_of(backup), &options), CRMK_OK, "replaced");
  expect(crmk_session_backup(session, crmk_text_of(path), &options), CRMK_E_LOCKED, "the database itself");
  options.flags = 8;
  expect(crmk_session_backup(session, crmk_text_of(backup), &options), CRMK_E_UNSUPPORTED, "an unknown flag");
  expect(crmk_session_backup(session, crmk_text_of(""), NULL), CRMK_E_INVALID_ARGUMENT, "no path");
}

static void streams(crmk_session *session, const char *restored, const char *kept) {
  stream whole_stream, full;
  crmk_copy_options options;
  uint64_t done = 0;
  FILE *file;
  memset(&whole_stream, 0, sizeof whole_stream);
  memset(&full, 0, sizeof full);
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  expect(crmk_session_backup_stream(session, take, &whole_stream, NULL), CRMK_OK, "backup to a sink");
  expect(crmk_session_backup_stream(session, NULL, NULL, NULL), CRMK_E_NULL_ARGUMENT, "no sink");
  full.limit = whole_stream.len / 2;
  expect(crmk_session_backup_stream(session, take, &full, NULL), CRMK_E_IO, "a sink that is full");
  options.progress = cancel;
  options.progress_context = &done;
  full.limit = 0;
  expect(crmk_session_backup_stream(session, take, &full, &options), CRMK_E_CANCELLED, "cancelled");
  free(full.data);

  whole_stream.len -= 1;
  expect(crmk_restore(crmk_text_of(restored), give, &whole_stream, NULL), CRMK_E_CORRUPT, "a cut stream");
  whole_stream.len += 1;
  whole_stream.at = 0;
  expect(crmk_restore(crmk_text_of(restored), give_up, NULL, NULL), CRMK_E_IO, "a source that fails");
  expect(crmk_restore(crmk_text_of(restored), give, &whole_stream, NULL), CRMK_OK, "restore");
  whole(restored);

  file = fopen(kept, "wb");
  expect(file != NULL && fwrite(whole_stream.data, 1, whole_stream.len, file) == whole_stream.len, 1, "the stream as a file");
  if (file != NULL) fclose(file);
  free(whole_stream.data);
  expect(crmk_restore_file(crmk_text_of(restored), crmk_text_of(kept), NULL), CRMK_E_DUPLICATE, "a database that is there");
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_COPY_REPLACE;
  expect(crmk_restore_file(crmk_text_of(restored), crmk_text_of(kept), &options), CRMK_OK, "restore from a file");
  whole(restored);
  expect(crmk_restore_file(crmk_text_of(restored), crmk_text_of("none"), &options), CRMK_E_NOT_FOUND, "no backup");
}

static void care(crmk_session *session) {
  crmk_rebuilt rebuilt;
  crmk_db_statistics statistics;
  crmk_space space;
  crmk_query *query = NULL;
  crmk_cursor *cursor = NULL;
  uint32_t i;
  memset(&rebuilt, 0, sizeof rebuilt);
  memset(&statistics, 0, sizeof statistics);
  memset(&space, 0, sizeof space);
  rebuilt.size = sizeof rebuilt;
  statistics.size = sizeof statistics;
  space.size = sizeof space;
  expect(crmk_session_rebuild(session, NULL, &rebuilt), CRMK_OK, "rebuild");
  expect((int64_t)rebuilt.records, RECORDS, "records read");
  expect((int64_t)(rebuilt.written + rebuilt.removed + rebuilt.problems), 0, "nothing to mend");

  expect(crmk_query_new(session, CRMK_ENTITY_CUSTOMER, &query), CRMK_OK, "query");
  expect(crmk_query_find(query, &cursor), CRMK_OK, "cursor");
  expect(crmk_session_compact(session, -1), CRMK_E_BUSY, "compact beside a cursor");
  crmk_cursor_free(cursor);
  crmk_query_free(query);
  expect(crmk_session_compact(session, 10000), CRMK_OK, "compact");

  expect(crmk_session_statistics(session, CRMK_STATISTICS_SPACES, &statistics), CRMK_OK, "statistics");
  expect((int64_t)statistics.records, RECORDS, "records counted");
  expect((int64_t)statistics.journal_entries, RECORDS, "journal entries");
  expect((int64_t)statistics.commands, RECORDS, "commands");
  expect(statistics.file_bytes > 0, 1, "the file has a length");
  expect(statistics.cached_bytes <= statistics.cached_bytes_max, 1, "the cache of records is bounded");
  expect(statistics.space_count, 7, "spaces");
  for (i = 0; i < statistics.space_count; i++) {
    expect(crmk_session_space(session, i, &space), CRMK_OK, "space");
    expect(space.name.len > 0, 1, "the name of a space");
  }
  expect(crmk_session_space(session, 7, &space), CRMK_E_INVALID_ARGUMENT, "a space past the end");
  expect(crmk_session_statistics(session, 2, &statistics), CRMK_E_UNSUPPORTED, "unknown flags");
}

/* The file without its log, beside the process that writes both or after it: read only, and it says what may be missing. */
static void without_log(const char *path, int64_t may_lack) {
  crmk_db *db = NULL;
  crmk_session *session;
  crmk_db_statistics statistics;
  crmk_open_options options;
  memset(&options, 0, sizeof options);
  memset(&statistics, 0, sizeof statistics);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_WITHOUT_LOG;
  options.path = crmk_text_of(path);
  statistics.size = sizeof statistics;
  expect(crmk_db_open(&options, &db, NULL, 0), CRMK_OK, "open without the log");
  session = session_of(db, CRMK_LEVEL_MANAGE);
  expect(crmk_session_statistics(session, 0, &statistics), CRMK_OK, "statistics without the log");
  expect((int64_t)statistics.may_lack_commits, may_lack, "commits may be missing");
  expect((int64_t)statistics.journal_entries, RECORDS, "up to where the file goes");
  expect(crmk_session_compact(session, 0), CRMK_E_READ_ONLY, "compact without the log");
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close without the log");
  crmk_db_free(db);
}

/* Counts the problems that it is shown, and takes the kind of the last one. */
typedef struct {
  int64_t count;
  int32_t kind;
} seen;

static void problem_seen(void *context, const crmk_problem *problem) {
  seen *into = (seen *)context;
  into->count++;
  into->kind = problem->kind;
  expect(problem->text.len > 0, 1, "the text of a problem");
  expect((int64_t)problem->size, (int64_t)sizeof(crmk_problem), "the size of a problem");
  expect(crmk_salvage(crmk_text_of("a"), crmk_text_of("b"), NULL, NULL, NULL, NULL), CRMK_E_MISUSE, "a call from a visitor");
}

/* Everything that can be read of a database goes into a new one, also when its header is gone. */
static void salvage(const char *path, const char *salvaged_path) {
  crmk_copy_options options;
  crmk_salvaged salvaged;
  seen problems = {0, 0};
  FILE *file;
  char zeros[3 * 4096];
  memset(&options, 0, sizeof options);
  memset(&salvaged, 0, sizeof salvaged);
  memset(zeros, 0, sizeof zeros);
  options.size = sizeof options;
  salvaged.size = sizeof salvaged;
  expect(crmk_salvage(crmk_text_of(path), crmk_text_of(salvaged_path), NULL, problem_seen, &problems, &salvaged), CRMK_OK,
         "salvage");
  expect(problems.count, 0, "a sound database has no problems");
  expect((int64_t)salvaged.records, RECORDS, "records salvaged");
  expect((int64_t)salvaged.entries, RECORDS, "entries salvaged");
  expect(salvaged.log, CRMK_LOG_NOT_NEEDED, "the log");
  whole(salvaged_path);
  expect(crmk_salvage(crmk_text_of(path), crmk_text_of(salvaged_path), NULL, NULL, NULL, &salvaged), CRMK_E_DUPLICATE,
         "a database that is there");
  expect(crmk_salvage(crmk_text_of(path), crmk_text_of(path), NULL, NULL, NULL, &salvaged), CRMK_E_INVALID_ARGUMENT,
         "the database itself");
  expect(crmk_salvage(crmk_text_of("none"), crmk_text_of(salvaged_path), NULL, NULL, NULL, &salvaged), CRMK_E_NOT_FOUND,
         "no database");
  expect(crmk_salvage(crmk_text_of(path), crmk_text_of(salvaged_path), NULL, NULL, NULL, NULL), CRMK_E_NULL_ARGUMENT,
         "no report");
  file = fopen(path, "r+b");
  expect(file != NULL && fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros, 1, "the header is damaged");
  if (file != NULL) fclose(file);
  options.flags = CRMK_COPY_REPLACE;
  expect(crmk_salvage(crmk_text_of(path), crmk_text_of(salvaged_path), &options, problem_seen, &problems, &salvaged), CRMK_OK,
         "salvage without a header");
  expect((int64_t)salvaged.records, RECORDS, "records salvaged without a header");
  expect(problems.count >= 1 && problems.count == (int64_t)salvaged.problem_total, 1, "it is said");
  whole(salvaged_path);
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : ".";
  char path[512], backup[512], restored[512], kept[512], salvaged[512];
  crmk_db *db;
  crmk_session *session, *reader;
  snprintf(path, sizeof path, "%s/care.crm", folder);
  snprintf(backup, sizeof backup, "%s/backup.crm", folder);
  snprintf(restored, sizeof restored, "%s/restored.crm", folder);
  snprintf(kept, sizeof kept, "%s/stream", folder);
  snprintf(salvaged, sizeof salvaged, "%s/salvaged.crm", folder);
  db = opened(path);
  session = session_of(db, CRMK_LEVEL_MANAGE);
  fill(session);
  files(session, path, backup);
  streams(session, restored, kept);
  care(session);
  reader = session_of(db, CRMK_LEVEL_EDIT);
  expect(crmk_session_backup(reader, crmk_text_of(kept), NULL), CRMK_E_FORBIDDEN, "a backup below manage");
  expect(crmk_session_compact(reader, 0), CRMK_E_FORBIDDEN, "compact below manage");
  crmk_session_free(reader);
  without_log(path, 1);
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close");
  crmk_db_free(db);
  without_log(path, 0);
  whole(path);
  salvage(path, salvaged);
  printf("care: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
