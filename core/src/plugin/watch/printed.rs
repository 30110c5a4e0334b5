//! What a plugin prints: both outputs of the process, gathered while this is alive.

use std::io::{self, Read as _, Seek as _};

/// The outputs of the process, which go to a file meanwhile.
pub(crate) struct Printed {
    #[cfg(target_os = "linux")]
    gathered: std::fs::File,
    #[cfg(target_os = "linux")]
    own: [i32; 2],
}

#[cfg(target_os = "linux")]
impl Printed {
    /// Gathers what is printed from now on.
    ///
    /// # Errors
    /// What the system answers.
    pub(crate) fn gather() -> io::Result<Self> {
        use std::os::fd::{AsRawFd as _, FromRawFd as _};
        let own = [1, 2].map(|output| {
            // SAFETY: the call has no precondition.
            unsafe { libc::dup(output) }
        });
        // SAFETY: the name is a text of C; the file that it gives belongs to nobody else.
        let gathered = unsafe {
            let file = libc::memfd_create(c"printed".as_ptr(), libc::MFD_CLOEXEC);
            if file < 0 || own.contains(&-1) {
                return Err(io::Error::last_os_error());
            }
            std::fs::File::from_raw_fd(file)
        };
        let printed = Self { gathered, own };
        printed.send_to([printed.gathered.as_raw_fd(); 2]);
        Ok(printed)
    }

    /// What was printed since this began.
    pub(crate) fn text(&mut self) -> String {
        let mut bytes = Vec::new();
        // SAFETY: NULL stands for every stream of C.
        unsafe { libc::fflush(std::ptr::null_mut()) };
        let read = self.gathered.rewind().and_then(|()| self.gathered.read_to_end(&mut bytes));
        if read.is_err() {
            return String::new();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn send_to(&self, files: [i32; 2]) {
        // SAFETY: NULL stands for every stream of C; both numbers are open files.
        unsafe {
            libc::fflush(std::ptr::null_mut());
            for (output, file) in [1, 2].into_iter().zip(files) {
                libc::dup2(file, output);
            }
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Printed {
    fn drop(&mut self) {
        self.send_to(self.own);
        for file in self.own {
            // SAFETY: the number is that of a file of this one's own.
            unsafe { libc::close(file) };
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Printed {
    /// Elsewhere nothing is gathered.
    pub(crate) fn gather() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) fn text(&mut self) -> String {
        String::new()
    }
}
