package node

import (
	"errors"
	"os"
	"syscall"

	"sluice/applier/ovs"
)

// Lock is the lock of a node, which only one process can have. The kernel releases it when the process
// ends, however it ends. It works between containers, if they see the same directory.
type Lock struct {
	// Path is the lock's file. It is made if it does not exist, and never removed.
	Path string

	file *os.File
}

// Take tries to get the lock; nil if this process has it, or had it already. The error is an
// *ovs.LockError. One caller at a time.
func (l *Lock) Take() error {
	if l.file != nil {
		if l.current() {
			return nil
		}
		// The file was removed, or another one has its name, which another process may have locked.
		_ = l.file.Close()
		l.file = nil
	}
	file, err := os.OpenFile(l.Path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return &ovs.LockError{Cause: ovs.LockUnavailable, Path: l.Path, Err: err}
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close() // nothing is written
		cause := ovs.LockUnavailable
		if errors.Is(err, syscall.EWOULDBLOCK) {
			cause = ovs.LockHeld
		}
		return &ovs.LockError{Cause: cause, Path: l.Path, Err: err}
	}
	l.file = file
	if !l.current() {
		_ = file.Close() // nothing is written
		l.file = nil
		return &ovs.LockError{Cause: ovs.LockHeld, Path: l.Path, Err: os.ErrNotExist}
	}
	return nil
}

// Held looks whether another process has the lock; nil if not, and if there is no such file. The error is
// an *ovs.LockError.
func (l *Lock) Held() error {
	file, err := os.OpenFile(l.Path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil // what can't be opened was not locked either
	}
	defer func() { _ = file.Close() }() // also ends the look
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return &ovs.LockError{Cause: ovs.LockHeld, Path: l.Path, Err: err}
	}
	return nil
}

// current reports whether the name still belongs to the file that is locked.
func (l *Lock) current() bool {
	locked, err := l.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(l.Path)
	return err == nil && os.SameFile(locked, named)
}
