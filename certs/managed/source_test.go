package managed

import (
	"strings"
	"testing"
	"time"
)

func TestInvalidLifetimesAndHostsAreRejected(t *testing.T) {
	hosts := []string{"sluice-webhook.sluice-system.svc"}
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"a week within a year":   {Config{Hosts: hosts, Lifetime: 7 * 24 * time.Hour, AuthorityLifetime: 365 * 24 * time.Hour}, ""},
		"exactly twice":          {Config{Hosts: hosts, Lifetime: time.Hour, AuthorityLifetime: 2 * time.Hour}, ""},
		"no host":                {Config{Lifetime: time.Hour, AuthorityLifetime: 2 * time.Hour}, "no host"},
		"no lifetime":            {Config{Hosts: hosts, AuthorityLifetime: time.Hour}, "more than 0"},
		"an authority too short": {Config{Hosts: hosts, Lifetime: time.Hour, AuthorityLifetime: time.Hour}, "twice as long"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.config.Check()
			if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
