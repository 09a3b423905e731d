// Package flags holds the flags that several programs share, and their checks.
package flags

import (
	"fmt"
	"strings"
)

// Address says where to serve something.
type Address struct{ Flag, Address string }

// Distinct refuses the same address for two servers. Those of another spelling fail when
// they listen; port 0 is another one each time, and "" is none.
func Distinct(binds ...Address) error {
	flags := map[string]string{}
	for _, b := range binds {
		if b.Address == "" || strings.HasSuffix(b.Address, ":0") {
			continue
		}
		if other := flags[b.Address]; other != "" {
			return fmt.Errorf("--%s and --%s are both %s; each needs an address of its own", other, b.Flag, b.Address)
		}
		flags[b.Address] = b.Flag
	}
	return nil
}
