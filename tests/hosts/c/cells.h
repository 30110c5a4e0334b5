/* cells.h - what the cells of a file say: columns by their headings, numbers, days, names with their ids. */
#ifndef CELLS_H
#define CELLS_H

#include "queue.h"

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

#endif
