/* A plugin with one planted fault, for the tests of the validator: each must be found without a case of the vendor's.
 * FAULT is defined as one of the numbers below; with 0 the plugin is whole and passes every check. */
#define _GNU_SOURCE
#include "crmkernel_plugin.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define NONE 0
#define ABSENT_UNREAD 1     /* reads a number without looking whether it is there */
#define ABSENT_STATIC 2     /* the same, into a static that keeps the value of the call before */
#define CLOCK 3             /* goes by the clock of the system */
#define ENVIRONMENT 4       /* goes by a variable of the environment */
#define SHARED_BUFFER 5     /* puts a text together in a static, which threads share */
#define LEAP_DAY 6          /* has no deadline for the 29th of February */
#define LEAP_YEAR 7         /* counts the days of the year without the 29th of February */
#define LEAK 8              /* leaves memory behind with every call */
#define SLOW 9              /* takes longer than a hook may */
#define GOES_ON 10          /* is told to end and goes on */
#define NO_RULE 11          /* refuses without naming a rule */
#define SWALLOWED_YEAR 12   /* takes a day for a working day when the calendar does not know it */
#define TELLS 13            /* tells the telephone number in a message */
#define TELLS_IN_LOG 14     /* tells the name of the customer in a line for the administrator */
#define WRITES_VIEW 15      /* writes where a text is shown */
#define WRITES_HANDLE 16    /* writes where a view points to */
#define KEPT_SINK 17        /* keeps the sink and uses it in the next call */
#define OTHER_THREAD 18     /* answers from another thread */
#define CRASHES_ON_LONG 19  /* writes past its buffer's end marker on a long text */
#define COUNTER 20          /* every other answer is another */
#define BAD_POLICY 21       /* brings a policy that no database loads */
#define UNKNOWN_FIELD 22    /* refuses for a field that there is not */
#define COMES_AND_GOES 23   /* decides as long as nothing is decided */
#define NO_INDEX 24         /* looks for who refers by a field that has no index */
#define PRINTS 25           /* no fault: prints to both outputs, which must not break the report */
#define EARLY 26            /* decides a deadline before the complaint came in */
#define CHANCE 27           /* throws dice and does not use them */
/* What was wrong at some commands alone, or in some texts, was not found. */
#define CLOCK_ON_ADD 28     /* asks for the time when a record is added, and then alone */
#define LEAK_ON_ADD 29
#define COUNTER_ON_ADD 30
#define UNREAD_ON_ADD 31
#define SLOW_ON_ADD 32
#define KEPT_ON_ADD 33
#define CLOCK_AT_VERB 34    /* when a customer is put to rest */
#define FAILS_ON_PUT 35
#define SHORT_BUFFER 36     /* has room for 2,048 bytes of a note, which may be longer */
#define FORMATS 37          /* trips over %, quotes or the end of a line */
#define FOUR_BYTES 38       /* trips over a character of four bytes */
/* What it asked the system for by other names was not seen. */
#define TIMESPEC 39
#define CPU_CLOCK 40
#define LOCAL_TIME 41       /* a day by the time zone of the process */
#define LOOKS_AT_FILE 42
#define RANDOM_BYTES 43
#define OTHER_RANDOM 44
#define ALL_VARIABLES 45    /* walks through the environment */
#define OPENS_AT 46
#define CREATES 47
#define WAITS 48
#define LOCALE 49
#define RUNS_PROGRAM 50
#define PROCESS 51
#define SETS_UP_BY_ENVIRONMENT 52
/* What it left behind elsewhere was not counted. */
#define LEAK_OF_PAGES 53
#define LEAK_OF_FILES 54
#define LEAK_OF_STATE 55
/* What it told in another form or place was not looked for. */
#define DAY_NUMBER 56       /* the birthday as a number of days */
#define MONTH_AND_DAY 57
#define BIRTHDAY_IN_WORDS 58
#define TELLS_IN_RULE 59
#define TELLS_IN_SOURCE 60
#define TELLS_IN_INPUT 61   /* in the name of one */
#define TELLS_UPPER 62
#define TELLS_SPACED 63
#define TELLS_LAST 64       /* the last four digits */
#define TELLS_ON_STDERR 65
#define COPIES 66           /* puts it into a field that is not sensitive */
/* What was wrong among stored records, in runs, guards and calculators was not asked. */
#define CLOCK_IN_VISIT 67   /* while it is shown who refers */
#define LEAK_IN_VISIT 68
#define CLOCK_IN_GUARD 69   /* when a complaint is closed */
#define COUNTER_IN_GUARD 70
#define FAILS_ON_REASSESS 71
#define FAILS_ON_RECLASSIFY 72
#define LEAP_DAY_ON_UPDATE 73
#define LEAP_DAY_OF_CADENCE 74
#define COMPUTE_CLOCK 75
#define COMPUTE_LEAK 76
#define COMPUTE_COUNTER 77
#define COMPUTE_ABSENT 78   /* reads an argument that may be left out and was */
#define COMPUTE_SLOW 79
#define COMPUTE_SHARED 80   /* puts its result together in a static */

static volatile int64_t nothing;
static uint32_t note_field, birthday_field, month_day_field, signed_field, count_field, phone_field, name_field, industry_field, tier_field, received_field, visit_customer, no_index,
    id_field;

static crmk_plugin_str text(const char *literal) {
  crmk_plugin_str out;
  out.data = (const uint8_t *)literal;
  out.len = strlen(literal);
  return out;
}

static int is(crmk_plugin_str found, const char *literal) {
  return found.len == strlen(literal) && memcmp(found.data, literal, found.len) == 0;
}

static int32_t refuse(const crmk_plugin_sink *sink, const char *field, const char *message) {
  crmk_plugin_violation violation;
  memset(&violation, 0, sizeof violation);
  violation.size = sizeof violation;
  violation.field = text(field);
  violation.code = text("required");
  violation.message = text(message);
  violation.message_zh = text("缺少");
  violation.rule = text(FAULT == NO_RULE ? "" : "PLANTED-1");
  violation.source = text("a test");
  return sink->violation(sink->context, &violation);
}

static int32_t decide(const crmk_plugin_sink *sink, const char *subject, int32_t type, int64_t number, const char *value) {
  crmk_plugin_decision decision;
  memset(&decision, 0, sizeof decision);
  decision.size = sizeof decision;
  decision.subject = text(subject);
  decision.value.type = type;
  decision.value.number = number;
  decision.value.text = text(value);
  decision.rule = text("PLANTED-2");
  decision.source = text("a test");
  decision.reason = text("a test");
  return sink->decision(sink->context, &decision);
}

static void spin(int milliseconds) {
  struct timespec began, now;
  clock_gettime(CLOCK_MONOTONIC, &began);
  do clock_gettime(CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000 < milliseconds);
}

static void crash(void) { raise(SIGSEGV); }

/* What a hook asks the system for, and does not use. */
static void ask_the_system(void) {
  struct timespec at, a_moment = {0, 1000};
  struct tm day;
  struct stat found;
  unsigned char bytes[8];
  char **variable;
  FILE *program;
  if (FAULT == TIMESPEC) nothing = timespec_get(&at, TIME_UTC);
  if (FAULT == CPU_CLOCK) nothing = (int64_t)clock();
  if (FAULT == LOCAL_TIME) {
    memset(&day, 0, sizeof day);
    day.tm_year = 100;
    nothing = mktime(&day);
  }
  if (FAULT == LOOKS_AT_FILE) nothing = stat("/etc/passwd", &found);
  if (FAULT == RANDOM_BYTES) nothing = getrandom(bytes, sizeof bytes, 0);
  if (FAULT == OTHER_RANDOM) nothing = lrand48();
  if (FAULT == ALL_VARIABLES)
    for (variable = environ; *variable != NULL; variable++) nothing += **variable;
  if (FAULT == OPENS_AT) close(openat(AT_FDCWD, "/etc/hostname", O_RDONLY));
  if (FAULT == CREATES) close(creat("/dev/null", 0600));
  if (FAULT == WAITS) nanosleep(&a_moment, NULL);
  if (FAULT == LOCALE) nothing = setlocale(LC_ALL, "") != NULL;
  if (FAULT == RUNS_PROGRAM && (program = popen("true", "r")) != NULL) pclose(program);
  if (FAULT == PROCESS) nothing = getpid();
  if (FAULT == LEAK_OF_PAGES) nothing = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != NULL;
  if (FAULT == LEAK_OF_FILES) nothing = dup(0);
}

/* Tells what it was shown to judge by, in some form. */
static int32_t tell(const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  crmk_plugin_violation violation;
  crmk_plugin_input input;
  crmk_plugin_str found = {NULL, 0};
  char message[512];
  int64_t number = 0;
  int32_t days = 0;
  size_t at;
  if (FAULT == DAY_NUMBER && change->access->get_date(change->after, birthday_field, &days) == CRMK_PLUGIN_OK) {
    snprintf(message, sizeof message, "born on day %d", days);
    return refuse(sink, "", message);
  }
  if (FAULT == MONTH_AND_DAY && change->access->get_int(change->after, month_day_field, &number) == CRMK_PLUGIN_OK) {
    snprintf(message, sizeof message, "birthday %lld", (long long)number);
    return refuse(sink, "", message);
  }
  if (FAULT == BIRTHDAY_IN_WORDS && change->access->get_date(change->after, birthday_field, &days) == CRMK_PLUGIN_OK &&
      days > -25000 && days < 50000) {
    time_t at_noon = (time_t)days * 86400;
    struct tm day;
    gmtime_r(&at_noon, &day);
    snprintf(message, sizeof message, "born on %d.%d.%d", day.tm_mday, day.tm_mon + 1, day.tm_year + 1900);
    return refuse(sink, "", message);
  }
  if (FAULT < TELLS_IN_RULE || FAULT > TELLS_ON_STDERR) return CRMK_PLUGIN_OK;
  if (change->access->get_text(change->after, FAULT == TELLS_UPPER ? name_field : phone_field, &found) != CRMK_PLUGIN_OK ||
      found.len < 5 || found.len > 60 || (found.data[0] & 0x80) != 0)
    return CRMK_PLUGIN_OK;
  memset(message, 0, sizeof message);
  for (at = 0; at < found.len; at++) {
    if (FAULT == TELLS_UPPER) message[at] = found.data[at] >= 'a' && found.data[at] <= 'z' ? found.data[at] - 32 : found.data[at];
    if (FAULT == TELLS_SPACED) message[2 * at] = found.data[at], message[2 * at + 1] = ' ';
  }
  if (FAULT == TELLS_UPPER || FAULT == TELLS_SPACED) return refuse(sink, "", message);
  if (FAULT == TELLS_LAST) {
    snprintf(message, sizeof message, "the number that ends with %.4s", (const char *)found.data + found.len - 4);
    return refuse(sink, "", message);
  }
  if (FAULT == TELLS_ON_STDERR) {
    fprintf(stderr, "phone %.*s\n", (int)found.len, (const char *)found.data);
    return CRMK_PLUGIN_OK;
  }
  memset(&violation, 0, sizeof violation);
  violation.size = sizeof violation;
  violation.code = text("required");
  violation.message = text("no");
  violation.rule = FAULT == TELLS_IN_RULE ? found : text("PLANTED-1");
  violation.source = FAULT == TELLS_IN_SOURCE ? found : text("a test");
  input.name = found;
  input.value = text("x");
  violation.inputs = &input;
  violation.input_count = FAULT == TELLS_IN_INPUT;
  return sink->violation(sink->context, &violation);
}

/* Whether a text of the record is one that the fault cannot bear. */
static int trips(const crmk_plugin_change *change) {
  crmk_plugin_str found = {NULL, 0};
  size_t at;
  if (change->access->get_text(change->after, note_field, &found) != CRMK_PLUGIN_OK) return 0;
  if (FAULT == SHORT_BUFFER) return found.len > 2048;
  for (at = 0; at < found.len; at++) {
    if (FAULT == FORMATS && (found.data[at] == '%' || found.data[at] == '"' || found.data[at] == '\n')) return 1;
    if (FAULT == FOUR_BYTES && found.data[at] >= 0xF0) return 1;
  }
  return 0;
}

struct answer {
  const crmk_plugin_sink *sink;
};

static void *elsewhere(void *data) {
  refuse(((struct answer *)data)->sink, "industry", "industry is absent");
  return NULL;
}

/* A customer needs an industry. */
static int32_t validate(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  static const crmk_plugin_sink *kept = NULL;
  static unsigned calls = 0;
  crmk_plugin_str found = {NULL, 0}, phone = {NULL, 0};
  char message[512];
  int32_t code;
  (void)state;
  if (!is(change->entity, "customer")) return CRMK_PLUGIN_OK;
  if (FAULT == PRINTS) {
    printf("{\"check\": \"of the plugin's own\"}\n");
    fprintf(stderr, "a line of the plugin\n");
    fflush(stdout);
  }
  if (FAULT == WRITES_HANDLE) *(volatile char *)(uintptr_t)change->after = 'X';
  if (FAULT == KEPT_SINK) {
    if (kept != NULL) refuse(kept, "industry", "industry is absent");
    kept = sink;
  }
  if (FAULT == COUNTER && calls++ % 2 == 1) return refuse(sink, "", "every other time");
  if (FAULT >= TIMESPEC && FAULT <= LEAK_OF_FILES) ask_the_system();
  if (FAULT >= SHORT_BUFFER && FAULT <= FOUR_BYTES && trips(change)) crash();
  if (FAULT >= DAY_NUMBER && FAULT <= TELLS_ON_STDERR && (code = tell(change, sink)) != CRMK_PLUGIN_OK) return code;
  if (FAULT == CLOCK_AT_VERB && is(change->command, "rest")) nothing = time(NULL);
  if (FAULT == FAILS_ON_PUT && is(change->command, "put")) return CRMK_PLUGIN_E_FAILED;
  if (change->before == NULL) {
    static crmk_plugin_sink kept_on_add;
    int64_t unset;
    if (FAULT == CLOCK_ON_ADD) nothing = time(NULL);
    if (FAULT == LEAK_ON_ADD) nothing = malloc(256) != NULL;
    if (FAULT == COUNTER_ON_ADD && calls++ % 2 == 1) return refuse(sink, "", "every other time");
    if (FAULT == SLOW_ON_ADD) spin(150);
    if (FAULT == UNREAD_ON_ADD) {
      change->access->get_int(change->after, count_field, &unset);
      if (unset > 50) return refuse(sink, "", "too many");
    }
    if (FAULT == KEPT_ON_ADD) {
      if (kept_on_add.context != NULL) refuse(&kept_on_add, "", "late");
      kept_on_add = *sink;
    }
  }
  if (FAULT == TELLS_IN_LOG && change->access->get_text(change->after, name_field, &found) == CRMK_PLUGIN_OK)
    change->access->log(change->context, CRMK_PLUGIN_LOG_INFO, found);
  code = change->access->get_text(change->after, industry_field, &found);
  if (code < 0) return code;
  if (code == CRMK_PLUGIN_OK) {
    if (FAULT == WRITES_VIEW) *(uint8_t *)(uintptr_t)found.data = 'X';
    if (FAULT == CRASHES_ON_LONG) {
      char *nowhere = found.len > 100 ? NULL : message;
      *(volatile char *)nowhere = 'x';
    }
    return CRMK_PLUGIN_OK;
  }
  if (FAULT == OTHER_THREAD) {
    struct answer answer;
    pthread_t thread;
    answer.sink = sink;
    if (pthread_create(&thread, NULL, elsewhere, &answer) == 0) pthread_join(thread, NULL);
    return CRMK_PLUGIN_OK;
  }
  if (FAULT == TELLS && change->access->get_text(change->after, phone_field, &phone) == CRMK_PLUGIN_OK) {
    snprintf(message, sizeof message, "industry is absent, ask %.*s", (int)phone.len, (const char *)phone.data);
    return refuse(sink, "industry", message);
  }
  return refuse(sink, FAULT == UNKNOWN_FIELD ? "branch" : "industry", "industry is absent");
}

static int32_t count(void *data, const crmk_plugin_view *visit) {
  (void)visit;
  if (FAULT == CLOCK_IN_VISIT) nothing = time(NULL);
  if (FAULT == LEAK_IN_VISIT) nothing = malloc(64) != NULL;
  ++*(int *)data;
  return CRMK_PLUGIN_OK;
}

/* The tier goes by the number of employees, and by the visits. */
static int32_t classify(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  static int64_t kept_number;
  static char buffer[64];
  char own[64], *tier = FAULT == SHARED_BUFFER ? buffer : own;
  crmk_plugin_str there = {NULL, 0};
  int64_t number = 0, id = 0;
  int visits = 0;
  int32_t code;
  (void)state;
  if (!is(change->entity, "customer")) return CRMK_PLUGIN_OK;
  if (FAULT == LEAK && malloc(48) == NULL) return CRMK_PLUGIN_E_FAILED;
  if (FAULT == FAILS_ON_RECLASSIFY && is(change->command, "classify")) return CRMK_PLUGIN_E_FAILED;
  if (FAULT == COPIES) {
    crmk_plugin_str phone = {NULL, 0};
    if (change->access->get_text(change->after, phone_field, &phone) != CRMK_PLUGIN_OK || phone.len > 20) return CRMK_PLUGIN_OK;
    snprintf(own, sizeof own, "%.*s", (int)phone.len, (const char *)phone.data);
    return decide(sink, "planted.tier", CRMK_PLUGIN_TYPE_TEXT, 0, own);
  }
  if (FAULT == CLOCK && time(NULL) % 86400 < 43200) number = 0;
  if (FAULT == CHANCE) number = rand() * 0;
  if (FAULT == ENVIRONMENT && getenv("PLANTED_TIER") != NULL) return CRMK_PLUGIN_OK;
  if (FAULT == SLOW) spin(150);
  if (FAULT == GOES_ON && change->access->cancelled(change->context)) number = 0;
  if (FAULT != GOES_ON && change->access->cancelled(change->context)) return CRMK_PLUGIN_E_CANCELLED;
  code = change->access->get_int(change->after, id_field, &id);
  if (code < 0) return code;
  if (code == CRMK_PLUGIN_ABSENT) id = 1;
  code = change->access->referring(change->context, FAULT == NO_INDEX ? no_index : visit_customer, (uint64_t)id, count, &visits);
  if (code < 0) return code;
  if (FAULT == ABSENT_UNREAD) {
    int64_t unset;
    change->access->get_int(change->after, count_field, &unset);
    number = unset;
  } else if (FAULT == ABSENT_STATIC) {
    change->access->get_int(change->after, count_field, &kept_number);
    number = kept_number;
  } else {
    code = change->access->get_int(change->after, count_field, &number);
    if (code != CRMK_PLUGIN_OK) return code < 0 ? code : CRMK_PLUGIN_OK;
  }
  if (FAULT == COMES_AND_GOES && change->access->get_text(change->after, tier_field, &there) == CRMK_PLUGIN_OK)
    return CRMK_PLUGIN_OK;
  snprintf(tier, 64, "%s %d", number > 100 ? "large" : "small", visits > 99 ? 99 : visits);
  if (FAULT == SHARED_BUFFER) {
    /* What another thread puts here meanwhile is taken for this one's. */
    int64_t again = 0;
    change->access->get_int(change->after, count_field, &again);
  }
  return decide(sink, "planted.tier", CRMK_PLUGIN_TYPE_TEXT, 0, tier);
}

static int is_leap(int32_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/* The day of the year, and the year, of days since 1970-01-01. */
static void day_of(int32_t days, int32_t *year, int32_t *day) {
  *year = 1970;
  while (days >= 365 + is_leap(*year)) days -= 365 + is_leap((*year)++);
  while (days < 0) days += 365 + is_leap(--*year);
  *day = days;
}

/* A complaint is settled seven days after it came in, on a working day. */
static int32_t complaint(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  int64_t received_at = 0;
  int32_t received_on = 0, due_on = 0, year = 0, day = 0;
  int32_t code = change->access->get_instant(change->after, received_field, &received_at);
  (void)state;
  if (code != CRMK_PLUGIN_OK) return code < 0 ? code : CRMK_PLUGIN_OK;
  code = change->access->date_of_instant(change->context, received_at, &received_on);
  if (code < 0) return code;
  day_of(received_on, &year, &day);
  if (FAULT == LEAP_DAY_ON_UPDATE && change->before != NULL && is_leap(year) && day == 59) return CRMK_PLUGIN_E_RANGE;
  if (FAULT == FAILS_ON_REASSESS && is(change->command, "reassess")) return CRMK_PLUGIN_E_FAILED;
  if (is(change->command, "close")) {
    static unsigned closed = 0;
    if (FAULT == CLOCK_IN_GUARD) nothing = time(NULL);
    if (FAULT == COUNTER_IN_GUARD && closed++ % 3 == 2) return refuse(sink, "", "every third");
  }
  if (FAULT == LEAP_DAY && is_leap(year) && day == 59) return CRMK_PLUGIN_E_RANGE;
  due_on = received_on + (FAULT == EARLY ? -1 : 7);
  /* Whoever takes every year for 365 days is a day short from March of a leap year on. */
  if (FAULT == LEAP_YEAR && is_leap(year) && day >= 59) due_on = received_on + 7 - 3;
  code = change->access->calendar_roll(change->context, due_on, CRMK_PLUGIN_ROLL_NEXT, &due_on);
  if (code == CRMK_PLUGIN_E_CALENDAR_YEAR && FAULT == SWALLOWED_YEAR) code = CRMK_PLUGIN_OK;
  if (code == CRMK_PLUGIN_E_RANGE) return CRMK_PLUGIN_OK;
  if (code < 0) return code;
  return decide(sink, "deadline_on", CRMK_PLUGIN_TYPE_DATE, due_on, "");
}

/* A customer is called a year after the contract was signed. */
static int32_t cadence(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink) {
  int32_t signed_on = 0, due_on = 0, year = 0, day = 0;
  int32_t code = change->access->get_date(change->after, signed_field, &signed_on);
  (void)state;
  if (code != CRMK_PLUGIN_OK) return code < 0 ? code : CRMK_PLUGIN_OK;
  if (signed_on < -20000 || signed_on > 80000) return CRMK_PLUGIN_OK;
  day_of(signed_on, &year, &day);
  code = change->access->calendar_after_months(change->context, signed_on, 12, &due_on);
  if (code < 0) return code;
  if (FAULT == LEAP_DAY_OF_CADENCE && is_leap(year) && day == 59) due_on = 0;
  return decide(sink, "next_due_on", CRMK_PLUGIN_TYPE_DATE, due_on, "");
}

static int32_t calculators(const crmk_plugin_sink *sink) {
  crmk_plugin_calculator calculator;
  crmk_plugin_parameter parameters[2];
  memset(&calculator, 0, sizeof calculator);
  memset(parameters, 0, sizeof parameters);
  parameters[0].name = text("given");
  parameters[0].label = parameters[1].label = text("A number");
  parameters[0].label_zh = parameters[1].label_zh = text("数");
  parameters[0].type = parameters[1].type = CRMK_PLUGIN_TYPE_INT;
  parameters[0].flags = CRMK_PLUGIN_PARAMETER_OPTIONAL;
  parameters[1].name = text("result");
  parameters[1].flags = CRMK_PLUGIN_PARAMETER_RESULT;
  calculator.size = sizeof calculator;
  calculator.name = text("planted.same");
  calculator.label = text("The same");
  calculator.label_zh = text("同数");
  calculator.parameters = parameters;
  calculator.parameter_count = 2;
  return sink->calculator(sink->context, &calculator);
}

/* Gives back the number; 0 when none is given. */
static int32_t compute(void *state, const crmk_plugin_computation *computation, const crmk_plugin_sink *sink) {
  static int64_t calls = 0, shared = 0;
  int is_given = computation->arguments[0].type != CRMK_PLUGIN_TYPE_NONE;
  int64_t number = is_given ? computation->arguments[0].number : 0;
  (void)state;
  if (FAULT == COMPUTE_CLOCK) nothing = time(NULL);
  if (FAULT == COMPUTE_LEAK) nothing = malloc(512) != NULL;
  if (FAULT == COMPUTE_COUNTER && calls++ % 2 == 1) number = 1;
  if (FAULT == COMPUTE_ABSENT && !is_given) crash();
  if (FAULT == COMPUTE_SLOW) spin(150);
  if (FAULT == COMPUTE_SHARED) {
    shared = number;
    if (computation->access->cancelled(computation->context)) return CRMK_PLUGIN_E_CANCELLED;
    number = shared;
  }
  return decide(sink, "result", CRMK_PLUGIN_TYPE_INT, number, "");
}

static int32_t fields(const crmk_plugin_sink *sink) {
  crmk_plugin_field field;
  memset(&field, 0, sizeof field);
  field.size = sizeof field;
  field.type = CRMK_PLUGIN_TYPE_TEXT;
  field.entity = text("customer");
  field.name = text("planted.tier");
  field.label = text("Tier");
  field.label_zh = text("层级");
  field.max = 20;
  return sink->field(sink->context, &field);
}

static int32_t init(const crmk_plugin_host *host, void **state) {
  crmk_plugin_str name, value;
  *state = NULL;
  if (FAULT == SETS_UP_BY_ENVIRONMENT) nothing = getenv("HOME") != NULL;
  if (FAULT == LEAK_OF_STATE && (*state = malloc(1 << 20)) != NULL) memset(*state, 1, 1 << 20);
  if (host->setting_at(host->context, 0, &name, &value) == CRMK_PLUGIN_OK) {
    host->fail(host->context, text("there are no settings"));
    return CRMK_PLUGIN_E_FAILED;
  }
  if (host->field_id(host->context, text("customer"), text("employee_count"), CRMK_PLUGIN_TYPE_INT, &count_field) < 0 ||
      host->field_id(host->context, text("customer"), text("note"), CRMK_PLUGIN_TYPE_TEXT, &note_field) < 0 ||
      host->field_id(host->context, text("customer"), text("birthday"), CRMK_PLUGIN_TYPE_DATE, &birthday_field) < 0 ||
      host->field_id(host->context, text("customer"), text("birthday_month_day"), CRMK_PLUGIN_TYPE_INT, &month_day_field) < 0 ||
      host->field_id(host->context, text("customer"), text("signed_on"), CRMK_PLUGIN_TYPE_DATE, &signed_field) < 0 ||
      host->field_id(host->context, text("customer"), text("phone"), CRMK_PLUGIN_TYPE_TEXT, &phone_field) < 0 ||
      host->field_id(host->context, text("customer"), text("name"), CRMK_PLUGIN_TYPE_TEXT, &name_field) < 0 ||
      host->field_id(host->context, text("customer"), text("industry"), CRMK_PLUGIN_TYPE_TEXT, &industry_field) < 0 ||
      host->field_id(host->context, text("customer"), text("planted.tier"), CRMK_PLUGIN_TYPE_TEXT, &tier_field) < 0 ||
      host->field_id(host->context, text("customer"), text("id"), CRMK_PLUGIN_TYPE_INT, &id_field) < 0 ||
      host->field_id(host->context, text("complaint"), text("received_at"), CRMK_PLUGIN_TYPE_INSTANT, &received_field) < 0 ||
      host->field_id(host->context, text("visit"), text("customer"), CRMK_PLUGIN_TYPE_REF, &visit_customer) < 0 ||
      host->field_id(host->context, text("investigation"), text("head"), CRMK_PLUGIN_TYPE_REF, &no_index) < 0) {
    host->fail(host->context, text("a field is not known to this kernel"));
    return CRMK_PLUGIN_E_FAILED;
  }
  return CRMK_PLUGIN_OK;
}

static const void *get_extension(crmk_plugin_str id) {
  static const crmk_plugin_fields fields_1 = {sizeof(crmk_plugin_fields), 0, fields};
  static const crmk_plugin_hook validate_1 = {sizeof(crmk_plugin_hook), 0, validate};
  static const crmk_plugin_hook classify_1 = {sizeof(crmk_plugin_hook), 0, classify};
  static const crmk_plugin_hook cadence_1 = {sizeof(crmk_plugin_hook), 0, cadence};
  static const crmk_plugin_compute compute_1 = {sizeof(crmk_plugin_compute), 0, calculators, compute};
  static const crmk_plugin_hook complaint_1 = {sizeof(crmk_plugin_hook), 0, complaint};
  static const char broken[] = "id = \"planted\"\nversion = \"planted/1\"\ntitle = \"Planted\"\n[complaint]\nno_such = 1\n";
  static crmk_plugin_policy policy_1 = {sizeof(crmk_plugin_policy), 0, {(const uint8_t *)broken, sizeof broken - 1}};
  if (is(id, CRMK_PLUGIN_EXT_FIELDS)) return &fields_1;
  if (is(id, CRMK_PLUGIN_EXT_VALIDATE)) return &validate_1;
  if (is(id, CRMK_PLUGIN_EXT_CLASSIFY)) return &classify_1;
  if (is(id, CRMK_PLUGIN_EXT_CADENCE)) return &cadence_1;
  if (is(id, CRMK_PLUGIN_EXT_COMPUTE)) return &compute_1;
  if (is(id, CRMK_PLUGIN_EXT_COMPLAINT)) return &complaint_1;
  if (FAULT == BAD_POLICY && is(id, CRMK_PLUGIN_EXT_POLICY)) return &policy_1;
  return NULL;
}

const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host) {
  static const crmk_plugin plugin = {sizeof(crmk_plugin),
                                     CRMK_PLUGIN_MAGIC,
                                     CRMK_PLUGIN_ABI_MAJOR,
                                     CRMK_PLUGIN_ABI_MINOR,
                                     {(const uint8_t *)"test.planted", 12},
                                     {(const uint8_t *)"1.0.0", 5},
                                     init,
                                     NULL,
                                     get_extension};
  (void)host;
  return &plugin;
}
