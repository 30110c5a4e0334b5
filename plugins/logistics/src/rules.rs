//! The rules of logistics as pure functions on plain values.

use crm_plugin_sdk::Violation;

/// What is known of a customer who sends goods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) address: Option<&'a str>,
    pub(crate) business_type: Option<&'a str>,
    pub(crate) transport_needs: Option<&'a str>,
    pub(crate) identified: bool,
}

/// What an active customer lacks. Source: R-LOG-02; L-LOG-4, 快递市场管理办法 Art. 26.
pub(crate) fn file(of: Sender<'_>, check_identity: bool) -> Vec<Violation> {
    let lacks =
        |there: bool, field, label, label_zh, rule| (!there).then(|| Violation::required(field, label, label_zh, rule));
    [
        lacks(of.address.is_some(), "address", "the address of an active customer", "地址", "R-LOG-02"),
        lacks(of.business_type.is_some(), "logistics.business_type", "the business type", "业务类型", "R-LOG-02"),
        lacks(of.transport_needs.is_some(), "logistics.transport_needs", "what is transported", "运输需求", "R-LOG-02"),
        lacks(
            of.identified || !check_identity,
            "logistics.identity_checked_on",
            "the check of the sender's identity",
            "寄件人实名核验",
            "L-LOG-4",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The class by orders and volume of a month; `None` while no figure is set. Source: R-LOG-01.
pub(crate) fn class(orders: i64, volume: i64, orders_min: i64, volume_min: i64) -> Option<&'static str> {
    if orders_min == 0 && volume_min == 0 {
        return None;
    }
    let reaches = |found: i64, min: i64| min > 0 && found >= min;
    Some(match (reaches(orders, orders_min) || reaches(volume, volume_min), orders > 0 || volume > 0) {
        (true, _) => "important",
        (false, true) => "general",
        (false, false) => "potential",
    })
}

/// The extensions of a complaint sum up to no more days than the statute allows. Source: L-LOG-1.
pub(crate) fn extension(extended: i64, max: i64) -> Option<Violation> {
    (extended > max).then(|| {
        let message = format!("the extensions sum up to {extended} days, the statute allows {max}");
        let message_zh = format!("累计延期{extended}天，法规允许{max}天");
        let long = Violation::new("extension_days", "out_of_range", message, message_zh, "L-LOG-1");
        long.input("extended_days", extended).input("extension_days_max", max)
    })
}
