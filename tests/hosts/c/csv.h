/* csv.h - reads a whole CSV file (RFC 4180): quoted cells with separators, quotes and line breaks in them, CRLF or LF,
 * a byte order mark. A record that is cut inside a quote is kept and marked. Cells point into the file's own bytes. */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crmkernel.h"

typedef struct {
  size_t line;      /* The line on which the record begins, from 1. */
  size_t cell;      /* The place of its first cell in csv_file.cells. */
  size_t count;     /* How many cells it has. */
  int cut;          /* 1 when the file ends inside a quote. */
} csv_record;

typedef struct {
  char *bytes;
  crmk_text *cells;
  csv_record *records;
  size_t cell_count, record_count;
} csv_file;

static void *csv_grown(void *list, size_t count, size_t size) {
  if ((count & (count - 1)) != 0) return list; /* Room doubles at powers of two. */
  list = realloc(list, (count == 0 ? 1 : count * 2) * size);
  if (list == NULL) {
    fprintf(stderr, "import: out of memory\n");
    exit(1);
  }
  return list;
}

static char *csv_bytes(const char *path, size_t *len) {
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  long size;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
    fprintf(stderr, "import: %s cannot be read\n", path);
    exit(1);
  }
  rewind(file);
  bytes = (char *)malloc((size_t)size + 1);
  if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    fprintf(stderr, "import: %s cannot be read\n", path);
    exit(1);
  }
  fclose(file);
  *len = (size_t)size;
  return bytes;
}

/* Reads one cell from `at` on, in place; gives the place behind it. */
static size_t csv_cell(csv_file *file, size_t at, size_t len, char separator, size_t *line, int *cut) {
  size_t to = at, from = at;
  int quoted = at < len && file->bytes[at] == '"';
  crmk_text cell;
  if (quoted) at++;
  for (; at < len; at++) {
    char c = file->bytes[at];
    if (quoted && c == '"') {
      if (at + 1 < len && file->bytes[at + 1] == '"') {
        at++;
      } else {
        quoted = 0;
        continue;
      }
    } else if (!quoted && (c == separator || c == '\n')) {
      break;
    }
    if (c == '\n') ++*line;
    file->bytes[to++] = c;
  }
  if (at >= len || file->bytes[at] == '\n')
    while (to > from && file->bytes[to - 1] == '\r') to--;
  *cut = quoted;
  cell.data = (const uint8_t *)file->bytes + from;
  cell.len = to - from;
  file->cells = (crmk_text *)csv_grown(file->cells, file->cell_count, sizeof *file->cells);
  file->cells[file->cell_count++] = cell;
  return at;
}

static csv_file csv_read(const char *path, char separator) {
  csv_file file;
  size_t len = 0, at = 0, line = 1;
  memset(&file, 0, sizeof file);
  file.bytes = csv_bytes(path, &len);
  if (len >= 3 && memcmp(file.bytes, "\xef\xbb\xbf", 3) == 0) at = 3;
  while (at < len) {
    csv_record record;
    record.line = line;
    record.cell = file.cell_count;
    record.cut = 0;
    for (;;) {
      at = csv_cell(&file, at, len, separator, &line, &record.cut);
      if (at >= len || file.bytes[at] == '\n') break;
      at++;
    }
    at++;
    line++;
    record.count = file.cell_count - record.cell;
    if (record.count == 1 && file.cells[record.cell].len == 0 && !record.cut) continue; /* An empty line. */
    file.records = (csv_record *)csv_grown(file.records, file.record_count, sizeof *file.records);
    file.records[file.record_count++] = record;
  }
  return file;
}

static void csv_free(csv_file *file) {
  free(file->bytes);
  free(file->cells);
  free(file->records);
}

#endif
