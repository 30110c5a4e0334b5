-- What a developer would write by hand for the kernel's customer and visit: the fields that the benchmark uses, the
-- columns that every record has, and the same indexes and unique keys.
CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    code TEXT, external_system TEXT, external_id TEXT,
    name TEXT NOT NULL, short_name TEXT, pinyin TEXT,
    party_kind INTEGER, status INTEGER NOT NULL, class TEXT,
    owner TEXT, org_unit TEXT, region TEXT, industry TEXT,
    address TEXT, phone TEXT, email TEXT, website TEXT,
    employee_count INTEGER, annual_revenue_minor INTEGER, annual_revenue_currency TEXT,
    next_due_on INTEGER, key_customer_number TEXT
);
CREATE TABLE visit (
    id INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    code TEXT, external_system TEXT, external_id TEXT,
    customer INTEGER NOT NULL REFERENCES customer (id),
    channel INTEGER, state INTEGER NOT NULL, owner TEXT, planned_on INTEGER, purpose TEXT, held_at INTEGER
);
CREATE TABLE journal (sequence INTEGER PRIMARY KEY, hash BLOB NOT NULL, entry BLOB NOT NULL);
