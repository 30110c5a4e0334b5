//! The names of users in one normal form, in which they are compared wherever they are.
//!
//! The form is NFKC with case folded, white space at the ends taken away and each run of it within made one space. Characters
//! that nobody sees are no part of a name. Letters of different scripts that look alike stay different.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::error::{Error, ErrorKind, Result};

/// The greatest length of a name in its normal form. Unit: characters.
pub const LEN_MAX: usize = 64;

/// The normal form of a name.
///
/// # Errors
/// `InvalidArgument` with the character and its place when one is not allowed in names, and when the name has no
/// characters or more than [`LEN_MAX`]. `what` says whose name it is. There are no others.
pub fn normal<'n>(name: &'n str, what: &str) -> Result<Cow<'n, str>> {
    // Control characters stand at the ends of a name too, where a trim would take line feeds away unseen.
    if let Some((at, found)) = name.chars().enumerate().find(|(_, c)| !is_allowed(*c)) {
        let (place, code) = (at + 1, format!("U+{:04X}", u32::from(found)));
        let message = format!(
            "{what} has {code} at character {place}, which is invisible or ends a line; letters, digits, signs and spaces \
             are allowed"
        );
        return Err(Error::new(ErrorKind::InvalidArgument, message).with("character", code).with("place", place));
    }
    let form = folded(name);
    let len = form.chars().count();
    if !(1..=LEN_MAX).contains(&len) {
        let message = format!("{what} has 1 to {LEN_MAX} characters, found {len}");
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    Ok(form)
}

/// Whether two names are of the same user.
pub fn is_same(a: &str, b: &str) -> bool {
    a == b || folded(a) == folded(b)
}

/// The normal form of a name, without what is not allowed in one.
pub fn folded(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    if name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let mut form = folded_once(name);
    // A mark may join the letter before it only once the case is folded.
    for _ in 0..3 {
        let again = folded_once(&form);
        if again == form {
            break;
        }
        form = again;
    }
    Cow::Owned(form)
}

fn folded_once(name: &str) -> String {
    let seen = name.chars().filter(|c| is_allowed(*c)).nfkc().filter(|c| is_allowed(*c)).collect::<String>();
    // Upper case first: so a letter with two lower-case forms comes out as one.
    let upper: String = seen.chars().flat_map(char::to_uppercase).collect();
    let lower: String = upper.chars().flat_map(char::to_lowercase).nfkc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a name may hold a character.
fn is_allowed(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    c.is_ascii_graphic()
        || c == ' '
        || !(matches!(c.general_category(), Control | Format | LineSeparator | ParagraphSeparator) || is_blank(c))
}

/// The characters that show nothing though they are letters, marks or signs. Source: Unicode, DerivedCoreProperties.txt,
/// Default_Ignorable_Code_Point, and the empty Braille pattern.
const fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A user who was suspended as `u.evil` wrote on as `U.evil`, with a space behind, or with a character that nobody sees.
    #[test]
    fn spellings_of_one_name_have_one_form() {
        for spelling in ["u.evil", "U.evil", "U.EVIL", "u.evil ", " u.evil", "\u{ff55}.evil", "u.\u{ff25}vil"] {
            assert_eq!(normal(spelling, "an actor's name").unwrap(), "u.evil", "{spelling:?}");
        }
        for (a, b) in [("Wang  Wu", "wang wu"), ("王\u{3000}五", "王 五"), ("STRASSE", "straße"), ("ΟΔΟΣ", "οδος")]
        {
            assert!(is_same(a, b), "{a:?} {b:?}");
        }
        assert!(is_same("u.evil\u{200b}", "u.evil"));
        assert!(!is_same("u.evi", "u.evil") && !is_same("王五", "王武") && !is_same("\u{443}.evil", "y.evil"));
    }

    #[test]
    fn a_character_that_nobody_sees_is_refused_with_its_code_and_place() {
        for (name, code, place) in [
            ("u.evil\u{200b}", "U+200B", "7"),
            ("\u{feff}u", "U+FEFF", "1"),
            ("a\nb", "U+000A", "2"),
            ("u\n", "U+000A", "2"),
            ("\u{1b}[31mred", "U+001B", "1"),
            ("a\u{202e}gnp", "U+202E", "2"),
            ("a\u{2028}b", "U+2028", "2"),
            ("王\u{3164}", "U+3164", "2"),
            ("a\u{ad}b", "U+00AD", "2"),
            ("a\u{e0001}", "U+E0001", "2"),
        ] {
            let refused = normal(name, "an actor's name").unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidArgument, "{name:?}");
            assert_eq!((refused.context_value("character"), refused.context_value("place")), (Some(code), Some(place)));
            assert!(refused.message().contains(code) && refused.message().contains(&format!("character {place}")));
        }
        for (name, found) in
            [("", "found 0"), ("  ", "found 0"), (&*"x".repeat(65), "found 65"), (&*"ß".repeat(33), "found 66")]
        {
            assert!(normal(name, "an actor's name").unwrap_err().message().ends_with(found), "{name:?}");
        }
        assert!(normal(&"王".repeat(64), "an actor's name").is_ok());
    }

    #[test]
    fn every_character_has_a_form_that_stays() {
        // Every one of the first two planes, where the scripts are, and a sample of the rest.
        let rest = (0x2_0000..=u32::from(char::MAX)).step_by(61);
        for c in (0..0x2_0000).chain(rest).filter_map(char::from_u32) {
            let name = format!("a{c}b");
            let form = folded(&name).into_owned();
            assert_eq!(folded(&form), form, "U+{:04X}", u32::from(c));
            assert_eq!(normal(&name, "x").is_ok(), is_allowed(c), "U+{:04X}", u32::from(c));
        }
    }

    proptest! {
        #[test]
        fn the_form_of_any_text_stays_and_has_no_case(name in "\\PC{0,20}") {
            let form = folded(&name).into_owned();
            prop_assert_eq!(&folded(&form), &form);
            prop_assert!(is_same(&name, &form) && is_same(&name.to_uppercase(), &form));
        }
    }
}
