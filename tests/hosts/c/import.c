/* import.c - imports files in the shape of public data through the C ABI, in batches.
 *
 *   import DATABASE cfpb FILE.csv        complaints in the form of the CFPB, of 2013 or 2023; companies are customers
 *   import DATABASE accounts FILE.csv    accounts with their parents
 *   import DATABASE bank FILE.csv        the UCI bank marketing data: people with their last contact as a held visit;
 *                                        the data has no year, contacts are put into 2010
 *
 * Every record is put by its external reference, so a second import changes nothing. Says how many were added, changed,
 * as they were, and rejected; the rejected ones with their line on standard error. Exit codes: 0 done, 1 failed. */
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

/* Texts. */

static int is(crmk_text text, const char *word) {
  return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

/* Whether a text is a word in any case. */
static int is_caseless(crmk_text text, const char *word) {
  size_t i;
  if (text.len != strlen(word)) return 0;
  for (i = 0; i < text.len; i++) {
    uint8_t c = text.data[i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != (uint8_t)word[i]) return 0;
  }
  return 1;
}

/* The length of the white space at the beginning of some bytes: ASCII's, and the wide and hard spaces of Unicode. */
static size_t space_at(const uint8_t *s, size_t len) {
  if (len >= 1 && (s[0] == ' ' || (s[0] >= 0x09 && s[0] <= 0x0d) || (s[0] >= 0x1c && s[0] <= 0x1f))) return 1;
  if (len >= 2 && s[0] == 0xc2 && (s[1] == 0x85 || s[1] == 0xa0)) return 2;
  if (len < 3) return 0;
  if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] <= 0x8a || s[2] == 0xa8 || s[2] == 0xa9 || s[2] == 0xaf)) return 3;
  if (s[0] == 0xe2 && s[1] == 0x81 && s[2] == 0x9f) return 3;
  if ((s[0] == 0xe3 && s[1] == 0x80 && s[2] == 0x80) || (s[0] == 0xe1 && s[1] == 0x9a && s[2] == 0x80)) return 3;
  return 0;
}

static crmk_text trimmed(crmk_text text) {
  size_t n, back;
  while ((n = space_at(text.data, text.len)) > 0) {
    text.data += n;
    text.len -= n;
  }
  do {
    n = 0;
    for (back = 1; back <= 3 && back <= text.len; back++)
      if (space_at(text.data + text.len - back, back) == back) n = back;
    text.len -= n;
  } while (n > 0);
  return text;
}

/* Whether a heading names a column: `Timely response?` and `timely_response` are one. */
static int is_heading(crmk_text heading, const char *name) {
  size_t i;
  while (heading.len > 0 && heading.data[heading.len - 1] == '?') heading.len--;
  if (heading.len != strlen(name)) return 0;
  for (i = 0; i < heading.len; i++) {
    uint8_t c = heading.data[i];
    c = (uint8_t)(c == ' ' || c == '-' ? '_' : c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (c != (uint8_t)name[i]) return 0;
  }
  return 1;
}

static crmk_text cell(const csv_file *file, size_t record, const char *column) {
  size_t i;
  for (i = 0; i < file->records[0].count; i++)
    if (is_heading(file->cells[file->records[0].cell + i], column))
      return trimmed(file->cells[file->records[record].cell + i]);
  fprintf(stderr, "import: the file has no column %s; is it of another form?\n", column);
  exit(1);
}

/* Whether a record is whole; one that is not is rejected. */
static int is_whole(queue *q, const csv_file *file, size_t i) {
  const csv_record *record = &file->records[i];
  char why[96];
  if (record->cut) {
    reject(q, record->line, crmk_text_of("the record is cut inside a quote"));
    return 0;
  }
  if (record->count == file->records[0].count) return 1;
  sprintf(why, "the record has %lu cells, the heading has %lu", (unsigned long)record->count,
          (unsigned long)file->records[0].count);
  reject(q, record->line, crmk_text_of(why));
  return 0;
}

static int number_of(crmk_text text, int64_t *number) {
  size_t i;
  *number = 0;
  for (i = 0; i < text.len; i++) {
    if (text.data[i] < '0' || text.data[i] > '9' || i > 15) return 0;
    *number = *number * 10 + (text.data[i] - '0');
  }
  return text.len > 0;
}

/* The instant at which a day begins in China: midnight there is 16:00 the day before in UTC. */
static int64_t midnight(int32_t date) { return ((int64_t)date * 24 - 8) * 3600 * 1000000; }

/* The beginning of a day that is written as 2023-08-25 or 8/25/2023; 0 when it is not. */
static int day_begin(crmk_text text, int64_t *instant) {
  int64_t part[3] = {0, 0, 0};
  int32_t date = 0;
  size_t i, n = 0;
  crmk_text rest = text;
  if (crmk_date_parse(text, &date) != CRMK_OK) {
    for (i = 0; i <= text.len; i++) {
      if (i < text.len && text.data[i] != '/') continue;
      rest.len = (size_t)(text.data + i - rest.data);
      if (n == 3 || !number_of(rest, &part[n++])) return 0;
      rest.data = text.data + i + 1;
    }
    if (n != 3 || part[2] > 9999 || part[0] > 12 || part[1] > 31) return 0;
    if (crmk_date_of((int32_t)part[2], (uint32_t)part[0], (uint32_t)part[1], &date) != CRMK_OK) return 0;
  }
  *instant = midnight(date);
  return 1;
}

/* A table from names to ids. */
typedef struct {
  crmk_text *names;
  uint64_t *ids;
  size_t size; /* A power of two, more than twice the names. */
} directory;

static directory directory_of(size_t names) {
  directory d;
  for (d.size = 64; d.size < names * 3; d.size *= 2) continue;
  d.names = (crmk_text *)calloc(d.size, sizeof *d.names);
  d.ids = (uint64_t *)calloc(d.size, sizeof *d.ids);
  if (d.names == NULL || d.ids == NULL) exit(1);
  return d;
}

/* The place of a name; *is_new says whether it was not there. Places do not move. */
static uint64_t *place_of(directory *d, crmk_text name, int *is_new) {
  size_t at = 14695981039346656037u, i;
  for (i = 0; i < name.len; i++) at = (at ^ name.data[i]) * 1099511628211u;
  for (at &= d->size - 1; d->names[at].data != NULL; at = (at + 1) & (d->size - 1)) {
    if (d->names[at].len == name.len && memcmp(d->names[at].data, name.data, name.len) == 0) {
      *is_new = 0;
      return &d->ids[at];
    }
  }
  d->names[at] = name;
  *is_new = 1;
  return &d->ids[at];
}

static void directory_free(directory *d) {
  free(d->names);
  free(d->ids);
}

/* Records. */

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

/* Complaints of the CFPB. */

static int32_t channel_of(crmk_text text) {
  static const struct {
    const char *name;
    int32_t channel;
  } channels[] = {{"web", CRMK_CHANNEL_WEB},          {"referral", CRMK_CHANNEL_REFERRAL}, {"phone", CRMK_CHANNEL_PHONE},
                  {"postal mail", CRMK_CHANNEL_POST}, {"fax", CRMK_CHANNEL_POST},          {"email", CRMK_CHANNEL_EMAIL}};
  size_t i;
  for (i = 0; i < sizeof channels / sizeof channels[0]; i++)
    if (is_caseless(text, channels[i].name)) return channels[i].channel;
  return CRMK_CHANNEL_OTHER;
}

static void set_answer(queue *q, crmk_record *record, uint32_t field, crmk_text text) {
  if (is_caseless(text, "yes")) must(q->session, crmk_record_set_bool(record, field, 1), "yes");
  if (is_caseless(text, "no")) must(q->session, crmk_record_set_bool(record, field, 0), "no");
}

static void put_complaint(queue *q, const csv_file *file, size_t i, uint64_t company) {
  size_t line = file->records[i].line;
  crmk_text sent = cell(file, i, "date_sent_to_company"), response = cell(file, i, "company_response_to_consumer");
  int64_t received_at = 0, sent_at = 0;
  crmk_record *record;
  if (!day_begin(cell(file, i, "date_received"), &received_at) || (sent.len > 0 && !day_begin(sent, &sent_at))) {
    reject(q, line, crmk_text_of("a date is not of the form 2023-08-25 or 8/25/2023"));
    return;
  }
  record = keyed(q, CRMK_ENTITY_COMPLAINT, "cfpb", cell(file, i, "complaint_id"));
  must(q->session, crmk_record_set_ref(record, CRMK_COMPLAINT_CUSTOMER, company), "customer");
  must(q->session, crmk_record_set_instant(record, CRMK_COMPLAINT_RECEIVED_AT, received_at), "received_at");
  set_enum(q, record, CRMK_COMPLAINT_CHANNEL, channel_of(cell(file, i, "submitted_via")));
  set(q, record, CRMK_COMPLAINT_PRODUCT, cell(file, i, "product"));
  set(q, record, CRMK_COMPLAINT_ISSUE, cell(file, i, "issue"));
  set(q, record, CRMK_COMPLAINT_SUB_ISSUE, cell(file, i, "sub_issue"));
  set(q, record, CRMK_COMPLAINT_NARRATIVE, cell(file, i, "consumer_complaint_narrative"));
  set(q, record, CRMK_COMPLAINT_REGION, cell(file, i, "state"));
  set(q, record, CRMK_COMPLAINT_OUTCOME, response);
  set_answer(q, record, CRMK_COMPLAINT_TIMELY, cell(file, i, "timely_response"));
  set_answer(q, record, CRMK_COMPLAINT_DISPUTED, cell(file, i, "consumer_disputed"));
  if (response.len == 0 || is(response, "In progress")) {
    set_enum(q, record, CRMK_COMPLAINT_STATE, CRMK_COMPLAINT_STATE_RECEIVED);
  } else {
    int64_t closed_at = sent_at > received_at ? sent_at : received_at;
    set_enum(q, record, CRMK_COMPLAINT_STATE, CRMK_COMPLAINT_STATE_CLOSED);
    must(q->session, crmk_record_set_instant(record, CRMK_COMPLAINT_CLOSED_AT, closed_at), "closed_at");
  }
  put(q, record, line, NULL);
}

static void import_cfpb(queue *q, const csv_file *file) {
  tally companies = {"customers", 0, 0, 0, 0}, complaints = {"complaints", 0, 0, 0, 0};
  directory names = directory_of(file->record_count);
  size_t i;
  int is_new;
  q->counts = &companies;
  for (i = 1; i < file->record_count; i++) {
    crmk_text name;
    uint64_t *id;
    crmk_record *company;
    if (file->records[i].cut || file->records[i].count != file->records[0].count) continue;
    name = cell(file, i, "company");
    id = place_of(&names, name, &is_new);
    if (!is_new || name.len == 0) continue;
    company = keyed(q, CRMK_ENTITY_CUSTOMER, "cfpb.company", name);
    set(q, company, CRMK_CUSTOMER_NAME, name);
    set_enum(q, company, CRMK_CUSTOMER_PARTY_KIND, CRMK_PARTY_KIND_ORGANISATION);
    put(q, company, file->records[i].line, id);
  }
  turn_to(q, &complaints);
  for (i = 1; i < file->record_count; i++)
    if (is_whole(q, file, i)) put_complaint(q, file, i, *place_of(&names, cell(file, i, "company"), &is_new));
  flush(q);
  directory_free(&names);
  print_tally(&companies);
  print_tally(&complaints);
}

/* Accounts. */

/* Millions with a decimal point as cents, exactly. */
static int cents_of(crmk_text millions, int64_t *cents) {
  size_t i;
  int decimals = -1;
  *cents = 0;
  for (i = 0; i < millions.len; i++) {
    if (millions.data[i] == '.' && decimals < 0) {
      decimals = 0;
    } else if (millions.data[i] >= '0' && millions.data[i] <= '9' && decimals < 8 && *cents < INT64_MAX / 1000) {
      *cents = *cents * 10 + (millions.data[i] - '0');
      if (decimals >= 0) decimals++;
    } else {
      return 0;
    }
  }
  for (decimals = decimals < 0 ? 0 : decimals; decimals < 8; decimals++) {
    if (*cents > INT64_MAX / 10) return 0;
    *cents *= 10;
  }
  return millions.len > 0;
}

static void put_account(queue *q, const csv_file *file, size_t i, uint64_t *id) {
  crmk_text account = cell(file, i, "account"), founded = cell(file, i, "year_established");
  crmk_text employees = cell(file, i, "employees"), revenue = cell(file, i, "revenue");
  int64_t number = 0;
  crmk_money money;
  crmk_record *record;
  memset(&money, 0, sizeof money);
  memcpy(money.currency, "USD", 3);
  if ((founded.len > 0 && !number_of(founded, &number)) || (employees.len > 0 && !number_of(employees, &number)) ||
      (revenue.len > 0 && !cents_of(revenue, &money.amount_minor))) {
    reject(q, file->records[i].line, crmk_text_of("year, employees or revenue is not a number"));
    return;
  }
  record = keyed(q, CRMK_ENTITY_CUSTOMER, "pipeline.accounts", account);
  set(q, record, CRMK_CUSTOMER_NAME, account);
  set(q, record, CRMK_CUSTOMER_INDUSTRY, cell(file, i, "sector"));
  set(q, record, CRMK_CUSTOMER_REGION, cell(file, i, "office_location"));
  set_enum(q, record, CRMK_CUSTOMER_PARTY_KIND, CRMK_PARTY_KIND_ORGANISATION);
  set_enum(q, record, CRMK_CUSTOMER_STATUS, CRMK_CUSTOMER_STATUS_ACTIVE);
  if (number_of(founded, &number))
    must(q->session, crmk_record_set_int(record, CRMK_CUSTOMER_FOUNDED_YEAR, number), "founded_year");
  if (number_of(employees, &number))
    must(q->session, crmk_record_set_int(record, CRMK_CUSTOMER_EMPLOYEE_COUNT, number), "employee_count");
  if (revenue.len > 0)
    must(q->session, crmk_record_set_money(record, CRMK_CUSTOMER_ANNUAL_REVENUE, money), "annual_revenue");
  put(q, record, file->records[i].line, id);
}

static void import_accounts(queue *q, const csv_file *file) {
  tally customers = {"customers", 0, 0, 0, 0}, parents = {"parents", 0, 0, 0, 0};
  directory names = directory_of(file->record_count);
  size_t i;
  int is_new;
  q->counts = &customers;
  for (i = 1; i < file->record_count; i++)
    if (is_whole(q, file, i)) put_account(q, file, i, place_of(&names, cell(file, i, "account"), &is_new));
  turn_to(q, &parents);
  for (i = 1; i < file->record_count; i++) {
    crmk_text parent;
    crmk_record *daughter;
    uint64_t *id;
    if (file->records[i].cut || file->records[i].count != file->records[0].count) continue;
    parent = cell(file, i, "subsidiary_of");
    if (parent.len == 0) continue;
    id = place_of(&names, parent, &is_new);
    if (*id == 0) {
      reject(q, file->records[i].line, crmk_text_of("subsidiary_of names no account of the file"));
      continue;
    }
    daughter = keyed(q, CRMK_ENTITY_CUSTOMER, "pipeline.accounts", cell(file, i, "account"));
    must(q->session, crmk_record_set_ref(daughter, CRMK_CUSTOMER_PARENT, *id), "parent");
    put(q, daughter, file->records[i].line, NULL);
  }
  flush(q);
  directory_free(&names);
  print_tally(&customers);
  print_tally(&parents);
}

/* The bank's people and their last contact. */

static int month_of(crmk_text text) {
  static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                       "jul", "aug", "sep", "oct", "nov", "dec"};
  int i;
  for (i = 0; i < 12; i++)
    if (is_caseless(text, months[i])) return i + 1;
  return 0;
}

static void put_person(queue *q, const csv_file *file, size_t i, uint64_t *id) {
  char key[24], name[40];
  crmk_record *record;
  sprintf(key, "%lu", (unsigned long)i);
  sprintf(name, "UCI customer %lu", (unsigned long)i);
  record = keyed(q, CRMK_ENTITY_CUSTOMER, "uci.bank", crmk_text_of(key));
  set(q, record, CRMK_CUSTOMER_NAME, crmk_text_of(name));
  set(q, record, CRMK_CUSTOMER_OCCUPATION, cell(file, i, "job"));
  set_enum(q, record, CRMK_CUSTOMER_PARTY_KIND, CRMK_PARTY_KIND_INDIVIDUAL);
  set_enum(q, record, CRMK_CUSTOMER_STATUS, CRMK_CUSTOMER_STATUS_PROSPECT);
  put(q, record, file->records[i].line, id);
}

/* How much of a short text is shown. */
static int shown(crmk_text text) { return text.len < 64 ? (int)text.len : 64; }

static void put_contact(queue *q, const csv_file *file, size_t i, uint64_t customer) {
  crmk_text contact = cell(file, i, "contact"), y = cell(file, i, "y"), campaign = cell(file, i, "campaign");
  crmk_text previous = cell(file, i, "poutcome");
  int month = month_of(cell(file, i, "month"));
  int64_t day = 0, duration = 0;
  int32_t date = 0;
  char key[24], result[256];
  crmk_record *record;
  int by_phone = is(contact, "cellular") || is(contact, "telephone");
  if (!number_of(cell(file, i, "day"), &day) || !number_of(cell(file, i, "duration"), &duration)) month = 0;
  /* A day that the month does not have in 2010 is its last one. */
  while (month > 0 && day > 27 && crmk_date_of(2010, (uint32_t)month, (uint32_t)day, &date) != CRMK_OK) day--;
  if (month == 0 || crmk_date_of(2010, (uint32_t)month, (uint32_t)day, &date) != CRMK_OK) {
    reject(q, file->records[i].line, crmk_text_of("month, day or duration is not of the form may, 5, 261"));
    return;
  }
  sprintf(key, "%lu", (unsigned long)i);
  sprintf(result, "outcome %.*s; campaign %.*s; previous %.*s", shown(y), (const char *)y.data, shown(campaign),
          (const char *)campaign.data, shown(previous), (const char *)previous.data);
  record = keyed(q, CRMK_ENTITY_VISIT, "uci.bank.contact", crmk_text_of(key));
  must(q->session, crmk_record_set_ref(record, CRMK_VISIT_CUSTOMER, customer), "customer");
  must(q->session, crmk_record_set_instant(record, CRMK_VISIT_HELD_AT, midnight(date)), "held_at");
  must(q->session, crmk_record_set_int(record, CRMK_VISIT_DURATION_S, duration), "duration_s");
  set_enum(q, record, CRMK_VISIT_CHANNEL, by_phone ? CRMK_CHANNEL_PHONE : CRMK_CHANNEL_OTHER);
  set_enum(q, record, CRMK_VISIT_STATE, CRMK_VISIT_STATE_HELD);
  set(q, record, CRMK_VISIT_KIND, crmk_text_of("campaign"));
  set(q, record, CRMK_VISIT_RESULT, crmk_text_of(result));
  set(q, record, CRMK_VISIT_OWNER, crmk_text_of("uci"));
  put(q, record, file->records[i].line, NULL);
}

static void import_bank(queue *q, const csv_file *file) {
  tally customers = {"customers", 0, 0, 0, 0}, visits = {"visits", 0, 0, 0, 0};
  uint64_t *ids = (uint64_t *)calloc(file->record_count, sizeof *ids);
  size_t i;
  if (ids == NULL) exit(1);
  q->counts = &customers;
  for (i = 1; i < file->record_count; i++)
    if (is_whole(q, file, i)) put_person(q, file, i, &ids[i]);
  turn_to(q, &visits);
  for (i = 1; i < file->record_count; i++)
    if (ids[i] != 0) put_contact(q, file, i, ids[i]);
  flush(q);
  free(ids);
  print_tally(&customers);
  print_tally(&visits);
}

static crmk_db *open_database(const char *path) {
  crmk_open_options options;
  char message[256];
  crmk_db *db = NULL;
  memset(&options, 0, sizeof options);
  options.size = sizeof options;
  options.flags = CRMK_OPEN_CREATE;
  options.path = crmk_text_of(path);
  if (crmk_db_open(&options, &db, message, sizeof message) == CRMK_OK) return db;
  fprintf(stderr, "import: %s\n", message);
  exit(1);
}

int main(int argc, char **argv) {
  crmk_db *db;
  crmk_session *session = NULL;
  csv_file file;
  queue *q;
  if (argc != 4 || (strcmp(argv[2], "cfpb") != 0 && strcmp(argv[2], "accounts") != 0 && strcmp(argv[2], "bank") != 0)) {
    fprintf(stderr, "usage: import DATABASE cfpb|accounts|bank FILE.csv\n");
    return 2;
  }
  file = csv_read(argv[3], strcmp(argv[2], "bank") == 0 ? ';' : ',');
  if (file.record_count == 0) {
    fprintf(stderr, "import: %s holds no heading\n", argv[3]);
    return 1;
  }
  db = open_database(argv[1]);
  q = (queue *)calloc(1, sizeof *q);
  if (q == NULL) return 1;
  /* Recording the past takes the level manage. */
  must(NULL, crmk_session_open(db, crmk_text_of("import"), CRMK_LEVEL_MANAGE, &session), "session");
  q->session = session;
  q->path = argv[3];
  must(session, crmk_batch_new(session, &q->batch), "batch");
  if (strcmp(argv[2], "cfpb") == 0) import_cfpb(q, &file);
  if (strcmp(argv[2], "accounts") == 0) import_accounts(q, &file);
  if (strcmp(argv[2], "bank") == 0) import_bank(q, &file);
  crmk_batch_free(q->batch);
  crmk_session_free(session);
  must(NULL, crmk_db_close(db), "close");
  crmk_db_free(db);
  csv_free(&file);
  free(q);
  return 0;
}
