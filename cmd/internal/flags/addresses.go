// Package flags holds the flags that several programs share, and their checks.
package flags

import (
	"fmt"
	"strings"
)

// Address is the address of one server, and the flag that sets it.
type Address struct{ Flag, Address string }

// Distinct rejects the same address for two servers. Two spellings of one address fail when the
// servers listen. Port 0 is a different port each time, and "" means no server.
func Distinct(binds ...Address) error {
	flags := map[string]string{}
	for _, b := range binds {
		if b.Address == "" || strings.HasSuffix(b.Address, ":0") {
			continue
		}
		if other := flags[b.Address]; other != "" {
			return fmt.Errorf("--%s and --%s are both %s; use a different address for each", other, b.Flag, b.Address)
		}
		flags[b.Address] = b.Flag
	}
	return nil
}
