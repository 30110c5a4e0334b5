//! The access record: who reads or uses what is protected of a customer, for which purpose, until when.

use super::entity::{entity, enumeration};

enumeration! {
    /// What is done with data of a customer. Source: R-BNK-04, R-X-05.
    AccessOperation, "access_operation" {
        /// They are looked at.
        Query = 1, "query", "查询";
        /// They are used for a business.
        Use = 2, "use", "使用";
        /// They are kept in another place.
        Store = 3, "store", "存储";
        /// They are handed on to another.
        Transfer = 4, "transfer", "传输";
        /// They are deleted.
        Delete = 5, "delete", "删除";
    }
}

entity! {
    /// An access to what is protected of a customer, or the loan of its file, recorded before it. What it says of who, what
    /// and why stays as it was recorded. Source: R-GEN-05, R-BNK-04, R-TEL-16.
    AccessRecord, "access_record", "access_records", "借阅记录", state none, code code {
        /// The company's own code of the record.
        code = 1, Text(64), "借阅编号";
        /// The other system that knows the record.
        external_system = 2, Text(32), "外部系统";
        /// The record's id in that system.
        external_id = 3, Text(128), "外部编号";
        /// The customer whose data they are.
        customer = 4, Ref(Customer), "客户", required, indexed;
        /// What is done with them.
        operation = 5, Enum(AccessOperation), "操作", required, indexed;
        /// For what. Source: R-GEN-05, R-END-05.
        purpose = 6, Text(400), "用途", required;
        /// The user who gets access; left out, whoever records it. Another is a manager's to name. Kept in the normal form of
        /// names, as the code of a user is. Source: R-TEL-16.
        borrower = 7, Text(64), "借阅人", required, indexed, names_user;
        /// The last day of it; left out, the day on which it is recorded.
        until_on = 8, Date, "截止日期", required;
        /// Free remarks.
        note = 40, Text(4000), "备注";
        /// The dates that cannot be and were recorded as they are, with commas between; absent when all can be.
        date_doubt = 99, Text(400), "存疑日期", kernel, made_from("@dates");
    }
    indexes {
        by_code = 20_000, [code], unique;
        by_external_ref = 20_001, [external_system, external_id], unique;
        by_borrower_until = 20_002, [borrower, until_on];
    }
}
