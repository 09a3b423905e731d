package agent

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// Kind of fault: advice about a cause that the error excludes.
func TestTheAdviceFitsTheError(t *testing.T) {
	for name, c := range map[string]struct {
		errors []error
		want   string
	}{
		"a filter":       {[]error{syscall.EPERM}, "packet filter of the node"},
		"denied":         {[]error{syscall.EACCES}, "SELinux"},
		"no route":       {[]error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EHOSTDOWN, syscall.ENONET}, "have a route"},
		"the interface":  {[]error{syscall.ENETDOWN, syscall.ENODEV, syscall.ENXIO, syscall.EIO}, "interface"},
		"a black hole":   {[]error{syscall.EINVAL}, "blackhole"},
		"no address":     {[]error{syscall.EADDRNOTAVAIL}, "address to send from"},
		"no IPv6":        {[]error{syscall.EAFNOSUPPORT}, "enabled"},
		"short of space": {[]error{syscall.ENOBUFS, syscall.ENOMEM, syscall.EAGAIN}, "short of memory"},
		"large":          {[]error{syscall.EMSGSIZE}, "MTU"},
		"files":          {[]error{syscall.EMFILE, syscall.ENFILE}, "open files"},
		"no key":         {[]error{syscall.ESRCH, syscall.ENOKEY}, "IPsec"},
		"nothing known":  {[]error{nil, errors.New("text"), syscall.EXDEV}, "see the routes and the packet filters"},
	} {
		for _, err := range c.errors {
			if got := advice(err); !strings.Contains(got, c.want) {
				t.Errorf("%s: %v: %q", name, err, got)
			}
			if err == nil {
				continue
			}
			if wrapped := advice(fmt.Errorf("write: %w", err)); wrapped != advice(err) {
				t.Errorf("%s: %v, wrapped: %q", name, err, wrapped)
			}
		}
	}
}
