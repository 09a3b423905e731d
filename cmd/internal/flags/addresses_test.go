package flags

import (
	"strings"
	"testing"
)

// Without the check, the second server would fail to listen, with an error that names no flag.
func TestDistinctRejectsTheSameAddress(t *testing.T) {
	for name, c := range map[string]struct {
		binds []Address
		want  string
	}{
		"the same":     {[]Address{{"bind", ":9443"}, {"health-bind", ":8080"}, {"metrics-bind", ":8080"}}, "--health-bind and --metrics-bind are both :8080"},
		"none":         {[]Address{{"health-bind", ""}, {"metrics-bind", ""}}, ""},
		"any port":     {[]Address{{"health-bind", "127.0.0.1:0"}, {"metrics-bind", "127.0.0.1:0"}}, ""},
		"another port": {[]Address{{"health-bind", ":8080"}, {"metrics-bind", ":18080"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Distinct(c.binds...)
			if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
