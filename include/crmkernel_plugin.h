/* crmkernel_plugin.h - the ABI between crmkernel and its plugins. Generated; do not edit.
 *
 * A plugin is a shared library that exports crmk_plugin_entry_v1. The kernel calls it, copies the table that it
 * returns, calls `init`, and asks `get_extension` for the hooks. A hook that is not offered is not called.
 *
 * Data in:   views of records, read by field ids that `field_id` gave at `init`; valid during the call.
 * Data out:  through sinks, which copy. Nothing is freed across the boundary, in either direction.
 * Purity:    a hook goes by its arguments alone: no clock, no file, no memory of earlier calls.
 * Unwinding: no C++ exception and no longjmp may leave a function of either side.
 *
 * Sizes:     a struct that may grow begins with its size as its maker knows it, and grows at its end only. A reader
 *            copies no more than the smaller of that size and its own into a zeroed struct, so whatever the other
 *            side is too old to know reads as 0 or NULL. A function pointer may therefore be NULL when the other side
 *            has a smaller minor version; all that are declared in version 1.0 are there.
 *
 * Threads:   [init]        no two at once for the same state.
 *            [any-thread]  from any thread, several at once for the same state.
 *            [one-thread]  only on the thread on which the kernel called the hook, and until that returns.
 *
 * Codes:     0 is CRMK_PLUGIN_OK, CRMK_PLUGIN_ABSENT is 1, errors are negative; outputs are written only with OK.
 *            A code that is not known here is an error when it is negative, and like OK otherwise.
 *
 * New hooks come as new extension ids, and new powers of the kernel by its own `get_extension`; the structs of this
 * file keep their meaning for as long as CRMK_PLUGIN_ABI_MAJOR stays.
 */
#ifndef CRMKERNEL_PLUGIN_H
#define CRMKERNEL_PLUGIN_H


#include <stddef.h>
#include <stdint.h>

// The name of the exported function, and the ids of the extensions.
#define CRMK_PLUGIN_ENTRY "crmk_plugin_entry_v1"
#define CRMK_PLUGIN_EXT_VALIDATE "crmkernel.validate/1"
#define CRMK_PLUGIN_EXT_COMPLAINT "crmkernel.complaint/1"

// The values of one record, borrowed from the kernel. Only pointers to it are ever seen.
typedef struct crmk_plugin_view crmk_plugin_view;


// The major version of this ABI. A plugin of another major version is not run.
#define CRMK_PLUGIN_ABI_MAJOR 1

// The minor version of this ABI. It grows when a struct grows; plugins and kernels of different minor versions run.
#define CRMK_PLUGIN_ABI_MINOR 0

// The value of `magic` in every plugin table: the bytes "CRMK", read as a little-endian number.
#define CRMK_PLUGIN_MAGIC 1263358531

// Done; outputs are written.
#define CRMK_PLUGIN_OK 0

// No value there; outputs are untouched. This is not an error.
#define CRMK_PLUGIN_ABSENT 1

// The plugin failed; its text was given to `fail`.
#define CRMK_PLUGIN_E_FAILED -1

// A pointer that must not be NULL is NULL.
#define CRMK_PLUGIN_E_NULL -2

// A text is not valid UTF-8.
#define CRMK_PLUGIN_E_UTF8 -3

// The field has another type than the one asked for.
#define CRMK_PLUGIN_E_WRONG_TYPE -4

// No entity, field or enumeration value of that name, or no field id that `field_id` gave out.
#define CRMK_PLUGIN_E_UNKNOWN -5

// The field belongs to another entity than the view.
#define CRMK_PLUGIN_E_WRONG_ENTITY -6

// A number is outside of its bounds, or a text is longer than its bound.
#define CRMK_PLUGIN_E_RANGE -7

// The working-day calendar has no data for the year. A hook that gets this from a call returns it as it is: the
// caller then learns which year is missing, and the plugin is not blamed.
#define CRMK_PLUGIN_E_CALENDAR_YEAR -8

// More violations, inputs or answers than the bound allows.
#define CRMK_PLUGIN_E_LIMIT -9

// A defect of the kernel.
#define CRMK_PLUGIN_E_HOST -10

// The type of a field: UTF-8 text, read by `get_text`.
#define CRMK_PLUGIN_TYPE_TEXT 1

// The type of a field: a signed integer, read by `get_int`.
#define CRMK_PLUGIN_TYPE_INT 2

// The type of a field: 0 or 1, read by `get_bool`.
#define CRMK_PLUGIN_TYPE_BOOL 3

// The type of a field: a civil date, read by `get_date`.
#define CRMK_PLUGIN_TYPE_DATE 4

// The type of a field: an instant, read by `get_instant`.
#define CRMK_PLUGIN_TYPE_INSTANT 5

// The type of a field: an amount of money, read by `get_money`.
#define CRMK_PLUGIN_TYPE_MONEY 6

// The type of a field: the number of an enumeration's value, read by `get_enum`.
#define CRMK_PLUGIN_TYPE_ENUM 7

// The type of a field: the id of another record, read by `get_ref`.
#define CRMK_PLUGIN_TYPE_REF 8

// A last day that is a rest day stays.
#define CRMK_PLUGIN_ROLL_NONE 0

// A last day that is a rest day moves to the next working day.
#define CRMK_PLUGIN_ROLL_NEXT 1

// A last day that is a rest day moves to the working day before.
#define CRMK_PLUGIN_ROLL_PREVIOUS 2

// The greatest length of a name or a code that a plugin gives. Unit: bytes.
#define CRMK_PLUGIN_NAME_LEN_MAX 128

// The greatest length of any other text that a plugin gives. Unit: bytes.
#define CRMK_PLUGIN_TEXT_LEN_MAX 4096

// The greatest number of violations of one call.
#define CRMK_PLUGIN_VIOLATIONS_MAX 256

// The greatest number of inputs of one decision.
#define CRMK_PLUGIN_INPUTS_MAX 64

// A UTF-8 text that belongs to whoever gives it; the other side copies what it wants to keep. It does not end with a
// zero byte. `data` may be NULL when `len` is 0. This struct never grows.
typedef struct {
  // The first byte.
  const uint8_t *data;
  // The number of bytes.
  size_t len;
} crmk_plugin_str;

// An amount of money. This struct never grows.
typedef struct {
  // The amount in minor units of the currency: fen for CNY.
  int64_t amount_minor;
  // The three letters of the currency (ISO 4217), without an ending zero byte.
  uint8_t currency[3];
  // Zero.
  uint8_t reserved[5];
} crmk_plugin_money;

// A name and its value: an input of a decision. This struct never grows.
typedef struct {
  // The name, such as `received_on`.
  crmk_plugin_str name;
  // The value as text. No personal data.
  crmk_plugin_str value;
} crmk_plugin_input;

// What the kernel says of itself to `crmk_plugin_entry_v1`. It belongs to the kernel, for the time of the call.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // The kernel's CRMK_PLUGIN_ABI_MAJOR.
  uint32_t abi_major;
  // The kernel's CRMK_PLUGIN_ABI_MINOR.
  uint32_t abi_minor;
  // Zero.
  uint32_t reserved;
  // The kernel's version, such as `0.1.0`.
  crmk_plugin_str kernel_version;
} crmk_host_info;

// What the kernel offers a plugin while it is set up. It belongs to the kernel and ends when `init` returns.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The first argument of each function below.
  void *context;
  // [init] Gives the id by which views read a field, such as `customer`, `identity_number`. `type` is one of
  // CRMK_PLUGIN_TYPE_...: the type that the plugin expects. An id is a number greater than 0, holds for the life of
  // the plugin's state, and means nothing to another plugin or process.
  // Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_UNKNOWN or E_WRONG_TYPE.
  int32_t (*field_id)(void *context, crmk_plugin_str entity, crmk_plugin_str field, int32_t type, uint32_t *id);
  // [init] Gives the number that `get_enum` yields for a value's name: `active` of the field `customer.status`.
  // Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_UNKNOWN or E_WRONG_TYPE.
  int32_t (*enum_number)(void *context, uint32_t field, crmk_plugin_str name, uint16_t *number);
  // [init] Gives a setting of the database's owner by its name: an override of one of the plugin's figures.
  // The text belongs to the kernel and lives until `init` returns.
  // Returns CRMK_PLUGIN_OK, ABSENT, E_NULL or E_UTF8.
  int32_t (*setting)(void *context, crmk_plugin_str name, crmk_plugin_str *value);
  // [init] Gives the settings one by one, from index 0, in the order of their names, so that a plugin can refuse
  // one that it does not know. The texts belong to the kernel and live until `init` returns.
  // Returns CRMK_PLUGIN_OK, ABSENT after the last one, or E_NULL.
  int32_t (*setting_at)(void *context, uint32_t index, crmk_plugin_str *name, crmk_plugin_str *value);
  // [init] Says why `init` is going to return an error. The text is copied.
  void (*fail)(void *context, crmk_plugin_str message);
  // [init] Gives a struct of functions that a later version offers under an id, or NULL.
  const void *(*get_extension)(void *context, crmk_plugin_str id);
} crmk_plugin_host;

// What a hook may ask the kernel during one call. It belongs to the kernel and ends when the hook returns.
//
// The get_... functions read one field of a view by an id from `field_id`. They return CRMK_PLUGIN_OK,
// ABSENT (no value, the view is NULL, or the field is sensitive and not among the capabilities of the plugin's
// manifest), E_NULL, E_UNKNOWN, E_WRONG_ENTITY or E_WRONG_TYPE, and write to `out` only with OK.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // [one-thread] The text belongs to the kernel and lives until the hook returns.
  int32_t (*get_text)(const crmk_plugin_view *view, uint32_t field, crmk_plugin_str *out);
  // [one-thread] Reads an integer.
  int32_t (*get_int)(const crmk_plugin_view *view, uint32_t field, int64_t *out);
  // [one-thread] Reads 0 or 1.
  int32_t (*get_bool)(const crmk_plugin_view *view, uint32_t field, uint8_t *out);
  // [one-thread] Unit: days since 1970-01-01.
  int32_t (*get_date)(const crmk_plugin_view *view, uint32_t field, int32_t *out);
  // [one-thread] Unit: microseconds since 1970-01-01T00:00:00Z.
  int32_t (*get_instant)(const crmk_plugin_view *view, uint32_t field, int64_t *out);
  // [one-thread] Reads an amount of money.
  int32_t (*get_money)(const crmk_plugin_view *view, uint32_t field, crmk_plugin_money *out);
  // [one-thread] Reads the number of an enumeration's value; see `enum_number`.
  int32_t (*get_enum)(const crmk_plugin_view *view, uint32_t field, uint16_t *out);
  // [one-thread] Reads the id of another record.
  int32_t (*get_ref)(const crmk_plugin_view *view, uint32_t field, uint64_t *out);
  // [one-thread] Whether a day is not worked. `context` is that of the change. `out` becomes 0 or 1.
  // Returns CRMK_PLUGIN_OK, E_NULL, E_RANGE or E_CALENDAR_YEAR.
  int32_t (*calendar_is_rest_day)(void *context, int32_t date, uint8_t *out);
  // [one-thread] Moves a last day off the rest days. `mode` is one of CRMK_PLUGIN_ROLL_...
  // Returns CRMK_PLUGIN_OK, E_NULL, E_RANGE or E_CALENDAR_YEAR.
  int32_t (*calendar_roll)(void *context, int32_t date, int32_t mode, int32_t *out);
  // [one-thread] The civil date of an instant in the database's time zone.
  // Returns CRMK_PLUGIN_OK, E_NULL or E_RANGE.
  int32_t (*date_of_instant)(void *context, int64_t instant, int32_t *out);
  // [one-thread] Says why the hook is going to return an error. The text is copied. No personal data.
  void (*fail)(void *context, crmk_plugin_str message);
} crmk_plugin_access;

// A change that is about to be committed. It and all that it points to belong to the kernel until the hook returns.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // The civil date of `now` in the database's time zone. Unit: days since 1970-01-01.
  int32_t today;
  // The instant of the change, the only one that a hook may go by. Unit: microseconds since 1970-01-01T00:00:00Z.
  int64_t now;
  // The entity of the record that changes: `customer`, `person`, `visit`, `complaint`.
  crmk_plugin_str entity;
  // What is done: `add`, `update`, `put` or the name of a verb.
  crmk_plugin_str command;
  // Who does it; empty unless the manifest's capabilities name `actor`.
  crmk_plugin_str actor;
  // The record before the change, NULL when it is new.
  const crmk_plugin_view *before;
  // The record as it would be written. Never NULL.
  const crmk_plugin_view *after;
  // The customer of a person, visit or complaint, NULL when there is none.
  const crmk_plugin_view *customer;
  // The functions that read the views.
  const crmk_plugin_access *access;
  // The first argument of the functions of `access` that take no view.
  void *context;
} crmk_plugin_change;

// One reason to refuse a change. It belongs to the plugin; the kernel copies it.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The name of the field at fault, empty for the whole record.
  crmk_plugin_str field;
  // The stable code of the reason in snake case, such as `required`. Not empty.
  crmk_plugin_str code;
  // The reason in English: what was found and what is allowed. No personal data. Not empty.
  crmk_plugin_str message;
  // The reason in Chinese. No personal data.
  crmk_plugin_str message_zh;
  // The id of the rule, such as `L-BNK-7`.
  crmk_plugin_str rule;
} crmk_plugin_violation;

// Where violations go. It belongs to the kernel and ends when the hook returns.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The first argument of the function below.
  void *context;
  // [one-thread] Adds a violation. Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_RANGE or E_LIMIT;
  // after an error the call counts as failed, whatever the hook returns, lest a reason to refuse get lost.
  int32_t (*violation)(void *context, const crmk_plugin_violation *violation);
} crmk_plugin_validate_sink;

// The extension `crmkernel.validate/1`: may refuse a change.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // [any-thread] Gives every reason why the change must be refused to the sink, all at once; none lets it pass.
  // The same change always gets the same answer. Returns CRMK_PLUGIN_OK, or an error: the plugin failed, and the
  // change is not committed.
  int32_t (*validate)(void *state, const crmk_plugin_change *change, const crmk_plugin_validate_sink *sink);
} crmk_plugin_validate;

// The last day for settling a complaint, and why. It belongs to the plugin; the kernel copies it.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // The last day. Unit: days since 1970-01-01.
  int32_t date;
  // The id of the rule, such as `L-BNK-1`. Not empty.
  crmk_plugin_str rule;
  // The regulation and article.
  crmk_plugin_str source;
  // The reason as an English sentence that names the inputs. No personal data. Not empty.
  crmk_plugin_str reason;
  // The reason as a Chinese sentence.
  crmk_plugin_str reason_zh;
  // The inputs that the rule used; NULL when `input_count` is 0.
  const crmk_plugin_input *inputs;
  // The number of inputs.
  size_t input_count;
} crmk_plugin_deadline;

// Where decisions about a complaint go. It belongs to the kernel and ends when the hook returns.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The first argument of the function below.
  void *context;
  // [one-thread] Sets the deadline; at most once a call. Returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_RANGE or E_LIMIT.
  int32_t (*deadline)(void *context, const crmk_plugin_deadline *deadline);
} crmk_plugin_complaint_sink;

// The extension `crmkernel.complaint/1`: decides about a complaint.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // [any-thread] Gives its decision about a complaint that is added or changed to the sink; nothing is no opinion.
  // The same change always gets the same answer. Returns CRMK_PLUGIN_OK, or an error, as `validate`.
  int32_t (*complaint)(void *state, const crmk_plugin_change *change, const crmk_plugin_complaint_sink *sink);
} crmk_plugin_complaint;

// A plugin. It belongs to the library and lives as long as that is loaded.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // CRMK_PLUGIN_MAGIC.
  uint32_t magic;
  // The plugin's CRMK_PLUGIN_ABI_MAJOR.
  uint32_t abi_major;
  // The plugin's CRMK_PLUGIN_ABI_MINOR.
  uint32_t abi_minor;
  // The id, as in the manifest: `crmkernel.banking`.
  crmk_plugin_str id;
  // The version, as in the manifest: `1.4.0`.
  crmk_plugin_str version;
  // [init] Sets up one state, to which all later calls refer; a process may ask for several. May leave `*state`
  // NULL. Returns CRMK_PLUGIN_OK, or an error after `fail`; then there is no state and `deinit` is not called.
  int32_t (*init)(const crmk_plugin_host *host, void **state);
  // [init] Frees a state. No other call with that state is under way or follows. May be NULL.
  void (*deinit)(void *state);
  // [init] Gives the struct of an extension by its id, or NULL when it is not offered. What it gives belongs to the
  // library and lives as long as that is loaded. Called after `init`.
  const void *(*get_extension)(void *state, crmk_plugin_str id);
} crmk_plugin;

// The type of the one function that a plugin exports, `crmk_plugin_entry_v1`.
//
// [init] Free of side effects; may be called more than once. Returns the plugin, or NULL when it cannot work with
// this kernel. `host` belongs to the kernel and is never NULL.
typedef const crmk_plugin *(*crmk_plugin_entry_fn)(const crmk_host_info *host);

// How a plugin declares the function that it exports.
#if defined(_WIN32)
#define CRMK_PLUGIN_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define CRMK_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define CRMK_PLUGIN_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

CRMK_PLUGIN_EXPORT const crmk_plugin *crmk_plugin_entry_v1(const crmk_host_info *host);

#ifdef __cplusplus
}
#endif

// The layout, held on platforms with pointers of 64 bits by compilers that can.
#if defined(__cplusplus) && __cplusplus >= 201103L
#define CRMK_PLUGIN_ASSERT(holds) static_assert(holds, #holds)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define CRMK_PLUGIN_ASSERT(holds) _Static_assert(holds, #holds)
#endif
#if defined(CRMK_PLUGIN_ASSERT) && UINTPTR_MAX == 0xffffffffffffffffu
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_str) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_str, data) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_str, len) == 8);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_money) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_money, amount_minor) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_money, currency) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_money, reserved) == 11);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_input) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_input, name) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_input, value) == 16);
CRMK_PLUGIN_ASSERT(sizeof(crmk_host_info) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_host_info, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_host_info, abi_major) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_host_info, abi_minor) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_host_info, reserved) == 12);
CRMK_PLUGIN_ASSERT(offsetof(crmk_host_info, kernel_version) == 16);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_host) == 64);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, context) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, field_id) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, enum_number) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, setting) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, setting_at) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, fail) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_host, get_extension) == 56);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_access) == 104);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_text) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_int) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_bool) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_date) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_instant) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_money) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_enum) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, get_ref) == 64);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, calendar_is_rest_day) == 72);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, calendar_roll) == 80);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, date_of_instant) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, fail) == 96);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_change) == 104);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, today) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, now) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, entity) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, command) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, actor) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, before) == 64);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, after) == 72);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, customer) == 80);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, access) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_change, context) == 96);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_violation) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, field) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, code) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, message) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, message_zh) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, rule) == 72);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_validate_sink) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_validate_sink, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_validate_sink, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_validate_sink, context) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_validate_sink, violation) == 16);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_validate) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_validate, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_validate, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_validate, validate) == 8);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_deadline) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, date) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, rule) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, source) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, reason) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, reason_zh) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, inputs) == 72);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_deadline, input_count) == 80);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_complaint_sink) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_complaint_sink, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_complaint_sink, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_complaint_sink, context) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_complaint_sink, deadline) == 16);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_complaint) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_complaint, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_complaint, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_complaint, complaint) == 8);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin) == 72);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, magic) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, abi_major) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, abi_minor) == 12);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, id) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, version) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, init) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, deinit) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin, get_extension) == 64);
#endif

#endif // CRMKERNEL_PLUGIN_H
