package managed

import (
	"strings"
	"testing"
	"time"
)

func TestInvalidSettingsAreRejected(t *testing.T) {
	hosts, week := []string{"sluice-webhook.sluice-system.svc"}, 7*24*time.Hour
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"one host for a week": {Config{Hosts: hosts, Lifetime: week}.Check(), ""},
		"no host":             {Config{Lifetime: time.Hour}.Check(), "no host"},
		"no lifetime":         {Config{Hosts: hosts}.Check(), "more than 0"},

		"a week within a year":              {checkLifetimes(365*24*time.Hour, week), ""},
		"exactly twice":                     {checkLifetimes(2*time.Hour, time.Hour), ""},
		"an authority without leaves":       {checkLifetimes(time.Hour, 0), "more than 0"},
		"an authority that lives too short": {checkLifetimes(time.Hour, time.Hour), "twice as long"},
	} {
		t.Run(name, func(t *testing.T) {
			if (c.want == "") != (c.err == nil) || c.err != nil && !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("got %v, want %q", c.err, c.want)
			}
		})
	}
}
