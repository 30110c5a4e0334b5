/* threads.c - one database for many threads, each with a session of its own; what a session says when two calls are
 * inside it, what a database says to a close in the middle, and what a child of fork is told.
 *
 *   threads [DATABASE]     in memory without one
 *
 * Exit codes: 0 all is so, 1 not. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crmkernel.h"

#define THREADS 8
#define RECORDS 50

static int failures = 0;

static void expect(int64_t found, int64_t wanted, const char *what) {
  if (found == wanted) return;
  fprintf(stderr, "threads: %s: found %ld, wanted %ld\n", what, (long)found, (long)wanted);
  failures++;
}

/* What the clock does while a command asks for the time: calls that must be refused. */
static struct {
  crmk_db *db;
  crmk_session *session;
  int armed;
  int32_t session_code, close_code;
} inside;

static int64_t now(void *context) {
  (void)context;
  if (inside.armed) {
    uint64_t sequence;
    inside.armed = 0;
    inside.session_code = crmk_session_last_sequence(inside.session, &sequence);
    inside.close_code = crmk_db_close(inside.db);
  }
  return 1789000000000000;
}

static int32_t add(crmk_session *session, const char *name) {
  crmk_record *record = NULL;
  int32_t code = crmk_record_new(session, CRMK_ENTITY_CUSTOMER, &record);
  if (code == CRMK_OK) code = crmk_record_set_text(record, CRMK_CUSTOMER_NAME, crmk_text_of(name));
  if (code == CRMK_OK) code = crmk_record_add(session, record, NULL, NULL);
  crmk_record_free(record);
  return code;
}

static void *work(void *db) {
  crmk_session *session = NULL;
  intptr_t bad = 0;
  int i;
  if (crmk_session_open((crmk_db *)db, crmk_text_of("u.thread"), CRMK_LEVEL_EDIT, &session) != CRMK_OK) return &failures;
  for (i = 0; i < RECORDS; i++) bad += add(session, "客户") != CRMK_OK;
  crmk_session_free(session);
  return bad == 0 ? NULL : &failures;
}

static void many_threads(crmk_db *db) {
  pthread_t threads[THREADS];
  void *result;
  int i;
  for (i = 0; i < THREADS; i++) expect(pthread_create(&threads[i], NULL, work, db), 0, "thread");
  for (i = 0; i < THREADS; i++) {
    pthread_join(threads[i], &result);
    expect(result == NULL, 1, "every thread wrote its records");
  }
}

static void a_child(crmk_db *db, crmk_session *session) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    uint64_t sequence;
    crmk_session *other = NULL;
    int32_t read = crmk_session_last_sequence(session, &sequence);
    int32_t opened = crmk_session_open(db, crmk_text_of("u"), CRMK_LEVEL_READ, &other);
    int32_t closed = crmk_db_close(db);
    /* What a child frees is its own: the file and its log are the parent's. */
    crmk_session_free(session);
    crmk_db_free(db);
    _exit(read == CRMK_E_FORKED && opened == CRMK_E_FORKED && closed == CRMK_E_FORKED ? 0 : 1);
  }
  expect(waitpid(child, &status, 0), child, "wait");
  expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, 1, "a child of fork is told to open its own");
}

/* Another process reads what this one has written and not closed; the child of fork opens the file itself. */
static void a_reader(const char *path, uint64_t entries) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    crmk_open_options options;
    crmk_db *db = NULL;
    crmk_session *session = NULL;
    uint64_t sequence = 0;
    int32_t code;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.flags = CRMK_OPEN_READ_ONLY;
    options.path = crmk_text_of(path);
    options.clock = now;
    code = crmk_db_open(&options, &db, NULL, 0);
    if (code == CRMK_OK) code = crmk_session_open(db, crmk_text_of("u"), CRMK_LEVEL_EDIT, &session);
    if (code == CRMK_OK) code = crmk_session_last_sequence(session, &sequence);
    if (code == CRMK_OK) code = crmk_db_refresh(db);
    if (code != CRMK_OK || sequence != entries) _exit(1);
    if (add(session, "客户") != CRMK_E_READ_ONLY) _exit(2);
    crmk_session_free(session);
    _exit(crmk_db_close(db) == CRMK_OK && crmk_db_refresh(db) == CRMK_E_MISUSE ? 0 : 3);
  }
  expect(waitpid(child, &status, 0), child, "wait for the reader");
  expect(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "a second process reads beside the writer");
}

static void open_database(const char *path, crmk_db **db) {
  crmk_open_options options;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = path == NULL ? CRMK_OPEN_MEMORY : CRMK_OPEN_CREATE;
  if (path != NULL) options.path = crmk_text_of(path);
  options.clock = now;
  expect(crmk_db_open(&options, db, NULL, 0), CRMK_OK, "open");
}

/* What the parent wrote before and after its child is there and whole, once the file is opened again. */
static void read_again(const char *path, uint64_t entries) {
  crmk_db *db = NULL;
  crmk_session *session = NULL;
  crmk_report report;
  open_database(path, &db);
  memset(&report, 0, sizeof report);
  report.size = sizeof report;
  expect(crmk_session_open(db, crmk_text_of("u"), CRMK_LEVEL_READ, &session), CRMK_OK, "session again");
  expect(crmk_session_verify(session, NULL, &report), CRMK_OK, "verify");
  expect((int64_t)report.problem_count, 0, "problems");
  expect((int64_t)report.entries, (int64_t)entries, "entries read again");
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close again");
  crmk_db_free(db);
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : NULL;
  crmk_db *db = NULL;
  crmk_session *session = NULL;
  uint64_t sequence = 0;
  open_database(path, &db);
  expect(crmk_session_open(db, crmk_text_of("u"), CRMK_LEVEL_EDIT, &session), CRMK_OK, "session");
  inside.db = db;
  inside.session = session;
  inside.armed = 1;
  expect(add(session, "客户"), CRMK_OK, "add");
  expect(inside.session_code, CRMK_E_MISUSE, "a second call inside a session");
  expect(inside.close_code, CRMK_E_MISUSE, "a close while a call is inside");
  many_threads(db);
  expect(crmk_session_last_sequence(session, &sequence), CRMK_OK, "last sequence");
  expect((int64_t)sequence, 1 + THREADS * RECORDS, "journal entries");
  a_child(db, session);
  expect(add(session, "后来的客户"), CRMK_OK, "the parent goes on");
  if (path != NULL) a_reader(path, sequence + 1);
  crmk_session_free(session);
  expect(crmk_db_close(db), CRMK_OK, "close");
  crmk_db_free(db);
  if (path != NULL) read_again(path, sequence + 1);
  printf("threads: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
