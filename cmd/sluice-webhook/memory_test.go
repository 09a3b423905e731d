package main

import (
	"testing"

	"github.com/spf13/pflag"
)

func TestTheGoRuntimeStaysBelowTheLimitOfTheContainer(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want int64
	}{
		"128 MiB":         {env: map[string]string{"MEMORY_LIMIT": "134217728"}, want: 134217728 / 100 * 75},
		"the flag wins":   {env: map[string]string{"MEMORY_LIMIT": "134217728"}, args: []string{"--memory-limit=1000"}, want: 750},
		"GOMEMLIMIT wins": {env: map[string]string{"MEMORY_LIMIT": "134217728", "GOMEMLIMIT": "64MiB"}},
		"no limit":        {},
	} {
		t.Run(name, func(t *testing.T) {
			var f memoryFlags
			set := pflag.NewFlagSet("test", pflag.ContinueOnError)
			f.register(set, func(key string) string { return c.env[key] })
			if err := set.Parse(c.args); err != nil {
				t.Fatal(err)
			}
			if got, err := f.soft(); err != nil || got != c.want {
				t.Errorf("got %d, %v, want %d", got, err, c.want)
			}
		})
	}
}
