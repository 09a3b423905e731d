// Package binding is about the addresses that a program serves on.
package binding

import (
	"fmt"
	"strings"
)

// Flag says where to serve something.
type Flag struct{ Name, Address string }

// Distinct refuses the same address for two servers. Those of another spelling fail when
// they listen; port 0 is another one each time, and "" is none.
func Distinct(binds ...Flag) error {
	flags := map[string]string{}
	for _, b := range binds {
		if b.Address == "" || strings.HasSuffix(b.Address, ":0") {
			continue
		}
		if other := flags[b.Address]; other != "" {
			return fmt.Errorf("--%s and --%s are both %s; each needs an address of its own", other, b.Name, b.Address)
		}
		flags[b.Address] = b.Name
	}
	return nil
}
