package main

import (
	"fmt"

	"github.com/spf13/pflag"
)

// role is the part of the work that a process does. The two parts have separate accounts, because
// the account that may write the webhook configurations can make the API server send it any request
// of the cluster.
type role string

// The roles.
const (
	// serve answers reviews. It writes nothing but Events and a Lease.
	serve role = "serve"
	// control writes: the webhook configurations, the certificate authority, and the audit of the
	// policies. It has no port for reviews.
	control role = "control"
	// all does both.
	all role = "all"
)

func (r *role) register(flags *pflag.FlagSet) {
	flags.StringVar((*string)(r), "role", string(all), "part of the work: serve answers reviews; control writes the webhook configurations, the certificate authority and the status of the policies; all does both")
}

func (r role) check() error {
	if r != serve && r != control && r != all {
		return fmt.Errorf("--role: %q is unknown; use serve, control or all", string(r))
	}
	return nil
}

func (r role) serves() bool   { return r != control }
func (r role) controls() bool { return r != serve }
