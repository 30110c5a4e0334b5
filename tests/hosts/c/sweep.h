/* What the sweep of the C ABI calls functions with: a database in memory, handles of every type that are good, freed, of a
 * closed database and of another type, texts, numbers and structs that are odd. The calls are generated from the header. */
#ifndef CRMK_SWEEP_H
#define CRMK_SWEEP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crmkernel.h"

#define T(s) crmk_text_of(s)

/* What one call is made with. */
struct fixture {
  crmk_db *db;
  crmk_session *session, *reader;
  crmk_record *stored, *record;
  crmk_query *query;
  crmk_cursor *cursor;
  crmk_batch *batch;
  crmk_journal *journal;
};

static struct fixture good, closed, freed;
static const char *folder;
static void (*from_clock)(void);
static int deep;

static void said(const char *name, int32_t code) {
  if (code != CRMK_OK) {
    printf("%s %d\n", name, (int)code);
  }
}

static int64_t the_clock(void *context) {
  (void)context;
  if (from_clock != NULL && !deep) {
    deep = 1;
    from_clock();
    deep = 0;
  }
  return 1789516800000000;
}

static int32_t go_on(void *context, uint64_t done) {
  (void)context, (void)done;
  return 0;
}

static int32_t stop(void *context, uint64_t done) {
  (void)context, (void)done;
  return 1;
}

static int32_t take(void *context, const uint8_t *data, size_t len) {
  (void)context, (void)data, (void)len;
  return 0;
}

static int32_t take_none(void *context, const uint8_t *data, size_t len) {
  (void)context, (void)data, (void)len;
  return 7;
}

static int64_t give_none(void *context, uint8_t *data, size_t capacity) {
  (void)context, (void)data, (void)capacity;
  return 0;
}

static int64_t give_too_much(void *context, uint8_t *data, size_t capacity) {
  (void)context, (void)data;
  return (int64_t)capacity + 1;
}

static int64_t give_failure(void *context, uint8_t *data, size_t capacity) {
  (void)context, (void)data, (void)capacity;
  return -1;
}

static void see(void *context, const crmk_problem *problem) {
  (void)context, (void)problem;
}

static crmk_text raw(const void *data, size_t len) {
  crmk_text text;
  text.data = (const uint8_t *)data;
  text.len = len;
  return text;
}

/* A text of 16 MiB and a byte. */
static crmk_text too_long(void) {
  static uint8_t *bytes;
  const size_t len = ((size_t)16 << 20) + 1;
  if (bytes == NULL) {
    bytes = (uint8_t *)malloc(len);
    memset(bytes, 'x', len);
  }
  return raw(bytes, len);
}

/* The path of a file in the folder of the sweep. */
static crmk_text path(const char *name) {
  static __thread char full[4][512];
  static __thread int turn;
  char *one = full[turn++ % 4];
  snprintf(one, sizeof full[0], "%s/%s", folder, name);
  return T(one);
}

/* A place for an answer, or a struct of zeros that says that it has `size` bytes. */
static void *place(size_t size) {
  static __thread uint64_t rooms[8][1024];
  static __thread int turn;
  uint64_t *room = rooms[turn++ % 8];
  const uint32_t claimed = (uint32_t)size;
  memset(room, 0, sizeof rooms[0]);
  memcpy(room, &claimed, sizeof claimed);
  return room;
}

/* A struct of `size` bytes with a value behind the `known` that the library has. */
static void *with_tail(size_t known) {
  uint8_t *room = (uint8_t *)place(known + 16);
  room[known + 3] = 1;
  return room;
}

/* What a database is opened with, said to have `size` bytes. */
static crmk_open_options *opening(size_t size) {
  crmk_open_options *options = (crmk_open_options *)place(size);
  options->flags = CRMK_OPEN_MEMORY;
  if (size >= sizeof *options) {
    options->clock = the_clock;
  } else {
    /* Whatever part of it is read must not be called. */
    memset(&options->clock, 0xff, sizeof options->clock);
  }
  return options;
}

static crmk_open_options *opening_of(crmk_text path, uint32_t flags, crmk_text zone) {
  crmk_open_options *options = (crmk_open_options *)place(sizeof *options);
  options->path = path;
  options->flags = flags;
  options->time_zone = zone;
  options->busy_timeout_ms = -1;
  return options;
}

static crmk_copy_options *copying(uint32_t flags, crmk_progress progress) {
  crmk_copy_options *options = (crmk_copy_options *)place(sizeof *options);
  options->flags = flags;
  options->progress = progress;
  return options;
}

static crmk_money money(int64_t amount, const char *currency) {
  crmk_money value;
  memset(&value, 0, sizeof value);
  value.amount_minor = amount;
  memcpy(value.currency, currency, 3);
  return value;
}

static int32_t must(int32_t code, const char *what) {
  if (code < 0) {
    crmk_text message;
    crmk_thread_error(&message);
    fprintf(stderr, "%s: %d %.*s\n", what, (int)code, (int)message.len, (const char *)message.data);
    exit(1);
  }
  return code;
}
#define MUST(call) must(call, #call)

static void open_fixture(struct fixture *f) {
  crmk_open_options options;
  memset(f, 0, sizeof *f);
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_MEMORY;
  options.clock = the_clock;
  MUST(crmk_db_open(&options, &f->db, NULL, 0));
  MUST(crmk_session_open(f->db, T("u.li"), CRMK_LEVEL_MANAGE, &f->session));
  MUST(crmk_session_open(f->db, T("u.reader"), CRMK_LEVEL_READ, &f->reader));
  MUST(crmk_record_new(f->session, CRMK_ENTITY_CUSTOMER, &f->record));
  MUST(crmk_record_set_text(f->record, CRMK_CUSTOMER_NAME, T("customer")));
  MUST(crmk_record_set_text(f->record, CRMK_CUSTOMER_CODE, T("C-1")));
  MUST(crmk_record_add(f->session, f->record, NULL, &f->stored));
  MUST(crmk_query_new(f->session, CRMK_ENTITY_CUSTOMER, &f->query));
  MUST(crmk_query_find(f->query, &f->cursor));
  MUST(crmk_batch_new(f->session, &f->batch));
  MUST(crmk_journal_history(f->session, CRMK_ENTITY_CUSTOMER, 1, 0, &f->journal));
  MUST(crmk_journal_step(f->journal, NULL));
}

static void free_fixture(struct fixture *f) {
  crmk_journal_free(f->journal);
  crmk_batch_free(f->batch);
  crmk_cursor_free(f->cursor);
  crmk_query_free(f->query);
  crmk_record_free(f->stored);
  crmk_record_free(f->record);
  crmk_session_free(f->reader);
  crmk_session_free(f->session);
  crmk_db_free(f->db);
}

static void set_up(void) {
  open_fixture(&good);
  open_fixture(&closed);
  MUST(crmk_db_close(closed.db));
  open_fixture(&freed);
  free_fixture(&freed);
}

static void tear_down(void) {
  free_fixture(&good);
  free_fixture(&closed);
}

/* Runs calls from within the clock of a write. */
static void within_the_clock(void (*calls)(void)) {
  crmk_record *other = NULL;
  crmk_session *writer = NULL;
  MUST(crmk_session_open(good.db, T("u.writer"), CRMK_LEVEL_EDIT, &writer));
  MUST(crmk_record_new(writer, CRMK_ENTITY_CUSTOMER, &other));
  MUST(crmk_record_set_text(other, CRMK_CUSTOMER_NAME, T("other")));
  from_clock = calls;
  MUST(crmk_record_add(writer, other, NULL, NULL));
  from_clock = NULL;
  crmk_record_free(other);
  crmk_session_free(writer);
}

static void (*of_each_thread)(void);

static void *a_thread(void *turns) {
  int turn;
  for (turn = 0; turn < *(int *)turns; turn++) {
    of_each_thread();
  }
  return NULL;
}

/* Runs calls on the same handles from several threads at once. */
static void within_threads(void (*calls)(void)) {
  pthread_t threads[4];
  int i, turns = 5;
  of_each_thread = calls;
  too_long();
  for (i = 0; i < 4; i++) {
    if (pthread_create(&threads[i], NULL, a_thread, &turns) != 0) exit(1);
  }
  for (i = 0; i < 4; i++) {
    pthread_join(threads[i], NULL);
  }
}

/* Runs calls in a child of fork. */
static void within_a_fork(void (*calls)(void)) {
  int status = 0;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    calls();
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "a child of fork ended with the status %d\n", status);
    exit(1);
  }
}

#endif
