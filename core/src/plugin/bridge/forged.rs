//! For the fuzzers: what a hostile plugin may declare, made of bytes. Lengths, sizes, types and texts come from the input;
//! pointers are those of texts that are there, or NULL, because any other pointer is the end of the process by the ABI.

use crm_plugin_abi as abi;

use super::declare::Declarations;

/// Reads numbers and texts off the input; at its end there are zeros and empty texts.
struct Input<'b>(&'b [u8]);

impl<'b> Input<'b> {
    fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *byte
    }

    /// Mostly a small number, which is what the ABI uses.
    fn number(&mut self) -> i64 {
        match self.byte() {
            253 => i64::MAX,
            254 => i64::MIN,
            255 => i64::from_le_bytes(std::array::from_fn(|_| self.byte())),
            small => i64::from(small.cast_signed()),
        }
    }

    fn text(&mut self) -> abi::crmk_plugin_str {
        let len = usize::from(self.byte());
        if len == 255 {
            return abi::crmk_plugin_str { data: std::ptr::null(), len: usize::from(self.byte()) };
        }
        let (text, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        abi::crmk_plugin_str { data: text.as_ptr(), len: text.len() }
    }

    /// The size that a struct says of itself: its own mostly, else a smaller one.
    fn size<T>(&mut self) -> u32 {
        let whole = u32::try_from(size_of::<T>()).expect("invariant: a struct of the ABI is small");
        whole - u32::from(self.byte()) % (whole + 1)
    }
}

/// Declares what the bytes say, through the sink that a plugin gets. A panic is a defect.
pub(crate) fn declare_from_bytes(bytes: &[u8]) {
    let mut input = Input(bytes);
    let all = Declarations::default();
    let (sink, scope) = all.sink();
    let (field, calculator) = (sink.field.expect("invariant: it is there"), sink.calculator);
    let calculator = calculator.expect("invariant: it is there");
    while !input.0.is_empty() {
        if input.byte().is_multiple_of(2) {
            let declared = field_of(&mut input);
            // SAFETY: the struct and its texts live until the call returns.
            unsafe { field(sink.context, &raw const declared) };
        } else {
            let parameters: Vec<_> = (0..input.byte() % 8).map(|_| parameter_of(&mut input)).collect();
            let declared = calculator_of(&mut input, &parameters);
            // SAFETY: as above.
            unsafe { calculator(sink.context, &raw const declared) };
        }
    }
    drop(scope);
    if let Ok((fields, calculators)) = all.finish("fuzz") {
        assert!(fields.iter().all(|field| !field.name.is_empty() && !field.label.is_empty()));
        assert!(calculators.iter().all(|calculator| !calculator.results.is_empty()));
    }
}

fn field_of(input: &mut Input<'_>) -> abi::crmk_plugin_field {
    abi::crmk_plugin_field {
        size: input.size::<abi::crmk_plugin_field>(),
        r#type: input.number() as i32,
        flags: input.number() as u32,
        reserved: 0,
        entity: input.text(),
        name: input.text(),
        label: input.text(),
        label_zh: input.text(),
        min: input.number(),
        max: input.number(),
        target: input.text(),
    }
}

fn parameter_of(input: &mut Input<'_>) -> abi::crmk_plugin_parameter {
    abi::crmk_plugin_parameter {
        name: input.text(),
        label: input.text(),
        label_zh: input.text(),
        r#type: input.number() as i32,
        flags: input.number() as u32,
    }
}

fn calculator_of(input: &mut Input<'_>, parameters: &[abi::crmk_plugin_parameter]) -> abi::crmk_plugin_calculator {
    let (is_null, count) = (input.byte() == 1, parameters.len());
    abi::crmk_plugin_calculator {
        size: input.size::<abi::crmk_plugin_calculator>(),
        reserved: 0,
        name: input.text(),
        label: input.text(),
        label_zh: input.text(),
        parameters: if is_null { std::ptr::null() } else { parameters.as_ptr() },
        parameter_count: count,
    }
}
