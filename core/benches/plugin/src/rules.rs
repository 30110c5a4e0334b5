//! The rules that are measured, as pure functions; the benchmark includes this file to call them directly.

/// What the rule over four fields reads.
pub(crate) struct Four<'a> {
    pub(crate) active: bool,
    pub(crate) phone: &'a str,
    pub(crate) employee_count: i64,
    /// Unit: days since 1970-01-01.
    pub(crate) next_due_on: i32,
}

/// What the rule over fifteen fields reads: the four, and eleven texts.
pub(crate) struct Fifteen<'a> {
    pub(crate) four: Four<'a>,
    pub(crate) texts: [&'a str; 11],
}

/// Whether a customer is refused: about one in a hundred, so that giving the answer is not what is measured.
pub(crate) fn refuses_four(customer: &Four<'_>) -> bool {
    customer.active
        && !customer.phone.is_empty()
        && (customer.employee_count + i64::from(customer.next_due_on)).rem_euclid(100) == 0
}

/// As [`refuses_four`], when every text is there.
pub(crate) fn refuses_fifteen(customer: &Fifteen<'_>) -> bool {
    customer.texts.iter().all(|text| !text.is_empty()) && refuses_four(&customer.four)
}
