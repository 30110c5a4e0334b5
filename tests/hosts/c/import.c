/* import.c - imports files in the shape of public data through the C ABI, in batches.
 *
 *   import DATABASE cfpb FILE.csv        complaints in the form of the CFPB, of 2013 or 2023; companies are customers
 *   import DATABASE accounts FILE.csv    accounts with their parents
 *   import DATABASE bank FILE.csv        the UCI bank marketing data: people with their last contact as a held visit;
 *                                        the data has no year, contacts are put into 2010
 *
 * Every record is put by its external reference, so a second import changes nothing. Says how many were added, changed,
 * as they were, and rejected; the rejected ones with their line on standard error. Exit codes: 0 done, 1 failed. */
#include "cells.h"

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
  /* The file tells neither cause nor lesson; that is said when the complaint is added, for the day on which it is closed. */
  must(q->session, crmk_record_set_bool(record, CRMK_COMPLAINT_FACTS_UNKNOWN, 1), "facts_unknown");
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
