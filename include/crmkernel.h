/* crmkernel.h - the C ABI of crmkernel, an embedded CRM kernel. Generated; do not edit.
 *
 * Open a database (crmk_db_open), begin a session of an actor (crmk_session_open), and work with records: make one,
 * set fields by id, send it with a command; read one, or query for many; ask for history (crmk_journal_history), for
 * reasons as data and as text (crmk_record_explain), for the time in each state (crmk_record_stays), for whom relations
 * lead to (crmk_record_related), and for rates (crmk_session_satisfaction, crmk_session_complaint_rate).
 *
 * Codes:     0 is CRMK_OK. Positive codes are no errors: CRMK_ROW and CRMK_DONE of steps, CRMK_ABSENT where nothing is.
 *            Errors are negative, CRMK_E_. A code that is not known here is an error when it is negative.
 * Outputs:   are written only when a call does not fail. After an error nothing is written to the database.
 * Errors:    the comment of a function names its errors, without CRMK_E_. These it may answer besides, by what it takes:
 *            a handle:           NULL_ARGUMENT; BAD_HANDLE for one that was freed, was never given out or is of another
 *                                type; MISUSE for one that another call is inside of
 *            a text or an array: NULL_ARGUMENT; INVALID_ARGUMENT for one that is too long (16 MiB, 1048576 items);
 *                                INVALID_UTF8 for a text
 *            a struct that begins with `size`: NULL_ARGUMENT; INVALID_ARGUMENT for a size that is not allowed;
 *                                UNSUPPORTED for values behind its end
 *            another pointer:    NULL_ARGUMENT
 *            a handle of a database on a file: what the file answers. CORRUPT and IO for all; for what writes also
 *                                READ_ONLY where it was opened for reading alone, DISK_FULL, FILE_REPLACED, and
 *                                PLUGIN_MISSING where a plugin that rules the entity is not loaded
 *            and BUG, which is to be reported. Code, message and violations are on the session: crmk_session_error.
 *            A violation has its rule, source, inputs, policy and plugin: crmk_session_violation.
 *            What has no session leaves them on the thread: crmk_thread_error.
 * Handles:   are no addresses. What a call gives belongs to the caller and is freed once; freeing NULL does nothing.
 *            No call frees or keeps a handle that it is given. Freeing does no work on the file that could fail; one that
 *            is refused (MISUSE, BAD_HANDLE) says so and leaves the handle as it is.
 * Callbacks: a clock, a progress function, a sink, a source and a hook of a plugin do not call the library: whatever reaches
 *            a database or frees a handle is MISUSE from within one. Getters and setters of records may be called.
 * Levels:    a session has one; what each may do stands below, and core/TRUST.md says what a level is and is not.
 * Threads:   [any-thread]  from any thread, several at once.
 *            [one-thread]  a session and what was made from it belong to one thread at a time.
 *            Threads share a crmk_db and have a crmk_session each.
 * Processes: a child of fork must open the database anew; handles from before answer FORKED.
 * Texts:     UTF-8 with a length, in both directions. A view lives as long as its function says.
 * Structs:   that begin with `size` have it set by the caller to sizeof. One that is shorter than the library knows is
 *            filled up with zeros, in one that is longer the unknown end must be zero (UNSUPPORTED). It ends between two
 *            fields; a size that cuts a field is INVALID_ARGUMENT.
 * Units:     dates are days since 1970-01-01, in the time zone of the database; instants are microseconds since
 *            1970-01-01T00:00:00Z; money is in minor units.
 */
#ifndef CRMKERNEL_H
#define CRMKERNEL_H


#include <stddef.h>
#include <stdint.h>

// The version that a program is compiled with; crmk_version_number gives the one that runs.
#define CRMK_VERSION_MAJOR 0
#define CRMK_VERSION_MINOR 1
#define CRMK_VERSION_PATCH 0
#define CRMK_VERSION_NUMBER 1000
#define CRMK_VERSION "0.1.0"

// The codes of errors. A number is fixed for ever; an unknown one is an error all the same.
#define CRMK_E_MISUSE (-1) // A handle was used by two threads at once, after its free, or in a state that does not allow the call.
#define CRMK_E_INVALID_ARGUMENT (-2) // An argument has a value that is not allowed.
#define CRMK_E_INVALID_UTF8 (-3) // A text is not valid UTF-8.
#define CRMK_E_NULL_ARGUMENT (-4) // A pointer that must not be NULL is NULL.
#define CRMK_E_WRONG_TYPE (-5) // A value has another type than its field.
#define CRMK_E_UNKNOWN_FIELD (-6) // No field of that id or name is declared for the entity.
#define CRMK_E_NOT_FOUND (-7) // No record, code or external reference of that value exists.
#define CRMK_E_UNSUPPORTED (-8) // The call asks for something that this version does not know.
#define CRMK_E_BAD_HANDLE (-9) // A handle is not one that the library gave out, was freed, or is of another type.
#define CRMK_E_CANCELLED (-10) // The caller cancelled the work.
#define CRMK_E_FORKED (-11) // The database was opened in another process and carried over by fork.
#define CRMK_E_REJECTED (-100) // One or more rules refuse the change; the violations say which.
#define CRMK_E_TRANSITION (-101) // The record's state does not allow the command.
#define CRMK_E_DUPLICATE (-102) // A unique code or external reference is taken by another record.
#define CRMK_E_CONFLICT (-103) // The record was changed since the revision that the caller read.
#define CRMK_E_REFERENCE (-104) // A reference names a record that does not exist.
#define CRMK_E_CALENDAR_YEAR_MISSING (-105) // The working-day calendar has no data for a year that the rule needs.
#define CRMK_E_IO (-200) // Reading or writing the file failed.
#define CRMK_E_LOCKED (-201) // Another process holds the database.
#define CRMK_E_NOT_A_DATABASE (-202) // The file is not a database of this kernel.
#define CRMK_E_NEWER_VERSION (-203) // The database was written by a newer version of the kernel.
#define CRMK_E_CORRUPT (-204) // Stored bytes are damaged.
#define CRMK_E_DISK_FULL (-205) // The disk is full.
#define CRMK_E_READ_ONLY (-206) // The file or the folder does not allow writing.
#define CRMK_E_BUSY (-207) // Another writer committed first, and trying again did not help.
#define CRMK_E_FILE_REPLACED (-208) // The file of the database, or its log, was replaced, moved or removed while it was open, or the log was cut short.
#define CRMK_E_PLUGIN_UNKNOWN (-300) // No plugin of that name or at that path.
#define CRMK_E_PLUGIN_MANIFEST (-301) // The plugin's manifest is missing or not valid.
#define CRMK_E_PLUGIN_ABI (-302) // The plugin was built for another plugin ABI.
#define CRMK_E_PLUGIN_HASH (-303) // The plugin's file has another SHA-256 than its manifest says.
#define CRMK_E_PLUGIN_NOT_ALLOWED (-304) // The plugin's path is not on the list of allowed paths.
#define CRMK_E_PLUGIN_FAILED (-305) // A hook of the plugin failed; the change was not committed.
#define CRMK_E_PLUGIN_QUARANTINED (-306) // The plugin failed repeatedly and is not called any more.
#define CRMK_E_PLUGIN_SIGNATURE (-307) // The plugin's manifest is not signed by a key that the database trusts.
#define CRMK_E_PLUGIN_FIELD (-308) // The plugin declares a custom field that the database does not take.
#define CRMK_E_PLUGIN_MISSING (-309) // The database needs a plugin that is not loaded, and the plugin rules the record.
#define CRMK_E_PLUGIN_OLDER (-310) // The database has seen a newer version of the plugin.
#define CRMK_E_FORBIDDEN (-400) // The actor's level does not allow the command.
#define CRMK_E_BUG (-900) // A defect of the kernel; nothing was written. Please report it.

// Who may do what.
#define CRMK_LEVEL_READ 1 // Read records.
#define CRMK_LEVEL_EDIT 2 // Add and change records.
#define CRMK_LEVEL_MANAGE 3 // Review reports, record the past, declare fields.

// The least level of what a session asks for. A verb has a level of its own; a higher level includes the lower.
//   read    read_records         Gets, finds, counts, sums and streams records.
//   read    read_journal         Reads histories, records as of an instant, reasons, and the feed of changes.
//   read    compute              Calls a calculator of a plugin.
//   read    show_policy          Shows, compares and checks policies, and lists the days on which contacts and reports are due.
//   read    what_if              Tries a policy on the customers without adopting it.
//   read    list_plugins         Lists the plugins, their calculators and policies, the keys that the database trusts, and the warnings.
//   read    verify               Reads the whole database and says what does not hold together.
//   read    statistics           Counts records, and what was done since the database was opened.
//   edit    write_records        Adds, puts and updates records; a verb needs the level that stands with it.
//   edit    mark_missed          Marks the visits as missed whose day is past.
//   edit    reclassify           Decides the classes and plans of all customers again.
//   edit    reassess             Decides the grades and deadlines of all open complaints again.
//   manage  administer           Writes users, units of the company and work years; records the past; lends a customer's file to another.
//   manage  allow_impossible_dates Records dates that cannot be as they are, with a mark.
//   manage  declare_field        Declares a custom field.
//   manage  adopt_policy         Adopts a policy.
//   manage  load_plugin          Loads a plugin from a shared library: native code in this process.
//   manage  register_plugin      Registers a plugin that is an object of the caller's program.
//   manage  forget_plugin        Forgets a plugin that the database needs.
//   manage  enable_plugin        Ends the quarantine of a plugin.
//   manage  plugin_log           Takes the lines that plugins left for the administrator.
//   manage  trust_plugin_key     Trusts a key that signs plugins.
//   manage  distrust_plugin_key  Trusts a key no longer.
//   manage  backup               Copies everything, hidden fields too, to a file or a stream.
//   manage  replay               Does the journal again in a new file, hidden fields too.
//   manage  rebuild_indexes      Writes indexes, unique keys and counts again from the records.
//   manage  compact              Makes the file small again; others wait.
//   manage  statistics_of_spaces Counts the bytes of each space of the store, for which it may read the whole file.
//   manage  act_as               Begins a session of another actor from this one. At its own level or below, a session may begin another of its own actor.

// How a condition compares a field with its value.
#define CRMK_OP_EQ 1 // Is the value.
#define CRMK_OP_NE 2 // Is there and is not the value.
#define CRMK_OP_LT 3 // Is less than the value.
#define CRMK_OP_LE 4 // Is the value or less.
#define CRMK_OP_GT 5 // Is greater than the value.
#define CRMK_OP_GE 6 // Is the value or greater.
#define CRMK_OP_IN 7 // Is one of the values; each is given by a call.
#define CRMK_OP_STARTS_WITH 8 // Is a text that begins with the value.
#define CRMK_OP_IS_SET 9 // Is there; takes no value.
#define CRMK_OP_IS_ABSENT 10 // Is absent; takes no value.

// The types of values.
#define CRMK_TYPE_NONE 0 // No value.
#define CRMK_TYPE_TEXT 1 // A text.
#define CRMK_TYPE_INT 2 // A signed integer of 64 bits.
#define CRMK_TYPE_BOOL 3 // 0 or 1.
#define CRMK_TYPE_DATE 4 // Days since 1970-01-01.
#define CRMK_TYPE_INSTANT 5 // Microseconds since 1970-01-01T00:00:00Z.
#define CRMK_TYPE_MONEY 6 // An amount of money.
#define CRMK_TYPE_ENUM 7 // The number of a value of an enumeration.
#define CRMK_TYPE_REF 8 // The id of a record.

// The entities.
#define CRMK_ENTITY_CUSTOMER 1 // A party that buys, bought or may buy.
#define CRMK_ENTITY_PERSON 2 // A natural person at a customer: a contact or a key person.
#define CRMK_ENTITY_VISIT 3 // A planned or held contact with a customer.
#define CRMK_ENTITY_COMPLAINT 4 // A customer's grievance to the company.
#define CRMK_ENTITY_ACTION 5 // A corrective or preventive action that comes of a complaint. Source: R-FIX-24.
#define CRMK_ENTITY_APPEAL 6 // An appeal of a customer to an authority. Source: L-LOG-2, L-LOG-7, L-LOG-8.
#define CRMK_ENTITY_REVIEW 7 // A review of a settled complaint by a superior unit. Source: L-BNK-5.
#define CRMK_ENTITY_WORK_YEAR 8 // One year of the working-day calendar, which takes the place of a built-in one. Source: L-HOL-1, L-CIV-4.
#define CRMK_ENTITY_SURVEY 9 // A satisfaction survey: questions for customers in a period. Source: R-FIX-32, R-GEN-16, R-DEV-12.
#define CRMK_ENTITY_SURVEY_ANSWER 10 // The answer of a customer to a question of a survey. Source: R-FIX-32, R-GEN-08.
#define CRMK_ENTITY_SATISFACTION_SCORE 11 // The satisfaction of a customer in a period: contract performance, awards and questionnaire. Source: R-ENG-14.
#define CRMK_ENTITY_INFORMATION_ITEM 12 // One thing that the file of a customer holds, with its section and the level of its source. Source: R-TEL-06, R-TEL-08.
#define CRMK_ENTITY_PERSON_RELATION 13 // The relation of a person to another, of the same customer or not. Source: R-TEL-07.
#define CRMK_ENTITY_PARTNER_RELATION 14 // The relation of a party to another with whom it does business. Source: R-TEL-10, R-TEL-20.
#define CRMK_ENTITY_ORG_UNIT 15 // A unit of the company itself: the head office, a branch, an outlet, a department. Source: R-CBK-03.
#define CRMK_ENTITY_USER 16 // A person of the company who works with the system. Source: R-CBK-08.
#define CRMK_ENTITY_ACCESS_RECORD 17 // An access to what is protected of a customer, or the loan of its file, recorded before it. What it says of who, what and why stays as it was recorded. Source: R-GEN-05, R-BNK-04, R-TEL-16.
#define CRMK_ENTITY_CUSTOMER_PLAN 18 // The plan for a customer. Its aims are the competitive position at the customer and the potential of the business (R-TEL-19). The summary stands alone; the other sections are confidential. Which of them a plan must have, the policy says under `required.customer_plan`; a company with other sections declares them as fields. Source: R-TEL-20.
#define CRMK_ENTITY_INVESTIGATION 19 // An investigation of a customer, and the application that comes of it. What each kind needs, and which departments take part, the policy says. Source: R-KA-02, R-KA-03, R-KA-04, R-SEL-02.

// The fields that every record has.
#define CRMK_FIELD_ID 60001 // The id, allocated in order per entity. (int from 1; 编号)
#define CRMK_FIELD_REVISION 60002 // How often the record was written; an update names the revision that it read. (int from 1; 修订号)
#define CRMK_FIELD_CREATED_AT 60003 // When the record was added. (instant; 创建时间)
#define CRMK_FIELD_UPDATED_AT 60004 // When the record was last changed. (instant; 更新时间)

// The fields of customer (客户). A party that buys, bought or may buy.
#define CRMK_CUSTOMER_CODE 1 // The company's own code of the customer. (text, at most 64; 客户编号)
#define CRMK_CUSTOMER_EXTERNAL_SYSTEM 2 // The other system that knows the customer, such as `erp`. (text, at most 32; 外部系统)
#define CRMK_CUSTOMER_EXTERNAL_ID 3 // The customer's id in that system. (text, at most 128; 外部编号)
#define CRMK_CUSTOMER_NAME 4 // The full name. (text, at most 200; 客户名称)
#define CRMK_CUSTOMER_SHORT_NAME 5 // The short name in everyday use. (text, at most 100; 简称)
#define CRMK_CUSTOMER_PINYIN 6 // The name in pinyin, for finding it. (text, at most 400; 拼音)
#define CRMK_CUSTOMER_PARTY_KIND 7 // What kind of party it is. (enum CRMK_PARTY_KIND_; 主体类型)
#define CRMK_CUSTOMER_STATUS 8 // Where the customer stands in the relationship. (enum CRMK_CUSTOMER_STATUS_; 客户状态)
#define CRMK_CUSTOMER_CLASS 9 // The class that the company's regulation gives, such as `key` or `general`. (text, at most 32; 客户分类)
#define CRMK_CUSTOMER_KEY_CUSTOMER_NUMBER 10 // The number that the kernel gives with granted key status. A manager's add or put of history may bring one, with the facts of its grant: granted_class, grant_approver and granted_at. Source: R-FIX-05. (text, at most 64; 重点客户编号)
#define CRMK_CUSTOMER_OWNER 11 // The user who is responsible. (text, at most 64; 负责人)
#define CRMK_CUSTOMER_ORG_UNIT 12 // The organisational unit that the customer belongs to. (text, at most 64; 所属机构)
#define CRMK_CUSTOMER_REGION 13 // The administrative region, such as a GB/T 2260 code or a name. (text, at most 64; 地区)
#define CRMK_CUSTOMER_INDUSTRY 14 // The industry. (text, at most 64; 行业)
#define CRMK_CUSTOMER_ADDRESS 15 // The postal address. (text, at most 400; 地址)
#define CRMK_CUSTOMER_PHONE 16 // The telephone number. (text, at most 64; 电话)
#define CRMK_CUSTOMER_EMAIL 17 // The e-mail address. (text, at most 254; 电子邮箱)
#define CRMK_CUSTOMER_WEBSITE 18 // The web address. (text, at most 254; 网址)
#define CRMK_CUSTOMER_PARENT 19 // The parent customer. (ref to customer; 上级客户)
#define CRMK_CUSTOMER_EMPLOYEE_COUNT 20 // The number of employees. (int 0 to 1000000000; 员工人数)
#define CRMK_CUSTOMER_ANNUAL_REVENUE 21 // The turnover of a year. (money; 年营业额)
#define CRMK_CUSTOMER_CREDIT_LIMIT 22 // The credit limit granted. (money; 信用额度)
#define CRMK_CUSTOMER_FOUNDED_YEAR 23 // The year in which it was founded, not later than the present one. Companies that trade today were founded from about 1000 on. (int 1000 to 2200; 成立年份)
#define CRMK_CUSTOMER_SIGNED_ON 24 // The day of the first contract, the anchor of repeating visits. (date; 签约日期)
#define CRMK_CUSTOMER_NEXT_DUE_ON 26 // The day on which the next contact is due. (date; 下次应访日期)
#define CRMK_CUSTOMER_SOURCE 27 // Where the customer was heard of. (text, at most 64; 来源)
#define CRMK_CUSTOMER_IDENTITY_KIND 30 // The document that proves the identity. (enum CRMK_IDENTITY_KIND_; 证件类型)
#define CRMK_CUSTOMER_IDENTITY_NUMBER 31 // The number of that document. (text, at most 64; 证件号码)
#define CRMK_CUSTOMER_IDENTITY_VALID_UNTIL 32 // The last day on which that document is valid. (date; 证件有效期)
#define CRMK_CUSTOMER_IDENTITY_VERIFIED_ON 33 // The day on which the identity was verified. (date; 身份核实日期)
#define CRMK_CUSTOMER_BENEFICIAL_OWNER 34 // The natural person who finally owns or controls the customer. (text, at most 200; 受益所有人)
#define CRMK_CUSTOMER_RELATION_PURPOSE 35 // The purpose of the relationship. (text, at most 200; 建立关系目的)
#define CRMK_CUSTOMER_BIRTHDAY 36 // The birthday of a natural person. (date; 生日)
#define CRMK_CUSTOMER_OCCUPATION 37 // The occupation of a natural person. (text, at most 64; 职业)
#define CRMK_CUSTOMER_LOST_REASON 38 // Why the customer was lost. (text, at most 200; 流失原因)
#define CRMK_CUSTOMER_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_CUSTOMER_VALUE_CLASS 41 // The class by value, such as quality or promising. Source: R-SEG-01, R-TIER-01. (text, at most 32; 价值分类)
#define CRMK_CUSTOMER_NEED_CLASS 42 // The class by need. Source: R-SEG-01, R-TIER-01. (text, at most 32; 需求分类)
#define CRMK_CUSTOMER_BEHAVIOUR_CLASS 43 // The class by behaviour, such as active or dormant. Source: R-TIER-01. (text, at most 32; 行为分类)
#define CRMK_CUSTOMER_CLOSENESS_CLASS 44 // The class by closeness of the relationship. Source: R-TIER-01. (text, at most 32; 紧密度分类)
#define CRMK_CUSTOMER_GRANTED_CLASS 45 // The class that was granted. Source: R-FIX-05. (text, at most 32; 认定分类)
#define CRMK_CUSTOMER_GRANT_APPROVER 46 // Who approved the grant. Source: R-FIX-05. (text, at most 64; 认定审批人)
#define CRMK_CUSTOMER_GRANTED_AT 47 // When the class was granted. (instant; 认定时间)
#define CRMK_CUSTOMER_VISITS_PLANNED 48 // Whether visits are planned as the class asks for. (bool; 已安排回访计划)
#define CRMK_CUSTOMER_EVENT 49 // The event reported last, such as `installation_completed`. Source: R-FIX-28. (text, at most 64; 事件)
#define CRMK_CUSTOMER_EVENT_ON 50 // The day of that event. (date; 事件日期)
#define CRMK_CUSTOMER_BIRTHDAY_MONTH_DAY 51 // The month and day of the birthday, such as 229, for finding whose is near. Source: R-GEN-11. (int 101 to 1231; 生日月日)
#define CRMK_CUSTOMER_KIND 52 // What the customer does with what it buys. Source: R-GEN-06. (enum CRMK_CUSTOMER_KIND_; 客户类型)
#define CRMK_CUSTOMER_SUPPLY_CONTRACT_NUMBER 53 // The number of the supply contract. Source: R-KA-05. (text, at most 64; 供货合同编号)
#define CRMK_CUSTOMER_SUPPLY_CONTRACT_ON 54 // The day on which the supply contract was signed. Source: R-KA-05. (date; 供货合同签订日期)
#define CRMK_CUSTOMER_SUPPLY_CONTRACT_SIGNATORIES 55 // Who signed the supply contract for each side. Source: R-KA-05, R-SEL-03. (text, at most 200; 供货合同签署人)
#define CRMK_CUSTOMER_QUALITY_CONTRACT_NUMBER 56 // The number of the quality-assurance contract. Source: R-KA-05. (text, at most 64; 质量保证合同编号)
#define CRMK_CUSTOMER_QUALITY_CONTRACT_ON 57 // The day on which the quality-assurance contract was signed. Source: R-KA-05. (date; 质量保证合同签订日期)
#define CRMK_CUSTOMER_CERTIFICATION_APPLIED_ON 58 // The day on which its certification was applied for, on an investigation that found it suitable. Source: R-KA-03. (date; 认证申请日期)
#define CRMK_CUSTOMER_PROVISIONAL_YEAR 59 // The calendar year by which a due day was decided and that was not announced then; absent for none. (int 1 to 9999; 暂用日历年度)
#define CRMK_CUSTOMER_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of person (联系人). A natural person at a customer: a contact or a key person.
#define CRMK_PERSON_CODE 1 // The company's own code of the person. (text, at most 64; 联系人编号)
#define CRMK_PERSON_EXTERNAL_SYSTEM 2 // The other system that knows the person. (text, at most 32; 外部系统)
#define CRMK_PERSON_EXTERNAL_ID 3 // The person's id in that system. (text, at most 128; 外部编号)
#define CRMK_PERSON_CUSTOMER 4 // The customer that the person belongs to. (ref to customer; 客户)
#define CRMK_PERSON_NAME 5 // The full name. (text, at most 100; 姓名)
#define CRMK_PERSON_PINYIN 6 // The name in pinyin, for finding it. (text, at most 200; 拼音)
#define CRMK_PERSON_ROLE 7 // What the person is to the customer. (enum CRMK_PERSON_ROLE_; 角色)
#define CRMK_PERSON_IS_KEY 8 // Whether the person is a key person. (bool; 关键人物)
#define CRMK_PERSON_TITLE 9 // The title. (text, at most 100; 职务)
#define CRMK_PERSON_DEPARTMENT 10 // The department. (text, at most 100; 部门)
#define CRMK_PERSON_PHONE 11 // The telephone number. (text, at most 64; 电话)
#define CRMK_PERSON_MOBILE 12 // The mobile telephone number. (text, at most 64; 手机)
#define CRMK_PERSON_EMAIL 13 // The e-mail address. (text, at most 254; 电子邮箱)
#define CRMK_PERSON_WECHAT 14 // The WeChat name. (text, at most 64; 微信)
#define CRMK_PERSON_BIRTHDAY 15 // The birthday. Source: R-GEN-11. (date; 生日)
#define CRMK_PERSON_ANNIVERSARY 16 // Another day to remember. Source: R-GEN-11. (date; 纪念日)
#define CRMK_PERSON_OWNER 17 // The user who keeps the contact. (text, at most 64; 负责人)
#define CRMK_PERSON_INTERESTS 18 // Interests and hobbies. Source: R-GEN-13. (text, at most 400; 兴趣爱好)
#define CRMK_PERSON_NOTE 19 // Free remarks. (text, at most 4000; 备注)
#define CRMK_PERSON_BIRTHDAY_MONTH_DAY 20 // The month and day of the birthday, such as 229, for finding whose is near. Source: R-GEN-11. (int 101 to 1231; 生日月日)
#define CRMK_PERSON_ANNIVERSARY_MONTH_DAY 21 // The month and day of the anniversary. (int 101 to 1231; 纪念日月日)
#define CRMK_PERSON_VERIFIED_ON 22 // The day on which the record was last found to be true still. Source: R-TEL-15. (date; 核实日期)
#define CRMK_PERSON_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of visit (拜访). A planned or held contact with a customer.
#define CRMK_VISIT_CODE 1 // The company's own code of the visit. (text, at most 64; 拜访编号)
#define CRMK_VISIT_EXTERNAL_SYSTEM 2 // The other system that knows the visit. (text, at most 32; 外部系统)
#define CRMK_VISIT_EXTERNAL_ID 3 // The visit's id in that system. (text, at most 128; 外部编号)
#define CRMK_VISIT_CUSTOMER 4 // The customer visited. (ref to customer; 客户)
#define CRMK_VISIT_PERSON 5 // The person met. (ref to person; 联系人)
#define CRMK_VISIT_KIND 6 // The kind of contact, such as `maintenance`, `return_visit` or `on_site`. (text, at most 32; 拜访类型)
#define CRMK_VISIT_CHANNEL 7 // How it takes place. (enum CRMK_CHANNEL_; 方式)
#define CRMK_VISIT_STATE 8 // Where the visit stands. (enum CRMK_VISIT_STATE_; 状态)
#define CRMK_VISIT_OWNER 9 // The user who visits. (text, at most 64; 拜访人)
#define CRMK_VISIT_PLANNED_ON 10 // The day for which it is planned. (date; 计划日期)
#define CRMK_VISIT_PURPOSE 11 // The aim. Source: R-FIX-25. (text, at most 400; 目的)
#define CRMK_VISIT_CONTENT 12 // The planned content. Source: R-FIX-25. (text, at most 4000; 内容)
#define CRMK_VISIT_MATERIALS 13 // What to bring. Source: R-FIX-25. (text, at most 400; 资料)
#define CRMK_VISIT_HELD_AT 20 // When it took place. (instant; 拜访时间)
#define CRMK_VISIT_DURATION_S 21 // How long it took, in seconds. (int 0 to 604800; 时长（秒）)
#define CRMK_VISIT_RESULT 22 // What came of it. (text, at most 4000; 结果)
#define CRMK_VISIT_SATISFACTION 23 // What the customer answered when asked whether satisfied. (enum CRMK_SATISFACTION_; 满意度)
#define CRMK_VISIT_REPORT 24 // The report. Source: R-MNT-05. (text, at most 8000; 探望报告)
#define CRMK_VISIT_REPORTED_AT 25 // When the report was handed in. (instant; 报告时间)
#define CRMK_VISIT_REVIEWER 26 // The superior who reviewed the report. (text, at most 64; 审核人)
#define CRMK_VISIT_REVIEWED_AT 27 // When the report was reviewed. (instant; 审核时间)
#define CRMK_VISIT_REVIEW_NOTE 28 // What the superior remarked. (text, at most 2000; 审核意见)
#define CRMK_VISIT_REASON 29 // Why it was called off or missed. (text, at most 400; 原因)
#define CRMK_VISIT_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_VISIT_ORG_UNIT 41 // The organisational unit that visits; that of the customer when none is given. (text, at most 64; 所属机构)
#define CRMK_VISIT_DUE_ON 42 // The day that a recurring visit stands for, counted from the anchor and not rolled. (date; 应访日期)
#define CRMK_VISIT_OCCURRENCE 43 // Which day behind the anchor that is, from 1. (int 1 to 1000000; 序次)
#define CRMK_VISIT_ANCHOR_ON 44 // The day from which a recurring visit is counted. (date; 起算日期)
#define CRMK_VISIT_EVENT 45 // The event that asked for it. Source: R-FIX-28. (text, at most 64; 触发事件)
#define CRMK_VISIT_TOPICS 46 // What is talked about, of: business, stock, feedback, market. Source: R-GEN-07. (text, at most 200; 话题)
#define CRMK_VISIT_COMPLAINT_ISSUE 47 // What a dissatisfied customer complains of; it becomes the issue of the complaint. Source: R-FIX-22. (text, at most 200; 不满意事项)
#define CRMK_VISIT_IN_WINDOW 48 // Whether it was held in the time of its plan; absent when it had no plan or is not held. Source: R-FIX-29, R-KPI-15. (bool; 按期拜访)
#define CRMK_VISIT_PROVISIONAL_YEAR 49 // The calendar year by which the plan was rolled and that was not announced then; absent for none. (int 1 to 9999; 暂用日历年度)
#define CRMK_VISIT_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of complaint (投诉). A customer's grievance to the company.
#define CRMK_COMPLAINT_NUMBER 1 // The company's own number of the complaint. (text, at most 64; 投诉编号)
#define CRMK_COMPLAINT_EXTERNAL_SYSTEM 2 // The other system that knows the complaint. (text, at most 32; 外部系统)
#define CRMK_COMPLAINT_EXTERNAL_ID 3 // The complaint's id in that system. (text, at most 128; 外部编号)
#define CRMK_COMPLAINT_CUSTOMER 4 // The customer who complains. Its class decides which guards hold; a manager alone changes it. (ref to customer; 客户)
#define CRMK_COMPLAINT_PERSON 5 // The person who complains. (ref to person; 投诉人)
#define CRMK_COMPLAINT_STATE 6 // Where the complaint stands. (enum CRMK_COMPLAINT_STATE_; 状态)
#define CRMK_COMPLAINT_RECEIVED_AT 7 // When it was received. The start of every deadline; a manager alone changes it. (instant; 受理时间)
#define CRMK_COMPLAINT_CHANNEL 8 // How it came in. (enum CRMK_CHANNEL_; 渠道)
#define CRMK_COMPLAINT_ISSUE 9 // What it is about, in a few words; the same text is the same issue. (text, at most 200; 投诉事项)
#define CRMK_COMPLAINT_SUB_ISSUE 10 // More exactly what it is about. (text, at most 200; 细项)
#define CRMK_COMPLAINT_PRODUCT 11 // The product or service. (text, at most 200; 产品)
#define CRMK_COMPLAINT_NARRATIVE 12 // What the customer says. (text, at most 100000; 投诉内容)
#define CRMK_COMPLAINT_REQUEST 13 // What the customer asks for. (text, at most 2000; 诉求)
#define CRMK_COMPLAINT_GRADE 14 // How grave it is, decided by the rules. (enum CRMK_COMPLAINT_GRADE_; 投诉等级)
#define CRMK_COMPLAINT_COMPLEXITY 15 // How hard it is to settle. (enum CRMK_COMPLEXITY_; 复杂程度)
#define CRMK_COMPLAINT_EXTERNAL_INTENT 16 // Whether the customer means to complain outside. Source: R-FIX-16. (bool; 拟对外投诉)
#define CRMK_COMPLAINT_OWNER 17 // The user who is responsible. (text, at most 64; 负责人)
#define CRMK_COMPLAINT_REGION 18 // The region that it comes from. (text, at most 64; 地区)
#define CRMK_COMPLAINT_AMOUNT 19 // The amount at stake. (money; 涉及金额)
#define CRMK_COMPLAINT_DEADLINE_ON 20 // The last day for settling it, decided by the rules. (date; 办结期限)
#define CRMK_COMPLAINT_ACKNOWLEDGED_AT 21 // When the customer was told that it is received. (instant; 告知受理时间)
#define CRMK_COMPLAINT_CAUSE 22 // The cause found. (text, at most 4000; 原因)
#define CRMK_COMPLAINT_LIABLE_PARTY 23 // The party that is liable. Source: R-LOG-09. (text, at most 200; 责任方)
#define CRMK_COMPLAINT_SOLUTION 24 // The solution offered. (text, at most 4000; 解决方案)
#define CRMK_COMPLAINT_PROMISED_ON 25 // The day by which the solution is promised. Source: R-EDU-09, R-FIX-20. (date; 承诺日期)
#define CRMK_COMPLAINT_PROMISE_REASON 26 // Why it takes that time. Source: R-FIX-20. (text, at most 400; 所需时间说明)
#define CRMK_COMPLAINT_REJECTION_REASON 27 // Why the customer rejects the solution. (text, at most 2000; 不认可原因)
#define CRMK_COMPLAINT_SATISFACTION 28 // What the customer answered when asked whether satisfied. Source: R-FIX-21. (enum CRMK_SATISFACTION_; 处理满意度)
#define CRMK_COMPLAINT_LESSON 29 // The lesson recorded before closing. Source: R-EDU-10. (text, at most 4000; 总结)
#define CRMK_COMPLAINT_CASE_WRITTEN 30 // Whether a major complaint is written up as a case. Source: R-FIX-18. (bool; 已写案例)
#define CRMK_COMPLAINT_OUTCOME 31 // The result as it was told to the customer. (text, at most 400; 处理结果)
#define CRMK_COMPLAINT_CLOSED_AT 32 // When it was closed. (instant; 办结时间)
#define CRMK_COMPLAINT_ESCALATED_TO 33 // To whom it was handed up. (text, at most 64; 升级对象)
#define CRMK_COMPLAINT_REASON 34 // Why it was escalated, suspended, withdrawn, extended or concluded. (text, at most 2000; 理由)
#define CRMK_COMPLAINT_EXTENSION_APPROVER 35 // Who approved the longer deadline of a special case. (text, at most 64; 延期审批人)
#define CRMK_COMPLAINT_RESUMES_TO 36 // The state to which a suspended complaint returns. (enum CRMK_COMPLAINT_STATE_; 暂停前状态)
#define CRMK_COMPLAINT_SUSPENDED_AT 37 // When the present suspension began. (instant; 暂停时间)
#define CRMK_COMPLAINT_TIMELY 38 // Whether the answer was given in time, as the source of an imported record says. (bool; 及时答复)
#define CRMK_COMPLAINT_DISPUTED 39 // Whether the customer disputes the answer, as the source of an imported record says. (bool; 有异议)
#define CRMK_COMPLAINT_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_COMPLAINT_ACKNOWLEDGE_BY 41 // The last instant for telling the customer that it is received, decided by the rules. (instant; 告知受理期限)
#define CRMK_COMPLAINT_RESPOND_BY 42 // The last instant for offering a solution, decided by the rules. (instant; 答复期限)
#define CRMK_COMPLAINT_RESPONDED_AT 43 // When the first solution was offered. (instant; 答复时间)
#define CRMK_COMPLAINT_ESCALATE_BY 44 // The last instant at which it goes up to the next level, decided by the rules. Source: R-FIX-17. (instant; 升级期限)
#define CRMK_COMPLAINT_ESCALATION_LEVEL 45 // How many levels it went up; 0 is where it was received. (int 0 to 20; 升级层级)
#define CRMK_COMPLAINT_ESCALATED_AT 46 // When it went up to the present level. (instant; 升级时间)
#define CRMK_COMPLAINT_PAUSED_S 47 // How long its clocks stood so far, in seconds. (int 0 to 9000000000; 暂停秒数)
#define CRMK_COMPLAINT_PAUSED_DAYS 48 // How long its clocks stood so far, in civil days. (int 0 to 100000; 暂停天数)
#define CRMK_COMPLAINT_PAUSED_WORKDAYS 49 // How long its clocks stood so far, in working days, where the calendar has the years. (int 0 to 100000; 暂停工作日数)
#define CRMK_COMPLAINT_PAUSED_WORK_S 50 // How long its clocks stood so far, in seconds of working time, where the calendar has the years. (int 0 to 9000000000; 暂停工作秒数)
#define CRMK_COMPLAINT_EXTENSION_DAYS 51 // By how many days it is to be extended: working days when its limit counts those. (int 1 to 3650; 延期天数)
#define CRMK_COMPLAINT_EXTENDED_DAYS 52 // By how many days it was extended so far. (int 0 to 36500; 累计延期天数)
#define CRMK_COMPLAINT_EXTENSION_COUNT 53 // How often it was extended. (int 0 to 10000; 延期次数)
#define CRMK_COMPLAINT_EXTENSION_REQUESTED_BY 54 // Who asked for an extension that is not yet decided. (text, at most 64; 延期申请人)
#define CRMK_COMPLAINT_REOPENED_AT 55 // When it was re-opened last; its deadlines run from there. (instant; 重新受理时间)
#define CRMK_COMPLAINT_REOPEN_COUNT 56 // How often it was re-opened; each counts as the same issue once more. (int 0 to 10000; 重新受理次数)
#define CRMK_COMPLAINT_ARCHIVED_AT 57 // When it was put into the archive. Source: R-FIX-23. (instant; 归档时间)
#define CRMK_COMPLAINT_ARCHIVE_NUMBER 58 // The number under which it lies in the archive. (text, at most 64; 档案编号)
#define CRMK_COMPLAINT_VISIT 59 // The return visit that it came from. Source: R-FIX-22. (ref to visit; 来源回访)
#define CRMK_COMPLAINT_COMPANY_REPORT 60 // The written report to the company. Source: R-FIX-15. (text, at most 8000; 书面报告)
#define CRMK_COMPLAINT_COMPANY_REPORTED_AT 61 // When that report was handed in. (instant; 书面报告时间)
#define CRMK_COMPLAINT_LEVEL_PAUSED_S 62 // How long its clocks stood on the present level of the chain, in seconds. Source: R-FIX-17. (int 0 to 9000000000; 本层级暂停秒数)
#define CRMK_COMPLAINT_LEVEL_PAUSED_DAYS 63 // How long they stood on that level, in civil days. (int 0 to 100000; 本层级暂停天数)
#define CRMK_COMPLAINT_LEVEL_PAUSED_WORKDAYS 64 // How long they stood on that level, in working days, where the calendar has the years. (int 0 to 100000; 本层级暂停工作日数)
#define CRMK_COMPLAINT_LEVEL_PAUSED_WORK_S 65 // How long they stood on that level, in seconds of working time, where the calendar has the years. (int 0 to 9000000000; 本层级暂停工作秒数)
#define CRMK_COMPLAINT_LIMITS_EXPLAINED 66 // How the company's limits were explained to a customer who accepts no solution. Source: R-FIX-20. (text, at most 4000; 公司限度说明)
#define CRMK_COMPLAINT_RECOURSE 67 // Where else the customer can turn: a mediator, an authority, a court. Source: R-FIX-20. (text, at most 400; 其他救济途径)
#define CRMK_COMPLAINT_WRITTEN_REPLY 68 // The written reply to the customer. Source: R-FIX-15. (text, at most 8000; 书面答复)
#define CRMK_COMPLAINT_REPLIED_AT 69 // When that reply was sent. (instant; 书面答复时间)
#define CRMK_COMPLAINT_FACTS_UNKNOWN 70 // Whether the source of a record of the past does not tell what the verbs would have asked for: cause, solution, result, satisfaction, lesson, report, case. A manager sets it when the record is added, or created by a put, and not later. Who takes it away gives what it stood for. It never frees the verb close. (bool; 经过无从查考)
#define CRMK_COMPLAINT_PROVISIONAL_YEAR 71 // The latest calendar year by which a deadline was decided, or a pause began or was counted, and that was not announced then; absent for none. (int 1 to 9999; 暂用日历年度)
#define CRMK_COMPLAINT_PAUSES_PROVISIONAL_YEAR 72 // The latest calendar year by which a pause of this round was counted and that was not announced then; absent for none. A reassessment counts the pauses anew, from the journal; where that has a gap, the sums and this mark stay. (int 1 to 9999; 暂停暂用日历年度)
#define CRMK_COMPLAINT_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of action (纠正预防措施). A corrective or preventive action that comes of a complaint. Source: R-FIX-24.
#define CRMK_ACTION_CODE 1 // The company's own code of the action. (text, at most 64; 措施编号)
#define CRMK_ACTION_EXTERNAL_SYSTEM 2 // The other system that knows the action. (text, at most 32; 外部系统)
#define CRMK_ACTION_EXTERNAL_ID 3 // The action's id in that system. (text, at most 128; 外部编号)
#define CRMK_ACTION_COMPLAINT 4 // The complaint that it comes of. (ref to complaint; 投诉)
#define CRMK_ACTION_KIND 5 // What it is for. (enum CRMK_ACTION_KIND_; 类别)
#define CRMK_ACTION_STATE 6 // Where it stands. (enum CRMK_ACTION_STATE_; 状态)
#define CRMK_ACTION_CONTENT 7 // What is to be done. (text, at most 4000; 措施内容)
#define CRMK_ACTION_OWNER 8 // The user who must improve. Source: R-FIX-24. (text, at most 64; 责任人)
#define CRMK_ACTION_DUE_ON 9 // The day by which it is to be done. (date; 期限)
#define CRMK_ACTION_RESULT 10 // What was done. (text, at most 4000; 实施结果)
#define CRMK_ACTION_DONE_AT 11 // When it was done. (instant; 完成时间)
#define CRMK_ACTION_VERIFICATION 12 // How it was verified, or why it does not work. (text, at most 2000; 验证情况)
#define CRMK_ACTION_VERIFIER 13 // Who verified it. (text, at most 64; 验证人)
#define CRMK_ACTION_VERIFIED_AT 14 // When it was verified. (instant; 验证时间)
#define CRMK_ACTION_REASON 15 // Why it was called off. (text, at most 400; 取消原因)
#define CRMK_ACTION_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_ACTION_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of appeal (申诉). An appeal of a customer to an authority. Source: L-LOG-2, L-LOG-7, L-LOG-8.
#define CRMK_APPEAL_CODE 1 // The authority's or the company's number of the appeal. (text, at most 64; 申诉编号)
#define CRMK_APPEAL_EXTERNAL_SYSTEM 2 // The other system that knows the appeal. (text, at most 32; 外部系统)
#define CRMK_APPEAL_EXTERNAL_ID 3 // The appeal's id in that system. (text, at most 128; 外部编号)
#define CRMK_APPEAL_CUSTOMER 4 // The customer who appeals. (ref to customer; 客户)
#define CRMK_APPEAL_COMPLAINT 5 // The complaint before it; there is none when the customer went to the authority at once. (ref to complaint; 原投诉)
#define CRMK_APPEAL_STATE 6 // Where it stands. (enum CRMK_APPEAL_STATE_; 状态)
#define CRMK_APPEAL_AUTHORITY 7 // The authority. (text, at most 200; 受理机关)
#define CRMK_APPEAL_RECEIVED_AT 8 // When the authority handed it on. The start of the deadline. (instant; 转办时间)
#define CRMK_APPEAL_CLAIM 9 // What the customer claims. (text, at most 4000; 申诉请求)
#define CRMK_APPEAL_OWNER 10 // The user who is responsible. (text, at most 64; 负责人)
#define CRMK_APPEAL_ANSWER_ON 11 // The last day for the answer: the authority's, else the one that the rules decide. (date; 答复期限)
#define CRMK_APPEAL_ANSWER 12 // The answer to the authority. (text, at most 8000; 答复内容)
#define CRMK_APPEAL_ANSWERED_AT 13 // When it was answered. (instant; 答复时间)
#define CRMK_APPEAL_OUTCOME 14 // For whom the authority decided. (enum CRMK_APPEAL_OUTCOME_; 裁定结果)
#define CRMK_APPEAL_DECISION 15 // What the authority decided. (text, at most 4000; 裁定内容)
#define CRMK_APPEAL_DECIDED_AT 16 // When the authority decided. (instant; 裁定时间)
#define CRMK_APPEAL_REASON 17 // Why it was taken back. (text, at most 2000; 撤回原因)
#define CRMK_APPEAL_PROVISIONAL_YEAR 18 // The calendar year by which the deadline was decided and that was not announced then; absent for none. (int 1 to 9999; 暂用日历年度)
#define CRMK_APPEAL_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_APPEAL_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of review (核查). A review of a settled complaint by a superior unit. Source: L-BNK-5.
#define CRMK_REVIEW_CODE 1 // The company's own number of the review. (text, at most 64; 核查编号)
#define CRMK_REVIEW_EXTERNAL_SYSTEM 2 // The other system that knows the review. (text, at most 32; 外部系统)
#define CRMK_REVIEW_EXTERNAL_ID 3 // The review's id in that system. (text, at most 128; 外部编号)
#define CRMK_REVIEW_COMPLAINT 4 // The complaint that is reviewed. (ref to complaint; 原投诉)
#define CRMK_REVIEW_STATE 5 // Where it stands. (enum CRMK_REVIEW_STATE_; 状态)
#define CRMK_REVIEW_UNIT 6 // The superior unit. (text, at most 64; 核查机构)
#define CRMK_REVIEW_REQUESTED_AT 7 // When the customer asked for it. The start of the deadline. (instant; 申请时间)
#define CRMK_REVIEW_OBJECTION 8 // What the customer objects to. (text, at most 4000; 申请理由)
#define CRMK_REVIEW_OWNER 9 // The user who is responsible. (text, at most 64; 负责人)
#define CRMK_REVIEW_DECIDE_ON 10 // The last day for the decision, decided by the rules. (date; 决定期限)
#define CRMK_REVIEW_OUTCOME 11 // What came of it. (enum CRMK_APPEAL_OUTCOME_; 核查结果)
#define CRMK_REVIEW_DECISION 12 // The decision. (text, at most 4000; 核查决定)
#define CRMK_REVIEW_DECIDED_AT 13 // When it was decided. (instant; 决定时间)
#define CRMK_REVIEW_DECIDED_BY 14 // Who decided it. (text, at most 64; 决定人)
#define CRMK_REVIEW_REASON 15 // Why it was taken back. (text, at most 2000; 撤回原因)
#define CRMK_REVIEW_PROVISIONAL_YEAR 16 // The calendar year by which the deadline was decided and that was not announced then; absent for none. (int 1 to 9999; 暂用日历年度)
#define CRMK_REVIEW_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_REVIEW_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of work_year (工作日历年度). One year of the working-day calendar, which takes the place of a built-in one. Source: L-HOL-1, L-CIV-4.
#define CRMK_WORK_YEAR_CODE 1 // The company's own code of the year. (text, at most 64; 编号)
#define CRMK_WORK_YEAR_EXTERNAL_SYSTEM 2 // The other system that knows the year. (text, at most 32; 外部系统)
#define CRMK_WORK_YEAR_EXTERNAL_ID 3 // The year's id in that system. (text, at most 128; 外部编号)
#define CRMK_WORK_YEAR_YEAR 4 // The year. (int 1900 to 2200; 年度)
#define CRMK_WORK_YEAR_REGION 5 // The region, such as `CN`. (text, at most 32; 地区)
#define CRMK_WORK_YEAR_REST_DAYS 6 // The days from Monday to Friday that are not worked, such as `2027-01-01 2027-02-08`. (text, at most 8000; 休息日)
#define CRMK_WORK_YEAR_MAKE_UP_WORKDAYS 7 // The Saturdays and Sundays that are worked. (text, at most 4000; 调休上班日)
#define CRMK_WORK_YEAR_COMPANY_REST_DAYS 8 // Further days on which the company rests. (text, at most 8000; 公司休息日)
#define CRMK_WORK_YEAR_COMPANY_WORKDAYS 9 // Further days on which the company works. (text, at most 4000; 公司上班日)
#define CRMK_WORK_YEAR_SOURCE 10 // The notice that it comes from. (text, at most 400; 依据)
#define CRMK_WORK_YEAR_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_WORK_YEAR_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of survey (满意度调查). A satisfaction survey: questions for customers in a period. Source: R-FIX-32, R-GEN-16, R-DEV-12.
#define CRMK_SURVEY_CODE 1 // The company's own code of the survey. (text, at most 64; 调查编号)
#define CRMK_SURVEY_EXTERNAL_SYSTEM 2 // The other system that knows the survey. (text, at most 32; 外部系统)
#define CRMK_SURVEY_EXTERNAL_ID 3 // The survey's id in that system. (text, at most 128; 外部编号)
#define CRMK_SURVEY_TITLE 4 // What it is called. (text, at most 200; 名称)
#define CRMK_SURVEY_STATE 5 // Where it stands. (enum CRMK_SURVEY_STATE_; 状态)
#define CRMK_SURVEY_PERIOD_FROM 6 // The first day of the period that it is about. (date; 期间起)
#define CRMK_SURVEY_PERIOD_UNTIL 7 // The last day of that period. (date; 期间止)
#define CRMK_SURVEY_QUESTIONS 8 // The questions, one a line. (text, at most 8000; 问题)
#define CRMK_SURVEY_POINTS_MAX 9 // The points that the best answer to a question gets. (int 1 to 100; 满分)
#define CRMK_SURVEY_POINTS 10 // The sum of the points of all answers. (int 0 to 1000000000000; 得分合计)
#define CRMK_SURVEY_POINTS_POSSIBLE 11 // The sum of the points that they could have got. (int 0 to 1000000000000; 满分合计)
#define CRMK_SURVEY_SCORE_HUNDREDTHS 12 // The score in hundredths of a percent, rounded half up. (int 0 to 10000; 满意度（万分之一）)
#define CRMK_SURVEY_CLOSED_AT 13 // When it was closed. (instant; 结束时间)
#define CRMK_SURVEY_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_SURVEY_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of survey_answer (问卷答复). The answer of a customer to a question of a survey. Source: R-FIX-32, R-GEN-08.
#define CRMK_SURVEY_ANSWER_CODE 1 // The company's own code of the answer. (text, at most 64; 答复编号)
#define CRMK_SURVEY_ANSWER_EXTERNAL_SYSTEM 2 // The other system that knows the answer. (text, at most 32; 外部系统)
#define CRMK_SURVEY_ANSWER_EXTERNAL_ID 3 // The answer's id in that system. (text, at most 128; 外部编号)
#define CRMK_SURVEY_ANSWER_SURVEY 4 // The survey. (ref to survey; 调查)
#define CRMK_SURVEY_ANSWER_CUSTOMER 5 // The customer who answers. (ref to customer; 客户)
#define CRMK_SURVEY_ANSWER_PERSON 6 // The person who answers. (ref to person; 答复人)
#define CRMK_SURVEY_ANSWER_QUESTION 7 // The line of the question, from 1. (int 1 to 400; 问题序号)
#define CRMK_SURVEY_ANSWER_POINTS 8 // The points; none when the question was left open, which counts for nothing. (int 0 to 100; 得分)
#define CRMK_SURVEY_ANSWER_REMARK 9 // What the customer says. (text, at most 4000; 意见)
#define CRMK_SURVEY_ANSWER_ANSWERED_AT 10 // When it was answered. (instant; 答复时间)
#define CRMK_SURVEY_ANSWER_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of satisfaction_score (满意度评分). The satisfaction of a customer in a period: contract performance, awards and questionnaire. Source: R-ENG-14.
#define CRMK_SATISFACTION_SCORE_CODE 1 // The company's own code of the score. (text, at most 64; 评分编号)
#define CRMK_SATISFACTION_SCORE_EXTERNAL_SYSTEM 2 // The other system that knows the score. (text, at most 32; 外部系统)
#define CRMK_SATISFACTION_SCORE_EXTERNAL_ID 3 // The score's id in that system. (text, at most 128; 外部编号)
#define CRMK_SATISFACTION_SCORE_CUSTOMER 4 // The customer. (ref to customer; 客户)
#define CRMK_SATISFACTION_SCORE_PERIOD_FROM 5 // The first day of the period. (date; 期间起)
#define CRMK_SATISFACTION_SCORE_PERIOD_UNTIL 6 // The last day of the period. (date; 期间止)
#define CRMK_SATISFACTION_SCORE_CONTRACT_POINTS 7 // The points of contract performance, of 100. (int 0 to 100; 合同履约得分)
#define CRMK_SATISFACTION_SCORE_AWARD_POINTS 8 // The points of the awards won, of 100. (int 0 to 100; 获奖得分)
#define CRMK_SATISFACTION_SCORE_QUESTIONNAIRE_POINTS 9 // The points that the customer's answers in the period got. (int 0 to 1000000000000; 问卷得分合计)
#define CRMK_SATISFACTION_SCORE_QUESTIONNAIRE_POSSIBLE 10 // The points that they could have got. (int 0 to 1000000000000; 问卷满分合计)
#define CRMK_SATISFACTION_SCORE_SCORE_HUNDREDTHS 11 // The score in hundredths of a percent, rounded half up. (int 0 to 10000; 满意度（万分之一）)
#define CRMK_SATISFACTION_SCORE_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_SATISFACTION_SCORE_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of information_item (客户信息). One thing that the file of a customer holds, with its section and the level of its source. Source: R-TEL-06, R-TEL-08.
#define CRMK_INFORMATION_ITEM_CODE 1 // The company's own code of the item. (text, at most 64; 信息编号)
#define CRMK_INFORMATION_ITEM_EXTERNAL_SYSTEM 2 // The other system that knows the item. (text, at most 32; 外部系统)
#define CRMK_INFORMATION_ITEM_EXTERNAL_ID 3 // The item's id in that system. (text, at most 128; 外部编号)
#define CRMK_INFORMATION_ITEM_CUSTOMER 4 // The customer whom it is about. (ref to customer; 客户)
#define CRMK_INFORMATION_ITEM_SECTION 5 // The section of the file that it belongs to. (enum CRMK_FILE_SECTION_; 档案部分)
#define CRMK_INFORMATION_ITEM_LEVEL 6 // How near to the customer its source is. (enum CRMK_SOURCE_LEVEL_; 信息级别)
#define CRMK_INFORMATION_ITEM_TITLE 7 // What it is about, in a few words. (text, at most 200; 标题)
#define CRMK_INFORMATION_ITEM_CONTENT 8 // What is known. (text, at most 8000; 内容)
#define CRMK_INFORMATION_ITEM_ORIGIN 9 // Where it comes from, such as the title of a report. Source: R-TEL-09. (text, at most 400; 来源)
#define CRMK_INFORMATION_ITEM_PERSON 10 // Who told it. Source: R-TEL-10, R-TEL-11. (ref to person; 信息提供人)
#define CRMK_INFORMATION_ITEM_OBTAINED_ON 11 // The day on which it was learned. (date; 获取日期)
#define CRMK_INFORMATION_ITEM_VERIFIED_ON 12 // The day on which it was last found to be true still. Source: R-TEL-15. (date; 核实日期)
#define CRMK_INFORMATION_ITEM_OWNER 13 // The user who is responsible for it. (text, at most 64; 负责人)
#define CRMK_INFORMATION_ITEM_COMPLIANCE_REVIEWER 14 // Who found that it may be kept and used; an item of level 4 needs one other than its owner. Source: R-TEL-11. (text, at most 64; 合规审核人)
#define CRMK_INFORMATION_ITEM_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_INFORMATION_ITEM_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of person_relation (人物关系). The relation of a person to another, of the same customer or not. Source: R-TEL-07.
#define CRMK_PERSON_RELATION_CODE 1 // The company's own code of the relation. (text, at most 64; 关系编号)
#define CRMK_PERSON_RELATION_EXTERNAL_SYSTEM 2 // The other system that knows the relation. (text, at most 32; 外部系统)
#define CRMK_PERSON_RELATION_EXTERNAL_ID 3 // The relation's id in that system. (text, at most 128; 外部编号)
#define CRMK_PERSON_RELATION_PERSON 4 // The person from whom it leads. (ref to person; 人物)
#define CRMK_PERSON_RELATION_OTHER 5 // The person to whom it leads. (ref to person; 相关人物)
#define CRMK_PERSON_RELATION_KIND 6 // How the first is related to the second. (enum CRMK_PERSON_RELATION_KIND_; 关系类型)
#define CRMK_PERSON_RELATION_OWNER 7 // The user who knows it. (text, at most 64; 负责人)
#define CRMK_PERSON_RELATION_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_PERSON_RELATION_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of partner_relation (伙伴关系). The relation of a party to another with whom it does business. Source: R-TEL-10, R-TEL-20.
#define CRMK_PARTNER_RELATION_CODE 1 // The company's own code of the relation. (text, at most 64; 关系编号)
#define CRMK_PARTNER_RELATION_EXTERNAL_SYSTEM 2 // The other system that knows the relation. (text, at most 32; 外部系统)
#define CRMK_PARTNER_RELATION_EXTERNAL_ID 3 // The relation's id in that system. (text, at most 128; 外部编号)
#define CRMK_PARTNER_RELATION_CUSTOMER 4 // The party from which it leads. (ref to customer; 客户)
#define CRMK_PARTNER_RELATION_OTHER 5 // The party to which it leads. (ref to customer; 相关客户)
#define CRMK_PARTNER_RELATION_KIND 6 // How the first is related to the second. (enum CRMK_PARTNER_RELATION_KIND_; 关系类型)
#define CRMK_PARTNER_RELATION_OWNER 7 // The user who knows it. (text, at most 64; 负责人)
#define CRMK_PARTNER_RELATION_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_PARTNER_RELATION_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of org_unit (机构). A unit of the company itself: the head office, a branch, an outlet, a department. Source: R-CBK-03.
#define CRMK_ORG_UNIT_CODE 1 // The company's own code of the unit. (text, at most 64; 机构编号)
#define CRMK_ORG_UNIT_EXTERNAL_SYSTEM 2 // The other system that knows the unit. (text, at most 32; 外部系统)
#define CRMK_ORG_UNIT_EXTERNAL_ID 3 // The unit's id in that system. (text, at most 128; 外部编号)
#define CRMK_ORG_UNIT_NAME 4 // The full name. (text, at most 200; 机构名称)
#define CRMK_ORG_UNIT_STATE 5 // Whether it is at work. (enum CRMK_ORG_UNIT_STATE_; 机构状态)
#define CRMK_ORG_UNIT_LEVEL 6 // The level; it changes by an upgrade. (enum CRMK_ORG_LEVEL_; 机构层级)
#define CRMK_ORG_UNIT_PARENT 7 // The unit that it stands under; none of a head office. (ref to org_unit; 上级机构)
#define CRMK_ORG_UNIT_FOUNDED_ON 8 // The day on which it was founded. (date; 成立日期)
#define CRMK_ORG_UNIT_LEVEL_SINCE 9 // The day since which it is of its level, when it was upgraded. (date; 升级日期)
#define CRMK_ORG_UNIT_CLOSED_ON 10 // The day on which it was closed. (date; 撤销日期)
#define CRMK_ORG_UNIT_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_ORG_UNIT_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of user (用户). A person of the company who works with the system. Source: R-CBK-08.
#define CRMK_USER_CODE 1 // The name by which the journal knows the user, that of the actor in sessions. Kept in the normal form of names: NFKC, case folded, single spaces, and no character that nobody sees. (text, at most 64; 用户编号)
#define CRMK_USER_EXTERNAL_SYSTEM 2 // The other system that knows the user. (text, at most 32; 外部系统)
#define CRMK_USER_EXTERNAL_ID 3 // The user's id in that system. (text, at most 128; 外部编号)
#define CRMK_USER_NAME 4 // The full name. (text, at most 100; 姓名)
#define CRMK_USER_STATE 5 // Whether the user works with the system. Commands of a suspended user are refused. Source: R-X-07. (enum CRMK_USER_STATE_; 用户状态)
#define CRMK_USER_UNIT 6 // The unit that the user belongs to; it changes by a transfer. (ref to org_unit; 所属机构)
#define CRMK_USER_POSITION 7 // What the user is there. (enum CRMK_USER_POSITION_; 岗位)
#define CRMK_USER_TRANSFERRED_ON 8 // The day of the last transfer. Source: R-CBK-11, R-CBK-12. (date; 调动日期)
#define CRMK_USER_LEFT_ON 9 // The day on which the user left. Source: R-CBK-11, R-CBK-12. (date; 离职日期)
#define CRMK_USER_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_USER_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of access_record (借阅记录). An access to what is protected of a customer, or the loan of its file, recorded before it. What it says of who, what and why stays as it was recorded. Source: R-GEN-05, R-BNK-04, R-TEL-16.
#define CRMK_ACCESS_RECORD_CODE 1 // The company's own code of the record. (text, at most 64; 借阅编号)
#define CRMK_ACCESS_RECORD_EXTERNAL_SYSTEM 2 // The other system that knows the record. (text, at most 32; 外部系统)
#define CRMK_ACCESS_RECORD_EXTERNAL_ID 3 // The record's id in that system. (text, at most 128; 外部编号)
#define CRMK_ACCESS_RECORD_CUSTOMER 4 // The customer whose data they are. (ref to customer; 客户)
#define CRMK_ACCESS_RECORD_OPERATION 5 // What is done with them. (enum CRMK_ACCESS_OPERATION_; 操作)
#define CRMK_ACCESS_RECORD_PURPOSE 6 // For what. Source: R-GEN-05, R-END-05. (text, at most 400; 用途)
#define CRMK_ACCESS_RECORD_BORROWER 7 // The user who gets access; left out, whoever records it. Another is a manager's to name. Kept in the normal form of names, as the code of a user is. Source: R-TEL-16. (text, at most 64; 借阅人)
#define CRMK_ACCESS_RECORD_UNTIL_ON 8 // The last day of it; left out, the day on which it is recorded. (date; 截止日期)
#define CRMK_ACCESS_RECORD_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_ACCESS_RECORD_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of customer_plan (客户计划). The plan for a customer. Its aims are the competitive position at the customer and the potential of the business (R-TEL-19). The summary stands alone; the other sections are confidential. Which of them a plan must have, the policy says under `required.customer_plan`; a company with other sections declares them as fields. Source: R-TEL-20.
#define CRMK_CUSTOMER_PLAN_CODE 1 // The company's own code of the plan. (text, at most 64; 计划编号)
#define CRMK_CUSTOMER_PLAN_EXTERNAL_SYSTEM 2 // The other system that knows the plan. (text, at most 32; 外部系统)
#define CRMK_CUSTOMER_PLAN_EXTERNAL_ID 3 // The plan's id in that system. (text, at most 128; 外部编号)
#define CRMK_CUSTOMER_PLAN_CUSTOMER 4 // The customer whom it is for. (ref to customer; 客户)
#define CRMK_CUSTOMER_PLAN_STATE 5 // Where it stands. (enum CRMK_CUSTOMER_PLAN_STATE_; 状态)
#define CRMK_CUSTOMER_PLAN_OWNER 6 // The user who draws it up. (text, at most 64; 负责人)
#define CRMK_CUSTOMER_PLAN_PERIOD_FROM 7 // The first day for which it is made. (date; 期间起)
#define CRMK_CUSTOMER_PLAN_PERIOD_UNTIL 8 // The last day for which it is made. (date; 期间止)
#define CRMK_CUSTOMER_PLAN_SUMMARY 10 // The summary, which is read without the rest. Source: R-TEL-20. (text, at most 4000; 计划摘要)
#define CRMK_CUSTOMER_PLAN_KEY_PERSONS 11 // Customer overview: the key persons. (text, at most 8000; 客户概况：关键人物)
#define CRMK_CUSTOMER_PLAN_MOVES 12 // Customer overview: what it did of late. (text, at most 8000; 客户概况：动向)
#define CRMK_CUSTOMER_PLAN_POSITION 13 // Customer overview: its position. (text, at most 8000; 客户概况：地位)
#define CRMK_CUSTOMER_PLAN_MARKET 14 // Customer overview: its market. (text, at most 8000; 客户概况：市场)
#define CRMK_CUSTOMER_PLAN_STRATEGY 15 // Customer overview: its strategy. (text, at most 8000; 客户概况：战略)
#define CRMK_CUSTOMER_PLAN_TREND 16 // Customer overview: where it is going. (text, at most 8000; 客户概况：发展趋势)
#define CRMK_CUSTOMER_PLAN_CUSTOMER_SWOT 17 // Customer overview: its strengths, weaknesses, opportunities and threats. (text, at most 8000; 客户概况：SWOT分析)
#define CRMK_CUSTOMER_PLAN_NEEDS 18 // Customer overview: what it needs. (text, at most 8000; 客户概况：需求)
#define CRMK_CUSTOMER_PLAN_COMPETITION 19 // Competition overview. (text, at most 8000; 竞争概况)
#define CRMK_CUSTOMER_PLAN_BUSINESS_HISTORY 20 // Situation: the history of the business. (text, at most 8000; 形势评估：业务历史)
#define CRMK_CUSTOMER_PLAN_CURRENT_BUSINESS 21 // Situation: the present business. (text, at most 8000; 形势评估：当前业务)
#define CRMK_CUSTOMER_PLAN_LIFE_CYCLE 22 // Situation: where the relationship stands in its life-cycle. (text, at most 8000; 形势评估：关系生命周期)
#define CRMK_CUSTOMER_PLAN_SWOT 23 // Situation: our strengths, weaknesses, opportunities and threats. (text, at most 8000; 形势评估：SWOT分析)
#define CRMK_CUSTOMER_PLAN_KEY_PERSON_RELATIONS 24 // Situation: our relation with the key persons. (text, at most 8000; 形势评估：与关键人物的关系)
#define CRMK_CUSTOMER_PLAN_MISSING_SECTIONS 30 // How many of the sections are missing that the policy asks for of a plan in force; absent when it asks for none. (int 0 to 10000; 缺少章节数)
#define CRMK_CUSTOMER_PLAN_REVIEWER 31 // Who reviewed it. (text, at most 64; 审核人)
#define CRMK_CUSTOMER_PLAN_APPROVED_AT 32 // When it was put in force. (instant; 审核时间)
#define CRMK_CUSTOMER_PLAN_REVIEW_NOTE 33 // What the reviewer remarked. (text, at most 2000; 审核意见)
#define CRMK_CUSTOMER_PLAN_REASON 34 // Why it was revised or ended. (text, at most 400; 修订或终止原因)
#define CRMK_CUSTOMER_PLAN_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_CUSTOMER_PLAN_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The fields of investigation (客户调查). An investigation of a customer, and the application that comes of it. What each kind needs, and which departments take part, the policy says. Source: R-KA-02, R-KA-03, R-KA-04, R-SEL-02.
#define CRMK_INVESTIGATION_CODE 1 // The company's own code of the investigation. (text, at most 64; 调查编号)
#define CRMK_INVESTIGATION_EXTERNAL_SYSTEM 2 // The other system that knows the investigation. (text, at most 32; 外部系统)
#define CRMK_INVESTIGATION_EXTERNAL_ID 3 // The investigation's id in that system. (text, at most 128; 外部编号)
#define CRMK_INVESTIGATION_CUSTOMER 4 // The customer who is investigated. (ref to customer; 客户)
#define CRMK_INVESTIGATION_KIND 5 // How it is done. (enum CRMK_INVESTIGATION_KIND_; 调查类型)
#define CRMK_INVESTIGATION_STATE 6 // Where it stands. (enum CRMK_INVESTIGATION_STATE_; 状态)
#define CRMK_INVESTIGATION_OWNER 7 // The user who is responsible. (text, at most 64; 负责人)
#define CRMK_INVESTIGATION_COMPANY_HISTORY 10 // The history of the customer. Source: R-KA-02. (text, at most 4000; 沿革)
#define CRMK_INVESTIGATION_OVERVIEW 11 // The overview of the customer. Source: R-KA-02. (text, at most 4000; 概况)
#define CRMK_INVESTIGATION_ANNUAL_ACCOUNTS 12 // The latest annual accounts. Source: R-KA-02. (text, at most 4000; 最近年度决算)
#define CRMK_INVESTIGATION_ACCOUNTS_YEAR 13 // The year that these accounts are of. (int 1 to 9999; 决算年度)
#define CRMK_INVESTIGATION_PRODUCT_GUIDE 14 // The product guide. Source: R-KA-02. (text, at most 4000; 产品介绍)
#define CRMK_INVESTIGATION_CATALOGUE 15 // The catalogue. Source: R-KA-02. (text, at most 4000; 产品目录)
#define CRMK_INVESTIGATION_HEAD 16 // The head of the customer who was talked to. Source: R-KA-02. (ref to person; 面谈负责人)
#define CRMK_INVESTIGATION_HEAD_TALK 17 // What came of the talk with the head. Source: R-KA-02. (text, at most 4000; 与负责人面谈)
#define CRMK_INVESTIGATION_TECHNICAL_TALK 18 // What came of the talk with the technical head. Source: R-SEL-02. (text, at most 4000; 与技术负责人面谈)
#define CRMK_INVESTIGATION_DEPARTMENTS 19 // The departments that took part, with commas between. Source: R-KA-03, R-SEL-02. (text, at most 400; 参加部门)
#define CRMK_INVESTIGATION_RESULT 20 // What was found. (text, at most 4000; 调查结果)
#define CRMK_INVESTIGATION_OUTCOME 21 // What it comes to. (enum CRMK_INVESTIGATION_OUTCOME_; 调查结论)
#define CRMK_INVESTIGATION_SETTLED_AT 22 // When it was settled. (instant; 完成时间)
#define CRMK_INVESTIGATION_APPLICATION_REASON 23 // Application: why. Source: R-KA-04. (text, at most 4000; 申请理由)
#define CRMK_INVESTIGATION_TRADE_POLICY 24 // Application: how the customer is dealt with. Source: R-KA-04. (text, at most 4000; 交易方针)
#define CRMK_INVESTIGATION_GOODS 25 // Application: the goods. Source: R-KA-04. (text, at most 4000; 交易货物)
#define CRMK_INVESTIGATION_GOODS_AMOUNT 26 // Application: the amount of the goods. Source: R-KA-04. (money; 交易金额)
#define CRMK_INVESTIGATION_APPLIED_AT 27 // When it was applied for. (instant; 申请时间)
#define CRMK_INVESTIGATION_REASON 28 // Why it was called off. (text, at most 400; 取消原因)
#define CRMK_INVESTIGATION_NOTE 40 // Free remarks. (text, at most 4000; 备注)
#define CRMK_INVESTIGATION_DATE_DOUBT 99 // The dates that cannot be and were recorded as they are, with commas between; absent when all can be. (text, at most 400; 存疑日期)

// The values of party_kind.
#define CRMK_PARTY_KIND_ORGANISATION 1 // A company or another institution. (单位)
#define CRMK_PARTY_KIND_INDIVIDUAL 2 // A natural person. (个人)
#define CRMK_PARTY_KIND_OTHER_LEGAL_PERSON 3 // Another legal person, such as an association or a foundation. (其他法人)

// The values of customer_status.
#define CRMK_CUSTOMER_STATUS_PROSPECT 1 // Known, but does not buy yet. (潜在)
#define CRMK_CUSTOMER_STATUS_ACTIVE 2 // Buys. (活跃)
#define CRMK_CUSTOMER_STATUS_DORMANT 3 // Bought, but not of late. (休眠)
#define CRMK_CUSTOMER_STATUS_LOST 4 // Gone to another supplier, or out of business. (流失)

// The values of identity_kind.
#define CRMK_IDENTITY_KIND_RESIDENT_CARD 1 // The resident identity card. (居民身份证)
#define CRMK_IDENTITY_KIND_PASSPORT 2 // A passport. (护照)
#define CRMK_IDENTITY_KIND_SOCIAL_CREDIT_CODE 3 // The unified social credit code of an organisation. (统一社会信用代码)
#define CRMK_IDENTITY_KIND_OTHER 9 // Another document that the law accepts. (其他证件)

// The values of customer_kind.
#define CRMK_CUSTOMER_KIND_DEALER 1 // Sells it on in wholesale. (经销商)
#define CRMK_CUSTOMER_KIND_RETAILER 2 // Sells it to those who use it. (零售商)
#define CRMK_CUSTOMER_KIND_CONTRACT_MANUFACTURER 3 // Makes goods of it to order. (委托加工工厂)
#define CRMK_CUSTOMER_KIND_CONSUMER 4 // Uses it. (消费者)

// The values of person_role.
#define CRMK_PERSON_ROLE_CONTACT 1 // A contact for everyday matters. (联系人)
#define CRMK_PERSON_ROLE_DECISION_MAKER 2 // Decides on purchases. (决策人)
#define CRMK_PERSON_ROLE_INFLUENCER 3 // Is listened to by those who decide. (影响人)
#define CRMK_PERSON_ROLE_USER 4 // Uses what is bought. (使用人)
#define CRMK_PERSON_ROLE_GUARDIAN 5 // A parent or guardian. Source: R-EDU-01. (监护人)
#define CRMK_PERSON_ROLE_LEGAL_REPRESENTATIVE 6 // The legal representative. (法定代表人)

// The values of channel.
#define CRMK_CHANNEL_IN_PERSON 1 // Face to face. (面谈)
#define CRMK_CHANNEL_PHONE 2 // By telephone. (电话)
#define CRMK_CHANNEL_SMS 3 // By text message. (短信)
#define CRMK_CHANNEL_WECHAT 4 // By WeChat. (微信)
#define CRMK_CHANNEL_EMAIL 5 // By e-mail. (邮件)
#define CRMK_CHANNEL_POST 6 // By letter or fax. (信函)
#define CRMK_CHANNEL_WEB 7 // On a web site. (网络)
#define CRMK_CHANNEL_REFERRAL 8 // Handed on by an authority or another party. (转办)
#define CRMK_CHANNEL_OTHER 9 // Another way. (其他)

// The values of visit_state.
#define CRMK_VISIT_STATE_PLANNED 1 // Planned for a day. (已计划)
#define CRMK_VISIT_STATE_HELD 2 // Took place. (已拜访)
#define CRMK_VISIT_STATE_REPORTED 3 // Its report is written. (已报告)
#define CRMK_VISIT_STATE_REVIEWED 4 // A superior reviewed the report. (已审核)
#define CRMK_VISIT_STATE_MISSED 5 // Did not take place in its time. (未访)
#define CRMK_VISIT_STATE_CANCELLED 6 // Called off. (取消)

// The values of satisfaction.
#define CRMK_SATISFACTION_SATISFIED 1 // Satisfied. (满意)
#define CRMK_SATISFACTION_DISSATISFIED 2 // Not satisfied. (不满意)
#define CRMK_SATISFACTION_NO_ANSWER 3 // Asked, but gave no answer. (未答复)

// The values of complaint_state.
#define CRMK_COMPLAINT_STATE_RECEIVED 1 // Taken in. (受理)
#define CRMK_COMPLAINT_STATE_CLARIFIED 2 // Facts and cause are found. (澄清)
#define CRMK_COMPLAINT_STATE_SOLUTION_PROPOSED 3 // A solution with its date is offered. (方案)
#define CRMK_COMPLAINT_STATE_SOLUTION_ACCEPTED 4 // The customer accepts the solution. (认可)
#define CRMK_COMPLAINT_STATE_FOLLOWED_UP 5 // The result was told and satisfaction asked. (跟踪回访)
#define CRMK_COMPLAINT_STATE_CLOSED 6 // Done. (办结)
#define CRMK_COMPLAINT_STATE_ESCALATED 7 // Handed to a superior. (升级)
#define CRMK_COMPLAINT_STATE_WITHDRAWN 8 // Taken back by the customer. Source: L-BNK-4. (撤回)
#define CRMK_COMPLAINT_STATE_SUSPENDED 9 // Stopped for a time, to be resumed where it was. (暂停)
#define CRMK_COMPLAINT_STATE_ARCHIVED 10 // Put into the archive. Source: R-FIX-23. (归档)
#define CRMK_COMPLAINT_STATE_UNACCEPTED 11 // The customer finally rejects the solution; the company's limits are explained and another recourse is named. Source: R-FIX-20. (最终不认可)

// The values of complaint_grade.
#define CRMK_COMPLAINT_GRADE_GENERAL 1 // A grievance about service or product quality. (一般投诉)
#define CRMK_COMPLAINT_GRADE_KEY_CUSTOMER 2 // The complaint of a key customer. (重点客户投诉)
#define CRMK_COMPLAINT_GRADE_MAJOR 3 // Repeated, escalated, or about to go outside. (重大投诉)

// The values of complexity.
#define CRMK_COMPLEXITY_SIMPLE 1 // The facts are clear. (简单)
#define CRMK_COMPLEXITY_COMPLEX 2 // The facts need to be investigated. (复杂)
#define CRMK_COMPLEXITY_SPECIAL 3 // Special circumstances, approved. (特殊)

// The values of action_kind.
#define CRMK_ACTION_KIND_CORRECTIVE 1 // Mends what went wrong. (纠正)
#define CRMK_ACTION_KIND_PREVENTIVE 2 // Keeps it from coming again. (预防)

// The values of action_state.
#define CRMK_ACTION_STATE_PLANNED 1 // To be done. (待办)
#define CRMK_ACTION_STATE_DONE 2 // Done, not yet verified. (已完成)
#define CRMK_ACTION_STATE_EFFECTIVE 3 // Verified: it works. (有效)
#define CRMK_ACTION_STATE_INEFFECTIVE 4 // Verified: it does not work, and is to be done again. (无效)
#define CRMK_ACTION_STATE_CANCELLED 5 // Called off. (取消)

// The values of appeal_state.
#define CRMK_APPEAL_STATE_RECEIVED 1 // Handed on by the authority. (转办)
#define CRMK_APPEAL_STATE_ANSWERED 2 // Answered to the authority. (已答复)
#define CRMK_APPEAL_STATE_DECIDED 3 // Decided by the authority. (已裁定)
#define CRMK_APPEAL_STATE_WITHDRAWN 4 // Taken back by the customer. (撤回)

// The values of appeal_outcome.
#define CRMK_APPEAL_OUTCOME_UPHELD 1 // The company's handling stands. (维持)
#define CRMK_APPEAL_OUTCOME_CHANGED 2 // It is changed in the customer's favour. (变更)
#define CRMK_APPEAL_OUTCOME_RETURNED 3 // It is to be handled again. (重新处理)

// The values of review_state.
#define CRMK_REVIEW_STATE_REQUESTED 1 // Asked for by the customer. (申请)
#define CRMK_REVIEW_STATE_DECIDED 2 // Decided by the superior unit. (已决定)
#define CRMK_REVIEW_STATE_WITHDRAWN 3 // Taken back by the customer. (撤回)

// The values of survey_state.
#define CRMK_SURVEY_STATE_OPEN 1 // Answers come in. (进行中)
#define CRMK_SURVEY_STATE_CLOSED 2 // Its score is taken. (已结束)

// The values of file_section.
#define CRMK_FILE_SECTION_INDUSTRY_MARKET 1 // The industry and the market. (行业与市场)
#define CRMK_FILE_SECTION_STRATEGY 2 // The strategic direction. (战略方向)
#define CRMK_FILE_SECTION_ORGANISATION 3 // The organisation and how it is managed. (组织与管理体系)
#define CRMK_FILE_SECTION_KEY_PERSONS 4 // The key persons. (关键人物)
#define CRMK_FILE_SECTION_BASICS 5 // The basic facts. (基本情况)
#define CRMK_FILE_SECTION_DECISION_MAKERS 6 // What is known of those who decide. (决策人资料)
#define CRMK_FILE_SECTION_PURCHASING 7 // How the customer purchases. (采购流程)
#define CRMK_FILE_SECTION_INVESTMENT 8 // What it invests and plans to need. (投资规模与需求计划)
#define CRMK_FILE_SECTION_ANALYSIS 9 // What we make of it. (综合分析)

// The values of source_level.
#define CRMK_SOURCE_LEVEL_PUBLIC_MATERIAL 1 // Level 1: public material of the company itself. (一级：企业公开资料)
#define CRMK_SOURCE_LEVEL_EXTERNAL_REPORT 2 // Level 2: reports of others, such as analysts, journals and authorities. (二级：外部报告)
#define CRMK_SOURCE_LEVEL_CONTACT 3 // Level 3: contacts inside the customer, or parties that work closely with it. (三级：内部联系人及合作方)
#define CRMK_SOURCE_LEVEL_INSIDER 4 // Level 4: an insider close to us. (四级：关系密切的内部人士)

// The values of person_relation_kind.
#define CRMK_PERSON_RELATION_KIND_REPORTS_TO 1 // The first works under the second. (上级)
#define CRMK_PERSON_RELATION_KIND_INFLUENCES 2 // The first has influence on the second. (影响)
#define CRMK_PERSON_RELATION_KIND_OPPOSES 3 // The first stands against the second; how the second sees it is another relation. (对立)
#define CRMK_PERSON_RELATION_KIND_CLOSE_TO 4 // Both are close, such as friends. It goes both ways. (关系密切)
#define CRMK_PERSON_RELATION_KIND_FAMILY_OF 5 // Both are of one family. It goes both ways. (亲属)

// The values of partner_relation_kind.
#define CRMK_PARTNER_RELATION_KIND_AGENT_OF 1 // The first acts for the second. (代理)
#define CRMK_PARTNER_RELATION_KIND_SUPPLIER_OF 2 // The first delivers to the second. (供应商)
#define CRMK_PARTNER_RELATION_KIND_PARTNER_OF 3 // Both work together. It goes both ways. (合作伙伴)
#define CRMK_PARTNER_RELATION_KIND_COMPETITOR_OF 4 // Both compete. It goes both ways. (竞争对手)
#define CRMK_PARTNER_RELATION_KIND_DISTRIBUTOR_OF 5 // The first sells on what it buys of the second, in wholesale. (分销商)
#define CRMK_PARTNER_RELATION_KIND_RETAILER_OF 6 // The first sells what it buys of the second to those who use it. (零售商)
#define CRMK_PARTNER_RELATION_KIND_RELATED_INDUSTRY 7 // Both are of related industries. It goes both ways. (相关行业)
#define CRMK_PARTNER_RELATION_KIND_STRATEGIC_PARTNER_OF 8 // Both work together for the long term. It goes both ways. (战略合作伙伴)

// The values of org_unit_state.
#define CRMK_ORG_UNIT_STATE_OPEN 1 // It is at work. (存续)
#define CRMK_ORG_UNIT_STATE_CLOSED 2 // It was closed. (已撤销)

// The values of org_level.
#define CRMK_ORG_LEVEL_HEAD_OFFICE 1 // The head office. (总行（总部）)
#define CRMK_ORG_LEVEL_TIER_1_BRANCH 2 // A branch directly under the head office. (一级分行)
#define CRMK_ORG_LEVEL_TIER_2_BRANCH 3 // A branch under a tier-1 branch. (二级分行)
#define CRMK_ORG_LEVEL_SUB_BRANCH 4 // A sub-branch under a branch. (支行)
#define CRMK_ORG_LEVEL_OUTLET 5 // An outlet. (网点)
#define CRMK_ORG_LEVEL_PROJECT_DEPARTMENT 6 // A project department. (项目部)
#define CRMK_ORG_LEVEL_DEPARTMENT 7 // A department of another unit. (部门)

// The values of user_state.
#define CRMK_USER_STATE_ACTIVE 1 // Works with it. (在用)
#define CRMK_USER_STATE_SUSPENDED 2 // Does not, such as after leaving. (停用)

// The values of user_position.
#define CRMK_USER_POSITION_LEADER 1 // Leads the unit. (机构领导)
#define CRMK_USER_POSITION_DEPARTMENT_LEADER 2 // Leads a department of it. (部门负责人)
#define CRMK_USER_POSITION_STAFF 3 // Works in it. (工作人员)

// The values of access_operation.
#define CRMK_ACCESS_OPERATION_QUERY 1 // They are looked at. (查询)
#define CRMK_ACCESS_OPERATION_USE 2 // They are used for a business. (使用)
#define CRMK_ACCESS_OPERATION_STORE 3 // They are kept in another place. (存储)
#define CRMK_ACCESS_OPERATION_TRANSFER 4 // They are handed on to another. (传输)
#define CRMK_ACCESS_OPERATION_DELETE 5 // They are deleted. (删除)

// The values of customer_plan_state.
#define CRMK_CUSTOMER_PLAN_STATE_DRAFT 1 // It is drawn up. (草拟)
#define CRMK_CUSTOMER_PLAN_STATE_IN_FORCE 2 // It was reviewed and holds. (执行中)
#define CRMK_CUSTOMER_PLAN_STATE_ENDED 3 // It holds no more, or was dropped. (终止)

// The values of investigation_kind.
#define CRMK_INVESTIGATION_KIND_GENERAL 1 // From its documents and by talking to its head. (一般调查)
#define CRMK_INVESTIGATION_KIND_ON_SITE 2 // At the customer, by departments of the company. (实地调查)

// The values of investigation_state.
#define CRMK_INVESTIGATION_STATE_OPEN 1 // Under way. (进行中)
#define CRMK_INVESTIGATION_STATE_SETTLED 2 // It has a result. (已完成)
#define CRMK_INVESTIGATION_STATE_APPLIED 3 // The certification was applied for on its result. (已申请)
#define CRMK_INVESTIGATION_STATE_CANCELLED 4 // Called off. (取消)

// The values of investigation_outcome.
#define CRMK_INVESTIGATION_OUTCOME_SUITABLE 1 // The customer is fit to go on with. (合格)
#define CRMK_INVESTIGATION_OUTCOME_UNSUITABLE 2 // It is not. (不合格)

// The verbs, for crmk_record_act: what each takes stands in brackets, optional inputs with a ?.
#define CRMK_VERB_CUSTOMER_ACTIVATE 101 // Takes up or resumes business with the customer. (启用) []
#define CRMK_VERB_CUSTOMER_REST 102 // Marks the customer as not buying of late. (转休眠) []
#define CRMK_VERB_CUSTOMER_LOSE 103 // Marks the customer as lost. (转流失) [lost_reason]
#define CRMK_VERB_CUSTOMER_GRANT 104 // Grants a class that the policy gives by approval. Source: R-FIX-05. (客户认定) [granted_class, grant_approver, granted_at?]
#define CRMK_VERB_CUSTOMER_REVOKE 105 // Takes a granted class and its number away. (取消认定) []
#define CRMK_VERB_CUSTOMER_PLAN_VISITS 106 // Plans the visits that the class asks for. Source: R-MNT-06. (安排回访计划) []
#define CRMK_VERB_CUSTOMER_END_VISITS 107 // Plans no more visits, and calls off those ahead. (停止回访计划) []
#define CRMK_VERB_CUSTOMER_REPORT_EVENT 108 // Records an event that asks for a contact, such as a completed installation. Source: R-FIX-28. (登记事件) [event, event_on?]
#define CRMK_VERB_VISIT_HOLD 301 // Records that the visit took place. (拜访) [held_at?, duration_s?, channel?, person?, result?, satisfaction?, complaint_issue?]
#define CRMK_VERB_VISIT_REPORT 302 // Hands in the report of the visit. Source: R-MNT-05. (报告) [report, result?, satisfaction?, complaint_issue?, reported_at?]
#define CRMK_VERB_VISIT_REVIEW 303 // Reviews the report; the reviewer is not the visitor. Source: R-MNT-05. (审核) [review_note?, reviewed_at?]
#define CRMK_VERB_VISIT_MISS 304 // Records that the visit did not take place in its time. (未访) [reason?]
#define CRMK_VERB_VISIT_CANCEL 305 // Calls the visit off. (取消) [reason]
#define CRMK_VERB_COMPLAINT_ACKNOWLEDGE 401 // Tells the customer that the complaint is received. (告知受理) [acknowledged_at?]
#define CRMK_VERB_COMPLAINT_CLARIFY 402 // Records facts and cause. (澄清) [cause, liable_party?, complexity?, issue?, sub_issue?]
#define CRMK_VERB_COMPLAINT_PROPOSE 403 // Offers a solution with its date and reason; an earlier rejection is of another solution, and goes. Source: R-FIX-20, R-EDU-09. (提出方案) [solution, promised_on, promise_reason, responded_at?]
#define CRMK_VERB_COMPLAINT_ACCEPT 404 // Records that the customer accepts the solution. (认可) []
#define CRMK_VERB_COMPLAINT_REJECT 405 // Records that the customer rejects the solution; back to clarified. (不认可) [rejection_reason]
#define CRMK_VERB_COMPLAINT_FOLLOW_UP 406 // Tells the result and asks whether the customer is satisfied. Source: R-FIX-21. (跟踪回访) [outcome, satisfaction]
#define CRMK_VERB_COMPLAINT_CLOSE 407 // Closes the complaint with its lesson. Source: R-EDU-10, R-FIX-18. (办结) [lesson, case_written?, closed_at?]
#define CRMK_VERB_COMPLAINT_ESCALATE 408 // Hands the complaint up to the next level of the chain, to another than its owner; it becomes major. Source: R-FIX-16, R-FIX-17. (升级) [escalated_to, reason]
#define CRMK_VERB_COMPLAINT_WITHDRAW 409 // Ends the procedure because the customer takes the complaint back. Source: L-BNK-4. (撤回) [reason?]
#define CRMK_VERB_COMPLAINT_SUSPEND 410 // Stops the work and its clocks for a time. (暂停) [reason]
#define CRMK_VERB_COMPLAINT_RESUME 411 // Takes the work up where it was suspended. (恢复) []
#define CRMK_VERB_COMPLAINT_EXTEND 412 // Approves a longer deadline, by days or by a higher complexity. Source: L-BNK-1. (延期) [reason, extension_days?, complexity?, extension_approver?]
#define CRMK_VERB_COMPLAINT_REPORT 413 // Hands in the written report to the company. Source: R-FIX-15. (书面报告) [company_report, company_reported_at?]
#define CRMK_VERB_COMPLAINT_REOPEN 414 // Takes a closed complaint up again; it counts as the same issue once more. (重新受理) [reason]
#define CRMK_VERB_COMPLAINT_ARCHIVE 415 // Puts a settled complaint into the archive. Source: R-FIX-23. (归档) [archive_number?, archived_at?]
#define CRMK_VERB_COMPLAINT_REQUEST_EXTENSION 416 // Asks for a longer deadline; a manager extends or refuses. (申请延期) [extension_days, reason]
#define CRMK_VERB_COMPLAINT_REFUSE_EXTENSION 417 // Refuses the extension that was asked for. (驳回延期) [reason]
#define CRMK_VERB_COMPLAINT_CONCLUDE 418 // Ends the search for a solution that the customer accepts: explains the company's limits and names another recourse. The customer rejected the present solution before. Source: R-FIX-20. (终结协商) [limits_explained, recourse, reason]
#define CRMK_VERB_COMPLAINT_REPLY 419 // Sends the customer a written reply. Source: R-FIX-15. (书面答复) [written_reply, replied_at?]
#define CRMK_VERB_ACTION_COMPLETE 501 // Records what was done. (完成) [result, done_at?]
#define CRMK_VERB_ACTION_VERIFY 502 // Confirms that the action works; another than who did it. Source: R-FIX-24. (验证有效) [verification?, verified_at?]
#define CRMK_VERB_ACTION_FAIL 503 // Finds that the action does not work; it is to be done again. (验证无效) [verification, verified_at?]
#define CRMK_VERB_ACTION_CANCEL 504 // Calls the action off. (取消) [reason]
#define CRMK_VERB_APPEAL_ANSWER 601 // Answers the authority. Source: L-LOG-2, L-LOG-8. (答复) [answer, answered_at?]
#define CRMK_VERB_APPEAL_DECIDE 602 // Records what the authority decided. Source: L-LOG-7. (裁定) [outcome, decision, decided_at?]
#define CRMK_VERB_APPEAL_WITHDRAW 603 // Ends the appeal because the customer takes it back. (撤回) [reason?]
#define CRMK_VERB_REVIEW_DECIDE 701 // Records what the superior decided on the review. Source: L-BNK-5. (决定) [outcome, decision, decided_at?]
#define CRMK_VERB_REVIEW_WITHDRAW 702 // Ends the review because the customer takes the request back. (撤回) [reason?]
#define CRMK_VERB_SURVEY_CLOSE 901 // Ends a survey and takes its score. Source: R-FIX-32. (结束) [closed_at?]
#define CRMK_VERB_ORG_UNIT_UPGRADE 1501 // Gives the unit another level. Source: R-CBK-06, R-CBK-07. (机构升级) [level, level_since, parent?]
#define CRMK_VERB_ORG_UNIT_CLOSE 1502 // Closes the unit. (撤销) [closed_on]
#define CRMK_VERB_USER_TRANSFER 1601 // Gives the user another unit or position. Source: R-CBK-11, R-CBK-12. (调动) [unit, transferred_on, position?]
#define CRMK_VERB_USER_SUSPEND 1602 // Takes the user out of use, such as when leaving. Source: R-CBK-11, R-CBK-12. (停用) [left_on?]
#define CRMK_VERB_USER_RESUME 1603 // Takes the user into use again. (恢复) []
#define CRMK_VERB_CUSTOMER_PLAN_APPROVE 1801 // Puts the plan in force; another than its owner does. Source: R-TEL-03. (审核通过) [review_note?, approved_at?]
#define CRMK_VERB_CUSTOMER_PLAN_REVISE 1802 // Takes a plan in force back to be changed; it is approved again then. (修订) [reason]
#define CRMK_VERB_CUSTOMER_PLAN_END 1803 // Ends the plan. (终止) [reason]
#define CRMK_VERB_INVESTIGATION_SETTLE 1901 // Records what was found. Source: R-KA-02, R-SEL-02. (完成调查) [result, outcome, settled_at?]
#define CRMK_VERB_INVESTIGATION_APPLY 1902 // Applies for the customer's certification on what was found on site. Source: R-KA-03, R-KA-04. (提出申请) [application_reason, trade_policy, goods, goods_amount, applied_at?]
#define CRMK_VERB_INVESTIGATION_CANCEL 1903 // Calls the investigation off. (取消) [reason]

// The stream of the Arrow C stream interface: see crmk_query_stream.
struct ArrowArrayStream;


// Done.
#define CRMK_OK 0

// A step gave an item.
#define CRMK_ROW 1

// A step found the end.
#define CRMK_DONE 2

// There is no such value or record, which is no error; outputs are untouched.
#define CRMK_ABSENT 3

// Create the file when it does not exist.
#define CRMK_OPEN_CREATE 1

// Keep the database in memory alone; the path is not used.
#define CRMK_OPEN_MEMORY 2

// Read the whole file first and check how its pages hang together. Each page is checked when it is read in any case.
#define CRMK_OPEN_CHECK 4

// Do not sync each commit to the disk: it outlives the end of the process, but a loss of power may take the last ones.
#define CRMK_OPEN_RELAXED 8

// Only read the file, beside the process that writes it or after it. Nothing is created or changed; what is written is
// READ_ONLY. What others commit is seen from the next crmk_db_refresh on.
#define CRMK_OPEN_READ_ONLY 16

// Only read the file, and leave out its log, be it missing, damaged or another's. Commits that only the log holds are
// missing then: crmk_session_statistics tells. For a file that opens in no other way.
#define CRMK_OPEN_WITHOUT_LOG 32

// Let records be written without a plugin that rules them and is not loaded; each journal entry that is written so says
// which plugin was missing. Without it such a write is PLUGIN_MISSING.
#define CRMK_OPEN_ALLOW_MISSING_PLUGINS 65536

// Let a plugin be loaded in an older version than the database has seen; the journal tells it. Without it that is
// PLUGIN_OLDER.
#define CRMK_OPEN_ALLOW_OLDER_PLUGINS 131072

// What the store keeps below its pairs is damaged, such as the pages of its file.
#define CRMK_PROBLEM_STORE 1

// A journal entry, the chain of them, or its head.
#define CRMK_PROBLEM_JOURNAL 2

// A record: its form, its place, its last journal entry.
#define CRMK_PROBLEM_RECORD 3

// A reference to a record that is not there.
#define CRMK_PROBLEM_REFERENCE 4

// A record that is not in an index, or a key of no record: crmk_session_rebuild mends it. Keys in a damaged page of the file
// (the text names it) come back by crmk_salvage alone; the same holds for unique keys and counts.
#define CRMK_PROBLEM_INDEX 5

// A unique key that is missing or of no record, which crmk_session_rebuild mends, or of two records.
#define CRMK_PROBLEM_UNIQUE 6

// A count of records by their values: crmk_session_rebuild mends it.
#define CRMK_PROBLEM_COUNT 7

// English.
#define CRMK_LANGUAGE_EN 1

// Chinese.
#define CRMK_LANGUAGE_ZH 2

// The commands that are refused leave no trace, the others are committed.
#define CRMK_EACH 1

// When one command is refused, none is committed.
#define CRMK_ALL 2

// From the least value to the greatest; absent values first, ties by id.
#define CRMK_ASCENDING 1

// From the greatest value to the least.
#define CRMK_DESCENDING 2

// Replace a database that is there.
#define CRMK_COPY_REPLACE 1

// Count the bytes of each space too, for which the whole file may be read: see crmk_session_space.
#define CRMK_STATISTICS_SPACES 1

// The database needed no log.
#define CRMK_LOG_NOT_NEEDED 0

// All of the log was read.
#define CRMK_LOG_WHOLE 1

// A part of the log could not be read: the last commits may be missing.
#define CRMK_LOG_DAMAGED 2

// The log was not there: the last commits are missing.
#define CRMK_LOG_MISSING 3

// The log that was there is not of this database, or of another time: the last commits are missing.
#define CRMK_LOG_FOREIGN 4

// Personal or secret: kept out of messages.
#define CRMK_FIELD_IS_SENSITIVE 1

// An index of its own is kept.
#define CRMK_FIELD_IS_INDEXED 2

// Set by verbs, or when recording the past; not by a plain update.
#define CRMK_FIELD_IS_BY_VERB 4

// Kept by the kernel alone.
#define CRMK_FIELD_IS_BY_KERNEL 8

// Declared by the company or a plugin for this database.
#define CRMK_FIELD_IS_CUSTOM 16

// Use the plugin's draft extensions, which may change with any version.
#define CRMK_PLUGIN_LOAD_DRAFTS 1

// Load it although everybody may write the library, its manifest or their folder.
#define CRMK_PLUGIN_LOAD_WRITABLE 2

// The type of a ratio of two integers, which only calculators take and give.
#define CRMK_TYPE_RATIO 9

// Show a policy as TOML, which can be read again.
#define CRMK_POLICY_TOML 1

// Show a policy as JSON: version, layers, and figures by path, each with its origin.
#define CRMK_POLICY_JSON 2

// Commands to be done in one transaction.
typedef struct crmk_batch crmk_batch;

// The records of a query in their order, from the snapshot at which it was asked.
typedef struct crmk_cursor crmk_cursor;

// An open database. Threads may share it.
typedef struct crmk_db crmk_db;

// Entries of the journal, one at a time.
typedef struct crmk_journal crmk_journal;

// Which records of an entity, in which order, how many, and from where on.
//
// A record meets all conditions. An absent field meets CRMK_OP_IS_ABSENT and no other condition. Conditions with
// CRMK_OP_IN on the same field, one after the other, are one condition: the field is one of their values.
typedef struct crmk_query crmk_query;

// A record: as it is stored, as it shall be, or the inputs of a verb.
//
// It holds what a read gave, if it comes from one, and over it what was set. Getters see both; commands send what was
// set. A custom field is set and got by the id that crmk_field_find gives.
typedef struct crmk_record crmk_record;

// An actor's connection to a database. It and what is made from it belong to one thread at a time.
typedef struct crmk_session crmk_session;

// A text: UTF-8, not terminated. Without bytes, data may be NULL.
//
// A text that a function takes needs to live for the call alone. A text that a function gives is a view: the function
// says until when it is good.
typedef struct crmk_text {
  // The first byte.
  const uint8_t *data;
  // The number of bytes.
  size_t len;
} crmk_text;

// The last failure of a session.
typedef struct crmk_error {
  // Set to sizeof(crmk_error) by the caller.
  uint32_t size;
  // The code, CRMK_OK when nothing failed yet.
  int32_t code;
  // What was found and what is allowed, in English, without personal data.
  struct crmk_text message;
  // The name of the field at fault, the first one of several; empty for none.
  struct crmk_text field;
  // The rule that refused first, such as R-FIX-18; empty for none.
  struct crmk_text rule;
  // The plugin that refused first, with its version, or the id of the one that failed; empty for none.
  struct crmk_text plugin;
  // How many violations there are: see crmk_session_violation.
  uint32_t violation_count;
  // How many named values there are: see crmk_session_context.
  uint32_t context_count;
} crmk_error;

// One reason why a rule refuses a change.
typedef struct crmk_violation {
  // Set to sizeof(crmk_violation) by the caller.
  uint32_t size;
  // How many inputs the rule used: see crmk_session_violation_input.
  uint32_t input_count;
  // The name of the field at fault; empty when the whole record is.
  struct crmk_text field;
  // The stable code of the reason, such as required or too_long.
  struct crmk_text code;
  // The reason in English.
  struct crmk_text message;
  // The reason in Chinese.
  struct crmk_text message_zh;
  // The rule, such as R-BNK-03; empty for the kernel's own form.
  struct crmk_text rule;
  // The plugin, with its version; empty for the kernel.
  struct crmk_text plugin;
  // The regulation and article; empty for the kernel's own form.
  struct crmk_text source;
  // The policy in force; empty when a policy file was checked.
  struct crmk_text policy_version;
} crmk_violation;

// A source of time: microseconds since 1970-01-01T00:00:00Z. Any thread may call it, several at once.
typedef int64_t (*crmk_clock)(void *context);

// How a database is opened. What is zero has its default.
typedef struct crmk_open_options {
  // Set to sizeof(crmk_open_options) by the caller.
  uint32_t size;
  // CRMK_OPEN_ flags, added up.
  uint32_t flags;
  // The path of the file.
  struct crmk_text path;
  // How long to wait for another process to let the file go. Unit: ms. Default: 5000; negative: do not wait.
  int64_t busy_timeout_ms;
  // Memory for pages of the file. Unit: bytes. Default: 128 MiB.
  uint64_t cache_bytes;
  // The time zone of civil dates, used when the database is created. Default: Asia/Shanghai.
  struct crmk_text time_zone;
  // The source of time. Default: the system's clock. With it a past can be played again.
  crmk_clock clock;
  // What the clock is called with. It lives until crmk_db_free and the free of everything made from the database.
  void *clock_context;
} crmk_open_options;

// Is told how much is done, from time to time; anything but 0 cancels the work.
typedef int32_t (*crmk_progress)(void *context, uint64_t done);

// How long work is done. What is zero has its default.
typedef struct crmk_copy_options {
  // Set to sizeof(crmk_copy_options) by the caller.
  uint32_t size;
  // CRMK_COPY_ flags, added up.
  uint32_t flags;
  // Is told how far the work is, on the thread of the call.
  crmk_progress progress;
  // What progress is called with.
  void *progress_context;
} crmk_copy_options;

// What a check of the whole database found.
typedef struct crmk_report {
  // Set to sizeof(crmk_report) by the caller.
  uint32_t size;
  // How many problems can be asked for with crmk_session_problem, at most 100. None means that all is well.
  uint32_t problem_count;
  // How many journal entries were read.
  uint64_t entries;
  // How many records were read.
  uint64_t records;
  // How many index entries, unique keys and counts were read.
  uint64_t keys;
  // How many problems there are in all.
  uint64_t problem_total;
  // 1 when the store checked itself, 0 when it did not, for cursors were alive.
  uint32_t store_checked;
  // Zero.
  uint32_t reserved;
} crmk_report;

// One thing that is wrong.
typedef struct crmk_problem {
  // Set to sizeof(crmk_problem) by the caller.
  uint32_t size;
  // What it is, one of CRMK_PROBLEM_.
  int32_t kind;
  // The entity, one of CRMK_ENTITY_, 0 when it is about none.
  int32_t entity;
  // Zero.
  uint32_t reserved;
  // The id of the record, or the sequence of the journal entry; 0 when it is about none.
  uint64_t id;
  // The name of the index, unique key or count, empty when it is about none.
  struct crmk_text index;
  // The whole of it as an English sentence.
  struct crmk_text text;
} crmk_problem;

// An amount of money.
typedef struct crmk_money {
  // The amount in the currency's minor unit: fen for CNY.
  int64_t amount_minor;
  // The three letters of the currency (ISO 4217) and a zero.
  char currency[4];
} crmk_money;

// A value of any type, as histories, groups and crmk_record_value give it.
typedef struct crmk_value {
  // Set to sizeof(crmk_value) by the caller.
  uint32_t size;
  // CRMK_TYPE_TEXT and the like; CRMK_TYPE_NONE when there is no value.
  int32_t type;
  // The value, of every type but text: the integer, 0 or 1, days, microseconds, minor units, the enumeration's
  // number, the id.
  int64_t number;
  // The text, empty for other types.
  struct crmk_text text;
  // The currency of money, and a zero.
  char currency[4];
  // Zero.
  uint32_t reserved;
} crmk_value;

// What a committed command did.
typedef struct crmk_outcome {
  // Set to sizeof(crmk_outcome) by the caller.
  uint32_t size;
  // 1 when something was written; an update or put that changes nothing writes nothing.
  int32_t changed;
  // 1 when a record was added.
  int32_t added;
  // How many decisions the rules made: see crmk_session_decision.
  uint32_t decision_count;
  // The id of the record.
  uint64_t id;
  // The revision of the record.
  uint64_t revision;
  // The sequence of the journal entry; 0 when nothing was written.
  uint64_t sequence;
} crmk_outcome;

// What a rule decided, and why.
typedef struct crmk_decision {
  // Set to sizeof(crmk_decision) by the caller.
  uint32_t size;
  // How many inputs the rule used: see crmk_session_decision_input.
  uint32_t input_count;
  // What is decided: the name of a field, such as deadline_on, or of a check.
  struct crmk_text subject;
  // The value decided, as text.
  struct crmk_text value;
  // The rule, such as L-BNK-1.
  struct crmk_text rule;
  // The regulation and article.
  struct crmk_text source;
  // The reason as an English sentence.
  struct crmk_text reason;
  // The reason as a Chinese sentence.
  struct crmk_text reason_zh;
  // The policy in force.
  struct crmk_text policy_version;
  // The plugin that decided, with its version; empty for the kernel.
  struct crmk_text plugin;
} crmk_decision;

// A part of a whole, exact.
typedef struct crmk_share {
  // Set to sizeof(crmk_share) by the caller.
  uint32_t size;
  // 1, or 0 when the whole is 0: then there is no share, and hundredths is 0.
  int32_t is_of_something;
  // The part.
  uint64_t part;
  // The whole.
  uint64_t whole;
  // The part of the whole, rounded half up. Unit: hundredths of a percent.
  uint64_t hundredths;
} crmk_share;

// How a query is answered.
typedef struct crmk_plan {
  // Set to sizeof(crmk_plan) by the caller.
  uint32_t size;
  // How many of the index's fields are fixed by conditions.
  uint32_t fixed_fields;
  // 1 when conditions bound the field after those to a range.
  int32_t ranged;
  // 1 when the records come in the order asked for without sorting.
  int32_t sorted;
  // The index that is read, such as visit.due; empty when every record of the entity is.
  struct crmk_text index;
  // The names of the fields whose conditions are checked on each record, comma-separated.
  struct crmk_text filtered;
  // All of it as an English sentence.
  struct crmk_text text;
  // The count, kept with every write, from which crmk_query_count answers instead, such as customer.by_class; empty
  // when there is none.
  struct crmk_text counted;
} crmk_plan;

// A field summed up over one group: the numbers of it.
typedef struct crmk_summary {
  // Set to sizeof(crmk_summary) by the caller.
  uint32_t size;
  // 1 when the field is an integer or money, so that there is a sum.
  int32_t summed;
  // How many records of the group have the field.
  uint64_t count;
  // The sum is sum_high * 2^64 + sum_low, exact; sum_high is 0 or -1 as long as 64 bits hold it. Of money, minor units.
  int64_t sum_high;
  // The lower half of the sum.
  uint64_t sum_low;
} crmk_summary;

// Bytes that a function gives, a view like crmk_text.
typedef struct crmk_bytes {
  // The first byte.
  const uint8_t *data;
  // The number of bytes.
  size_t len;
} crmk_bytes;

// One committed command.
typedef struct crmk_entry {
  // Set to sizeof(crmk_entry) by the caller.
  uint32_t size;
  // How many records changed: see crmk_journal_change.
  uint32_t change_count;
  // How many decisions the rules made: see crmk_journal_decision.
  uint32_t decision_count;
  // The id of the custom field that was declared, 0 for none.
  uint32_t declared_field;
  // The position in the journal, from 1, without gaps.
  uint64_t sequence;
  // The instant of the command. Unit: microseconds since the epoch.
  int64_t at;
  // Who asked for it.
  struct crmk_text actor;
  // The command: add, update, put, declare_field or the name of a verb.
  struct crmk_text command;
  // The policy in force.
  struct crmk_text policy_version;
} crmk_entry;

// What changed in one record.
typedef struct crmk_change {
  // Set to sizeof(crmk_change) by the caller.
  uint32_t size;
  // The entity, one of CRMK_ENTITY_.
  int32_t entity;
  // The id of the record.
  uint64_t id;
  // The revision that the change made; 1 when the record was added.
  uint64_t revision;
  // The sequence of the entry before that changed this record; 0 when there is none.
  uint64_t previous_sequence;
  // How many fields changed: see crmk_journal_value.
  uint32_t value_count;
  // Zero.
  uint32_t reserved;
} crmk_change;

// A stay of a record in a state.
typedef struct crmk_stay {
  // Set to sizeof(crmk_stay) by the caller.
  uint32_t size;
  // 1 when the record left the state, 0 while it is there.
  int32_t is_over;
  // When it came into the state. Unit: microseconds since the epoch.
  int64_t from;
  // When it left it, 0 while it is there. Unit: microseconds since the epoch.
  int64_t until;
  // How long it lasted, up to now while it lasts. Unit: whole seconds.
  int64_t seconds;
  // The name of the state.
  struct crmk_text state;
} crmk_stay;

// A person, or a party, to whom relations lead.
typedef struct crmk_related {
  // Set to sizeof(crmk_related) by the caller.
  uint32_t size;
  // By how many relations, from 1.
  uint32_t depth;
  // The id of the person or party.
  uint64_t id;
  // The id of the one from whom the last of these relations led here.
  uint64_t from;
  // The id of that relation.
  uint64_t relation;
  // Its kind, one of CRMK_PERSON_RELATION_KIND_ or CRMK_PARTNER_RELATION_KIND_.
  int32_t kind;
  // 1 when it leads away from `from`, as one that goes both ways always does; 0 when it leads to it.
  int32_t leads_away;
} crmk_related;

// Takes bytes of a backup, all of them; anything but 0 says that it failed.
typedef int32_t (*crmk_sink)(void *context, const uint8_t *data, size_t len);

// Gives bytes of a backup: writes at most `capacity` of them to data and says how many, 0 at the end; a negative number
// says that it failed.
typedef int64_t (*crmk_source)(void *context, uint8_t *data, size_t capacity);

// What a rebuild of the indexes did.
typedef struct crmk_rebuilt {
  // Set to sizeof(crmk_rebuilt) by the caller.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // How many records were read.
  uint64_t records;
  // How many index entries, unique keys and counts were read.
  uint64_t keys;
  // How many of them were missing or wrong, and were written.
  uint64_t written;
  // How many no record called for, which were removed.
  uint64_t removed;
  // How many problems are left, which a rebuild cannot mend; crmk_session_verify names them.
  uint64_t problems;
} crmk_rebuilt;

// What a database holds, and what was done with it since it was opened.
typedef struct crmk_db_statistics {
  // Set to sizeof(crmk_db_statistics) by the caller.
  uint32_t size;
  // How many spaces can be asked for with crmk_session_space; 0 without CRMK_STATISTICS_SPACES.
  uint32_t space_count;
  // The records of all entities; crmk_query_count counts those of one.
  uint64_t records;
  // The entries of the journal.
  uint64_t journal_entries;
  // Transactions that wrote, since the opening. Callers that commit at once share one.
  uint64_t groups;
  // Calls of callers that were in them.
  uint64_t batches;
  // The most calls that shared one transaction.
  uint64_t batches_per_group_max;
  // Commands that changed something.
  uint64_t commands;
  // The length of the database file. Unit: bytes.
  uint64_t file_bytes;
  // The length of the write-ahead log beside it. Unit: bytes.
  uint64_t log_bytes;
  // The most memory that the cache of the file takes. Unit: bytes.
  uint64_t cache_bytes_max;
  // Transactions that were committed since the opening.
  uint64_t commits;
  // Times that commits were written from the log to the file since the opening.
  uint64_t flushes;
  // Parts of the log that wait for that now.
  uint64_t flushes_waiting;
  // The records in the cache of records.
  uint64_t cached_records;
  // What is set aside for them so far. Unit: bytes.
  uint64_t cached_bytes;
  // The most that they may take. Unit: bytes.
  uint64_t cached_bytes_max;
  // How often a record was asked for by its id and was in that cache.
  uint64_t cache_hits;
  // How often it was not.
  uint64_t cache_misses;
  // How far the clock is behind the last journal entry, 0 when it is not: changes are written under the instant of that
  // entry until the clock has passed it. Unit: microseconds.
  uint64_t clock_behind_us;
  // 1 when commits may be missing: the file was opened with CRMK_OPEN_WITHOUT_LOG, and it says that its log was in use.
  // What is there goes up to the last journal entry.
  uint64_t may_lack_commits;
  // How many transactions of the file ago the oldest snapshot began that another process shows; 0 when there is none, or
  // it shows the newest state. The file keeps what it shows, and grows by it, also when that process is stopped.
  uint64_t oldest_reader_behind;
} crmk_db_statistics;

// What one space of the store takes.
typedef struct crmk_space {
  // Set to sizeof(crmk_space) by the caller.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The name: meta, record, index, unique, journal, schema or count.
  struct crmk_text name;
  // How many entries its tables have. A store may keep several pairs in one.
  uint64_t entries;
  // Keys and values. Unit: bytes.
  uint64_t stored_bytes;
  // What leads to them. Unit: bytes.
  uint64_t metadata_bytes;
  // Room in its pages that holds nothing. Unit: bytes.
  uint64_t fragmented_bytes;
} crmk_space;

// Is shown a problem, which lives until it returns.
typedef void (*crmk_problem_visitor)(void *context, const struct crmk_problem *problem);

// What a salvage brought into the new database, and what it did not find.
typedef struct crmk_salvaged {
  // Set to sizeof(crmk_salvaged) by the caller.
  uint32_t size;
  // What became of the log, one of CRMK_LOG_.
  int32_t log;
  // Records in the new database.
  uint64_t records;
  // Of those, how many were made, or brought up to the journal, from its entries.
  uint64_t records_restored;
  // How many are older than the journal says, because entries in between are missing.
  uint64_t records_outdated;
  // How many ids were given out whose records are nowhere.
  uint64_t records_missing;
  // Entries in the journal of the new database.
  uint64_t entries;
  // How many entries are missing between those and before them.
  uint64_t entries_missing;
  // Index entries, unique keys and counts that were made anew.
  uint64_t keys;
  // How many things were missing, unreadable or in doubt; 0 when everything was found.
  uint64_t problem_total;
} crmk_salvaged;

// What is known about a field.
typedef struct crmk_field {
  // Set to sizeof(crmk_field) by the caller.
  uint32_t size;
  // The id.
  uint32_t id;
  // The type, CRMK_TYPE_.
  int32_t type;
  // CRMK_FIELD_ flags, added up.
  uint32_t flags;
  // The least value of an integer.
  int64_t min;
  // The greatest value of an integer; the greatest number of characters of a text.
  int64_t max;
  // The entity that a reference leads to, CRMK_ENTITY_; 0 for other types.
  int32_t ref_entity;
  // Zero.
  uint32_t reserved;
  // The name.
  struct crmk_text name;
  // The English label.
  struct crmk_text label;
  // The Chinese label.
  struct crmk_text label_zh;
  // The name of the enumeration; empty for other types.
  struct crmk_text enumeration;
} crmk_field;

// The declaration of a custom field.
typedef struct crmk_field_declaration {
  // Set to sizeof(crmk_field_declaration) by the caller.
  uint32_t size;
  // The entity, CRMK_ENTITY_.
  int32_t entity;
  // The type, CRMK_TYPE_, but no enumeration.
  int32_t type;
  // CRMK_FIELD_IS_SENSITIVE and CRMK_FIELD_IS_INDEXED, added up.
  uint32_t flags;
  // The least value of an integer.
  int64_t min;
  // The greatest value of an integer, or the greatest number of characters of a text. An integer with both 0 has no
  // bounds. Bounds of a text: 1 to 100000, indexed 1000.
  int64_t max;
  // The entity that a reference leads to, CRMK_ENTITY_.
  int32_t ref_entity;
  // Zero.
  uint32_t reserved;
  // The name: prefix.name in lower-case letters, digits and underscores.
  struct crmk_text name;
  // The English label.
  struct crmk_text label;
  // The Chinese label.
  struct crmk_text label_zh;
} crmk_field_declaration;

// A setting of a plugin: a figure that takes the place of the plugin's own.
typedef struct crmk_setting {
  // The dotted name, such as complaint.roll.
  struct crmk_text name;
  // The value.
  struct crmk_text value;
} crmk_setting;

// What a plugin is loaded with.
typedef struct crmk_plugin_options {
  // Set to sizeof(crmk_plugin_options) by the caller.
  uint32_t size;
  // How many paths are allowed.
  uint32_t allowed_count;
  // The paths that may be loaded: absolute, each of a library or of the folder that it lies in.
  const struct crmk_text *allowed;
  // The settings.
  const struct crmk_setting *settings;
  // How many settings there are.
  uint32_t setting_count;
  // CRMK_PLUGIN_LOAD_ flags, added up.
  uint32_t flags;
} crmk_plugin_options;

// A plugin of a database.
typedef struct crmk_plugin_status {
  // Set to sizeof(crmk_plugin_status) by the caller.
  uint32_t size;
  // 1 when it failed repeatedly: every change that would call it is refused.
  int32_t quarantined;
  // How many of its calls failed.
  uint64_t failures;
  // The id.
  struct crmk_text id;
  // The version.
  struct crmk_text version;
  // How many calls took longer than a tenth of a second.
  uint64_t slow;
  // The longest call. Unit: microseconds.
  int64_t slowest_us;
} crmk_plugin_status;

// A line that a plugin left for the administrator.
typedef struct crmk_log_line {
  // Set to sizeof(crmk_log_line) by the caller.
  uint32_t size;
  // 1 when somebody should look at it.
  int32_t is_warning;
  // The id of the plugin.
  struct crmk_text plugin;
  // The text.
  struct crmk_text message;
} crmk_log_line;

// One thing that somebody should know about an open database.
typedef struct crmk_warning {
  // Set to sizeof(crmk_warning) by the caller.
  uint32_t size;
  // Zero.
  uint32_t reserved;
  // The stable code in snake case: plugin_missing, plugin_older, calendar_year_not_announced. More may come.
  struct crmk_text code;
  // What it is about: the id of the plugin, or the year.
  struct crmk_text subject;
  // The warning as an English sentence, without personal data.
  struct crmk_text message;
  // The warning as a Chinese sentence.
  struct crmk_text message_zh;
} crmk_warning;

// A calculator of a plugin.
typedef struct crmk_calculator {
  // Set to sizeof(crmk_calculator) by the caller.
  uint32_t size;
  // How many arguments it takes.
  uint32_t argument_count;
  // How many results it gives.
  uint32_t result_count;
  // Zero.
  uint32_t reserved;
  // The name by which crmk_compute calls it, such as bank.fine_range.
  struct crmk_text name;
  // The label in English.
  struct crmk_text label;
  // The label in Chinese.
  struct crmk_text label_zh;
  // The id of the plugin.
  struct crmk_text plugin;
} crmk_calculator;

// An argument or a result of a calculator.
typedef struct crmk_parameter {
  // Set to sizeof(crmk_parameter) by the caller.
  uint32_t size;
  // CRMK_TYPE_TEXT, INT, BOOL, DATE, INSTANT, MONEY or RATIO.
  int32_t type;
  // 1 when an argument may be left out; 0 for one that must be given, and for a result.
  int32_t is_optional;
  // Zero.
  uint32_t reserved;
  // The name.
  struct crmk_text name;
  // The label in English.
  struct crmk_text label;
  // The label in Chinese.
  struct crmk_text label_zh;
} crmk_parameter;

// An argument of a calculator. This struct never grows.
typedef struct crmk_argument {
  // The name.
  struct crmk_text name;
  // CRMK_TYPE_TEXT, INT, BOOL, DATE, INSTANT, MONEY or RATIO.
  int32_t type;
  // Zero.
  uint32_t reserved;
  // The integer, 0 or 1, days, microseconds, minor units or numerator.
  int64_t number;
  // The denominator of a ratio, greater than 0.
  int64_t denominator;
  // The text.
  struct crmk_text text;
  // The currency of money, and a zero.
  char currency[4];
  // Zero.
  uint32_t reserved_end;
} crmk_argument;

// A result of a calculator, and why.
typedef struct crmk_computed {
  // Set to sizeof(crmk_computed) by the caller.
  uint32_t size;
  // CRMK_TYPE_TEXT, INT, BOOL, DATE, INSTANT, MONEY or RATIO.
  int32_t type;
  // The integer, 0 or 1, days, microseconds, minor units or numerator.
  int64_t number;
  // The denominator of a ratio.
  int64_t denominator;
  // The text, empty for other types.
  struct crmk_text text;
  // The currency of money, and a zero.
  char currency[4];
  // Zero.
  uint32_t reserved;
  // The name of the result.
  struct crmk_text name;
  // The id of the rule.
  struct crmk_text rule;
  // The regulation and article.
  struct crmk_text source;
  // The reason in English.
  struct crmk_text reason;
  // The reason in Chinese.
  struct crmk_text reason_zh;
  // The plugin, as `id version`.
  struct crmk_text plugin;
} crmk_computed;

// How a policy is adopted. What is zero is taken from the file.
typedef struct crmk_policy_options {
  // Set to sizeof(crmk_policy_options) by the caller.
  uint32_t size;
  // Not 0 when effective_on counts.
  uint32_t has_effective_on;
  // The first day on which the policy is in force. Unit: days since 1970-01-01.
  int32_t effective_on;
  // Zero.
  uint32_t reserved;
  // Who approved it. Bounds: 1 to 64 characters.
  struct crmk_text approver;
} crmk_policy_options;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The stable name of a code: "not_found" for CRMK_E_NOT_FOUND, "row" for CRMK_ROW. [any-thread]
//
// The text lives for ever; it is empty for a code that the library does not know. Errors: none.
struct crmk_text crmk_error_name(int32_t code);

// What a code means, in one English sentence. [any-thread]
//
// The text lives for ever; it is empty for a code that the library does not know. Errors: none.
struct crmk_text crmk_error_doc(int32_t code);

// The last failure of this thread that had no session to be left on. [any-thread]
//
// Such are the failures of functions on a database, of functions without a handle, and of a handle that is NULL, was
// freed, is of another type or is in use. All others are on the session: crmk_session_error.
//
// Gives the code, CRMK_OK when there was none. The message lives until the next such failure of the thread.
// NULL: message may be NULL. Errors: none of its own.
int32_t crmk_thread_error(struct crmk_text *message);

// The last failure of a session, or of what was made from it. [one-thread]
//
// A call that succeeds leaves it as it is. The texts live until the next failure. NULL: none allowed.
// Errors: INVALID_ARGUMENT for a size that is not one.
int32_t crmk_session_error(const struct crmk_session *session, struct crmk_error *error);

// One violation of the last failure of a session. [one-thread]
//
// Bounds: index from 0 to violation_count of crmk_session_error. The texts live until the next failure.
// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end, which becomes the last failure itself.
int32_t crmk_session_violation(const struct crmk_session *session,
                               uint32_t index,
                               struct crmk_violation *violation);

// One input that the rule of a violation of the last failure used. [one-thread]
//
// The value of a sensitive field is `(sensitive)`. Bounds: input from 0 to input_count of the violation. The texts live
// until the next failure. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an index past the end, which becomes the last failure itself.
int32_t crmk_session_violation_input(const struct crmk_session *session,
                                     uint32_t index,
                                     uint32_t input,
                                     struct crmk_text *name,
                                     struct crmk_text *value);

// One named value of the last failure of a session, such as the revision found or the verb. [one-thread]
//
// Bounds: index from 0 to context_count of crmk_session_error. The texts live until the next failure.
// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end, which becomes the last failure itself.
int32_t crmk_session_context(const struct crmk_session *session,
                             uint32_t index,
                             struct crmk_text *name,
                             struct crmk_text *value);

// The text of a C string, up to its zero. [any-thread]
//
// Lives as long as the string. NULL gives the empty text. Errors: none; the text is checked where it is used.
struct crmk_text crmk_text_of(const char *string);

// The days since 1970-01-01 of a year, a month and a day. [any-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT when there is no such day or the year is not 1 to 9999; left on the
// thread.
int32_t crmk_date_of(int32_t year,
                     uint32_t month,
                     uint32_t day,
                     int32_t *date);

// The year, month and day of days since 1970-01-01. [any-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT outside of the years 1 to 9999; left on the thread.
int32_t crmk_date_split(int32_t date, int32_t *year, uint32_t *month, uint32_t *day);

// The days since 1970-01-01 of a text such as 2026-09-30. [any-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT, INVALID_UTF8; left on the thread.
int32_t crmk_date_parse(struct crmk_text text, int32_t *date);

// The microseconds since the epoch of a text such as 2026-09-30T09:00:00+08:00 (RFC 3339). [any-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT, INVALID_UTF8; left on the thread.
int32_t crmk_instant_parse(struct crmk_text text, int64_t *instant);

// The number of an entity, CRMK_ENTITY_, by its name, singular or plural. [any-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT when there is none, INVALID_UTF8; left on the thread.
int32_t crmk_entity_find(struct crmk_text name, int32_t *entity);

// The number of a verb, CRMK_VERB_, by its entity and its name. [any-thread]
//
// NULL: none allowed. Errors: UNSUPPORTED when the entity has no such verb; INVALID_ARGUMENT for an unknown entity;
// INVALID_UTF8; left on the thread.
int32_t crmk_verb_find(int32_t entity,
                       struct crmk_text name,
                       int32_t *verb);

// The name and the Chinese label of a value of an enumeration. [any-thread]
//
// The texts live for ever. NULL: label_zh may be NULL. Errors: UNKNOWN_FIELD, WRONG_TYPE when the field is no
// enumeration, NOT_FOUND for an unknown value, INVALID_ARGUMENT for an unknown entity; left on the thread.
int32_t crmk_enum_name(int32_t entity,
                       uint32_t field,
                       int32_t value,
                       struct crmk_text *name,
                       struct crmk_text *label_zh);

// The number of a value of an enumeration by its name. [any-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE when the field is no enumeration, NOT_FOUND for an unknown
// name, INVALID_ARGUMENT for an unknown entity, INVALID_UTF8; left on the thread.
int32_t crmk_enum_value(int32_t entity,
                        uint32_t field,
                        struct crmk_text name,
                        int32_t *value);

// The version of the library that runs: major * 1000000 + minor * 1000 + patch. [any-thread]
//
// Compare it with CRMK_VERSION_NUMBER, the version that the program was compiled with. Errors: none.
uint32_t crmk_version_number(void);

// The version of the library that runs, as in CRMK_VERSION. [any-thread]
//
// The text lives for ever. Errors: none.
struct crmk_text crmk_version_text(void);

// Opens a database, or creates it. [any-thread]
//
// Owner: the caller frees *db with crmk_db_free, and calls crmk_db_close before to learn whether all is on disk.
// The message of a failure is written to `message` with a zero, cut to `message_capacity` bytes at a whole character.
// NULL: options and db must not be NULL; message may be.
// Errors: NOT_FOUND for a file or folder that does not exist, LOCKED, NOT_A_DATABASE, NEWER_VERSION, CORRUPT,
// READ_ONLY, DISK_FULL, IO of the file, CORRUPT also for a log that is missing, cut short or another's; INVALID_ARGUMENT for
// an unknown time zone or no path; UNSUPPORTED for unknown flags or options; INVALID_UTF8; MISUSE from within a callback.
// They are left on the thread.
int32_t crmk_db_open(const struct crmk_open_options *options,
                     struct crmk_db **db,
                     char *message,
                     size_t message_capacity);

// Reads the newest committed state from now on, where another process writes the file. [any-thread]
//
// Cursors go on with the state that they began with. In a database that is not opened with CRMK_OPEN_READ_ONLY there is
// no need for it. NULL: not allowed.
// Errors: MISUSE when it is closed; FORKED; BUSY when the process that writes is too fast, call it again; FILE_REPLACED when
// the path leads to another file or to none, open it again; CORRUPT, IO.
// They are left on the thread.
int32_t crmk_db_refresh(struct crmk_db *db);

// Closes the file: everything committed is on disk, and other processes may open it. [any-thread]
//
// The handle stays and is freed with crmk_db_free; later calls on it and on what was made from it are MISUSE.
// NULL: not allowed. Errors: MISUSE when it is closed already, while a call is inside it or a transaction of it writes, and
// from within a callback, then it stays as it is; FORKED; IO and DISK_FULL when the last writes failed, and FILE_REPLACED when the path leads to another
// file or to none by now, closed nonetheless. They are left on the thread.
int32_t crmk_db_close(struct crmk_db *db);

// Frees the handle of a database. [any-thread]
//
// What was made from the database stays usable; without crmk_db_close the file is let go when the last of it is
// freed. NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
// callback, then it stays. They are left on the thread.
int32_t crmk_db_free(struct crmk_db *db);

// The time zone of civil dates, a name of the IANA time zone database. [any-thread]
//
// The text lives for ever. NULL: none allowed. Errors: none of its own.
int32_t crmk_db_time_zone(const struct crmk_db *db, struct crmk_text *zone);

// The civil date of an instant in the time zone of the database. [any-thread]
//
// Unit: microseconds since the epoch; days since 1970-01-01. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an instant outside of the years 1 to 9999.
int32_t crmk_db_date_of(const struct crmk_db *db, int64_t instant, int32_t *date);

// Begins a session of an actor. [any-thread]
//
// Whoever has the database decides the level, one of CRMK_LEVEL_. The name goes into the journal, in one form: NFKC, case
// folded, single spaces. Bounds: 1 to 64 characters, none of them invisible or the end of a line.
// Owner: the caller frees *session with crmk_session_free. NULL: none allowed.
// Errors: INVALID_ARGUMENT, INVALID_UTF8, MISUSE once the database is closed, FORKED; left on the thread.
int32_t crmk_session_open(const struct crmk_db *db,
                          struct crmk_text actor,
                          int32_t level,
                          struct crmk_session **session);

// Begins a session from another that may do no more than that one. [one-thread]
//
// The level is at most that of the session. Only in a session of the level manage may the actor be another. The new session
// stands for itself: each may be freed first, and each belongs to one thread at a time.
// Owner: the caller frees *derived with crmk_session_free. NULL: none allowed.
// Errors: FORBIDDEN for a higher level or another actor; INVALID_ARGUMENT, INVALID_UTF8, MISUSE once the database is closed,
// FORKED.
int32_t crmk_session_as(struct crmk_session *session,
                        struct crmk_text actor,
                        int32_t level,
                        struct crmk_session **derived);

// Begins a session of the same actor whose commands record dates that cannot be as they are, with the mark date_doubt: closed
// before it was received, a date outside of 1900 to 2200, an instant outside of 1990 to 2200. For data of the past that are to be kept as their source has them. [one-thread]
//
// Commands of a batch of that session do so too. Its actor must be a manager: the commands answer FORBIDDEN otherwise.
// Owner: the caller frees *allowing with crmk_session_free; `session` stays as it is. NULL: none allowed.
// Errors: MISUSE once the database is closed, FORKED.
int32_t crmk_session_allowing_impossible_dates(struct crmk_session *session,
                                               struct crmk_session **allowing);

// Ends a session. [one-thread]
//
// What was made from it stays usable and is freed by itself; its errors are not to be seen any more.
// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
// callback, then it stays. They are left on the thread.
int32_t crmk_session_free(struct crmk_session *session);

// The sequence of the last journal entry, 0 when there is none. [one-thread]
//
// NULL: none allowed. Errors: CORRUPT, IO, MISUSE once the database is closed, FORKED.
int32_t crmk_session_last_sequence(struct crmk_session *session, uint64_t *sequence);

// Reads the whole database and says what does not hold together; changes nothing. [one-thread]
//
// The options' progress is told how many entries, records and keys were read.
//
// NULL: options may be NULL. Errors: CANCELLED, IO, DISK_FULL when the log cannot be written out first, UNSUPPORTED for unknown flags, MISUSE once
// the database is closed, FORKED; damage that can be read over is in the report.
int32_t crmk_session_verify(struct crmk_session *session,
                            const struct crmk_copy_options *options,
                            struct crmk_report *report);

// One problem that the last crmk_session_verify found. [one-thread]
//
// The texts live until the next crmk_session_verify. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past
// the end.
int32_t crmk_session_problem(struct crmk_session *session,
                             uint32_t index,
                             struct crmk_problem *problem);

// Makes an empty record: for a new one, for changes, or for the inputs of a verb. [one-thread]
//
// The entity is one of CRMK_ENTITY_. Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an unknown entity.
int32_t crmk_record_new(struct crmk_session *session,
                        int32_t entity,
                        struct crmk_record **record);

// Copies a record, with what was read and what was set. [one-thread]
//
// So the record of a cursor is kept over its step. Owner: the caller frees *copy with crmk_record_free.
// NULL: none allowed. Errors: none of its own.
int32_t crmk_record_copy(const struct crmk_record *record, struct crmk_record **copy);

// Frees a record. [one-thread]
//
// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE for the record of a cursor, which goes
// with its cursor, when a call is inside it, or from within a callback; then it stays. They are left on the thread.
int32_t crmk_record_free(struct crmk_record *record);

// The id of a record that was read; CRMK_ABSENT for one that was not. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_record_id(const struct crmk_record *record, uint64_t *id);

// The revision of a record that was read; CRMK_ABSENT for one that was not. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_record_revision(const struct crmk_record *record, uint64_t *revision);

// The entity of a record, one of CRMK_ENTITY_. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_record_entity(const struct crmk_record *record, int32_t *entity);

// Reads the record with an id; CRMK_ABSENT when there is none. [one-thread]
//
// Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once the database is closed, FORKED.
int32_t crmk_record_get(struct crmk_session *session,
                        int32_t entity,
                        uint64_t id,
                        struct crmk_record **record);

// Reads the record with a business code, the number for a complaint; CRMK_ABSENT when there is none. [one-thread]
//
// Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
// Errors: as crmk_record_get, and INVALID_UTF8.
int32_t crmk_record_get_by_code(struct crmk_session *session,
                                int32_t entity,
                                struct crmk_text code,
                                struct crmk_record **record);

// Reads the record with an external reference; CRMK_ABSENT when there is none. [one-thread]
//
// Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
// Errors: as crmk_record_get, and INVALID_UTF8.
int32_t crmk_record_get_by_external_ref(struct crmk_session *session,
                                        int32_t entity,
                                        struct crmk_text external_system,
                                        struct crmk_text external_id,
                                        struct crmk_record **record);

// Reads a record as it was at an instant; CRMK_ABSENT before it was added, and for one that never was. [one-thread]
//
// It is the record behind the last change of it that was made at the instant or earlier, with the revision of then.
// Unit: microseconds since the epoch. Owner: the caller frees *record with crmk_record_free. NULL: none allowed.
// Errors: as crmk_record_get, and INVALID_ARGUMENT for an instant outside of the years 1 to 9999.
int32_t crmk_record_as_of(struct crmk_session *session,
                          int32_t entity,
                          uint64_t id,
                          int64_t instant,
                          struct crmk_record **record);

// Reads a record as it was behind the journal entry of a sequence, 0 for before the first one; CRMK_ABSENT before it was
// added, and for one that never was. [one-thread]
//
// Owner: the caller frees *record with crmk_record_free. NULL: none allowed. Errors: as crmk_record_get.
int32_t crmk_record_as_of_sequence(struct crmk_session *session,
                                   int32_t entity,
                                   uint64_t id,
                                   uint64_t sequence,
                                   struct crmk_record **record);

// How many fields of a record are there, those of its header left out. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_record_field_count(const struct crmk_record *record, uint32_t *count);

// A field that is there: its id and its type, CRMK_TYPE_, in the order of the ids. [one-thread]
//
// Bounds: index from 0 to crmk_record_field_count. NULL: type may be NULL. Errors: INVALID_ARGUMENT past the end.
int32_t crmk_record_field_at(const struct crmk_record *record,
                             uint32_t index,
                             uint32_t *field,
                             int32_t *type);

// Whether a field is there: CRMK_OK, or CRMK_ABSENT. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD.
int32_t crmk_record_has(const struct crmk_record *record, uint32_t field);

// Gets a text field; CRMK_ABSENT when it is not there. [one-thread]
//
// The text lives until the field is set, the record freed, or its cursor stepped or freed. NULL: none allowed.
// Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_text(const struct crmk_record *record,
                             uint32_t field,
                             struct crmk_text *value);

// Gets an integer field; CRMK_ABSENT when it is not there. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_int(const struct crmk_record *record, uint32_t field, int64_t *value);

// Gets a boolean field as 0 or 1; CRMK_ABSENT when it is not there. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_bool(const struct crmk_record *record, uint32_t field, int32_t *value);

// Gets a date field; CRMK_ABSENT when it is not there. Unit: days since 1970-01-01. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_date(const struct crmk_record *record, uint32_t field, int32_t *value);

// Gets an instant field; CRMK_ABSENT when it is not there. Unit: microseconds since the epoch. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_instant(const struct crmk_record *record, uint32_t field, int64_t *value);

// Gets a money field; CRMK_ABSENT when it is not there. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_money(const struct crmk_record *record, uint32_t field, struct crmk_money *value);

// Gets the number of a value of an enumeration; CRMK_ABSENT when it is not there. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_enum(const struct crmk_record *record, uint32_t field, int32_t *value);

// Gets the id of a reference; CRMK_ABSENT when it is not there. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_get_ref(const struct crmk_record *record, uint32_t field, uint64_t *value);

// Gets a field of any type; CRMK_ABSENT when it is not there. [one-thread]
//
// The text lives as with crmk_record_get_text. NULL: none allowed. Errors: UNKNOWN_FIELD.
int32_t crmk_record_value(const struct crmk_record *record, uint32_t field, struct crmk_value *value);

// Makes a field absent; sent by a command, that clears it. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD.
int32_t crmk_record_clear(struct crmk_record *record, uint32_t field);

// Takes back what was set or cleared in a field: it is again as it was read. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD.
int32_t crmk_record_unset(struct crmk_record *record, uint32_t field);

// Sets a text field; the text is copied. [one-thread]
//
// Its bounds are checked when it is written. NULL: not allowed, but for the data of an empty text.
// Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_UTF8, INVALID_ARGUMENT for more than 16 MiB.
int32_t crmk_record_set_text(struct crmk_record *record, uint32_t field, struct crmk_text value);

// Sets an integer field. [one-thread]
//
// Its bounds are checked when it is written. NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_set_int(struct crmk_record *record, uint32_t field, int64_t value);

// Sets a boolean field: 0 or 1. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT for another number.
int32_t crmk_record_set_bool(struct crmk_record *record, uint32_t field, int32_t value);

// Sets a date field. Unit: days since 1970-01-01. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT outside of the years 1 to 9999.
int32_t crmk_record_set_date(struct crmk_record *record, uint32_t field, int32_t value);

// Sets an instant field. Unit: microseconds since 1970-01-01T00:00:00Z. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT outside of the years 1 to 9999.
int32_t crmk_record_set_instant(struct crmk_record *record, uint32_t field, int64_t value);

// Sets a money field. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT when the currency is not three letters A-Z.
int32_t crmk_record_set_money(struct crmk_record *record,
                              uint32_t field,
                              struct crmk_money value);

// Sets a field of an enumeration to the number of a value, such as CRMK_VISIT_STATE_HELD. [one-thread]
//
// Whether the enumeration has it is checked when it is written. NULL: not allowed.
// Errors: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT outside of 0 to 65535.
int32_t crmk_record_set_enum(struct crmk_record *record, uint32_t field, int32_t value);

// Sets a reference to the id of a record. [one-thread]
//
// Whether there is one is checked when it is written. NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE.
int32_t crmk_record_set_ref(struct crmk_record *record, uint32_t field, uint64_t value);

// Adds a record. [one-thread]
//
// It is durable when the call returns. The record given is not changed; the one added, with what the rules decided,
// comes as *result. Owner: the caller frees *result with crmk_record_free. NULL: outcome and result may be NULL.
// Errors, the first that applies, and nothing is written: UNKNOWN_FIELD, WRONG_TYPE, INVALID_ARGUMENT; FORBIDDEN;
// REFERENCE; REJECTED with all violations; PLUGIN_FAILED, PLUGIN_QUARANTINED; CALENDAR_YEAR_MISSING; DUPLICATE;
// DISK_FULL, IO, CORRUPT; MISUSE once the database is closed; FORKED.
int32_t crmk_record_add(struct crmk_session *session,
                        const struct crmk_record *record,
                        struct crmk_outcome *outcome,
                        struct crmk_record **result);

// Brings the record with the same id up to it; else the one with the same external reference or code, or adds one.
// [one-thread]
//
// What is not set in the record stays. Owner and NULL: as crmk_record_add.
// Errors: as crmk_record_add, and TRANSITION, NOT_FOUND for an id, and INVALID_ARGUMENT when it names neither id,
// reference nor code.
int32_t crmk_record_put(struct crmk_session *session,
                        const struct crmk_record *record,
                        struct crmk_outcome *outcome,
                        struct crmk_record **result);

// Changes fields of a record that callers may set. [one-thread]
//
// Revision is the one that the caller read, 0 changes whatever is there. With id 0 the record to change is the one
// that was read into `changes`, with its revision. Owner and NULL: as crmk_record_add.
// Errors: as crmk_record_add, and NOT_FOUND, CONFLICT.
int32_t crmk_record_update(struct crmk_session *session,
                           uint64_t id,
                           uint64_t revision,
                           const struct crmk_record *changes,
                           struct crmk_outcome *outcome,
                           struct crmk_record **result);

// Does a verb, one of CRMK_VERB_, on a record. [one-thread]
//
// Revision is the one that the caller read, 0 acts on whatever is there. The inputs are a record of the same entity
// with the verb's fields set. Owner: as crmk_record_add. NULL: inputs, outcome and result may be NULL.
// Errors: as crmk_record_add, and NOT_FOUND, CONFLICT, TRANSITION, UNSUPPORTED for an unknown verb.
int32_t crmk_record_act(struct crmk_session *session,
                        int32_t verb,
                        uint64_t id,
                        uint64_t revision,
                        const struct crmk_record *inputs,
                        struct crmk_outcome *outcome,
                        struct crmk_record **result);

// Finds the decisions that stand for a record, the newest of each subject. [one-thread]
//
// They are seen with crmk_session_decision, in place of those of the last command. NULL: count may be NULL.
// Errors: NOT_FOUND, INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once the database is closed, FORKED.
int32_t crmk_record_explain(struct crmk_session *session,
                            int32_t entity,
                            uint64_t id,
                            uint32_t *count);

// One decision of the last command that was done, or of the last crmk_record_explain. [one-thread]
//
// Bounds: index from 0 to the count given there. The texts live until the next command or crmk_record_explain.
// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_session_decision(struct crmk_session *session,
                              uint32_t index,
                              struct crmk_decision *decision);

// One decision as a line that people read: what was decided, why, by which rule of which source, from which inputs, under
// which policy and by which plugin. [one-thread]
//
// Bounds: index as with crmk_session_decision. The language is one of CRMK_LANGUAGE_. The text lives until the next
// crmk_session_decision_text of the session. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an index past the end and for an unknown language.
int32_t crmk_session_decision_text(struct crmk_session *session,
                                   uint32_t index,
                                   int32_t language,
                                   struct crmk_text *text);

// One input that the rule of a decision used. [one-thread]
//
// Bounds: input from 0 to input_count of the decision. The texts live as with crmk_session_decision.
// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_session_decision_input(struct crmk_session *session,
                                    uint32_t index,
                                    uint32_t input,
                                    struct crmk_text *name,
                                    struct crmk_text *value);

// Makes an empty batch. [one-thread]
//
// Owner: the caller frees *batch with crmk_batch_free. NULL: none allowed. Errors: none of its own.
int32_t crmk_batch_new(struct crmk_session *session, struct crmk_batch **batch);

// Frees a batch; what was not applied is not done. [one-thread]
//
// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
// callback, then it stays. They are left on the thread.
int32_t crmk_batch_free(struct crmk_batch *batch);

// Puts crmk_record_add into a batch; the record is copied and can be used again. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_batch_add(struct crmk_batch *batch, const struct crmk_record *record);

// Puts crmk_record_put into a batch; the record is copied and can be used again. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_batch_put(struct crmk_batch *batch, const struct crmk_record *record);

// Puts crmk_record_update into a batch; the record is copied and can be used again. [one-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT when neither the id nor the record names what to update.
int32_t crmk_batch_update(struct crmk_batch *batch,
                          uint64_t id,
                          uint64_t revision,
                          const struct crmk_record *changes);

// Puts crmk_record_act into a batch; the inputs are copied. [one-thread]
//
// NULL: inputs may be NULL. Errors: UNSUPPORTED for an unknown verb, INVALID_ARGUMENT for inputs of another entity.
int32_t crmk_batch_act(struct crmk_batch *batch,
                       int32_t verb,
                       uint64_t id,
                       uint64_t revision,
                       const struct crmk_record *inputs);

// Does the commands of a batch in one transaction, durable when the call returns; the batch is empty then. [one-thread]
//
// CRMK_EACH or CRMK_ALL says what becomes of the others when one is refused. The answers are seen with
// crmk_batch_answer until the next crmk_batch_apply. Gives how many were refused. NULL: refused may be NULL.
// Errors: INVALID_ARGUMENT for an unknown atomicity; with CRMK_ALL that of the first refused command, whose context holds
// command_index; otherwise DISK_FULL,
// IO, CORRUPT, BUSY, MISUSE once the database is closed, FORKED. The commands stay in the batch and nothing is
// written then.
int32_t crmk_batch_apply(struct crmk_batch *batch,
                         int32_t atomicity,
                         uint32_t *refused);

// How many commands wait in a batch. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_batch_count(const struct crmk_batch *batch, uint32_t *count);

// Takes all commands and answers out of a batch. [one-thread]
//
// NULL: not allowed. Errors: none of its own.
int32_t crmk_batch_clear(struct crmk_batch *batch);

// The answer to one command of the last crmk_batch_apply, in the order in which they were put in. [one-thread]
//
// Gives the code of a refused command, and leaves its error on the session, so that all violations can be seen.
// Owner: the caller frees *result with crmk_record_free. NULL: outcome and result may be NULL.
// Errors: that of the command; INVALID_ARGUMENT for an index past the end.
int32_t crmk_batch_answer(struct crmk_batch *batch,
                          uint32_t index,
                          struct crmk_outcome *outcome,
                          struct crmk_record **result);

// Makes a query for all records of an entity. [one-thread]
//
// Owner: the caller frees *query with crmk_query_free. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an unknown entity.
int32_t crmk_query_new(struct crmk_session *session, int32_t entity, struct crmk_query **query);

// Frees a query; its cursors stay. [one-thread]
//
// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
// callback, then it stays. They are left on the thread.
int32_t crmk_query_free(struct crmk_query *query);

// Adds a condition without a value: CRMK_OP_IS_SET or CRMK_OP_IS_ABSENT; or CRMK_OP_IN, a list that has no value
// yet, which no record meets. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT for another one.
int32_t crmk_query_where(struct crmk_query *query,
                         uint32_t field,
                         int32_t op);

// Adds a condition on a text field. [one-thread]
//
// NULL: not allowed, but for the data of an empty text.
// Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT, INVALID_UTF8.
int32_t crmk_query_where_text(struct crmk_query *query, uint32_t field, int32_t op, struct crmk_text value);

// Adds a condition on an integer field. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
int32_t crmk_query_where_int(struct crmk_query *query,
                             uint32_t field,
                             int32_t op,
                             int64_t value);

// Adds a condition on a boolean field: 0 or 1. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
int32_t crmk_query_where_bool(struct crmk_query *query,
                              uint32_t field,
                              int32_t op,
                              int32_t value);

// Adds a condition on a date field. Unit: days since 1970-01-01. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
int32_t crmk_query_where_date(struct crmk_query *query,
                              uint32_t field,
                              int32_t op,
                              int32_t value);

// Adds a condition on an instant field. Unit: microseconds since the epoch. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
int32_t crmk_query_where_instant(struct crmk_query *query,
                                 uint32_t field,
                                 int32_t op,
                                 int64_t value);

// Adds a condition on a money field; amounts are ordered by currency first. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
int32_t crmk_query_where_money(struct crmk_query *query,
                               uint32_t field,
                               int32_t op,
                               struct crmk_money value);

// Adds a condition on a field of an enumeration; values are ordered by their numbers. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
int32_t crmk_query_where_enum(struct crmk_query *query,
                              uint32_t field,
                              int32_t op,
                              int32_t value);

// Adds a condition on a reference. [one-thread]
//
// NULL: not allowed. Errors: UNKNOWN_FIELD, WRONG_TYPE, UNSUPPORTED for an unknown operator, INVALID_ARGUMENT.
int32_t crmk_query_where_ref(struct crmk_query *query,
                             uint32_t field,
                             int32_t op,
                             uint64_t value);

// Sets the field to order by and CRMK_ASCENDING or CRMK_DESCENDING. [one-thread]
//
// Without it records come in the order of the index used, by id when none is.
// NULL: not allowed. Errors: UNKNOWN_FIELD, INVALID_ARGUMENT for another order.
int32_t crmk_query_order(struct crmk_query *query, uint32_t field, int32_t order);

// Sets the greatest number of records. [one-thread]
//
// NULL: not allowed. Errors: none of its own.
int32_t crmk_query_limit(struct crmk_query *query, uint64_t limit);

// Sets where to go on: what crmk_cursor_position of the same query gave, in this process or another. [one-thread]
//
// Where no index gives the order, the first page and the second read every record that the conditions leave; the pages
// behind read their own alone until something is committed. A cursor that is kept reads on without that.
// The bytes are copied; none begin at the first record. NULL: data may be NULL without bytes.
// Errors: crmk_query_find says INVALID_ARGUMENT for a position of another query.
int32_t crmk_query_position(struct crmk_query *query,
                            const uint8_t *data,
                            size_t len);

// Begins to answer a query, from a snapshot of now. [one-thread]
//
// The query stays as it is and can be used again. Owner: the caller frees *cursor with crmk_cursor_free.
// NULL: none allowed. Errors: INVALID_ARGUMENT for a position of another query or too many values, WRONG_TYPE for an
// operator that the type does not have, CORRUPT, IO, MISUSE once the database is closed, FORKED.
int32_t crmk_query_find(struct crmk_query *query,
                        struct crmk_cursor **cursor);

// Counts the records of a query, its limit left aside. [one-thread]
//
// NULL: none allowed. Errors: as crmk_query_find.
int32_t crmk_query_count(struct crmk_query *query, uint64_t *count);

// Counts the records of a query by the value of a field; the groups are seen with crmk_query_group. [one-thread]
//
// Groups come in the order of the values, absent first. Gives the number of groups. NULL: none allowed.
// Errors: as crmk_query_find, and UNKNOWN_FIELD.
int32_t crmk_query_count_by(struct crmk_query *query,
                            uint32_t field,
                            uint32_t *groups);

// One group of the last crmk_query_count_by. [one-thread]
//
// The text of the value lives until the next crmk_query_count_by or crmk_query_free. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_query_group(struct crmk_query *query, uint32_t index, struct crmk_value *value, uint64_t *count);

// Which part of the records one group of the last crmk_query_count_by is, exact. [one-thread]
//
// So the rate of customers that cooperate is the share of one status. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_query_share(struct crmk_query *query, uint32_t index, struct crmk_share *share);

// Tells how a query is answered, without answering it. [one-thread]
//
// The texts live until the next crmk_query_plan or crmk_query_free. NULL: none allowed. Errors: as crmk_query_find.
int32_t crmk_query_plan(struct crmk_query *query,
                        struct crmk_plan *plan);

// Sums a field up over the records of a query, by the values of another field, or all together when by is 0; the
// groups are seen with crmk_query_summary. [one-thread]
//
// Groups come in the order of the values, absent first; one in which no record has the field is left out. Money is
// summed by currency: a group has a summary for each. Gives the number of summaries. NULL: none allowed.
// Errors: as crmk_query_find, and UNKNOWN_FIELD.
int32_t crmk_query_aggregate(struct crmk_query *query,
                             uint32_t field,
                             uint32_t by,
                             uint32_t *summaries);

// One summary of the last crmk_query_aggregate: the value of its group, its numbers, its least and greatest value.
// [one-thread]
//
// The currency of money stands in the least and greatest value. Texts live until the next crmk_query_aggregate or
// crmk_query_free. NULL: group, least and greatest. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_query_summary(struct crmk_query *query,
                           uint32_t index,
                           struct crmk_value *group,
                           struct crmk_summary *summary,
                           struct crmk_value *least,
                           struct crmk_value *greatest);

// Goes to the next record: CRMK_ROW, or CRMK_DONE at the end. [one-thread]
//
// The record belongs to the cursor: it is the same handle at every step, filled anew, and is gone with the cursor;
// crmk_record_copy keeps one. Its texts live until the next step. NULL: record may be NULL.
// Errors: PLUGIN_FAILED, PLUGIN_QUARANTINED from a plugin that hides fields; CORRUPT, IO, MISUSE once the database is closed,
// FORKED. After CORRUPT the next step goes on with the records that follow those that cannot be read, where an index or the
// ids give the order; after any other the cursor stays where it is.
int32_t crmk_cursor_step(struct crmk_cursor *cursor,
                         struct crmk_record **record);

// Where the same query goes on behind the record given last, in this process or another. [one-thread]
//
// It is for crmk_query_position. It holds the values of the fields that the query orders by. The bytes live until the
// next crmk_cursor_position or crmk_cursor_free. NULL: none allowed. Errors: none of its own.
int32_t crmk_cursor_position(struct crmk_cursor *cursor,
                             struct crmk_bytes *position);

// Frees a cursor and its record. [one-thread]
//
// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
// callback, then it stays. They are left on the thread.
int32_t crmk_cursor_free(struct crmk_cursor *cursor);

// Gives the records of a query as a stream of Arrow record batches, from a snapshot of now. [one-thread]
//
// The columns are field ids; none take all fields. Every call gives a fresh stream; the query stays as it is.
// Owner: the caller calls the stream's `release`; until then it holds the database open. What `stream` held before is
// overwritten. NULL: columns may be NULL without columns.
// Errors: as crmk_query_find, and UNKNOWN_FIELD; UNSUPPORTED in a library that was built without Arrow. Damage found
// while reading ends the stream with an error of its own.
int32_t crmk_query_stream(struct crmk_query *query,
                          const uint32_t *columns,
                          size_t column_count,
                          struct ArrowArrayStream *stream);

// Reads the entries that changed a record, the newest first. [one-thread]
//
// At most `limit`, 0 for all. Owner: the caller frees *journal with crmk_journal_free. NULL: none allowed.
// Errors: NOT_FOUND when there is no such record, INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once
// the database is closed, FORKED.
int32_t crmk_journal_history(struct crmk_session *session,
                             int32_t entity,
                             uint64_t id,
                             uint64_t limit,
                             struct crmk_journal **journal);

// Reads the entries behind a sequence, the oldest first: the change feed. [one-thread]
//
// A reader keeps the sequence of the last entry that it has worked through and asks from there, now or after a
// restart; 0 is the beginning. At most `limit`, 0 for all. Owner: the caller frees *journal with crmk_journal_free.
// NULL: none allowed. Errors: CORRUPT, IO, MISUSE once the database is closed, FORKED.
int32_t crmk_journal_changes(struct crmk_session *session,
                             uint64_t since,
                             uint64_t limit,
                             struct crmk_journal **journal);

// Goes to the next entry: CRMK_ROW, or CRMK_DONE at the end. [one-thread]
//
// The texts live until crmk_journal_free. NULL: entry may be NULL. Errors: none of its own.
int32_t crmk_journal_step(struct crmk_journal *journal, struct crmk_entry *entry);

// One record that the entry changed. [one-thread]
//
// Bounds: index from 0 to change_count. NULL: none allowed.
// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
int32_t crmk_journal_change(struct crmk_journal *journal, uint32_t index, struct crmk_change *change);

// One field that a change of the entry changed: its id, and its value before and after. [one-thread]
//
// Bounds: change from 0 to change_count, index from 0 to value_count. A value that was not there has CRMK_TYPE_NONE.
// The texts live until crmk_journal_free. NULL: before and after may be NULL.
// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
int32_t crmk_journal_value(struct crmk_journal *journal,
                           uint32_t change,
                           uint32_t index,
                           uint32_t *field,
                           struct crmk_value *before,
                           struct crmk_value *after);

// One decision that the rules made with the entry. [one-thread]
//
// Bounds: index from 0 to decision_count. The texts live until crmk_journal_free. NULL: none allowed.
// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
int32_t crmk_journal_decision(struct crmk_journal *journal, uint32_t index, struct crmk_decision *decision);

// One input that the rule of a decision of the entry used. [one-thread]
//
// Bounds: input from 0 to input_count of the decision. The texts live until crmk_journal_free. NULL: none allowed.
// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end.
int32_t crmk_journal_decision_input(struct crmk_journal *journal,
                                    uint32_t index,
                                    uint32_t input,
                                    struct crmk_text *name,
                                    struct crmk_text *value);

// One decision of the entry as a line that people read, as crmk_session_decision_text. [one-thread]
//
// Bounds: index from 0 to decision_count. The language is one of CRMK_LANGUAGE_. The text lives until the next
// crmk_journal_decision_text of the journal. NULL: none allowed.
// Errors: MISUSE before the first step, INVALID_ARGUMENT for an index past the end and for an unknown language.
int32_t crmk_journal_decision_text(struct crmk_journal *journal,
                                   uint32_t index,
                                   int32_t language,
                                   struct crmk_text *text);

// Frees journal entries. [one-thread]
//
// NULL: does nothing. Errors: BAD_HANDLE for one that leads nowhere; MISUSE when a call is inside it or from within a
// callback, then it stays. They are left on the thread.
int32_t crmk_journal_free(struct crmk_journal *journal);

// Finds the states in which a record was, in their order; none for an entity without states. [one-thread]
//
// They are seen with crmk_session_stay. NULL: count may be NULL.
// Errors: NOT_FOUND, INVALID_ARGUMENT for an unknown entity, CORRUPT, IO, MISUSE once the database is closed, FORKED.
int32_t crmk_record_stays(struct crmk_session *session,
                          int32_t entity,
                          uint64_t id,
                          uint32_t *count);

// One stay that the last crmk_record_stays found. [one-thread]
//
// Bounds: index from 0 to the count given there. The text lives for ever. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_session_stay(struct crmk_session *session, uint32_t index, struct crmk_stay *stay);

// Finds the persons, or the parties, to whom relations lead from one of them: the nearest first, each once, however the
// relations go round. [one-thread]
//
// The entity is that of the relations: CRMK_ENTITY_PERSON_RELATION, CRMK_ENTITY_PARTNER_RELATION; the id is that of a
// person, or of a customer. With both_directions not 0 relations that lead to one are gone along too. They are seen with
// crmk_session_related. Bounds: depth from 1 to 16; at most 1,000 are reached, over at most 1,000 relations of each in
// each direction. NULL: count may be NULL.
// Errors: NOT_FOUND; INVALID_ARGUMENT for an entity that has no relations and for a depth out of bounds; CORRUPT, IO,
// MISUSE once the database is closed, FORKED.
int32_t crmk_record_related(struct crmk_session *session,
                            int32_t entity,
                            uint64_t id,
                            uint32_t depth,
                            int32_t both_directions,
                            uint32_t *count);

// One person or party that the last crmk_record_related found. [one-thread]
//
// Bounds: index from 0 to the count given there. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_session_related(struct crmk_session *session,
                             uint32_t index,
                             struct crmk_related *related);

// What the answers of a customer got of what they could have got, in the surveys that lie within a period. [one-thread]
//
// Customer 0 is all customers. Both days belong to the period. Unit: days since 1970-01-01. NULL: none allowed.
// Errors: NOT_FOUND; INVALID_ARGUMENT when until is before from or a day is none; CORRUPT, IO; MISUSE once the database is
// closed, FORKED.
int32_t crmk_session_satisfaction(struct crmk_session *session,
                                  uint64_t customer,
                                  int32_t from,
                                  int32_t until,
                                  struct crmk_share *share);

// The complaint rate: the complaints received from an instant up to another of the customers who were active in that
// period, of all customers who were. [one-thread]
//
// Who was active when, the journal tells; a customer who was added as active was so from signed_on on. The instant `until`
// does not belong to the period. Unit: microseconds since the epoch. NULL: none allowed.
// Errors: INVALID_ARGUMENT when until is before from or an instant is none; NOT_FOUND when no customer was active in the
// period, for then there is no rate; CORRUPT, IO; MISUSE once the database is closed,
// FORKED.
int32_t crmk_session_complaint_rate(struct crmk_session *session,
                                    int64_t from,
                                    int64_t until,
                                    struct crmk_share *share);

// Writes one snapshot of everything into a new database file, while others read and write. [one-thread]
//
// The file stands for itself and appears whole or not at all. NULL: options may be NULL.
// Errors: FORBIDDEN below the level manage; DUPLICATE when there is a file, without CRMK_COPY_REPLACE; LOCKED when the
// file to be replaced is open, NOT_A_DATABASE when it is none; CANCELLED; INVALID_ARGUMENT for an empty path; NOT_FOUND, READ_ONLY, DISK_FULL, IO;
// UNSUPPORTED for unknown flags; INVALID_UTF8; MISUSE once the database is closed, FORKED.
int32_t crmk_session_backup(struct crmk_session *session,
                            struct crmk_text path,
                            const struct crmk_copy_options *options);

// Writes one snapshot of everything to a sink, as a checksummed stream that crmk_restore reads, while others read and
// write. [one-thread]
//
// The sink is called on this thread. NULL: sink_context and options may be NULL.
// Errors: FORBIDDEN below the level manage; CANCELLED; IO when the sink says that it failed; UNSUPPORTED for unknown
// flags; MISUSE once the database is closed, FORKED. What the sink took until then is no backup.
int32_t crmk_session_backup_stream(struct crmk_session *session,
                                   crmk_sink sink,
                                   void *sink_context,
                                   const struct crmk_copy_options *options);

// Makes a database file of a backup that a source gives. [any-thread]
//
// The file appears whole or not at all. The source is called on this thread and asked for nothing behind the end of the
// backup but what it gives with it. NULL: source_context and options may be NULL.
// Errors: NOT_A_DATABASE when it is no backup; CORRUPT when it is cut short or damaged, the message says where;
// NEWER_VERSION; DUPLICATE when there is a file, without CRMK_COPY_REPLACE; LOCKED when that file is open; CANCELLED;
// NOT_FOUND, READ_ONLY, DISK_FULL, IO; UNSUPPORTED for unknown flags; INVALID_ARGUMENT for an empty path;
// INVALID_UTF8; MISUSE from within a callback. They are left on the thread.
int32_t crmk_restore(struct crmk_text path,
                     crmk_source source,
                     void *source_context,
                     const struct crmk_copy_options *options);

// Makes a database file of a backup in a file that crmk_session_backup_stream wrote. [any-thread]
//
// As crmk_restore. NULL: options may be NULL. Errors: as crmk_restore; NOT_FOUND and IO of the backup, too.
int32_t crmk_restore_file(struct crmk_text path,
                          struct crmk_text backup,
                          const struct crmk_copy_options *options);

// Does every entry of the journal again in a new database file, which becomes this database as it was when the call began:
// each record, index, unique key, count and journal entry. [one-thread]
//
// No rule runs again, and the chain of hashes is checked on the way. The file appears whole or not at all. Of the
// options, progress is told how many entries are done; the sequence is that of the last one.
// NULL: options and sequence may be NULL.
// Errors: FORBIDDEN below the level manage; CORRUPT when the chain is broken or an entry does not go with those before
// it; DUPLICATE when there is a file, without CRMK_COPY_REPLACE; LOCKED when the file to be replaced is open, NOT_A_DATABASE when it is none; CANCELLED;
// INVALID_ARGUMENT for an empty path; NOT_FOUND, READ_ONLY, DISK_FULL, IO; UNSUPPORTED for unknown flags; INVALID_UTF8;
// MISUSE once the database is closed, FORKED.
int32_t crmk_session_replay(struct crmk_session *session,
                            struct crmk_text path,
                            const struct crmk_copy_options *options,
                            uint64_t *sequence);

// Brings indexes, unique keys and counts up to the records, while others read and write. [one-thread]
//
// NULL: options and rebuilt may be NULL. Errors: FORBIDDEN below the level manage; CANCELLED; BUSY, CORRUPT, IO,
// DISK_FULL, UNSUPPORTED for unknown flags, MISUSE once the database is closed, FORKED. What was mended until then stays.
int32_t crmk_session_rebuild(struct crmk_session *session,
                             const struct crmk_copy_options *options,
                             struct crmk_rebuilt *rebuilt);

// Makes the file of the database small again. [one-thread]
//
// Others wait meanwhile: who writes, and who begins to read. Cursors that are alive, and other processes that have the file
// open to read, are waited for, at most wait_ms; free your own first. Unit: ms; a negative one does not wait. NULL: none
// allowed.
// Errors: FORBIDDEN below the level manage; BUSY when there are such for longer, then nothing is done; DISK_FULL when there
// is no room for the copy that is made on the way, IO; CORRUPT when a page is damaged, then nothing is done; MISUSE once
// the database is closed, FORKED.
int32_t crmk_session_compact(struct crmk_session *session,
                             int64_t wait_ms);

// Counts what the database holds and says what was done since it was opened. [one-thread]
//
// Flags: 0 or CRMK_STATISTICS_SPACES. NULL: none allowed. Errors: UNSUPPORTED for unknown flags; FORBIDDEN for
// CRMK_STATISTICS_SPACES below the level manage; CORRUPT, IO, MISUSE once the database is closed, FORKED.
int32_t crmk_session_statistics(struct crmk_session *session,
                                uint32_t flags,
                                struct crmk_db_statistics *statistics);

// What one space of the store took at the last crmk_session_statistics. [one-thread]
//
// The name lives for ever. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_session_space(struct crmk_session *session, uint32_t index, struct crmk_space *space);

// Writes everything that can be read of the database at `path`, with its log or without it, into a new database file at
// `to`. [any-thread]
//
// The old file is only read, and may be open in a process; the new one appears whole or not at all. Records and journal
// entries are taken over as they are; a record that is lost or old is made from the journal as far as its entries follow
// on from one another; index entries, unique keys and counts are made anew. What is missing is counted, and the first 100
// problems are shown to problem, on this thread, when the new file is there. Of the options, progress is told how many
// pairs were read. NULL: options, problem and problem_context may be NULL.
// Errors: NOT_FOUND when there is none at path; NOT_A_DATABASE when nothing of it is one; INVALID_ARGUMENT when both are
// the same file or one is empty; DUPLICATE when there is a file at to, without CRMK_COPY_REPLACE; LOCKED when that file is
// open, or the old one is being compacted; BUSY when another process writes faster than it can be read; CANCELLED; READ_ONLY,
// DISK_FULL, IO; UNSUPPORTED for unknown flags;
// INVALID_UTF8; MISUSE from within a callback. They are left on the thread.
int32_t crmk_salvage(struct crmk_text path,
                     struct crmk_text to,
                     const struct crmk_copy_options *options,
                     crmk_problem_visitor problem,
                     void *problem_context,
                     struct crmk_salvaged *salvaged);

// The id of a field by its name, declared or custom. [one-thread]
//
// NULL: none allowed. Errors: UNKNOWN_FIELD, INVALID_ARGUMENT for an unknown entity, INVALID_UTF8.
int32_t crmk_field_find(struct crmk_session *session, int32_t entity, struct crmk_text name, uint32_t *field);

// How many fields an entity has: declared, custom, and those of the header. [one-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT for an unknown entity.
int32_t crmk_field_count(struct crmk_session *session, int32_t entity, uint32_t *count);

// What is known about a field, named by its place from 0 to crmk_field_count. [one-thread]
//
// The texts live until the next crmk_field_at or crmk_field_info on the session. NULL: none allowed.
// Errors: INVALID_ARGUMENT for an unknown entity or an index past the end.
int32_t crmk_field_at(struct crmk_session *session, int32_t entity, uint32_t index, struct crmk_field *field);

// What is known about a field, named by its id. [one-thread]
//
// The texts live until the next crmk_field_at or crmk_field_info on the session. NULL: none allowed.
// Errors: UNKNOWN_FIELD, INVALID_ARGUMENT for an unknown entity.
int32_t crmk_field_info(struct crmk_session *session, int32_t entity, uint32_t id, struct crmk_field *field);

// Declares a custom field for the database and gives its id. [one-thread]
//
// It is durable when the call returns; the session's actor needs CRMK_LEVEL_MANAGE. NULL: field may be NULL.
// Errors: INVALID_ARGUMENT for a name or bounds that are not of the form, an enumeration, or too many fields;
// DUPLICATE when the name is taken; FORBIDDEN; UNSUPPORTED for unknown options; INVALID_UTF8; DISK_FULL, IO; MISUSE
// once the database is closed; FORKED.
int32_t crmk_field_declare(struct crmk_session *session,
                           const struct crmk_field_declaration *declaration,
                           uint32_t *field);

// Loads a plugin for the database of a session; its rules come behind those that are there. [one-thread]
//
// The manifest beside the library, `<library>.toml`, is read and the library's SHA-256 checked before any of its code
// runs. When the database trusts keys, the manifest must be signed by one of them. The custom fields that the plugin
// needs are declared, and the database keeps that it needs the plugin. The library stays in the process until it ends.
// NULL: none allowed.
// Errors: FORBIDDEN below the level manage, before anything of the library is read; PLUGIN_UNKNOWN, PLUGIN_MANIFEST, PLUGIN_SIGNATURE, PLUGIN_ABI, PLUGIN_HASH, PLUGIN_NOT_ALLOWED (also when
// everybody may write it), PLUGIN_FIELD, PLUGIN_FAILED, PLUGIN_OLDER when the database has seen a newer version;
// REJECTED with what is wrong with its policy; DUPLICATE when a plugin of the same id or calculator is there; IO; UNSUPPORTED for unknown options, or in a library that was
// built without plugins; INVALID_UTF8; MISUSE once the database is closed; FORKED.
int32_t crmk_plugin_load(struct crmk_session *session,
                         struct crmk_text path,
                         const struct crmk_plugin_options *options);

// How many plugins the database of a session has. [one-thread]
//
// NULL: none allowed. Errors: none of its own.
int32_t crmk_plugin_count(struct crmk_session *session, uint32_t *count);

// A plugin of the database, in the order in which they are asked. [one-thread]
//
// Bounds: index from 0 to crmk_plugin_count. The texts live until the next crmk_plugin_at on the session.
// NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_plugin_at(struct crmk_session *session, uint32_t index, struct crmk_plugin_status *plugin);

// Ends the quarantine of a plugin. [one-thread]
//
// NULL: none allowed. Errors: FORBIDDEN below the level manage; PLUGIN_UNKNOWN; INVALID_UTF8; INVALID_ARGUMENT for a text
// that is too long; MISUSE once the database is closed; FORKED.
int32_t crmk_plugin_enable(struct crmk_session *session,
                           struct crmk_text id);

// Forgets a plugin that the database needs: its absence is missed no longer, its prefixes are free, its fields and their
// values stay. The journal keeps it. [one-thread]
//
// NULL: none allowed. Errors: PLUGIN_UNKNOWN when the database does not need it, INVALID_ARGUMENT while it is loaded,
// FORBIDDEN, INVALID_UTF8; MISUSE once the database is closed; FORKED; those of a commit.
int32_t crmk_plugin_forget(struct crmk_session *session,
                           struct crmk_text id);

// Trusts a public key of minisign: from then on plugins must be signed by a key that the database trusts. [one-thread]
//
// NULL: none allowed. Errors: INVALID_ARGUMENT when it is no such key, DUPLICATE, FORBIDDEN, INVALID_UTF8; MISUSE once
// the database is closed; FORKED; those of a commit.
int32_t crmk_plugin_trust(struct crmk_session *session,
                          struct crmk_text key);

// Trusts a key no longer. Plugins that are loaded stay. [one-thread]
//
// NULL: none allowed. Errors: NOT_FOUND when it is not trusted, FORBIDDEN, INVALID_UTF8; MISUSE once the database is
// closed; FORKED; those of a commit.
int32_t crmk_plugin_distrust(struct crmk_session *session,
                             struct crmk_text key);

// Finds the public keys of minisign that the database trusts; with none, plugins need not be signed. [one-thread]
//
// They are seen with crmk_plugin_key_at. NULL: none allowed. Errors: CORRUPT, IO, MISUSE once the database is closed,
// FORKED.
int32_t crmk_plugin_keys(struct crmk_session *session,
                         uint32_t *count);

// A key that the last crmk_plugin_keys found, as crmk_plugin_trust took it. [one-thread]
//
// Bounds: index from 0 to its count. The text lives until the next crmk_plugin_keys on the session or until
// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_plugin_key_at(struct crmk_session *session,
                           uint32_t index,
                           struct crmk_text *key);

// Takes the lines that the plugins of the database left since this was asked last, by plugin. [one-thread]
//
// They are seen with crmk_plugin_log_at and told to no other session. Bounds: of each plugin the newest thousand.
// NULL: none allowed, and no line is taken then. Errors: FORBIDDEN below the level manage; MISUSE once the database is closed, FORKED.
int32_t crmk_plugin_log(struct crmk_session *session,
                        uint32_t *count);

// A line that the last crmk_plugin_log took. [one-thread]
//
// Bounds: index from 0 to its count. The texts live until the next crmk_plugin_log on the session or until
// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_plugin_log_at(struct crmk_session *session,
                           uint32_t index,
                           struct crmk_log_line *line);

// Finds what somebody should know about the database as it is open now; 0 when all is well. [one-thread]
//
// Ask after the plugins are loaded: right after opening, every plugin that the database needs is missing. They are seen
// with crmk_warning_at. NULL: none allowed. Errors: MISUSE once the database is closed, FORKED.
int32_t crmk_warning_count(struct crmk_session *session,
                           uint32_t *count);

// A warning that the last crmk_warning_count found. [one-thread]
//
// Bounds: index from 0 to its count. The texts live until the next crmk_warning_count on the session or until
// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_warning_at(struct crmk_session *session,
                        uint32_t index,
                        struct crmk_warning *warning);

// Finds the calculators of the plugins, in the order of the plugins. [one-thread]
//
// They are seen with crmk_calculator_at. NULL: none allowed. Errors: MISUSE once the database is closed, FORKED.
int32_t crmk_calculators(struct crmk_session *session,
                         uint32_t *count);

// A calculator that the last crmk_calculators found. [one-thread]
//
// Bounds: index from 0 to its count. The texts live until the next crmk_calculators on the session or until
// crmk_session_free; nothing is to be freed. NULL: none allowed. Errors: INVALID_ARGUMENT for an index past the end.
int32_t crmk_calculator_at(struct crmk_session *session,
                           uint32_t index,
                           struct crmk_calculator *calculator);

// An argument of a calculator that the last crmk_calculators found, in the order of their declaration. [one-thread]
//
// Bounds: argument from 0 to argument_count. Owner: as crmk_calculator_at. NULL: none allowed. Errors: INVALID_ARGUMENT
// for an index past the end.
int32_t crmk_calculator_argument(struct crmk_session *session,
                                 uint32_t index,
                                 uint32_t argument,
                                 struct crmk_parameter *parameter);

// A result of a calculator that the last crmk_calculators found, in the order of their declaration. [one-thread]
//
// Bounds: result from 0 to result_count. Owner: as crmk_calculator_at. NULL: none allowed. Errors: INVALID_ARGUMENT for an
// index past the end.
int32_t crmk_calculator_result(struct crmk_session *session,
                               uint32_t index,
                               uint32_t result,
                               struct crmk_parameter *parameter);

// Calls a calculator of a plugin by its name, such as bank.fine_range. [one-thread]
//
// A calculator that looks at records sees them as the actor of the session does: what a plugin hides from the actor is
// absent. Sets how many results there are; crmk_computed_at gives them, until the next crmk_compute on the session.
// NULL: arguments may be NULL when there are none. Errors: NOT_FOUND when no plugin has the calculator;
// INVALID_ARGUMENT for an argument that is unknown, missing or not allowed; WRONG_TYPE; PLUGIN_FAILED,
// PLUGIN_QUARANTINED, CALENDAR_YEAR_MISSING; INVALID_UTF8; MISUSE once the database is closed; FORKED.
int32_t crmk_compute(struct crmk_session *session,
                     struct crmk_text name,
                     const struct crmk_argument *arguments,
                     uint32_t argument_count,
                     uint32_t *result_count);

// A result of the last crmk_compute on the session. [one-thread]
//
// The texts live until the next crmk_compute on the session. NULL: none allowed. Errors: INVALID_ARGUMENT for an index
// past the end.
int32_t crmk_computed_at(struct crmk_session *session,
                         uint32_t index,
                         struct crmk_computed *result);

// Adopts a policy file: from its effective date on, and no earlier than now, it decides. [one-thread]
//
// The session's actor needs CRMK_LEVEL_MANAGE. The custom fields that the file declares are declared; all or nothing.
// What was decided is seen with crmk_session_decision. NULL: options may be NULL, sequence too.
// Errors: REJECTED with every problem of the file, each with line, column and what is allowed, or when the effective
// date lies before a change of a record; DUPLICATE when the version is taken; CALENDAR_YEAR_MISSING; FORBIDDEN;
// INVALID_UTF8; DISK_FULL, IO; MISUSE once the database is closed; FORKED. The policy in force stays in force then.
int32_t crmk_policy_adopt(struct crmk_session *session,
                          struct crmk_text text,
                          const struct crmk_policy_options *options,
                          uint64_t *sequence);

// Says whether a policy file could be adopted in this database. [one-thread]
//
// NULL: none allowed. Errors: REJECTED with every problem, each with line, column and what is allowed: see
// crmk_session_violation; INVALID_UTF8; MISUSE once the database is closed; FORKED.
int32_t crmk_policy_check(struct crmk_session *session, struct crmk_text text);

// Shows a policy merged with the layers below it, each figure with the layer that it comes from. [one-thread]
//
// An empty version is the policy in force now. The form is CRMK_POLICY_TOML or CRMK_POLICY_JSON. The text lives until
// the next crmk_policy_ call of the session. NULL: none allowed.
// Errors: NOT_FOUND for a version that was not adopted; INVALID_ARGUMENT for an unknown form; INVALID_UTF8; MISUSE once
// the database is closed; FORKED.
int32_t crmk_policy_show(struct crmk_session *session,
                         struct crmk_text version,
                         int32_t form,
                         struct crmk_text *shown);

// Compares two policies, each merged with the layers below it. [one-thread]
//
// Each is a version, or the text of a policy file, which has more than one line; an empty base is the policy in force.
// The answer is JSON: a list of the figures that differ, each with path, before and after as policy files spell them,
// null where there is none. The text lives until the next crmk_policy_ call of the session. NULL: none allowed.
// Errors: NOT_FOUND for a version that was not adopted; REJECTED with what is wrong with a text; INVALID_UTF8; MISUSE
// once the database is closed; FORKED.
int32_t crmk_policy_diff(struct crmk_session *session,
                         struct crmk_text base,
                         struct crmk_text other,
                         struct crmk_text *answer);

// Lists the policies that were adopted, in the order of their adoption. [one-thread]
//
// The answer is JSON: a list, each with version, effective_on, approver, actor, at, and sequence: that of the journal
// entry that holds its text. The text lives until the next crmk_policy_ call of the session. NULL: none allowed.
// Errors: MISUSE once the database is closed; FORKED.
int32_t crmk_policy_versions(struct crmk_session *session,
                             struct crmk_text *answer);

// Tries a policy file on every customer, its planned visits and its open complaints, as if it were in force today and
// crmk_policy_reclassify and crmk_policy_reassess were called; changes nothing. [one-thread]
//
// The answer is JSON: version, customers, changed, moves with their counts, at most `limit` changes of classes, due with
// the counts of visits and deadlines by field, at most `limit` due_changes, and refused. The text lives
// until the next crmk_policy_ call of the session. NULL: none allowed.
// Errors: REJECTED with what is wrong with the file; INVALID_UTF8; FORBIDDEN when it reads or decides a field that is hidden
// from the actor; CALENDAR_YEAR_MISSING; CORRUPT, IO; MISUSE once the database is closed; FORKED.
int32_t crmk_policy_what_if(struct crmk_session *session,
                            struct crmk_text text,
                            uint64_t limit,
                            struct crmk_text *answer);

// Sorts every customer anew under the policy in force and brings its planned visits up to it, 1,000 in a transaction.
// [one-thread]
//
// NULL: customers and changed may be NULL. Errors: FORBIDDEN below CRMK_LEVEL_EDIT, and as
// crmk_record_update; what was written before it stays.
int32_t crmk_policy_reclassify(struct crmk_session *session,
                               uint64_t *customers,
                               uint64_t *changed);

// Decides the grade and the deadlines of every complaint anew that is neither settled nor suspended, under the policy in
// force, and the days of appeals, reviews and visits that were decided by a calendar year that was not announced and is
// now; 1,000 in a transaction. Gives the number of the complaints, and of the records that changed. [one-thread]
//
// Neither adopting a policy nor adding a work_year does this by itself: a deadline stays as it was decided. NULL: complaints
// and changed may be NULL. Errors: FORBIDDEN below CRMK_LEVEL_EDIT, and as crmk_record_update; what was written before it
// stays.
int32_t crmk_policy_reassess(struct crmk_session *session,
                             uint64_t *complaints,
                             uint64_t *changed);

// Marks every visit that is still planned for a day before today as missed, 1,000 in a transaction. [one-thread]
//
// `left` counts those that were changed meanwhile or that a rule refused. NULL: marked and left may be NULL.
// Errors: FORBIDDEN below CRMK_LEVEL_EDIT, and as crmk_record_update; what was written before it stays.
int32_t crmk_policy_mark_missed(struct crmk_session *session,
                                uint64_t *marked,
                                uint64_t *left);

// Finds what each section of a customer's file is, in the order of the sections. [one-thread]
//
// Each is a decision of its own, seen with crmk_session_decision: the subject is the section, the value `missing`,
// `current` or `stale`, or `hidden` when what decides that is hidden from the session's actor. NULL: count may be NULL. Errors: NOT_FOUND; CORRUPT, IO; MISUSE once the database is closed; FORKED.
int32_t crmk_policy_customer_file(struct crmk_session *session,
                                  uint64_t customer,
                                  uint32_t *count);

// Finds the days from `from` to `until` on which the reports of the policy in force are due, in order. [one-thread]
//
// Each is a decision of its own, seen with crmk_session_decision: the subject is the report, the value the day.
// Unit: days since 1970-01-01. NULL: count may be NULL.
// Errors: INVALID_ARGUMENT when `until` lies before `from` or over 100 years behind it; CALENDAR_YEAR_MISSING; MISUSE
// once the database is closed; FORKED.
int32_t crmk_policy_report_days(struct crmk_session *session,
                                int32_t from,
                                int32_t until,
                                uint32_t *count);

// Finds the days up to and with `until` on which a customer is to be contacted, in order. [one-thread]
//
// Each is a decision of its own, seen with crmk_session_decision: the subject is the kind of contact, the value the
// day. Unit: days since 1970-01-01. NULL: count may be NULL.
// Errors: NOT_FOUND; INVALID_ARGUMENT for a customer without the day of its first contract, or a day over 100 years
// behind it; CORRUPT, IO; MISUSE once the database is closed; FORKED.
int32_t crmk_policy_due_days(struct crmk_session *session,
                             uint64_t customer,
                             int32_t until,
                             uint32_t *count);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus


// The layout, held on platforms with pointers of 64 bits by compilers that can.
#if defined(__cplusplus) && __cplusplus >= 201103L
#define CRMK_ASSERT(holds) static_assert(holds, #holds)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define CRMK_ASSERT(holds) _Static_assert(holds, #holds)
#endif
#if defined(CRMK_ASSERT) && UINTPTR_MAX == 0xffffffffffffffffu
CRMK_ASSERT(sizeof(crmk_text) == 16);
CRMK_ASSERT(offsetof(crmk_text, data) == 0);
CRMK_ASSERT(offsetof(crmk_text, len) == 8);
CRMK_ASSERT(sizeof(crmk_bytes) == 16);
CRMK_ASSERT(offsetof(crmk_bytes, data) == 0);
CRMK_ASSERT(offsetof(crmk_bytes, len) == 8);
CRMK_ASSERT(sizeof(crmk_money) == 16);
CRMK_ASSERT(offsetof(crmk_money, amount_minor) == 0);
CRMK_ASSERT(offsetof(crmk_money, currency) == 8);
CRMK_ASSERT(sizeof(crmk_value) == 40);
CRMK_ASSERT(offsetof(crmk_value, size) == 0);
CRMK_ASSERT(offsetof(crmk_value, type) == 4);
CRMK_ASSERT(offsetof(crmk_value, number) == 8);
CRMK_ASSERT(offsetof(crmk_value, text) == 16);
CRMK_ASSERT(offsetof(crmk_value, currency) == 32);
CRMK_ASSERT(offsetof(crmk_value, reserved) == 36);
CRMK_ASSERT(sizeof(crmk_error) == 80);
CRMK_ASSERT(offsetof(crmk_error, size) == 0);
CRMK_ASSERT(offsetof(crmk_error, code) == 4);
CRMK_ASSERT(offsetof(crmk_error, message) == 8);
CRMK_ASSERT(offsetof(crmk_error, field) == 24);
CRMK_ASSERT(offsetof(crmk_error, rule) == 40);
CRMK_ASSERT(offsetof(crmk_error, plugin) == 56);
CRMK_ASSERT(offsetof(crmk_error, violation_count) == 72);
CRMK_ASSERT(offsetof(crmk_error, context_count) == 76);
CRMK_ASSERT(sizeof(crmk_violation) == 136);
CRMK_ASSERT(offsetof(crmk_violation, size) == 0);
CRMK_ASSERT(offsetof(crmk_violation, input_count) == 4);
CRMK_ASSERT(offsetof(crmk_violation, field) == 8);
CRMK_ASSERT(offsetof(crmk_violation, code) == 24);
CRMK_ASSERT(offsetof(crmk_violation, message) == 40);
CRMK_ASSERT(offsetof(crmk_violation, message_zh) == 56);
CRMK_ASSERT(offsetof(crmk_violation, rule) == 72);
CRMK_ASSERT(offsetof(crmk_violation, plugin) == 88);
CRMK_ASSERT(offsetof(crmk_violation, source) == 104);
CRMK_ASSERT(offsetof(crmk_violation, policy_version) == 120);
CRMK_ASSERT(sizeof(crmk_stay) == 48);
CRMK_ASSERT(offsetof(crmk_stay, size) == 0);
CRMK_ASSERT(offsetof(crmk_stay, is_over) == 4);
CRMK_ASSERT(offsetof(crmk_stay, from) == 8);
CRMK_ASSERT(offsetof(crmk_stay, until) == 16);
CRMK_ASSERT(offsetof(crmk_stay, seconds) == 24);
CRMK_ASSERT(offsetof(crmk_stay, state) == 32);
CRMK_ASSERT(sizeof(crmk_related) == 40);
CRMK_ASSERT(offsetof(crmk_related, size) == 0);
CRMK_ASSERT(offsetof(crmk_related, depth) == 4);
CRMK_ASSERT(offsetof(crmk_related, id) == 8);
CRMK_ASSERT(offsetof(crmk_related, from) == 16);
CRMK_ASSERT(offsetof(crmk_related, relation) == 24);
CRMK_ASSERT(offsetof(crmk_related, kind) == 32);
CRMK_ASSERT(offsetof(crmk_related, leads_away) == 36);
CRMK_ASSERT(sizeof(crmk_share) == 32);
CRMK_ASSERT(offsetof(crmk_share, size) == 0);
CRMK_ASSERT(offsetof(crmk_share, is_of_something) == 4);
CRMK_ASSERT(offsetof(crmk_share, part) == 8);
CRMK_ASSERT(offsetof(crmk_share, whole) == 16);
CRMK_ASSERT(offsetof(crmk_share, hundredths) == 24);
CRMK_ASSERT(sizeof(crmk_open_options) == 72);
CRMK_ASSERT(offsetof(crmk_open_options, size) == 0);
CRMK_ASSERT(offsetof(crmk_open_options, flags) == 4);
CRMK_ASSERT(offsetof(crmk_open_options, path) == 8);
CRMK_ASSERT(offsetof(crmk_open_options, busy_timeout_ms) == 24);
CRMK_ASSERT(offsetof(crmk_open_options, cache_bytes) == 32);
CRMK_ASSERT(offsetof(crmk_open_options, time_zone) == 40);
CRMK_ASSERT(offsetof(crmk_open_options, clock) == 56);
CRMK_ASSERT(offsetof(crmk_open_options, clock_context) == 64);
CRMK_ASSERT(sizeof(crmk_report) == 48);
CRMK_ASSERT(offsetof(crmk_report, size) == 0);
CRMK_ASSERT(offsetof(crmk_report, problem_count) == 4);
CRMK_ASSERT(offsetof(crmk_report, entries) == 8);
CRMK_ASSERT(offsetof(crmk_report, records) == 16);
CRMK_ASSERT(offsetof(crmk_report, keys) == 24);
CRMK_ASSERT(offsetof(crmk_report, problem_total) == 32);
CRMK_ASSERT(offsetof(crmk_report, store_checked) == 40);
CRMK_ASSERT(offsetof(crmk_report, reserved) == 44);
CRMK_ASSERT(sizeof(crmk_problem) == 56);
CRMK_ASSERT(offsetof(crmk_problem, size) == 0);
CRMK_ASSERT(offsetof(crmk_problem, kind) == 4);
CRMK_ASSERT(offsetof(crmk_problem, entity) == 8);
CRMK_ASSERT(offsetof(crmk_problem, reserved) == 12);
CRMK_ASSERT(offsetof(crmk_problem, id) == 16);
CRMK_ASSERT(offsetof(crmk_problem, index) == 24);
CRMK_ASSERT(offsetof(crmk_problem, text) == 40);
CRMK_ASSERT(sizeof(crmk_copy_options) == 24);
CRMK_ASSERT(offsetof(crmk_copy_options, size) == 0);
CRMK_ASSERT(offsetof(crmk_copy_options, flags) == 4);
CRMK_ASSERT(offsetof(crmk_copy_options, progress) == 8);
CRMK_ASSERT(offsetof(crmk_copy_options, progress_context) == 16);
CRMK_ASSERT(sizeof(crmk_salvaged) == 72);
CRMK_ASSERT(offsetof(crmk_salvaged, size) == 0);
CRMK_ASSERT(offsetof(crmk_salvaged, log) == 4);
CRMK_ASSERT(offsetof(crmk_salvaged, records) == 8);
CRMK_ASSERT(offsetof(crmk_salvaged, records_restored) == 16);
CRMK_ASSERT(offsetof(crmk_salvaged, records_outdated) == 24);
CRMK_ASSERT(offsetof(crmk_salvaged, records_missing) == 32);
CRMK_ASSERT(offsetof(crmk_salvaged, entries) == 40);
CRMK_ASSERT(offsetof(crmk_salvaged, entries_missing) == 48);
CRMK_ASSERT(offsetof(crmk_salvaged, keys) == 56);
CRMK_ASSERT(offsetof(crmk_salvaged, problem_total) == 64);
CRMK_ASSERT(sizeof(crmk_rebuilt) == 48);
CRMK_ASSERT(offsetof(crmk_rebuilt, size) == 0);
CRMK_ASSERT(offsetof(crmk_rebuilt, reserved) == 4);
CRMK_ASSERT(offsetof(crmk_rebuilt, records) == 8);
CRMK_ASSERT(offsetof(crmk_rebuilt, keys) == 16);
CRMK_ASSERT(offsetof(crmk_rebuilt, written) == 24);
CRMK_ASSERT(offsetof(crmk_rebuilt, removed) == 32);
CRMK_ASSERT(offsetof(crmk_rebuilt, problems) == 40);
CRMK_ASSERT(sizeof(crmk_db_statistics) == 168);
CRMK_ASSERT(offsetof(crmk_db_statistics, size) == 0);
CRMK_ASSERT(offsetof(crmk_db_statistics, space_count) == 4);
CRMK_ASSERT(offsetof(crmk_db_statistics, records) == 8);
CRMK_ASSERT(offsetof(crmk_db_statistics, journal_entries) == 16);
CRMK_ASSERT(offsetof(crmk_db_statistics, groups) == 24);
CRMK_ASSERT(offsetof(crmk_db_statistics, batches) == 32);
CRMK_ASSERT(offsetof(crmk_db_statistics, batches_per_group_max) == 40);
CRMK_ASSERT(offsetof(crmk_db_statistics, commands) == 48);
CRMK_ASSERT(offsetof(crmk_db_statistics, file_bytes) == 56);
CRMK_ASSERT(offsetof(crmk_db_statistics, log_bytes) == 64);
CRMK_ASSERT(offsetof(crmk_db_statistics, cache_bytes_max) == 72);
CRMK_ASSERT(offsetof(crmk_db_statistics, commits) == 80);
CRMK_ASSERT(offsetof(crmk_db_statistics, flushes) == 88);
CRMK_ASSERT(offsetof(crmk_db_statistics, flushes_waiting) == 96);
CRMK_ASSERT(offsetof(crmk_db_statistics, cached_records) == 104);
CRMK_ASSERT(offsetof(crmk_db_statistics, cached_bytes) == 112);
CRMK_ASSERT(offsetof(crmk_db_statistics, cached_bytes_max) == 120);
CRMK_ASSERT(offsetof(crmk_db_statistics, cache_hits) == 128);
CRMK_ASSERT(offsetof(crmk_db_statistics, cache_misses) == 136);
CRMK_ASSERT(offsetof(crmk_db_statistics, clock_behind_us) == 144);
CRMK_ASSERT(offsetof(crmk_db_statistics, may_lack_commits) == 152);
CRMK_ASSERT(offsetof(crmk_db_statistics, oldest_reader_behind) == 160);
CRMK_ASSERT(sizeof(crmk_space) == 56);
CRMK_ASSERT(offsetof(crmk_space, size) == 0);
CRMK_ASSERT(offsetof(crmk_space, reserved) == 4);
CRMK_ASSERT(offsetof(crmk_space, name) == 8);
CRMK_ASSERT(offsetof(crmk_space, entries) == 24);
CRMK_ASSERT(offsetof(crmk_space, stored_bytes) == 32);
CRMK_ASSERT(offsetof(crmk_space, metadata_bytes) == 40);
CRMK_ASSERT(offsetof(crmk_space, fragmented_bytes) == 48);
CRMK_ASSERT(sizeof(crmk_outcome) == 40);
CRMK_ASSERT(offsetof(crmk_outcome, size) == 0);
CRMK_ASSERT(offsetof(crmk_outcome, changed) == 4);
CRMK_ASSERT(offsetof(crmk_outcome, added) == 8);
CRMK_ASSERT(offsetof(crmk_outcome, decision_count) == 12);
CRMK_ASSERT(offsetof(crmk_outcome, id) == 16);
CRMK_ASSERT(offsetof(crmk_outcome, revision) == 24);
CRMK_ASSERT(offsetof(crmk_outcome, sequence) == 32);
CRMK_ASSERT(sizeof(crmk_decision) == 136);
CRMK_ASSERT(offsetof(crmk_decision, size) == 0);
CRMK_ASSERT(offsetof(crmk_decision, input_count) == 4);
CRMK_ASSERT(offsetof(crmk_decision, subject) == 8);
CRMK_ASSERT(offsetof(crmk_decision, value) == 24);
CRMK_ASSERT(offsetof(crmk_decision, rule) == 40);
CRMK_ASSERT(offsetof(crmk_decision, source) == 56);
CRMK_ASSERT(offsetof(crmk_decision, reason) == 72);
CRMK_ASSERT(offsetof(crmk_decision, reason_zh) == 88);
CRMK_ASSERT(offsetof(crmk_decision, policy_version) == 104);
CRMK_ASSERT(offsetof(crmk_decision, plugin) == 120);
CRMK_ASSERT(sizeof(crmk_plan) == 80);
CRMK_ASSERT(offsetof(crmk_plan, size) == 0);
CRMK_ASSERT(offsetof(crmk_plan, fixed_fields) == 4);
CRMK_ASSERT(offsetof(crmk_plan, ranged) == 8);
CRMK_ASSERT(offsetof(crmk_plan, sorted) == 12);
CRMK_ASSERT(offsetof(crmk_plan, index) == 16);
CRMK_ASSERT(offsetof(crmk_plan, filtered) == 32);
CRMK_ASSERT(offsetof(crmk_plan, text) == 48);
CRMK_ASSERT(offsetof(crmk_plan, counted) == 64);
CRMK_ASSERT(sizeof(crmk_summary) == 32);
CRMK_ASSERT(offsetof(crmk_summary, size) == 0);
CRMK_ASSERT(offsetof(crmk_summary, summed) == 4);
CRMK_ASSERT(offsetof(crmk_summary, count) == 8);
CRMK_ASSERT(offsetof(crmk_summary, sum_high) == 16);
CRMK_ASSERT(offsetof(crmk_summary, sum_low) == 24);
CRMK_ASSERT(sizeof(crmk_entry) == 80);
CRMK_ASSERT(offsetof(crmk_entry, size) == 0);
CRMK_ASSERT(offsetof(crmk_entry, change_count) == 4);
CRMK_ASSERT(offsetof(crmk_entry, decision_count) == 8);
CRMK_ASSERT(offsetof(crmk_entry, declared_field) == 12);
CRMK_ASSERT(offsetof(crmk_entry, sequence) == 16);
CRMK_ASSERT(offsetof(crmk_entry, at) == 24);
CRMK_ASSERT(offsetof(crmk_entry, actor) == 32);
CRMK_ASSERT(offsetof(crmk_entry, command) == 48);
CRMK_ASSERT(offsetof(crmk_entry, policy_version) == 64);
CRMK_ASSERT(sizeof(crmk_change) == 40);
CRMK_ASSERT(offsetof(crmk_change, size) == 0);
CRMK_ASSERT(offsetof(crmk_change, entity) == 4);
CRMK_ASSERT(offsetof(crmk_change, id) == 8);
CRMK_ASSERT(offsetof(crmk_change, revision) == 16);
CRMK_ASSERT(offsetof(crmk_change, previous_sequence) == 24);
CRMK_ASSERT(offsetof(crmk_change, value_count) == 32);
CRMK_ASSERT(offsetof(crmk_change, reserved) == 36);
CRMK_ASSERT(sizeof(crmk_field) == 104);
CRMK_ASSERT(offsetof(crmk_field, size) == 0);
CRMK_ASSERT(offsetof(crmk_field, id) == 4);
CRMK_ASSERT(offsetof(crmk_field, type) == 8);
CRMK_ASSERT(offsetof(crmk_field, flags) == 12);
CRMK_ASSERT(offsetof(crmk_field, min) == 16);
CRMK_ASSERT(offsetof(crmk_field, max) == 24);
CRMK_ASSERT(offsetof(crmk_field, ref_entity) == 32);
CRMK_ASSERT(offsetof(crmk_field, reserved) == 36);
CRMK_ASSERT(offsetof(crmk_field, name) == 40);
CRMK_ASSERT(offsetof(crmk_field, label) == 56);
CRMK_ASSERT(offsetof(crmk_field, label_zh) == 72);
CRMK_ASSERT(offsetof(crmk_field, enumeration) == 88);
CRMK_ASSERT(sizeof(crmk_field_declaration) == 88);
CRMK_ASSERT(offsetof(crmk_field_declaration, size) == 0);
CRMK_ASSERT(offsetof(crmk_field_declaration, entity) == 4);
CRMK_ASSERT(offsetof(crmk_field_declaration, type) == 8);
CRMK_ASSERT(offsetof(crmk_field_declaration, flags) == 12);
CRMK_ASSERT(offsetof(crmk_field_declaration, min) == 16);
CRMK_ASSERT(offsetof(crmk_field_declaration, max) == 24);
CRMK_ASSERT(offsetof(crmk_field_declaration, ref_entity) == 32);
CRMK_ASSERT(offsetof(crmk_field_declaration, reserved) == 36);
CRMK_ASSERT(offsetof(crmk_field_declaration, name) == 40);
CRMK_ASSERT(offsetof(crmk_field_declaration, label) == 56);
CRMK_ASSERT(offsetof(crmk_field_declaration, label_zh) == 72);
CRMK_ASSERT(sizeof(crmk_setting) == 32);
CRMK_ASSERT(offsetof(crmk_setting, name) == 0);
CRMK_ASSERT(offsetof(crmk_setting, value) == 16);
CRMK_ASSERT(sizeof(crmk_plugin_status) == 64);
CRMK_ASSERT(offsetof(crmk_plugin_status, size) == 0);
CRMK_ASSERT(offsetof(crmk_plugin_status, quarantined) == 4);
CRMK_ASSERT(offsetof(crmk_plugin_status, failures) == 8);
CRMK_ASSERT(offsetof(crmk_plugin_status, id) == 16);
CRMK_ASSERT(offsetof(crmk_plugin_status, version) == 32);
CRMK_ASSERT(offsetof(crmk_plugin_status, slow) == 48);
CRMK_ASSERT(offsetof(crmk_plugin_status, slowest_us) == 56);
CRMK_ASSERT(sizeof(crmk_argument) == 64);
CRMK_ASSERT(offsetof(crmk_argument, name) == 0);
CRMK_ASSERT(offsetof(crmk_argument, type) == 16);
CRMK_ASSERT(offsetof(crmk_argument, reserved) == 20);
CRMK_ASSERT(offsetof(crmk_argument, number) == 24);
CRMK_ASSERT(offsetof(crmk_argument, denominator) == 32);
CRMK_ASSERT(offsetof(crmk_argument, text) == 40);
CRMK_ASSERT(offsetof(crmk_argument, currency) == 56);
CRMK_ASSERT(offsetof(crmk_argument, reserved_end) == 60);
CRMK_ASSERT(sizeof(crmk_computed) == 144);
CRMK_ASSERT(offsetof(crmk_computed, size) == 0);
CRMK_ASSERT(offsetof(crmk_computed, type) == 4);
CRMK_ASSERT(offsetof(crmk_computed, number) == 8);
CRMK_ASSERT(offsetof(crmk_computed, denominator) == 16);
CRMK_ASSERT(offsetof(crmk_computed, text) == 24);
CRMK_ASSERT(offsetof(crmk_computed, currency) == 40);
CRMK_ASSERT(offsetof(crmk_computed, reserved) == 44);
CRMK_ASSERT(offsetof(crmk_computed, name) == 48);
CRMK_ASSERT(offsetof(crmk_computed, rule) == 64);
CRMK_ASSERT(offsetof(crmk_computed, source) == 80);
CRMK_ASSERT(offsetof(crmk_computed, reason) == 96);
CRMK_ASSERT(offsetof(crmk_computed, reason_zh) == 112);
CRMK_ASSERT(offsetof(crmk_computed, plugin) == 128);
CRMK_ASSERT(sizeof(crmk_calculator) == 80);
CRMK_ASSERT(offsetof(crmk_calculator, size) == 0);
CRMK_ASSERT(offsetof(crmk_calculator, argument_count) == 4);
CRMK_ASSERT(offsetof(crmk_calculator, result_count) == 8);
CRMK_ASSERT(offsetof(crmk_calculator, reserved) == 12);
CRMK_ASSERT(offsetof(crmk_calculator, name) == 16);
CRMK_ASSERT(offsetof(crmk_calculator, label) == 32);
CRMK_ASSERT(offsetof(crmk_calculator, label_zh) == 48);
CRMK_ASSERT(offsetof(crmk_calculator, plugin) == 64);
CRMK_ASSERT(sizeof(crmk_parameter) == 64);
CRMK_ASSERT(offsetof(crmk_parameter, size) == 0);
CRMK_ASSERT(offsetof(crmk_parameter, type) == 4);
CRMK_ASSERT(offsetof(crmk_parameter, is_optional) == 8);
CRMK_ASSERT(offsetof(crmk_parameter, reserved) == 12);
CRMK_ASSERT(offsetof(crmk_parameter, name) == 16);
CRMK_ASSERT(offsetof(crmk_parameter, label) == 32);
CRMK_ASSERT(offsetof(crmk_parameter, label_zh) == 48);
CRMK_ASSERT(sizeof(crmk_log_line) == 40);
CRMK_ASSERT(offsetof(crmk_log_line, size) == 0);
CRMK_ASSERT(offsetof(crmk_log_line, is_warning) == 4);
CRMK_ASSERT(offsetof(crmk_log_line, plugin) == 8);
CRMK_ASSERT(offsetof(crmk_log_line, message) == 24);
CRMK_ASSERT(sizeof(crmk_warning) == 72);
CRMK_ASSERT(offsetof(crmk_warning, size) == 0);
CRMK_ASSERT(offsetof(crmk_warning, reserved) == 4);
CRMK_ASSERT(offsetof(crmk_warning, code) == 8);
CRMK_ASSERT(offsetof(crmk_warning, subject) == 24);
CRMK_ASSERT(offsetof(crmk_warning, message) == 40);
CRMK_ASSERT(offsetof(crmk_warning, message_zh) == 56);
CRMK_ASSERT(sizeof(crmk_plugin_options) == 32);
CRMK_ASSERT(offsetof(crmk_plugin_options, size) == 0);
CRMK_ASSERT(offsetof(crmk_plugin_options, allowed_count) == 4);
CRMK_ASSERT(offsetof(crmk_plugin_options, allowed) == 8);
CRMK_ASSERT(offsetof(crmk_plugin_options, settings) == 16);
CRMK_ASSERT(offsetof(crmk_plugin_options, setting_count) == 24);
CRMK_ASSERT(offsetof(crmk_plugin_options, flags) == 28);
CRMK_ASSERT(sizeof(crmk_policy_options) == 32);
CRMK_ASSERT(offsetof(crmk_policy_options, size) == 0);
CRMK_ASSERT(offsetof(crmk_policy_options, has_effective_on) == 4);
CRMK_ASSERT(offsetof(crmk_policy_options, effective_on) == 8);
CRMK_ASSERT(offsetof(crmk_policy_options, reserved) == 12);
CRMK_ASSERT(offsetof(crmk_policy_options, approver) == 16);
#endif

#endif // CRMKERNEL_H
