package terminal

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// Program is a program in a terminal.
type Program struct {
	*Screen
	command *exec.Cmd
	master  *os.File
	read    chan struct{}
}

// Start runs a program in a terminal of a size. Its environment has TERM.
func Start(ctx context.Context, rows, columns int, environment []string, program string, args ...string) (*Program, error) {
	master, slave, err := open(rows, columns)
	if err != nil {
		return nil, err
	}
	defer func() { _ = slave.Close() }() // the program has its own
	p := &Program{Screen: NewScreen(rows, columns), command: exec.CommandContext(ctx, program, args...), master: master, read: make(chan struct{})}
	p.command.Stdin, p.command.Stdout, p.command.Stderr = slave, slave, slave
	p.command.Env = append(append(os.Environ(), "TERM=xterm-256color"), environment...)
	p.command.Cancel = func() error { return p.command.Process.Signal(os.Interrupt) }
	if err := p.command.Start(); err != nil {
		_ = master.Close()
		return nil, fmt.Errorf("start %s in a terminal: %w", program, err)
	}
	go func() {
		defer close(p.read)
		_, _ = io.Copy(p.Screen, master) // an error when the program ends
	}()
	return p, nil
}

// Stop interrupts the program as Ctrl-C does, and returns its exit status.
func (p *Program) Stop() (int, error) {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return -1, fmt.Errorf("interrupt the program: %w", err)
	}
	err := p.command.Wait()
	<-p.read
	_ = p.master.Close()
	if p.command.ProcessState == nil {
		return -1, fmt.Errorf("wait for the program: %w", err)
	}
	return p.command.ProcessState.ExitCode(), nil
}

// open makes a pseudo terminal: its own side, and that of the program.
func open(rows, columns int) (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open a terminal: %w", err)
	}
	defer func() {
		if err != nil {
			_ = master.Close()
		}
	}()
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, fmt.Errorf("unlock the terminal: %w", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, fmt.Errorf("number of the terminal: %w", err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(rows), Col: uint16(columns)}); err != nil {
		return nil, nil, fmt.Errorf("size of the terminal: %w", err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open the terminal: %w", err)
	}
	return master, slave, nil
}
