package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
)

// Suite is what the tests of one package share: a control plane, and what Start adds to it.
type Suite struct {
	// Users of the API server; those of Users if there are none.
	Users []User
	// Flags of kube-apiserver, made in a temporary folder that lives as long as the suite.
	Flags func(dir string) ([]string, error)
	// Start prepares the control plane, and returns what stops what it started; nil if there
	// is nothing to stop.
	Start func(ctx context.Context, c *ControlPlane) (stop func() error, err error)
}

// Main runs the tests of a package with their own control plane, and exits. TestMain calls it.
func Main(m *testing.M, s Suite) {
	code, err := s.run(context.Background(), m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test suite:", err)
		code = 1
	}
	os.Exit(code)
}

func (s Suite) run(ctx context.Context, m *testing.M) (code int, err error) {
	users := s.Users
	if users == nil {
		users = Users()
	}
	var flags []string
	if s.Flags != nil {
		dir, err := os.MkdirTemp("", "sluice-suite-")
		if err != nil {
			return 1, fmt.Errorf("create a folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if flags, err = s.Flags(dir); err != nil {
			return 1, err
		}
	}
	c, err := StartControlPlane(ctx, users, flags...)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, c.Stop()) }()
	stop, err := s.Start(ctx, c)
	if err != nil {
		return 1, err
	}
	if stop != nil {
		defer func() { err = errors.Join(err, stop()) }()
	}
	return m.Run(), nil
}
