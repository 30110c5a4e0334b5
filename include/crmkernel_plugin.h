/* crmkernel_plugin.h - the ABI between crmkernel and its plugins. Generated; do not edit.
 *
 * A plugin is a shared library that exports crmk_plugin_entry_v1. The kernel calls it, copies the table that it
 * returns, asks `get_extension` for the extensions, lets `fields` declare, and calls `init`. A hook that is not
 * offered is not called.
 *
 * Data in:   views of records, read by field ids that `field_id` gave at `init`; valid during the call.
 * Data out:  through sinks, which copy. Nothing is freed across the boundary, in either direction.
 * Purity:    a hook goes by its arguments alone: no clock, no file, no memory of earlier calls.
 * Unwinding: no C++ exception and no longjmp may leave a function of either side.
 *
 * Sizes:     a struct that may grow begins with its size as its maker knows it, and grows at its end only. A reader
 *            copies no more than the smaller of that size and its own into a zeroed struct, so whatever the other
 *            side is too old to know reads as 0 or NULL. A size that is smaller than the reader's own and that no
 *            version had would cut a field: such a struct is refused. A function pointer may therefore be NULL when the other side
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
//
// fields    custom fields that the plugin needs     crmk_plugin_fields
// policy    the plugin's default policy             crmk_plugin_policy
// validate  may refuse a change                     crmk_plugin_hook   violations
// classify  class, and the plugin's custom fields   crmk_plugin_hook   decisions
// cadence   next_due_on of a customer               crmk_plugin_hook   decisions
// complaint deadline_on, grade, owner; close guards crmk_plugin_hook   decisions, violations of `close`
// compute   named calculators                       crmk_plugin_compute
// rights    hides fields from who reads             crmk_plugin_hook   masks
#define CRMK_PLUGIN_EXT_FIELDS "crmkernel.fields/1"
#define CRMK_PLUGIN_EXT_POLICY "crmkernel.policy/1"
#define CRMK_PLUGIN_EXT_VALIDATE "crmkernel.validate/1"
#define CRMK_PLUGIN_EXT_CLASSIFY "crmkernel.classify/1"
#define CRMK_PLUGIN_EXT_CADENCE "crmkernel.cadence/1"
#define CRMK_PLUGIN_EXT_COMPLAINT "crmkernel.complaint/1"
#define CRMK_PLUGIN_EXT_COMPUTE "crmkernel.compute/1"
#define CRMK_PLUGIN_EXT_RIGHTS "crmkernel.rights/1"

#ifdef CRMK_PLUGIN_DRAFTS
// Drafts may change or go with any version; the kernel asks for them only when the owner of the database switches
// drafts on. `retention` decides keep_until, the day until which a customer's records must be kept: a crmk_plugin_hook.
#define CRMK_PLUGIN_DRAFT_RETENTION "crmkernel.draft.retention/0"
#endif

// The values of one record, borrowed from the kernel. Only pointers to it are ever seen.
typedef struct crmk_plugin_view crmk_plugin_view;


// The major version of this ABI. A plugin of another major version is not run.
#define CRMK_PLUGIN_ABI_MAJOR 1

// The minor version of this ABI. It grows when a struct grows; plugins and kernels of different minor versions run.
#define CRMK_PLUGIN_ABI_MINOR 2

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

// The field, argument or result has another type.
#define CRMK_PLUGIN_E_WRONG_TYPE -4

// No entity, field, subject or value of that name, or no field id that `field_id` gave out.
#define CRMK_PLUGIN_E_UNKNOWN -5

// The field belongs to another entity than the view.
#define CRMK_PLUGIN_E_WRONG_ENTITY -6

// A number is outside of its bounds, or a text is longer than its bound.
#define CRMK_PLUGIN_E_RANGE -7

// The working-day calendar has no data for the year. A hook that gets this from a call returns it as it is: the
// caller then learns which year is missing, and the plugin is not blamed.
#define CRMK_PLUGIN_E_CALENDAR_YEAR -8

// More violations, decisions, inputs or records than the bound allows, or a second answer to one question.
#define CRMK_PLUGIN_E_LIMIT -9

// A defect of the kernel, or its store cannot be read.
#define CRMK_PLUGIN_E_HOST -10

// The hook ended because `cancelled` told it to.
#define CRMK_PLUGIN_E_CANCELLED -11

// The context, the sink or the view is not one of the call that is under way on this thread: it was kept from a call that
// is over, or is used from another thread. Since 1.2.
#define CRMK_PLUGIN_E_STATE -12

// No value: an argument that was left out, or a decision that a field is absent.
#define CRMK_PLUGIN_TYPE_NONE 0

// UTF-8 text, read by `get_text`.
#define CRMK_PLUGIN_TYPE_TEXT 1

// A signed integer, read by `get_int`.
#define CRMK_PLUGIN_TYPE_INT 2

// 0 or 1, read by `get_bool`.
#define CRMK_PLUGIN_TYPE_BOOL 3

// A civil date, read by `get_date`.
#define CRMK_PLUGIN_TYPE_DATE 4

// An instant, read by `get_instant`.
#define CRMK_PLUGIN_TYPE_INSTANT 5

// An amount of money, read by `get_money`.
#define CRMK_PLUGIN_TYPE_MONEY 6

// The number of an enumeration's value, read by `get_enum`. Not for calculators.
#define CRMK_PLUGIN_TYPE_ENUM 7

// The id of another record, read by `get_ref`. Not for calculators.
#define CRMK_PLUGIN_TYPE_REF 8

// A ratio of two integers. For calculators only: no number here has a fraction of its own.
#define CRMK_PLUGIN_TYPE_RATIO 9

// A last day that is a rest day stays.
#define CRMK_PLUGIN_ROLL_NONE 0

// A last day that is a rest day moves to the next working day.
#define CRMK_PLUGIN_ROLL_NEXT 1

// A last day that is a rest day moves to the working day before.
#define CRMK_PLUGIN_ROLL_PREVIOUS 2

// Tells what happened.
#define CRMK_PLUGIN_LOG_INFO 1

// Tells what somebody should look at.
#define CRMK_PLUGIN_LOG_WARNING 2

// The custom field is personal or secret: read only by plugins whose manifest names it.
#define CRMK_PLUGIN_FIELD_SENSITIVE 1

// An index is kept for the custom field.
#define CRMK_PLUGIN_FIELD_INDEXED 2

// The value stays when the plugin decides it no longer; without the flag it is withdrawn then. Since 1.2.
#define CRMK_PLUGIN_DECISION_KEPT 1

// The argument may be left out.
#define CRMK_PLUGIN_PARAMETER_OPTIONAL 1

// A result, not an argument.
#define CRMK_PLUGIN_PARAMETER_RESULT 2

// The greatest length of a name or a code that a plugin gives. Unit: bytes.
#define CRMK_PLUGIN_NAME_LEN_MAX 128

// The greatest length of any other text that a plugin gives. Unit: bytes.
#define CRMK_PLUGIN_TEXT_LEN_MAX 4096

// The greatest length of a default policy. Unit: bytes.
#define CRMK_PLUGIN_POLICY_LEN_MAX 1048576

// The greatest number of violations of one call.
#define CRMK_PLUGIN_VIOLATIONS_MAX 256

// The greatest number of decisions of one call.
#define CRMK_PLUGIN_DECISIONS_MAX 64

// The greatest number of inputs of one decision, and of parameters of one calculator.
#define CRMK_PLUGIN_INPUTS_MAX 64

// The greatest number of custom fields, and of calculators, of one plugin.
#define CRMK_PLUGIN_DECLARATIONS_MAX 256

// The greatest number of records that one call of `follow` or `referring` or all of one hook's together give.
#define CRMK_PLUGIN_RELATED_MAX 1000

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

// A value of any type. This struct never grows.
typedef struct {
  // One of CRMK_PLUGIN_TYPE_...; it says which of the fields below count.
  int32_t type;
  // Zero.
  uint32_t reserved;
  // The integer, 0 or 1, days since 1970-01-01, microseconds since the epoch, minor units, or the numerator.
  int64_t number;
  // The denominator of a ratio, greater than 0.
  int64_t denominator;
  // The text.
  crmk_plugin_str text;
  // The three letters of the currency of money.
  uint8_t currency[3];
  // Zero.
  uint8_t reserved_end[5];
} crmk_plugin_value;

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
  // [init] Gives the id by which views read a field, such as `customer`, `identity_number`; the custom fields that
  // the plugin declared are there. `type` is one of CRMK_PLUGIN_TYPE_...: the type that the plugin expects. An id is
  // a number greater than 0, holds for the life of the plugin's state, and means nothing to another plugin or process.
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

// What `referring` calls for each record; see there.
typedef int32_t (*crmk_plugin_visit_fn)(void *data, const crmk_plugin_view *record);

// What a hook may ask the kernel during one call. It belongs to the kernel and ends when the hook returns.
//
// The get_... functions read one field of a view by an id from `field_id`. They return CRMK_PLUGIN_OK,
// ABSENT (no value, the view is NULL, or the field is sensitive and not among the capabilities of the plugin's
// manifest), E_NULL, E_UNKNOWN, E_WRONG_ENTITY, E_WRONG_TYPE or E_STATE, and write to `out` only with OK.
// The other functions take the `context` of the change or computation, and answer E_STATE to any other.
// A view is no address: nothing is read or written through it but by these functions.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // [one-thread] The text belongs to the kernel and lives as long as the view.
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
  // [one-thread] Whether a day is not worked. `out` becomes 0 or 1.
  // Returns CRMK_PLUGIN_OK, E_NULL, E_RANGE or E_CALENDAR_YEAR; so do the three below.
  int32_t (*calendar_is_rest_day)(void *context, int32_t date, uint8_t *out);
  // [one-thread] Moves a last day off the rest days. `mode` is one of CRMK_PLUGIN_ROLL_...
  int32_t (*calendar_roll)(void *context, int32_t date, int32_t mode, int32_t *out);
  // [one-thread] The last of so many working days; the start day is not counted. Bounds: 0 to 36,500.
  int32_t (*calendar_after_workdays)(void *context, int32_t date, uint32_t days, int32_t *out);
  // [one-thread] So many months later: the day of the same number, or the month's end. Bounds: 0 to 1,200.
  int32_t (*calendar_after_months)(void *context, int32_t date, uint32_t months, int32_t *out);
  // [one-thread] The civil date of an instant in the database's time zone.
  // Returns CRMK_PLUGIN_OK, E_NULL or E_RANGE.
  int32_t (*date_of_instant)(void *context, int64_t instant, int32_t *out);
  // [one-thread] A figure that the owner of the database sets for this plugin, by its dotted name, as TEXT. The text
  // belongs to the kernel and lives until the hook returns.
  // Returns CRMK_PLUGIN_OK, ABSENT when the plugin's own figure stands, E_NULL or E_UTF8.
  int32_t (*figure)(void *context, crmk_plugin_str name, crmk_plugin_value *out);
  // [one-thread] The record that a reference names, as it is stored; its view lives until the hook returns.
  // Returns CRMK_PLUGIN_OK, ABSENT, E_NULL, E_UNKNOWN, E_WRONG_ENTITY, E_WRONG_TYPE, E_LIMIT or E_HOST.
  int32_t (*follow)(void *context, const crmk_plugin_view *view, uint32_t field, const crmk_plugin_view **out);
  // [one-thread] Calls `visit` with `data` for each stored record whose reference `field` names the record `id`, from
  // the newest, at most CRMK_PLUGIN_RELATED_MAX: the visits of a customer by `visit.customer`. A view lives until
  // `visit` returns; that returns CRMK_PLUGIN_OK to go on, ABSENT to stop, or an error, which stops too and is passed
  // on. Returns CRMK_PLUGIN_OK, E_NULL, E_UNKNOWN, E_WRONG_TYPE when `field` is no reference, E_RANGE when it has no
  // index, E_HOST, or what `visit` returned.
  int32_t (*referring)(void *context, uint32_t field, uint64_t id, crmk_plugin_visit_fn visit, void *data);
  // [one-thread] Keeps a line for the administrator. `level` is one of CRMK_PLUGIN_LOG_... The text is copied. No
  // personal data.
  void (*log)(void *context, int32_t level, crmk_plugin_str message);
  // [one-thread] Whether the hook is to end at once, with E_CANCELLED: it took longer than its limit. Gives 0 or 1. A
  // hook that loops asks now and then.
  int32_t (*cancelled)(void *context);
  // [one-thread] Says why the hook is going to return an error. The text is copied. No personal data.
  void (*fail)(void *context, crmk_plugin_str message);
} crmk_plugin_access;

// A change that is about to be committed, or a reading (of the hook `rights`). It and all that it points to belong to
// the kernel until the hook returns.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // The civil date of `now` in the database's time zone. Unit: days since 1970-01-01.
  int32_t today;
  // The instant of the change, the only one that a hook may go by. Unit: microseconds since 1970-01-01T00:00:00Z.
  int64_t now;
  // The entity of the record that changes: `customer`, `person`, `visit`, `complaint`.
  crmk_plugin_str entity;
  // What is done: `add`, `update`, `put`, the name of a verb, or `read`.
  crmk_plugin_str command;
  // Who does it; empty unless the manifest's capabilities name `actor`.
  crmk_plugin_str actor;
  // The record before the change, NULL when it is new.
  const crmk_plugin_view *before;
  // The record as it would be written, or as it is read. Never NULL.
  const crmk_plugin_view *after;
  // The customer of a person, visit or complaint, NULL when there is none.
  const crmk_plugin_view *customer;
  // The functions that read the views, and more.
  const crmk_plugin_access *access;
  // The first argument of the functions of `access` that take one.
  void *context;
} crmk_plugin_change;

// A call of a calculator. It and all that it points to belong to the kernel until `compute` returns.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // The civil date of `now` in the database's time zone. Unit: days since 1970-01-01.
  int32_t today;
  // The instant of the call. Unit: microseconds since 1970-01-01T00:00:00Z.
  int64_t now;
  // The name of the calculator.
  crmk_plugin_str name;
  // The arguments in the order of their declaration, of the types declared; TYPE_NONE for one that was left out.
  const crmk_plugin_value *arguments;
  // The number of arguments: that of the declaration.
  size_t argument_count;
  // The functions for the calendar, figures and records.
  const crmk_plugin_access *access;
  // The first argument of the functions of `access`.
  void *context;
} crmk_plugin_computation;

// A custom field that the plugin needs. It belongs to the plugin; the kernel copies it.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // One of CRMK_PLUGIN_TYPE_..., but not ENUM or RATIO.
  int32_t type;
  // CRMK_PLUGIN_FIELD_... added up.
  uint32_t flags;
  // Zero.
  uint32_t reserved;
  // The entity: `customer`, `person`, `visit`, `complaint`.
  crmk_plugin_str entity;
  // The name: a prefix of the plugin's and a name, such as `bank.risk_level`.
  crmk_plugin_str name;
  // The English label.
  crmk_plugin_str label;
  // The Chinese label.
  crmk_plugin_str label_zh;
  // The least integer.
  int64_t min;
  // The greatest integer, or the greatest number of characters of a text.
  int64_t max;
  // The entity that a REF names.
  crmk_plugin_str target;
} crmk_plugin_field;

// An argument or a result of a calculator. This struct never grows.
typedef struct {
  // The name in snake case.
  crmk_plugin_str name;
  // The English label.
  crmk_plugin_str label;
  // The Chinese label.
  crmk_plugin_str label_zh;
  // One of CRMK_PLUGIN_TYPE_..., but not ENUM or REF.
  int32_t type;
  // CRMK_PLUGIN_PARAMETER_... added up.
  uint32_t flags;
} crmk_plugin_parameter;

// A calculator. It belongs to the plugin; the kernel copies it.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The name: a prefix of the plugin's and a name, such as `bank.fine_range`.
  crmk_plugin_str name;
  // The English label.
  crmk_plugin_str label;
  // The Chinese label.
  crmk_plugin_str label_zh;
  // The arguments and the results.
  const crmk_plugin_parameter *parameters;
  // How many there are.
  size_t parameter_count;
} crmk_plugin_calculator;

// One reason to refuse a change. It belongs to the plugin; the kernel copies it.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The name of the field at fault: one of the record's entity, or empty for the whole record.
  crmk_plugin_str field;
  // The stable code of the reason in snake case, such as `required`. Not empty.
  crmk_plugin_str code;
  // The reason in English: what was found and what is allowed. No personal data. Not empty.
  crmk_plugin_str message;
  // The reason in Chinese. No personal data.
  crmk_plugin_str message_zh;
  // The id of the rule, such as `L-BNK-7`. Not empty.
  crmk_plugin_str rule;
  // The regulation and article. Since 1.1; a kernel of 1.0 does not read it.
  crmk_plugin_str source;
  // The inputs that the rule used; NULL when `input_count` is 0. No personal data. Since 1.1.
  const crmk_plugin_input *inputs;
  // The number of inputs. Since 1.1.
  size_t input_count;
} crmk_plugin_violation;

// What a rule decided, and why: a field of a record, or a result of a calculator. It belongs to the plugin; the kernel
// copies it.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // CRMK_PLUGIN_DECISION_KEPT or 0. Since 1.2; zero before.
  uint32_t flags;
  // What is decided: a subject of the hook such as `deadline_on`, or the name of a result. Once a call.
  crmk_plugin_str subject;
  // The value decided. `grade` is TEXT: the name of the grade. NONE says that the field is absent, which takes back what
  // the plugin decided before; not for `compute`. Since 1.2.
  crmk_plugin_value value;
  // The id of the rule, such as `L-BNK-1`. Not empty.
  crmk_plugin_str rule;
  // The regulation and article.
  crmk_plugin_str source;
  // The reason as an English sentence that names the inputs. No personal data. Not empty.
  crmk_plugin_str reason;
  // The reason as a Chinese sentence.
  crmk_plugin_str reason_zh;
  // The inputs that the rule used; NULL when `input_count` is 0. Of a `deadline_on` they tell the kernel how it was
  // counted, for it gets longer by the time in which the complaint was suspended: in working days with `workdays`, else
  // in days, from `due_on` (the last day before it was rolled) and rolled by `roll`, when these are named.
  const crmk_plugin_input *inputs;
  // The number of inputs.
  size_t input_count;
} crmk_plugin_decision;

// Where answers go. It belongs to the kernel and ends when the call returns; kept and used later, or used from another
// thread, it answers E_STATE. Each function copies what it is given and
// returns CRMK_PLUGIN_OK, E_NULL, E_UTF8, E_UNKNOWN, E_WRONG_TYPE, E_RANGE or E_LIMIT; after an error the call counts
// as failed, whatever it returns, so that no answer is lost. E_UNKNOWN is also the answer to what is not asked for. The
// kernel checks the answers once more when the call is over: values against their fields, a deadline against the day on
// which the complaint was received, texts for control characters. What it does not take fails the change.
typedef struct {
  // The size of this struct as the kernel knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The first argument of the functions below.
  void *context;
  // [one-thread] Adds a reason to refuse the change; for `validate`, and for `complaint` when a complaint is settled.
  int32_t (*violation)(void *context, const crmk_plugin_violation *violation);
  // [one-thread] Decides; for the hooks `complaint`, `classify` and `cadence`, and for `compute`.
  int32_t (*decision)(void *context, const crmk_plugin_decision *decision);
  // [one-thread] Hides a field of the record that is read, by an id from `field_id`; for the hook `rights`.
  int32_t (*mask)(void *context, uint32_t field);
  // [init] Declares a custom field; for `fields`.
  int32_t (*field)(void *context, const crmk_plugin_field *field);
  // [init] Declares a calculator; for `calculators`.
  int32_t (*calculator)(void *context, const crmk_plugin_calculator *calculator);
} crmk_plugin_sink;

// The extensions `crmkernel.validate/1`, `complaint/1`, `classify/1`, `cadence/1`, `rights/1`: a function that is asked
// about a change and answers to the sink.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // [any-thread] Gives its answers, all at once; none lets the change pass and has no opinion. The same change always
  // gets the same answers. Returns CRMK_PLUGIN_OK, or an error: the plugin failed, and the change is not committed.
  int32_t (*ask)(void *state, const crmk_plugin_change *change, const crmk_plugin_sink *sink);
} crmk_plugin_hook;

// The extension `crmkernel.fields/1`.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // [init] Declares the custom fields, each under a prefix that is the plugin's own in the database. Called before `init`.
  // Of a field that the database has from an older version, bounds may widen, the labels and INDEXED may change, and
  // SENSITIVE may be added; any other change is refused. Returns CRMK_PLUGIN_OK or an error.
  int32_t (*fields)(const crmk_plugin_sink *sink);
} crmk_plugin_fields;

// The extension `crmkernel.policy/1`.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The default policy as TOML; it belongs to the library. A company's policy overrides it, figure by figure.
  crmk_plugin_str text;
} crmk_plugin_policy;

// The extension `crmkernel.compute/1`.
typedef struct {
  // The size of this struct as the plugin knows it. Unit: bytes.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // [init] Declares the calculators. Called before `init`. Returns CRMK_PLUGIN_OK or an error.
  int32_t (*calculators)(const crmk_plugin_sink *sink);
  // [any-thread] Computes: gives a decision for each result to the sink. The same arguments always get the same
  // results. Returns CRMK_PLUGIN_OK, E_RANGE after `fail` when the arguments are not allowed, or another error when the
  // plugin failed.
  int32_t (*compute)(void *state, const crmk_plugin_computation *computation, const crmk_plugin_sink *sink);
} crmk_plugin_compute;

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
  // library and lives as long as that is loaded. Called before and after `init`, with the same answers.
  const void *(*get_extension)(crmk_plugin_str id);
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
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_value) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_value, type) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_value, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_value, number) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_value, denominator) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_value, text) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_value, currency) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_value, reserved_end) == 43);
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
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_access) == 160);
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
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, calendar_after_workdays) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, calendar_after_months) == 96);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, date_of_instant) == 104);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, figure) == 112);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, follow) == 120);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, referring) == 128);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, log) == 136);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, cancelled) == 144);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_access, fail) == 152);
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
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_computation) == 64);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, today) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, now) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, name) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, arguments) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, argument_count) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, access) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_computation, context) == 56);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_field) == 112);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, type) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, flags) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, reserved) == 12);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, entity) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, name) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, label) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, label_zh) == 64);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, min) == 80);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, max) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_field, target) == 96);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_parameter) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_parameter, name) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_parameter, label) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_parameter, label_zh) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_parameter, type) == 48);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_parameter, flags) == 52);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_calculator) == 72);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_calculator, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_calculator, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_calculator, name) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_calculator, label) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_calculator, label_zh) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_calculator, parameters) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_calculator, parameter_count) == 64);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_violation) == 120);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, field) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, code) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, message) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, message_zh) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, rule) == 72);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, source) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, inputs) == 104);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_violation, input_count) == 112);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_decision) == 152);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, flags) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, subject) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, value) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, rule) == 72);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, source) == 88);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, reason) == 104);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, reason_zh) == 120);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, inputs) == 136);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_decision, input_count) == 144);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_sink) == 56);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, context) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, violation) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, decision) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, mask) == 32);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, field) == 40);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_sink, calculator) == 48);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_hook) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_hook, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_hook, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_hook, ask) == 8);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_fields) == 16);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_fields, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_fields, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_fields, fields) == 8);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_policy) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_policy, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_policy, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_policy, text) == 8);
CRMK_PLUGIN_ASSERT(sizeof(crmk_plugin_compute) == 24);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_compute, size) == 0);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_compute, reserved) == 4);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_compute, calculators) == 8);
CRMK_PLUGIN_ASSERT(offsetof(crmk_plugin_compute, compute) == 16);
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
